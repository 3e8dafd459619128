"""Cases: the people and the violence behind one or more complaints, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.triage.domain.form import CaseForm, has_child
from services.triage.domain.route import RULE_VERSION, Locus, Step, route_of
from shared.privacy import Personal
from shared.problems import Malformed, Refused

CASES = UUID("2f1f0f57-8f6d-5b8e-8d7c-7f1b3f4a9c03")  # namespace of case ids
URGENCIES = ("low", "medium", "high")
REGENCY = 5  # characters of a region code down to the regency or city, 35.73


class VictimNotEligible(Malformed):
    """Violence against women and children needs a woman or a child among the victims."""


class FormClosed(Refused):
    """The case is classified and has its form; reclassifying is not possible yet."""


@dataclass(frozen=True)
class Decision:
    """What an officer decided about a complaint (standard 3.4)."""

    vawc: bool
    locus: Locus
    urgency: str
    basis: Personal
    locus_code: str | None = None
    tpks: bool = False
    victim_in_city: bool | None = None
    needs: tuple[str, ...] = ()
    referral_consent: bool = True

    @property
    def route(self) -> tuple[Step, ...]:
        """Return what follows, by the route table."""
        return route_of(
            vawc=self.vawc, locus=self.locus, tpks=self.tpks, victim_in_city=self.victim_in_city
        )

    @property
    def weight(self) -> tuple[bool, int]:
        """Return how much this decision weighs among those of the same case."""
        return self.vawc, URGENCIES.index(self.urgency)


class Case(Aggregate):
    """What happened to somebody, however many complaints tell of it."""

    @dataclass(frozen=True)
    class CaseOpened(Aggregate.Created):
        """A complaint turned out to be a case we did not know."""

        complaint_id: UUID
        registration_no: str
        opened_at: datetime

    @dataclass(frozen=True)
    class CaseFormFilled(Aggregate.Event):
        """The people and the kinds of violence were written down (standard 3.3.c1)."""

        form: CaseForm
        filled_by: str
        filled_at: datetime

    @dataclass(frozen=True)
    class ExistingCaseReported(Aggregate.Event):
        """Another complaint turned out to be about this case (standard 3.3.c2)."""

        complaint_id: UUID
        subkind: str
        linked_at: datetime

    @dataclass(frozen=True)
    class CaseClassified(Aggregate.Event):
        """An officer decided what it is, where, and how urgent; the route follows (3.4)."""

        complaint_id: UUID
        registration_no: str
        officer_id: str
        case_kind: str
        subkind: str | None
        decision: Decision
        route: tuple[Step, ...]
        rule_version: str
        violence: tuple[str, ...]
        child: bool | None
        age_band: str | None
        victim_code: str | None
        linked: tuple[tuple[UUID, str], ...]
        leads: bool
        classified_at: datetime

    @dataclass(frozen=True)
    class CounselorNoted(Aggregate.Event):
        """Counseling told us who answers for the case."""

        counselor_id: UUID

    @dataclass(frozen=True)
    class ReferralNoted(Aggregate.Event):
        """Referral told us where the case was sent."""

        referral_id: UUID
        agency_id: UUID

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive a new case from its first complaint, so that there can only be one."""
        return uuid5(CASES, str(complaint_id))

    @event(CaseOpened)
    def __init__(self, complaint_id: UUID, registration_no: str, opened_at: datetime) -> None:
        self.complaint_ids: tuple[UUID, ...] = (complaint_id,)
        self.linked: tuple[tuple[UUID, str], ...] = ()
        self.registration_no = registration_no
        self.form: CaseForm | None = None
        self.forms: tuple[CaseForm, ...] = ()  # all there were: nobody in them is forgotten by us
        self.named = self.named_in_last = 0
        self.decision: Decision | None = None
        self.decisions: tuple[Decision, ...] = ()  # all there were, with what each was based on
        self.route: tuple[Step, ...] = ()
        self.counselor_id: UUID | None = None
        self.referral_ids: tuple[UUID, ...] = ()

    def fill_form(self, form: CaseForm, filled_by: str, now: datetime) -> None:
        """Write down who and what. The same form twice changes nothing.

        In an emergency the form comes after the classification; another form then does not. What
        lies sealed in the store compares with nothing, so then the same form is another one.
        """
        if self.form is not None and form.of_case(self.id, self.named_in_last) == self.form:
            return
        form = form.of_case(self.id, self.named)
        if self.form is not None and self.decision is not None:
            raise FormClosed(str(self.id))
        self._form_filled(form, filled_by, now)

    @event(CaseFormFilled)
    def _form_filled(self, form: CaseForm, filled_by: str, filled_at: datetime) -> None:
        self.form = form
        self.named_in_last = self.named
        self.named += max(len(form.victims), len(form.perpetrators))
        self.forms = (*self.forms, form)

    def link(self, complaint_id: UUID, subkind: str, now: datetime) -> None:
        """Add a complaint. Adding it twice changes nothing."""
        if complaint_id not in self.complaint_ids:
            self._link(complaint_id, subkind, now)

    @event(ExistingCaseReported)
    def _link(self, complaint_id: UUID, subkind: str, linked_at: datetime) -> None:
        self.complaint_ids = (*self.complaint_ids, complaint_id)
        self.linked = (*self.linked, (complaint_id, subkind))

    def classify(
        self,
        decision: Decision,
        *,
        complaint_id: UUID,
        registration_no: str,
        officer_id: str,
        kind: str,
        subkind: str | None,
        now: datetime,
    ) -> None:
        """Decide about one of its complaints, and by the route table what follows.

        What was decided about another complaint stays: the weightiest decision leads the case.
        """
        victims = self.form.victims if self.form else ()
        if decision.vawc and victims and all(victim.is_grown_man for victim in victims):
            raise VictimNotEligible("vawc")
        self._classified(
            complaint_id=complaint_id,
            registration_no=registration_no,
            officer_id=officer_id,
            case_kind=kind,
            subkind=subkind,
            decision=decision,
            route=decision.route,
            rule_version=RULE_VERSION,
            violence=self.form.violence if self.form else (),
            child=has_child(victims),
            age_band=victims[0].age_band if victims else None,
            victim_code=next((v.domicile_code[:REGENCY] for v in victims if v.domicile_code), None),
            linked=self.linked,
            leads=self.decision is None or decision.weight >= self.decision.weight,
            classified_at=now,
        )

    @event(CaseClassified)
    def _classified(
        self,
        complaint_id: UUID,
        registration_no: str,
        officer_id: str,
        case_kind: str,
        subkind: str | None,
        decision: Decision,
        route: tuple[Step, ...],
        rule_version: str,
        violence: tuple[str, ...],
        child: bool | None,
        age_band: str | None,
        victim_code: str | None,
        linked: tuple[tuple[UUID, str], ...],
        leads: bool,
        classified_at: datetime,
    ) -> None:
        self.decisions = (*self.decisions, decision)
        if leads:
            self.decision = decision
            self.route = route

    def note_counselor(self, counselor_id: UUID) -> None:
        """Note who answers for it. Hearing the same twice changes nothing."""
        if counselor_id != self.counselor_id:
            self._counselor_noted(counselor_id)

    @event(CounselorNoted)
    def _counselor_noted(self, counselor_id: UUID) -> None:
        self.counselor_id = counselor_id

    def note_referral(self, referral_id: UUID, agency_id: UUID) -> None:
        """Note where it was sent. Hearing the same twice changes nothing."""
        if referral_id not in self.referral_ids:
            self._referral_noted(referral_id, agency_id)

    @event(ReferralNoted)
    def _referral_noted(self, referral_id: UUID, agency_id: UUID) -> None:
        self.referral_ids = (*self.referral_ids, referral_id)

    def __repr__(self) -> str:
        return f"Case({self.id})"  # eventsourcing would print every attribute
