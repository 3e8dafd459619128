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
from shared.access.door import PersonalDataAccess
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping, project_keeping
from shared.access.standing import Standing
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import Parts, build

PARTS = Parts(
    name="intake",
    about=intake.__doc__ or "",
    codec=Codec(Complaint, Standing, Keeping, Shredding, PersonalDataAccess),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_keeping),
    published=published,
    policies=POLICIES,
    routers=(routes.router,),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    settings = settings or Settings()
    app = build(PARTS, settings)
    app.state.pepper = settings.pepper_file.read_bytes()
    return app
