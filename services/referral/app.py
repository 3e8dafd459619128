"""Referral, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import referral
from services.referral import routes, views
from services.referral.domain import Agency, Referral, ReferralNeed
from services.referral.policies import POLICIES
from services.referral.published import published
from services.referral.settings import Settings
from shared.access.door import PersonalDataAccess
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping, project_keeping
from shared.access.standing import Standing
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import Parts, build

PARTS = Parts(
    name="referral",
    about=referral.__doc__ or "",
    codec=Codec(Agency, Referral, ReferralNeed, Standing, Keeping, Shredding, PersonalDataAccess),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_keeping),
    published=published,
    policies=POLICIES,
    routers=(routes.router,),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
