"""What counseling does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.counseling import commands, views
from shared.access.hearing import (
    hear_broken_glass,
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_person_erased,
)
from shared.contracts.triage import (
    CaseClassified,
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    ExistingCaseReported,
    GlassBroken,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import Policy


async def assign_classified_case(
    store: PostgresEventStore, cause: Cause, fact: CaseClassified
) -> None:
    """Whenever a case is classified to be followed up, find who answers for it."""
    if "follow_up" not in fact.route:
        await store.save(cause=cause)
        return
    await commands.assign_by_rule(
        store,
        cause,
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        needs=fact.needs,
        urgency=fact.urgency,
        child=fact.child,
        linked=fact.linked,
        counselors=await views.counselor_cards(store.pool, but_not_of=fact.case_id),
        now=cause.at,
    )


async def note_reported_complaint(
    store: PostgresEventStore, cause: Cause, fact: ExistingCaseReported
) -> None:
    """Whenever a complaint is about a case we know, tell its casework."""
    await commands.report_complaint(
        store,
        cause,
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        subkind=fact.subkind,
        now=cause.at,
    )


async def note_conflict(store: EventStore, cause: Cause, fact: ConflictDeclared) -> None:
    """Whenever somebody is related to a party, keep the case from them."""
    await commands.note_conflict(
        store, cause, case_id=fact.case_id, staff_id=fact.staff_id, now=cause.at
    )


POLICIES = (
    Policy("counseling-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("counseling-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("counseling-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("counseling-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("counseling-hear-person-erased", PersonErased, hear_person_erased),
    Policy("counseling-note-conflict", ConflictDeclared, note_conflict),
    Policy("counseling-hear-broken-glass", GlassBroken, hear_broken_glass),
    Policy("counseling-assign-classified-case", CaseClassified, assign_classified_case),
    Policy("counseling-note-reported-complaint", ExistingCaseReported, note_reported_complaint),
)
