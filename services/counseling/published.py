"""What counseling tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.counseling.domain import Casework, FirstHelp, Lookup
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping
from shared.clocks.clock import Clock
from shared.contracts import Fact
from shared.contracts.counseling import (
    AssignmentAccepted,
    AssignmentDeclined,
    AssignmentEnded,
    CaseRecordRetrieved,
    ClockBreached,
    CounselorAssigned,
    CounselorContacted,
    ErasureRefused,
    FirstHelpRecorded,
    SubjectKeysDestroyed,
)
from shared.eventstore import Event


def published(event: Event) -> Fact | None:
    """Return the fact that others may hear, if there is one."""
    match event:
        case Casework.CounselorAssigned():
            return CounselorAssigned(
                occurred_at=event.assigned_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                counselor_id=event.counselor_id,
                reasons=event.reasons,
                previous_counselor_id=event.previous_counselor_id,
            )
        case Casework.AssignmentAccepted():
            return AssignmentAccepted(
                occurred_at=event.accepted_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                counselor_id=event.counselor_id,
            )
        case Casework.AssignmentDeclined():
            return AssignmentDeclined(
                occurred_at=event.declined_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                counselor_id=event.counselor_id,
                reason=event.reason,
            )
        case Casework.AssignmentEnded():
            return AssignmentEnded(
                occurred_at=event.ended_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                counselor_id=event.counselor_id,
                reason=event.reason,
            )
        case FirstHelp.FirstHelpRecorded():
            return FirstHelpRecorded(
                occurred_at=event.helped_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
            )
        case Lookup.CounselorContacted():
            return CounselorContacted(
                occurred_at=event.contacted_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                counselor_id=event.counselor_id,
                answered=event.answered,
                is_coordinator=event.is_coordinator,
            )
        case Lookup.CaseRecordRetrieved():
            return CaseRecordRetrieved(
                occurred_at=event.retrieved_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                staff_id=event.staff_id,
                until=event.until,
            )
        case Clock.ClockBreached():
            return ClockBreached(
                occurred_at=event.due_at,
                rule=event.rule,
                rule_version=event.rule_version,
                about=event.about,
                complaint_id=event.complaint_id,
                case_id=event.case_id,
                due_at=event.due_at,
            )
        case Keeping.ErasureRefused():
            return ErasureRefused(occurred_at=event.refused_at, person_id=event.person_id)
        case Shredding.SubjectKeysDestroyed():
            return SubjectKeysDestroyed(
                occurred_at=event.destroyed_at,
                person_id=event.person_id,
                keys=len(event.key_ids),
            )
        case _:
            return None
