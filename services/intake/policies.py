"""What intake does, unasked, when something happens elsewhere: it keeps the status true."""

from __future__ import annotations

from services.intake import commands, views
from services.intake.domain import Status
from services.intake.procedure import policies as procedure
from services.intake.procedure.commands import heard
from shared.access.hearing import (
    hear_broken_glass,
    hear_conflict,
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_form_filled,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_mended_glass,
    hear_not_hers,
    hear_person_erased,
)
from shared.access.standing import standing_of
from shared.clocks.hearing import hear_time_limits
from shared.contracts.counseling import (
    AssignmentDeclined,
    AssignmentEnded,
    CaseRecordRetrieved,
    CounselorAssigned,
)
from shared.contracts.intake import TimeLimitsSet
from shared.contracts.referral import CaseReferred
from shared.contracts.triage import (
    CaseClassified,
    CaseFormFilled,
    CaseReclassified,
    ComplaintReleased,
    ComplaintTakenUp,
    ComplaintUnlinked,
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    GlassBroken,
    GlassMended,
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
AND_THEN = {  # how far it can come by a step of the route
    "follow_up": (Status.FOLLOWED_UP, Status.COUNSELOR_ASSIGNED),
    "refer": (Status.TO_BE_REFERRED, Status.REFERRED),
}


async def note_taken_up(store: EventStore, cause: Cause, fact: ComplaintTakenUp) -> None:
    """Whenever an officer takes a complaint up, note who it is: she may read what was told."""
    step = await heard(store, fact.complaint_id, "3.3", fact.taken_at, "triage")
    await commands.note_taken_up(
        store, cause, fact.complaint_id, step, officer_id=fact.officer_id, taken_at=fact.taken_at
    )


async def note_released(store: EventStore, cause: Cause, fact: ComplaintReleased) -> None:
    """Whenever an officer lets go of a complaint, close to her what was told."""
    await commands.note_released(
        store,
        cause,
        fact.complaint_id,
        officer_id=fact.officer_id,
        released_at=fact.released_at,
    )


async def note_classification(
    store: PostgresEventStore, cause: Cause, fact: CaseClassified
) -> None:
    """Whenever a case is classified, say which way its complaint goes.

    A further complaint can be heard of late, when its case was decided anew already.
    """
    status = next(status for step, status in BY_ROUTE.items() if step in fact.route)
    if fact.case_kind == "existing":
        since = await views.decided_since(store.pool, fact.case_id, fact.classified_at)
        status = since or status
    step = await heard(store, fact.complaint_id, "3.4", fact.classified_at, "triage")
    branches = {"3.c1": fact.case_kind == "new", "3.d1": "follow_up" in fact.route}
    for branch in (each for each, was_taken in branches.items() if was_taken):
        step.hear_step(branch, fact.classified_at, "triage")
    await commands.note_progress(
        store,
        cause,
        fact.complaint_id,
        status=status,
        case_id=fact.case_id,
        at=fact.classified_at,
        steps=[step],
        child=fact.child,
        is_first=fact.case_kind == "new",
    )


async def note_reclassification(
    store: PostgresEventStore, cause: Cause, fact: CaseReclassified
) -> None:
    """Whenever it is decided anew, say which way all complaints of the case go now."""
    others = await views.complaints_of(store.pool, fact.case_id)
    by_route = tuple(
        status
        for step in BY_ROUTE
        if step in fact.after.route
        for status in AND_THEN.get(step, (BY_ROUTE[step],))
    )
    await commands.note_reconsidered(
        store,
        cause,
        *sorted({fact.complaint_id, *others}),
        by_route=by_route,
        case_id=fact.case_id,
        at=fact.classified_at,
    )


async def note_unlinked(store: EventStore, cause: Cause, fact: ComplaintUnlinked) -> None:
    """Whenever a complaint is not about a case after all, say that it is looked at again."""
    await commands.note_unlinked(
        store, cause, fact.complaint_id, case_id=fact.case_id, at=fact.occurred_at
    )


async def note_assignment(store: PostgresEventStore, cause: Cause, fact: CounselorAssigned) -> None:
    """Whenever a counselor is assigned, say so to everybody who complained about the case."""
    others = await views.complaints_of(store.pool, fact.case_id)
    ids = sorted({fact.complaint_id, *others})
    await commands.note_assignment(
        store,
        cause,
        *ids,
        counselor_id=fact.counselor_id,
        case_id=fact.case_id,
        at=fact.occurred_at,
        steps=[await heard(store, id, "3.6", fact.occurred_at, "counseling") for id in ids],
    )


async def note_referral(store: EventStore, cause: Cause, fact: CaseReferred) -> None:
    """Whenever a case is referred, say so."""
    await commands.note_progress(
        store,
        cause,
        fact.complaint_id,
        status=Status.REFERRED,
        case_id=fact.case_id,
        at=fact.occurred_at,
        steps=[await heard(store, fact.complaint_id, "3.d2", fact.occurred_at, "referral")],
    )


async def note_record_retrieved(store: EventStore, cause: Cause, fact: CaseRecordRetrieved) -> None:
    """Whenever an officer fetches the record of an old case, open it to her: step 3.c2 is done."""
    standing = await standing_of(store, fact.case_id)
    standing.grant_record(fact.staff_id, fact.until)
    step = await heard(store, fact.complaint_id, "3.c2", fact.occurred_at, fact.stream())
    await store.save(standing, step, cause=cause)


POLICIES = (
    *procedure.POLICIES,
    Policy("intake-hear-time-limits", TimeLimitsSet, hear_time_limits),
    Policy("intake-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("intake-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("intake-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("intake-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("intake-hear-person-erased", PersonErased, hear_person_erased),
    Policy("intake-note-taken-up", ComplaintTakenUp, note_taken_up),
    Policy("intake-note-released", ComplaintReleased, note_released),
    Policy("intake-hear-conflict", ConflictDeclared, hear_conflict),
    Policy("intake-hear-broken-glass", GlassBroken, hear_broken_glass),
    Policy("intake-hear-mended-glass", GlassMended, hear_mended_glass),
    Policy("intake-note-record-retrieved", CaseRecordRetrieved, note_record_retrieved),
    Policy("intake-hear-declined", AssignmentDeclined, hear_not_hers),
    Policy("intake-hear-assignment-ended", AssignmentEnded, hear_not_hers),
    Policy("intake-note-classification", CaseClassified, note_classification),
    Policy("intake-note-reclassification", CaseReclassified, note_reclassification),
    Policy("intake-note-victims", CaseFormFilled, hear_form_filled),
    Policy("intake-note-unlinked", ComplaintUnlinked, note_unlinked),
    Policy("intake-note-assignment", CounselorAssigned, note_assignment),
    Policy("intake-note-referral", CaseReferred, note_referral),
)
