"""What referral tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.referral.domain import Referral
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping
from shared.clocks.clock import Clock
from shared.contracts import Fact
from shared.contracts.referral import (
    CaseReferred,
    ClockBreached,
    ErasureRefused,
    ReferralAccepted,
    ReferralDeclined,
    SubjectKeysDestroyed,
)
from shared.eventstore import Event


def published(event: Event) -> Fact | None:
    """Return the fact that others may hear, if there is one."""
    match event:
        case Referral.CaseReferred():
            return CaseReferred(
                occurred_at=event.referred_at,
                case_id=event.case.case_id,
                complaint_id=event.case.complaint_id,
                referral_id=event.originator_id,
                agency_id=event.agency.agency_id,
                agency_kind=event.agency.kind,
                region_code=event.agency.region_code,
                violence=event.case.violence,
                urgency=event.case.urgency,
                age_band=event.case.age_band,
                purpose=event.purpose,
                respond_by=event.respond_by,
            )
        case Referral.ReferralAccepted():
            return ReferralAccepted(
                occurred_at=event.answered_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                referral_id=event.originator_id,
            )
        case Referral.ReferralDeclined():
            return ReferralDeclined(
                occurred_at=event.answered_at,
                case_id=event.case_id,
                complaint_id=event.complaint_id,
                referral_id=event.originator_id,
                reason=event.reason,
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
