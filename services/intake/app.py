"""Intake, put together. This is the only place that knows every part."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from services import intake
from services.intake import routes, views
from services.intake.complaints import routes as complaints
from services.intake.contacts import routes as contacts
from services.intake.contacts.tidying import tidy_for_ever
from services.intake.contacts.views import project as project_contacts
from services.intake.documents import routes as documents
from services.intake.documents import views as documents_views
from services.intake.documents.copying import Copier
from services.intake.documents.sweeping import sweep_now_and_then
from services.intake.domain import (
    Acknowledgement,
    Complaint,
    Contact,
    Documents,
    Emergency,
    Enquiries,
    OutgoingContact,
    Procedure,
    Reprimand,
    Rights,
    RuleSet,
    ServiceStandard,
    SpokenWords,
    Threat,
)
from services.intake.emergencies import routes as emergencies
from services.intake.emergencies.views import project as project_emergencies
from services.intake.lanes import Lanes
from services.intake.policies import POLICIES
from services.intake.procedure import routes as procedure
from services.intake.procedure import views as procedure_views
from services.intake.published import published
from services.intake.reprimands import routes as reprimands
from services.intake.reprimands import views as reprimands_views
from services.intake.rights import routes as rights
from services.intake.rights import views as rights_views
from services.intake.rules import routes as rules
from services.intake.rules import views as rules_views
from services.intake.settings import Settings
from services.intake.status import routes as status
from services.intake.status import views as status_views
from services.intake.status.pruning import forget_wrong_pins
from services.intake.upcasts import UPCASTS
from shared.access.keeping import project_keeping
from shared.access.victims import Victims
from shared.clocks.ticker import project_clocks
from shared.eventstore.codec import Codec
from shared.eventstore.migrate import views_of
from shared.eventstore.postgres import in_turn
from shared.web import regions
from shared.web.service import IN_EVERY_SERVICE, Parts, build

PARTS = Parts(
    name="intake",
    about=intake.__doc__ or "",
    codec=Codec(
        *(Complaint, Documents, Contact, Emergency, OutgoingContact, Acknowledgement),
        SpokenWords,
        ServiceStandard,
        RuleSet,
        Rights,
        Enquiries,
        Reprimand,
        Threat,
        Procedure,
        Victims,
        *IN_EVERY_SERVICE,
        upcasts=UPCASTS,
    ),
    schema=views_of(Path(__file__).parent),
    project=in_turn(
        views.project,
        documents_views.project,
        project_contacts,
        project_emergencies,
        project_clocks,
        project_keeping,
        rules_views.project,
        rights_views.project,
        status_views.project,
        reprimands_views.project,
        procedure_views.project,
    ),
    published=published,
    policies=POLICIES,
    routers=(
        routes.router,
        documents.router,
        *(contacts.router, complaints.router, emergencies.router),
        regions.router,
        rules.router,
        rights.router,
        status.router,
        reprimands.router,
        procedure.router,
    ),
    journeys="select id as complaint_id, registration_no, channel from complaints",
    works={"wrong-pins": forget_wrong_pins, "contacts": tidy_for_ever},
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
    app.state.lanes = Lanes()
    return app
