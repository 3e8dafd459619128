"""What triage does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.triage import commands
from services.triage.persons import commands as persons
from shared.access.hearing import (
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_person_erased,
)
from shared.contracts import counseling, intake, referral, triage
from shared.contracts.counseling import CounselorAssigned
from shared.contracts.intake import ComplaintReceived
from shared.contracts.referral import CaseReferred
from shared.contracts.triage import (
    ErasureRequested,
    ErasureWithdrawn,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from shared.eventstore import Cause, EventStore
from shared.messaging import Policy


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


async def note_refused(
    store: EventStore,
    cause: Cause,
    fact: counseling.ErasureRefused
    | intake.ErasureRefused
    | referral.ErasureRefused
    | triage.ErasureRefused,
) -> None:
    """Whenever a service refuses to forget somebody under legal hold, note it on her erasure."""
    await persons.note_refused(store, cause, person_id=fact.person_id, service=fact.stream())


POLICIES = (
    Policy("triage-note-refused-by-counseling", counseling.ErasureRefused, note_refused),
    Policy("triage-note-refused-by-intake", intake.ErasureRefused, note_refused),
    Policy("triage-note-refused-by-referral", referral.ErasureRefused, note_refused),
    Policy("triage-note-refused-by-triage", triage.ErasureRefused, note_refused),
    Policy("triage-note-forgotten-by-counseling", counseling.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-note-forgotten-by-intake", intake.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-note-forgotten-by-referral", referral.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-note-forgotten-by-triage", triage.SubjectKeysDestroyed, note_forgotten),
    Policy("triage-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("triage-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("triage-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("triage-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("triage-hear-person-erased", PersonErased, hear_person_erased),
    Policy("triage-queue-received-complaint", ComplaintReceived, queue_received_complaint),
    Policy("triage-note-assigned-counselor", CounselorAssigned, note_assigned_counselor),
    Policy("triage-note-referred-case", CaseReferred, note_referred_case),
)
