"""What counseling does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.counseling import following, views
from services.counseling.domain import CounselorCard
from shared.access.hearing import (
    hear_broken_glass,
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_form_filled,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_mended_glass,
    hear_person_erased,
)
from shared.clocks import today
from shared.clocks.hearing import hear_time_limits
from shared.contracts.intake import ComplaintWithdrawn, SafeContactSet, TimeLimitsSet
from shared.contracts.safe_contact import SafeContact
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
    ExistingCaseReported,
    GlassBroken,
    GlassMended,
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
    await following.assign_by_rule(
        store,
        cause,
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        needs=fact.needs,
        urgency=fact.urgency,
        child=fact.child,
        linked=fact.linked,
        counselors=await _strangers(store, fact, cause),
        classified_at=fact.classified_at,
        now=cause.at,
    )


async def follow_reclassified_case(
    store: PostgresEventStore, cause: Cause, fact: CaseReclassified
) -> None:
    """Whenever a case is decided anew, begin to follow it up, go on, or let a person end it."""
    await following.decide_anew(
        store,
        cause,
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        needs=fact.after.needs,
        urgency=fact.after.urgency,
        child=fact.child,
        moot=None if "follow_up" in fact.after.route else fact.reason,
        was_followed="follow_up" in fact.before.route,
        linked=fact.linked,
        counselors=await _strangers(store, fact, cause),
        decided_at=fact.classified_at,
        now=cause.at,
    )


async def note_reported_complaint(
    store: PostgresEventStore, cause: Cause, fact: ExistingCaseReported
) -> None:
    """Whenever a complaint is about a case we know, tell its casework."""
    await following.report_complaint(
        store,
        cause,
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        subkind=fact.subkind,
        at=fact.occurred_at,
    )


async def take_back_complaint(store: EventStore, cause: Cause, fact: ComplaintUnlinked) -> None:
    """Whenever a complaint turns out not to be about a case, undo what followed."""
    await following.take_back_complaint(
        store, cause, case_id=fact.case_id, complaint_id=fact.complaint_id, at=fact.occurred_at
    )


async def note_withdrawal(store: EventStore, cause: Cause, fact: ComplaintWithdrawn) -> None:
    """Whenever a complaint is withdrawn, show it; a person decides what follows."""
    await following.note_withdrawal(
        store,
        cause,
        complaint_id=fact.complaint_id,
        withdrawn_by=fact.withdrawn_by,
        at=fact.occurred_at,
    )


async def note_safe_contact(store: EventStore, cause: Cause, fact: SafeContactSet) -> None:
    """Whenever it is said how somebody may be contacted, keep to it."""
    await following.note_safe_contact(
        store,
        cause,
        complaint_id=fact.complaint_id,
        safe=SafeContact(
            fact.may_call,
            fact.may_text,
            fact.may_leave_message,
            fact.hours,
            fact.may_visit,
            fact.may_write,
        ),
        set_at=fact.said_at or fact.occurred_at,
        whom=fact.whom,
        n=fact.n,
        is_victims=fact.is_victims,
        person_id=fact.person_id,
    )


async def note_officer(store: EventStore, cause: Cause, fact: ComplaintTakenUp) -> None:
    """Whenever an officer takes a complaint up, note who may look into its old case, if any."""
    await following.note_officer(
        store,
        cause,
        complaint_id=fact.complaint_id,
        officer_id=fact.officer_id,
        taken_at=fact.taken_at,
    )


async def note_released(store: EventStore, cause: Cause, fact: ComplaintReleased) -> None:
    """Whenever an officer lets go of a complaint, let her look into no old case for it."""
    await following.note_released(
        store,
        cause,
        complaint_id=fact.complaint_id,
        officer_id=fact.officer_id,
        released_at=fact.released_at,
    )


async def note_conflict(store: EventStore, cause: Cause, fact: ConflictDeclared) -> None:
    """Whenever somebody is related to a party, keep the case from them."""
    await following.note_conflict(
        store, cause, case_id=fact.case_id, staff_id=fact.staff_id, now=cause.at
    )


async def _strangers(
    store: PostgresEventStore, fact: CaseClassified | CaseReclassified, cause: Cause
) -> list[CounselorCard]:
    """Return the counselors to choose among: who is related to its complaint is not one of them.

    That may have been declared before there was a case, and of the case we may hear it later.
    """
    about = (fact.case_id, fact.complaint_id, *(id for id, _ in fact.linked))
    return await views.counselor_cards(store.pool, but_not_of=about, on=today(cause.at))


POLICIES = (
    Policy("counseling-hear-time-limits", TimeLimitsSet, hear_time_limits),
    Policy("counseling-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("counseling-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("counseling-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("counseling-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("counseling-hear-person-erased", PersonErased, hear_person_erased),
    Policy("counseling-note-conflict", ConflictDeclared, note_conflict),
    Policy("counseling-hear-broken-glass", GlassBroken, hear_broken_glass),
    Policy("counseling-hear-mended-glass", GlassMended, hear_mended_glass),
    Policy("counseling-hear-form-filled", CaseFormFilled, hear_form_filled),
    Policy("counseling-assign-classified-case", CaseClassified, assign_classified_case),
    Policy("counseling-note-reported-complaint", ExistingCaseReported, note_reported_complaint),
    Policy("counseling-follow-reclassified-case", CaseReclassified, follow_reclassified_case),
    Policy("counseling-take-back-complaint", ComplaintUnlinked, take_back_complaint),
    Policy("counseling-note-withdrawal", ComplaintWithdrawn, note_withdrawal),
    Policy("counseling-note-safe-contact", SafeContactSet, note_safe_contact),
    Policy("counseling-note-officer", ComplaintTakenUp, note_officer),
    Policy("counseling-note-released", ComplaintReleased, note_released),
)
