"""What intake does, unasked, when something happens elsewhere: it keeps the status true."""

from __future__ import annotations

from services.intake import commands, views
from services.intake.domain import Status
from shared.access.hearing import (
    hear_broken_glass,
    hear_conflict,
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_person_erased,
)
from shared.contracts.counseling import CounselorAssigned
from shared.contracts.referral import CaseReferred
from shared.contracts.triage import (
    CaseClassified,
    ComplaintTakenUp,
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    GlassBroken,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import Policy

BY_ROUTE = {  # the first that applies: what she is promised comes before what is sent away
    "follow_up": Status.FOLLOWED_UP,
    "refer": Status.TO_BE_REFERRED,
    "supervisor": Status.WITH_SUPERVISOR,
    "inform": Status.INFORMED,
}


async def note_taken_up(store: EventStore, cause: Cause, fact: ComplaintTakenUp) -> None:
    """Whenever an officer takes a complaint up, note who it is: she may read what was told."""
    await commands.note_taken_up(
        store, cause, fact.complaint_id, officer_id=fact.officer_id, taken_at=fact.taken_at
    )


async def note_classification(store: EventStore, cause: Cause, fact: CaseClassified) -> None:
    """Whenever a case is classified, say which way its complaint goes."""
    status = next(status for step, status in BY_ROUTE.items() if step in fact.route)
    await commands.note_progress(
        store, cause, fact.complaint_id, status=status, case_id=fact.case_id
    )


async def note_assignment(store: PostgresEventStore, cause: Cause, fact: CounselorAssigned) -> None:
    """Whenever a counselor is assigned, say so to everybody who complained about the case."""
    others = await views.complaints_of(store.pool, fact.case_id)
    await commands.note_assignment(
        store,
        cause,
        *sorted({fact.complaint_id, *others}),
        counselor_id=fact.counselor_id,
        case_id=fact.case_id,
    )


async def note_referral(store: EventStore, cause: Cause, fact: CaseReferred) -> None:
    """Whenever a case is referred, say so."""
    await commands.note_progress(
        store,
        cause,
        fact.complaint_id,
        status=Status.REFERRED,
        case_id=fact.case_id,
    )


POLICIES = (
    Policy("intake-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("intake-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("intake-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("intake-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("intake-hear-person-erased", PersonErased, hear_person_erased),
    Policy("intake-note-taken-up", ComplaintTakenUp, note_taken_up),
    Policy("intake-hear-conflict", ConflictDeclared, hear_conflict),
    Policy("intake-hear-broken-glass", GlassBroken, hear_broken_glass),
    Policy("intake-note-classification", CaseClassified, note_classification),
    Policy("intake-note-assignment", CounselorAssigned, note_assignment),
    Policy("intake-note-referral", CaseReferred, note_referral),
)
