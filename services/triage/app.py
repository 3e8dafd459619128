"""Triage, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import triage
from services.triage import routes, views
from services.triage.domain import Case, Identification, Person, PrivacyRequest
from services.triage.persons import routes as persons
from services.triage.persons.clock import erase_when_due
from services.triage.policies import POLICIES
from services.triage.published import published
from services.triage.settings import Settings
from services.triage.trust import routes as trust
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="triage",
    about=triage.__doc__ or "",
    codec=Codec(Identification, Case, Person, PrivacyRequest, *IN_EVERY_SERVICE),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_clocks),
    published=published,
    policies=POLICIES,
    routers=(routes.router, persons.router, trust.router),
    journeys="select complaint_id, registration_no, channel from identifications",
    works={"erasures": erase_when_due},
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
