"""Triage, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import triage
from services.triage import routes, views
from services.triage.domain import Case, Identification, Person, PrivacyRequest
from services.triage.persons import complaints as persons_of_complaints
from services.triage.persons import routes as persons
from services.triage.persons import views as persons_views
from services.triage.persons.clock import erase_when_due
from services.triage.policies import POLICIES
from services.triage.published import published
from services.triage.settings import Settings
from services.triage.trust import routes as trust
from shared.access.door import PersonalDataAccess
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping, project_keeping
from shared.access.standing import Standing
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import Parts, build

PARTS = Parts(
    name="triage",
    about=triage.__doc__ or "",
    codec=Codec(
        Identification,
        Case,
        Person,
        PrivacyRequest,
        Standing,
        Keeping,
        Shredding,
        PersonalDataAccess,
    ),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_keeping),
    published=published,
    policies=POLICIES,
    routers=(routes.router, persons.router, persons_of_complaints.router, trust.router),
    stories_of=persons_views.stories_of,
    works={"erasures": erase_when_due},
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
