"""Counseling, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import counseling
from services.counseling import routes, tables
from services.counseling.domain import Casework, Complaint, Counselor, FirstHelp, Lookup
from services.counseling.help import routes as help_routes
from services.counseling.help import views as helps
from services.counseling.oldcases import routes as oldcases
from services.counseling.oldcases import views as lookups
from services.counseling.policies import POLICIES
from services.counseling.published import published
from services.counseling.settings import Settings
from services.counseling.upcasts import UPCASTS
from shared.access.keeping import project_keeping
from shared.access.victims import Victims
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="counseling",
    about=counseling.__doc__ or "",
    codec=Codec(
        *(Counselor, Casework, Complaint, FirstHelp, Lookup, Victims, *IN_EVERY_SERVICE),
        upcasts=UPCASTS,
    ),
    schema=views_of(Path(__file__).parent),
    project=in_turn(
        tables.project, helps.project, lookups.project, project_clocks, project_keeping
    ),
    published=published,
    policies=POLICIES,
    routers=(routes.router, help_routes.router, oldcases.router),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
