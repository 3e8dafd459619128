"""What intake tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from typing import Any

from services.intake.domain import Complaint, Emergency, RuleSet, SafeContact
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping
from shared.clocks.clock import Clock
from shared.contracts import Fact
from shared.contracts.intake import (
    ClockBreached,
    ComplaintAmended,
    ComplaintHandedOver,
    ComplaintReceived,
    ComplaintWithdrawn,
    EmergencyActivated,
    ErasureRefused,
    LimitSet,
    SafeContactSet,
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
        case Complaint.ComplaintHandedOver():
            return ComplaintHandedOver(
                occurred_at=event.handed_over_at,
                complaint_id=event.originator_id,
                operator_id=event.operator_id,
            )
        case Complaint.ComplaintAmended():
            return ComplaintAmended(
                occurred_at=event.amended_at,
                complaint_id=event.originator_id,
                fields=event.changed,
                in_danger=event.in_danger,
                locus_code=event.locus_code,
            )
        case Complaint.ComplaintWithdrawn():
            return ComplaintWithdrawn(
                occurred_at=event.withdrawn_at,
                complaint_id=event.originator_id,
                withdrawn_by=event.withdrawn_by,
            )
        case Complaint.SafeContactSet():
            return SafeContactSet(
                occurred_at=event.set_at,
                complaint_id=event.originator_id,
                whom=event.whom,
                n=event.n,
                is_victims=event.is_victims,
                person_id=event.person_id,
                **_how(event.safe_contact),
            )
        case Complaint.SafeContactReattributed():
            return SafeContactSet(
                occurred_at=event.reattributed_at,
                complaint_id=event.originator_id,
                is_victims=event.is_victims,
                said_at=event.said_at,
                **_how(event.safe_contact),
            )
        case Emergency.EmergencyActivated():
            return EmergencyActivated(
                occurred_at=event.activated_at,
                complaint_id=event.complaint_id,
                services=event.services,
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
        # Somebody's, that is: old notes and callers who stay unknown are nobody others know of.
        case Shredding.SubjectKeysDestroyed() if event.person_id in event.subjects:
            return SubjectKeysDestroyed(
                occurred_at=event.destroyed_at,
                person_id=event.person_id,
                keys=len(event.key_ids),
            )
        case _:
            return None


def _how(wish: SafeContact) -> dict[str, Any]:
    return {
        "may_call": wish.may_call,
        "may_text": wish.may_text,
        "may_leave_message": wish.may_leave_message,
        "hours": wish.hours,
        "may_visit": wish.may_visit,
        "may_write": wish.may_write,
    }
