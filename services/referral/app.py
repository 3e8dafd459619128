"""Referral, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import referral
from services.referral import routes, views
from services.referral.domain import Agency, CaseNews, Referral, ReferralNeed
from services.referral.policies import POLICIES
from services.referral.published import published
from services.referral.settings import Settings
from shared.access.keeping import project_keeping
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="referral",
    about=referral.__doc__ or "",
    codec=Codec(Agency, Referral, ReferralNeed, CaseNews, *IN_EVERY_SERVICE),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_clocks, project_keeping),
    published=published,
    policies=POLICIES,
    routers=(routes.router,),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
