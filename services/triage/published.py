"""What triage tells the others about its events. What is not here stays inside."""

from __future__ import annotations

from typing import Any

from services.triage.domain import Case, Identification, Person, Ruling
from shared.access.forgetting import Shredding
from shared.access.keeping import Keeping
from shared.access.standing import Standing
from shared.clocks.clock import Clock
from shared.contracts import Fact
from shared.contracts.triage import (
    CaseClassified,
    CaseFormFilled,
    CaseReclassified,
    Classification,
    ClockBreached,
    ComplaintReleased,
    ComplaintTakenUp,
    ComplaintUnlinked,
    ConflictDeclared,
    ErasureRefused,
    ErasureRequested,
    ErasureWithdrawn,
    ExistingCaseReported,
    GlassBroken,
    GlassMended,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
    SubjectKeysDestroyed,
    VictimCodes,
)
from shared.eventstore import Event


def published(event: Event) -> Fact | None:
    """Return the fact that others may hear, if there is one."""
    match event:
        case Case.CaseClassified():
            decided = event.together or event.decision
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
                route=event.together.route if event.together else event.route,
                needs=decided.needs,
                referral_consent=decided.referral_consent,
                linked=event.linked,
                classified_at=event.classified_at,
                rule_version=event.rule_version,
            )
        case Case.CaseReclassified():
            after = event.after
            return CaseReclassified(
                occurred_at=event.classified_at,
                case_id=event.originator_id,
                complaint_id=event.complaint_id,
                registration_no=event.registration_no,
                before=_codes(event.before),
                after=_codes(after),
                started=event.started,
                ended=event.ended,
                victim_in_city=after.victim_in_city,
                **vars(event.people),
                referral_consent=after.referral_consent,
                linked=event.linked,
                reason=event.reason,
                classified_at=event.classified_at,
                rule_version=event.rule_version,
            )
        case Case.CaseFormFilled():
            return CaseFormFilled(
                occurred_at=event.filled_at,
                case_id=event.originator_id,
                victims=tuple(
                    VictimCodes(
                        person_id=each.person_id, age_band=each.age_band, child=each.is_child
                    )
                    for each in event.form.victims
                    if each.person_id  # forms of the first days name nobody by id
                ),
            )
        case Case.ProvisionalCaseEnded():
            return ComplaintUnlinked(
                occurred_at=event.ended_at,
                case_id=event.originator_id,
                complaint_id=event.complaint_id,
            )
        case Case.ComplaintUnlinked():
            return ComplaintUnlinked(
                occurred_at=event.unlinked_at,
                case_id=event.originator_id,
                complaint_id=event.complaint_id,
            )
        case Case.ExistingCaseReported():
            return ExistingCaseReported(
                occurred_at=event.linked_at,
                case_id=event.originator_id,
                complaint_id=event.complaint_id,
                subkind=event.subkind,
            )
        case Person.ErasureRequested():
            return ErasureRequested(occurred_at=event.requested_at, **_about(event))
        case Person.ErasureWithdrawn():
            return ErasureWithdrawn(occurred_at=event.withdrawn_at, **_about(event))
        case Person.PersonErased():
            return PersonErased(occurred_at=event.erased_at, **_about(event))
        case Person.LegalHoldPlaced() if event.reach:
            return LegalHoldPlaced(occurred_at=event.placed_at, **_about(event))
        case Person.LegalHoldLifted():
            return LegalHoldLifted(occurred_at=event.lifted_at, person_id=event.originator_id)
        case Identification.ComplaintTakenUp():
            return ComplaintTakenUp(
                occurred_at=event.taken_at,
                complaint_id=event.complaint_id,
                officer_id=event.officer_id,
                taken_at=event.taken_at,
            )
        case Identification.ComplaintReleased():
            return ComplaintReleased(
                occurred_at=event.released_at,
                complaint_id=event.complaint_id,
                officer_id=event.officer_id,
                released_at=event.released_at,
            )
        case Standing.ConflictDeclared():
            return ConflictDeclared(
                occurred_at=event.declared_at, case_id=event.case_id, staff_id=event.staff_id
            )
        case Standing.GlassBroken():
            return GlassBroken(
                occurred_at=event.broken_at,
                case_id=event.case_id,
                grant_id=event.grant_id,
                staff_id=event.staff_id,
                until=event.until,
            )
        case Standing.GlassMended():
            return GlassMended(
                occurred_at=event.mended_at, case_id=event.case_id, grant_id=event.grant_id
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


def _codes(ruling: Ruling) -> Classification:
    return Classification.model_validate(vars(ruling))


def _about(
    event: Person.ErasureRequested
    | Person.ErasureWithdrawn
    | Person.LegalHoldPlaced
    | Person.PersonErased,
) -> dict[str, Any]:
    return {"person_id": event.originator_id, **vars(event.reach)}
