"""What triage does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.triage import commands, news
from services.triage.persons import commands as persons
from shared.access.hearing import (
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_person_erased,
    hear_record_retrieved,
)
from shared.clocks.hearing import hear_time_limits
from shared.contracts import counseling, intake, referral, triage
from shared.contracts.counseling import (
    AssignmentAccepted,
    AssignmentDeclined,
    AssignmentEnded,
    CaseRecordRetrieved,
    CounselorAssigned,
    FirstHelpRecorded,
)
from shared.contracts.intake import (
    ComplaintAmended,
    ComplaintHandedOver,
    ComplaintReceived,
    ComplaintWithdrawn,
    EmergencyActivated,
    TimeLimitsSet,
)
from shared.contracts.referral import CaseReferred, ReferralAccepted
from shared.contracts.triage import (
    ErasureRequested,
    ErasureWithdrawn,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
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
        handed_over=fact.handed_over,
    )


async def note_hand_over(store: EventStore, cause: Cause, fact: ComplaintHandedOver) -> None:
    """Whenever the counter is done with a complaint, let an officer take it up."""
    await news.note_hand_over(
        store, cause, complaint_id=fact.complaint_id, operator_id=fact.operator_id
    )


async def note_amendment(store: EventStore, cause: Cause, fact: ComplaintAmended) -> None:
    """Whenever what was told is corrected, show it; who is in danger comes first."""
    await news.note_amendment(
        store,
        cause,
        complaint_id=fact.complaint_id,
        fields=fact.fields,
        in_danger=fact.in_danger,
        locus_code=fact.locus_code,
        at=fact.occurred_at,
    )


async def note_withdrawal(store: EventStore, cause: Cause, fact: ComplaintWithdrawn) -> None:
    """Whenever she does not want it to go on, show it: a person decides what follows."""
    await news.note_withdrawal(
        store,
        cause,
        complaint_id=fact.complaint_id,
        withdrawn_by=fact.withdrawn_by,
        at=fact.occurred_at,
    )


async def raise_alarm(store: EventStore, cause: Cause, fact: EmergencyActivated) -> None:
    """Whenever help was called, raise the alarm, whether the complaint is told yet or not."""
    await news.note_emergency(
        store,
        cause,
        complaint_id=fact.complaint_id,
        services=fact.services,
        at=fact.occurred_at,
    )


async def note_acceptance(store: EventStore, cause: Cause, fact: AssignmentAccepted) -> None:
    """Whenever a counselor takes a case on, note it."""
    await news.note_acceptance(
        store,
        cause,
        case_id=fact.case_id,
        counselor_id=fact.counselor_id,
        at=fact.occurred_at,
    )


async def note_first_help(store: EventStore, cause: Cause, fact: FirstHelpRecorded) -> None:
    """Whenever somebody helped for the first time, stop the clock that ran until then."""
    await news.note_first_help(store, cause, case_id=fact.case_id, at=fact.occurred_at)


async def note_accepted_referral(store: EventStore, cause: Cause, fact: ReferralAccepted) -> None:
    """Whenever an agency takes a case over, somebody is there for her: the clock stops."""
    await news.note_first_help(store, cause, case_id=fact.case_id, at=fact.occurred_at)


async def note_assigned_counselor(store: EventStore, cause: Cause, fact: CounselorAssigned) -> None:
    """Whenever a counselor is assigned, note it on the case."""
    await news.note_counselor(store, cause, case_id=fact.case_id, counselor_id=fact.counselor_id)


async def note_declined(store: EventStore, cause: Cause, fact: AssignmentDeclined) -> None:
    """Whenever a counselor cannot take a case on, it is hers no more; nor is it there for her.

    The latter where she is related to a party; everybody hears of that from us.
    """
    await news.note_declined(
        store,
        cause,
        case_id=fact.case_id,
        counselor_id=fact.counselor_id,
        is_related=fact.reason == RELATED,
        now=fact.occurred_at,
    )


async def note_assignment_ended(store: EventStore, cause: Cause, fact: AssignmentEnded) -> None:
    """Whenever a counselor answers for a case no more, it is hers no more."""
    await news.note_declined(
        store,
        cause,
        case_id=fact.case_id,
        counselor_id=fact.counselor_id,
        is_related=False,
        now=fact.occurred_at,
    )


async def note_referred_case(store: EventStore, cause: Cause, fact: CaseReferred) -> None:
    """Whenever a case is referred, note where to."""
    await news.note_referral(
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
    Policy("triage-hear-time-limits", TimeLimitsSet, hear_time_limits),
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
    Policy("triage-note-hand-over", ComplaintHandedOver, note_hand_over),
    Policy("triage-note-amendment", ComplaintAmended, note_amendment),
    Policy("triage-note-withdrawal", ComplaintWithdrawn, note_withdrawal),
    Policy("triage-raise-alarm", EmergencyActivated, raise_alarm),
    Policy("triage-note-acceptance", AssignmentAccepted, note_acceptance),
    Policy("triage-note-first-help", FirstHelpRecorded, note_first_help),
    Policy("triage-note-accepted-referral", ReferralAccepted, note_accepted_referral),
    Policy("triage-note-assigned-counselor", CounselorAssigned, note_assigned_counselor),
    Policy("triage-note-declined", AssignmentDeclined, note_declined),
    Policy("triage-note-assignment-ended", AssignmentEnded, note_assignment_ended),
    Policy("triage-hear-record-retrieved", CaseRecordRetrieved, hear_record_retrieved),
    Policy("triage-note-referred-case", CaseReferred, note_referred_case),
)
