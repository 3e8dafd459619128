"""Counseling, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import counseling
from services.counseling import routes, views
from services.counseling.domain import Casework, Counselor
from services.counseling.policies import POLICIES
from services.counseling.published import published
from services.counseling.settings import Settings
from shared.access.door import PersonalDataAccess
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping, project_keeping
from shared.access.standing import Standing
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import Parts, build

PARTS = Parts(
    name="counseling",
    about=counseling.__doc__ or "",
    codec=Codec(Counselor, Casework, Standing, Keeping, Shredding, PersonalDataAccess),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_keeping),
    published=published,
    policies=POLICIES,
    routers=(routes.router,),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
