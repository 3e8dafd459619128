"""Intake, put together. This is the only place that knows every part."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from services import intake
from services.intake import routes, views
from services.intake.documents import routes as documents
from services.intake.documents import views as documents_views
from services.intake.documents.copying import Copier
from services.intake.documents.sweeping import sweep_now_and_then
from services.intake.domain import Complaint, Documents
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
    codec=Codec(Complaint, Documents, *IN_EVERY_SERVICE),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, documents_views.project, project_clocks),
    published=published,
    policies=POLICIES,
    routers=(routes.router, documents.router, regions.router),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    settings = settings or Settings()
    folder = settings.objects_folder
    sweeping = {"objects": partial(sweep_now_and_then, folder)}
    app = build(replace(PARTS, works={**PARTS.works, **sweeping}), settings)
    app.state.pepper = settings.pepper_file.read_bytes()
    app.state.objects = folder
    app.state.copier = Copier()
    return app
