"""What intake tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.intake.domain import Complaint
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping
from shared.contracts import Fact
from shared.contracts.intake import ComplaintReceived, ErasureRefused, SubjectKeysDestroyed
from shared.eventstore import Event


def published(event: Event) -> Fact | None:
    """Return the fact that others may hear, if there is one."""
    match event:
        case Complaint.ComplaintReceived():
            return ComplaintReceived(
                occurred_at=event.received_at,
                complaint_id=event.originator_id,
                registration_no=event.registration_no,
                channel=event.channel,
                sub_channel=event.sub_channel,
                reporter_role=event.told.reporter_role,
                in_danger=event.told.in_danger,
                locus_code=event.told.locus_code,
                received_at=event.received_at,
                handed_over=event.handed_over,
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
