"""What intake tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.intake.domain import Complaint, RuleSet
from shared.access.forgetting import Shredding
from shared.clocks.clock import Clock
from shared.contracts import Fact
from shared.contracts.intake import (
    ClockBreached,
    ComplaintReceived,
    LimitSet,
    SubjectKeysDestroyed,
    TimeLimitsSet,
)
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
        case RuleSet.RuleSetApproved():
            return TimeLimitsSet(
                occurred_at=event.approved_at,
                version=event.version,
                limits=tuple(
                    LimitSet(rule=each.rule, amount=each.amount, kind=each.kind, warn=each.warn)
                    for each in event.limits
                ),
                valid_from=event.in_force_from,
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
