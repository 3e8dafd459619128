"""Intake, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import intake
from services.intake import routes, views
from services.intake.domain import Complaint
from services.intake.policies import POLICIES
from services.intake.published import published
from services.intake.settings import Settings
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web import regions
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="intake",
    about=intake.__doc__ or "",
    codec=Codec(Complaint, *IN_EVERY_SERVICE),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_clocks),
    published=published,
    policies=POLICIES,
    routers=(routes.router, regions.router),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    settings = settings or Settings()
    app = build(PARTS, settings)
    app.state.pepper = settings.pepper_file.read_bytes()
    return app
