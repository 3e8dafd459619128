"""Triage, put together. This is the only place that knows every part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from services import triage
from services.triage import routes
from services.triage.amending import routes as amending
from services.triage.consents import routes as consents
from services.triage.decisions import routes as decisions
from services.triage.domain import (
    Alarm,
    Case,
    CaseLink,
    Consents,
    Identification,
    Person,
    PrivacyRequest,
    RefusedSearch,
    Supervision,
)
from services.triage.hands import routes as hands
from services.triage.links import routes as links
from services.triage.matching import routes as matching
from services.triage.matching import views as matches
from services.triage.matching.indexing import index_numbers
from services.triage.matching.memory import Memory
from services.triage.persons import complaints as persons_of_complaints
from services.triage.persons import routes as persons
from services.triage.persons import views as persons_views
from services.triage.persons.clock import erase_when_due
from services.triage.policies import POLICIES
from services.triage.published import published
from services.triage.settings import Settings
from services.triage.tables import project
from services.triage.trust import routes as trust
from shared.access.keeping import project_keeping
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web import regions
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="triage",
    about=triage.__doc__ or "",
    codec=Codec(
        *(
            Identification,
            Case,
            Person,
            PrivacyRequest,
            Supervision,
            CaseLink,
            Consents,
            Alarm,
            RefusedSearch,
        ),
        *IN_EVERY_SERVICE,
    ),
    schema=views_of(Path(__file__).parent),
    project=in_turn(project, matches.project, project_clocks, project_keeping),
    published=published,
    policies=POLICIES,
    routers=(
        *(routes.router, persons.router, persons_of_complaints.router, trust.router),
        *(hands.router, decisions.router, links.router, amending.router, regions.router),
        *(matching.router, consents.router),
    ),
    journeys="select complaint_id, registration_no, channel from identifications",
    stories_of=persons_views.stories_of,
    works={"erasures": erase_when_due, "numbers": index_numbers},
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    memory = Memory()  # of this process alone
    works = {**PARTS.works, "matching": memory.follow}
    app = build(replace(PARTS, works=works), settings or Settings())
    app.state.matching = memory
    return app
