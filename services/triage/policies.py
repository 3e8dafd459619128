"""What triage does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.triage import commands
from services.triage.persons import commands as persons
from shared.access.hearing import (
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_person_erased,
    hear_record_retrieved,
)
from shared.clocks.hearing import hear_time_limits
from shared.contracts import counseling, intake, referral, triage
from shared.contracts.counseling import (
    AssignmentDeclined,
    CaseRecordRetrieved,
    CounselorAssigned,
)
from shared.contracts.intake import ComplaintReceived, TimeLimitsSet
from shared.contracts.referral import CaseReferred
from shared.contracts.triage import ErasureRequested, ErasureWithdrawn, PersonErased
from shared.eventstore import Cause, EventStore
from shared.messaging import Policy

RELATED = "conflict_of_interest"  # of the codes for declining a case


async def queue_received_complaint(
    store: EventStore, cause: Cause, fact: ComplaintReceived
) -> None:
    """Whenever a complaint is received, let it wait for an officer."""
    await commands.queue_complaint(
        store,
        cause,
        complaint_id=fact.complaint_id,
        registration_no=fact.registration_no,
        channel=fact.channel,
        reporter_role=fact.reporter_role,
        in_danger=fact.in_danger,
        locus_code=fact.locus_code,
        received_at=fact.received_at,
    )


async def note_assigned_counselor(store: EventStore, cause: Cause, fact: CounselorAssigned) -> None:
    """Whenever a counselor is assigned, note it on the case."""
    await commands.note_counselor(
        store, cause, case_id=fact.case_id, counselor_id=fact.counselor_id
    )


async def note_declined(store: EventStore, cause: Cause, fact: AssignmentDeclined) -> None:
    """Whenever a counselor cannot take a case on, it is hers no more; nor is it there for her.

    The latter where she is related to a party; everybody hears of that from us.
    """
    await commands.note_declined(
        store,
        cause,
        case_id=fact.case_id,
        counselor_id=fact.counselor_id,
        is_related=fact.reason == RELATED,
        now=fact.occurred_at,
    )


async def note_referred_case(store: EventStore, cause: Cause, fact: CaseReferred) -> None:
    """Whenever a case is referred, note where to."""
    await commands.note_referral(
        store,
        cause,
        case_id=fact.case_id,
        referral_id=fact.referral_id,
        agency_id=fact.agency_id,
    )


async def note_forgotten(
    store: EventStore,
    cause: Cause,
    fact: counseling.SubjectKeysDestroyed
    | intake.SubjectKeysDestroyed
    | referral.SubjectKeysDestroyed
    | triage.SubjectKeysDestroyed,
) -> None:
    """Whenever a service has forgotten somebody, note it on her erasure."""
    await persons.note_forgotten(
        store, cause, person_id=fact.person_id, service=fact.stream(), keys=fact.keys
    )


POLICIES = (
    Policy("triage-hear-time-limits", TimeLimitsSet, hear_time_limits),
    Policy("triage-note-forgotten-by-counseling", counseling.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-note-forgotten-by-intake", intake.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-note-forgotten-by-referral", referral.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-note-forgotten-by-triage", triage.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("triage-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("triage-hear-person-erased", PersonErased, hear_person_erased),
    Policy("triage-queue-received-complaint", ComplaintReceived, queue_received_complaint),
    Policy("triage-note-assigned-counselor", CounselorAssigned, note_assigned_counselor),
    Policy("triage-note-declined", AssignmentDeclined, note_declined),
    Policy("triage-hear-record-retrieved", CaseRecordRetrieved, hear_record_retrieved),
    Policy("triage-note-referred-case", CaseReferred, note_referred_case),
)
