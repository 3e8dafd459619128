"""What triage tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from services.triage.domain import Case
from shared.contracts import Fact
from shared.contracts.triage import CaseClassified, ExistingCaseReported
from shared.eventstore import Event


def published(event: Event) -> Fact | None:
    """Return the fact that others may hear, if there is one."""
    match event:
        case Case.CaseClassified():
            decided = event.decision
            return CaseClassified(
                occurred_at=event.classified_at,
                case_id=event.originator_id,
                complaint_id=event.complaint_id,
                registration_no=event.registration_no,
                case_kind=event.case_kind,
                subkind=event.subkind,
                vawc=decided.vawc,
                locus=decided.locus,
                locus_code=decided.locus_code,
                victim_in_city=decided.victim_in_city,
                victim_code=event.victim_code,
                urgency=decided.urgency,
                violence=event.violence,
                tpks=decided.tpks,
                child=event.child,
                age_band=event.age_band,
                route=event.route,
                needs=decided.needs,
                referral_consent=decided.referral_consent,
                linked=event.linked,
                classified_at=event.classified_at,
                rule_version=event.rule_version,
            )
        case Case.ExistingCaseReported():
            return ExistingCaseReported(
                occurred_at=event.linked_at,
                case_id=event.originator_id,
                complaint_id=event.complaint_id,
                subkind=event.subkind,
            )
        case _:
            return None
