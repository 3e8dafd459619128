"""What counseling tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.counseling.domain import Casework
from shared.access.forgetting import Shredding
from shared.clocks.clock import Clock
from shared.contracts import Fact
from shared.contracts.counseling import ClockBreached, CounselorAssigned, SubjectKeysDestroyed
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
        case Shredding.SubjectKeysDestroyed():
            return SubjectKeysDestroyed(
                occurred_at=event.destroyed_at,
                person_id=event.person_id,
                keys=len(event.key_ids),
            )
        case _:
            return None
