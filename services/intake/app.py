"""Intake, put together. This is the only place that knows every part."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services import intake
from services.intake import routes, views
from services.intake.complaints import routes as complaints
from services.intake.contacts import routes as contacts
from services.intake.contacts.tidying import tidy_for_ever
from services.intake.contacts.views import project as project_contacts
from services.intake.domain import Acknowledgement, Complaint, Contact, Emergency, OutgoingContact
from services.intake.emergencies import routes as emergencies
from services.intake.emergencies.views import project as project_emergencies
from services.intake.lanes import Lanes
from services.intake.policies import POLICIES
from services.intake.published import published
from services.intake.settings import Settings
from services.intake.upcasts import UPCASTS
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="intake",
    about=intake.__doc__ or "",
    codec=Codec(
        Complaint,
        Contact,
        Emergency,
        OutgoingContact,
        Acknowledgement,
        *IN_EVERY_SERVICE,
        upcasts=UPCASTS,
    ),
    schema=views_of(Path(__file__).parent),
    project=in_turn(views.project, project_contacts, project_emergencies, project_clocks),
    published=published,
    policies=POLICIES,
    routers=(routes.router, contacts.router, complaints.router, emergencies.router),
    works={"contacts": tidy_for_ever},
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""
    settings = settings or Settings()
    app = build(PARTS, settings)
    app.state.pepper = settings.pepper_file.read_bytes()
    app.state.lanes = Lanes()
    return app
