"""What counseling tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.counseling.domain import Casework
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping
from shared.contracts import Fact
from shared.contracts.counseling import CounselorAssigned, ErasureRefused, SubjectKeysDestroyed
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
