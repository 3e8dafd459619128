"""Triage, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import triage
from services.triage import routes, views
from services.triage.domain import Case, Identification
from services.triage.policies import POLICIES
from services.triage.published import published
from services.triage.settings import Settings
from shared.eventstore.codec import Codec
from shared.web.service import Parts, build

PARTS = Parts(
    name="triage",
    about=triage.__doc__ or "",
    codec=Codec(Identification, Case),
    schema=Path(__file__).with_name("schema.sql").read_text(),
    project=views.project,
    published=published,
    policies=POLICIES,
    routers=(routes.router,),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    return build(PARTS, settings or Settings())
