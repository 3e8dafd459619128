"""Cases: the people and the violence behind one or more complaints, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.triage.domain.decision import (
    Decision,
    People,
    Ruling,
    check_decision,
    combined,
    people_of,
)
from services.triage.domain.form import CaseForm, Incident, NotInTheCase, check_relations
from services.triage.domain.route import RULE_VERSION, Step
from shared.privacy import Personal
from shared.problems import Refused

CASES = UUID("2f1f0f57-8f6d-5b8e-8d7c-7f1b3f4a9c03")  # namespace of case ids
FURTHER, UNLINKED, FORM = "further_complaint", "unlinked", "form"
FOLLOWS = (FURTHER, UNLINKED, FORM)  # reasons that follow from something else: nobody decided anew


class FormClosed(Refused):
    """The case is classified by its form: a correction is an amendment of the form."""


class NotClassified(Refused):
    """Nothing is decided about this case yet, so nothing can be decided anew."""


class OpenedByIt(Refused):
    """This complaint opened the case. It cannot leave it; link the case to the right one."""


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
        together: Ruling | None = None  # what it comes to with what was decided before

    @dataclass(frozen=True)
    class CaseReclassified(Aggregate.Event):
        """It was decided anew, or what is known of the people changed: nothing is edited (3.4)."""

        complaint_id: UUID
        registration_no: str
        decided_by: str
        reason: str
        basis: Personal | None
        before: Ruling
        after: Ruling
        started: tuple[Step, ...]
        ended: tuple[Step, ...]
        people: People
        linked: tuple[tuple[UUID, str], ...]
        rule_version: str
        classified_at: datetime

    @dataclass(frozen=True)
    class IncidentAdded(Aggregate.Event):
        """It happened another time: a new incident of a case we know (R-TRI-05)."""

        complaint_id: UUID
        incident: Incident
        added_by: str
        added_at: datetime

    @dataclass(frozen=True)
    class ComplaintUnlinked(Aggregate.Event):
        """A complaint was taken for one about this case, and is not."""

        complaint_id: UUID
        reason: str
        undecided: bool  # nothing that was decided about the case is left
        unlinked_by: str
        unlinked_at: datetime

    @dataclass(frozen=True)
    class ProvisionalCaseEnded(Aggregate.Event):
        """It was opened for now, in an emergency, and is a case we know: what began here ends."""

        complaint_id: UUID
        known_id: UUID
        ended_by: str
        ended_at: datetime

    @dataclass(frozen=True)
    class ProvisionalCaseResumed(Aggregate.Event):
        """It is not the case that we know after all, but this one."""

        resumed_at: datetime

    @dataclass(frozen=True)
    class CounselorNoted(Aggregate.Event):
        """Counseling told us who answers for the case."""

        counselor_id: UUID

    @dataclass(frozen=True)
    class DeclineNoted(Aggregate.Event):
        """Counseling told us that she does not answer for the case."""

        counselor_id: UUID

    @dataclass(frozen=True)
    class AcceptanceNoted(Aggregate.Event):
        """Counseling told us that the counselor took the case on."""

        counselor_id: UUID
        accepted_at: datetime

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
        self.told_of: tuple[tuple[UUID, Incident], ...] = ()  # since the form; by which complaint
        self.ruling: Ruling | None = None  # what leads the case
        self.basis: Personal | None = None
        self.rulings: dict[UUID, Ruling] = {}  # by complaint
        self.decided: Ruling | None = None  # by a person, anew, for the whole case
        self.since: tuple[UUID, ...] = ()  # complaints whose rulings count beside that
        self.was_high = False
        self.ended_for: UUID | None = None  # the case we know that it turned out to be
        self.told = People()
        self.written: tuple[tuple[UUID | None, Personal], ...] = ()  # bases; None: of all of it
        self.counselor_id: UUID | None = None
        self.accepted_at: datetime | None = None
        self.referral_ids: tuple[UUID, ...] = ()

    @property
    def bases(self) -> tuple[Personal, ...]:
        """Return what each decision rested on, but for those about complaints that left it."""
        return tuple(text for _, text in self.written)

    @property
    def added(self) -> tuple[Incident, ...]:
        """Return the times that it happened which further complaints told of."""
        return tuple(each for _, each in self.told_of)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Return every time that it happened, as far as we know."""
        return (*(self.form.incidents if self.form else ()), *self.added)

    @property
    def police_is_due(self) -> bool:
        """Say whether sexual violence was decided, about whichever of its complaints."""
        return any(each.tpks for each in self._counting())

    @property
    def has_only_men(self) -> bool:
        """Say whether every victim is known to be a grown man."""
        return self.form is not None and all(each.is_grown_man for each in self.form.victims)

    @property
    def people(self) -> People:
        """Return what the others must know of the people: codes only."""
        return people_of(self.form.victims, self.form.violence) if self.form else People()

    def fill_form(self, form: CaseForm, filled_by: str, now: datetime) -> None:
        """Write down who and what. The same form twice changes nothing.

        In an emergency the form comes after the classification; another form then does not. What
        lies sealed compares with nothing: that it is the same is found out before (persons/).
        """
        if self.form in (form, form.of_case(self.id, self.named_in_last)):
            return
        if self.form is not None and self.ruling is not None:
            raise FormClosed(str(self.id))
        self._fill(form, filled_by, filled_by, now)

    def amend_form(self, form: CaseForm, filled_by: str, amended_by: str, now: datetime) -> None:
        """Replace the form: what is known of people and violence grew, or was wrong.

        Whoever was in it before is given with the id of then. Raises NotInTheCase for an id that
        nobody of that role in this case has, or that two have. The same form changes nothing.
        """
        if form == self.form:
            return
        for role in ("victims", "perpetrators"):
            known = {each.person_id for old in self.forms for each in getattr(old, role)}
            given = [each.person_id for each in getattr(form, role) if each.person_id]
            if not known.issuperset(given) or len(set(given)) < len(given):
                raise NotInTheCase(role)
        self._fill(form, filled_by, amended_by, now)

    def _fill(self, form: CaseForm, filled_by: str, by: str, now: datetime) -> None:
        check_relations(form)
        self._form_filled(form.of_case(self.id, self.named), filled_by, now)
        if self.ruling is not None and self.people != self.told:
            self._decide_anew(self.ruling, None, by=by, reason=FORM, now=now)

    @event(CaseFormFilled)
    def _form_filled(self, form: CaseForm, filled_by: str, filled_at: datetime) -> None:
        self.form = form
        self.named_in_last = self.named
        self.named += max(len(form.victims), len(form.perpetrators))
        self.forms = (*self.forms, form)

    def add_incident(
        self, complaint_id: UUID, incident: Incident, added_by: str, now: datetime
    ) -> None:
        """Write down that it happened another time. Raises NotInTheCase for another complaint."""
        if complaint_id not in self.complaint_ids:
            raise NotInTheCase("complaint_id")
        self._incident_added(complaint_id, incident, added_by, now)

    @event(IncidentAdded)
    def _incident_added(
        self, complaint_id: UUID, incident: Incident, added_by: str, added_at: datetime
    ) -> None:
        self.told_of = (*self.told_of, (complaint_id, incident))

    def link(self, complaint_id: UUID, subkind: str, now: datetime) -> None:
        """Add a complaint. Adding it twice changes nothing."""
        if complaint_id not in self.complaint_ids:
            self._link(complaint_id, subkind, now)

    @event(ExistingCaseReported)
    def _link(self, complaint_id: UUID, subkind: str, linked_at: datetime) -> None:
        self.complaint_ids = (*self.complaint_ids, complaint_id)
        self.linked = (*self.linked, (complaint_id, subkind))

    def unlink(self, complaint_id: UUID, reason: str, by: str, now: datetime) -> None:
        """Take a complaint out again; the case comes to what the others come to.

        What was written for it is no more of this case: it is about somebody else's. Raises
        OpenedByIt for the complaint that the case was opened with. Twice changes nothing.
        """
        if complaint_id == self.complaint_ids[0]:
            raise OpenedByIt(str(self.id))
        if complaint_id not in self.complaint_ids:
            return
        counted, others = complaint_id in self.since, self._counting(but=complaint_id)
        self._unlinked(complaint_id, reason, counted and not others, by, now)
        if counted and others and combined(others) != self.ruling:
            self._decide_anew(combined(others), None, by=by, reason=UNLINKED, now=now)

    @event(ComplaintUnlinked)
    def _unlinked(
        self,
        complaint_id: UUID,
        reason: str,
        undecided: bool,
        unlinked_by: str,
        unlinked_at: datetime,
    ) -> None:
        self.complaint_ids = tuple(each for each in self.complaint_ids if each != complaint_id)
        self.linked = tuple(each for each in self.linked if each[0] != complaint_id)
        self.rulings = {id: each for id, each in self.rulings.items() if id != complaint_id}
        self.since = tuple(each for each in self.since if each != complaint_id)
        self.told_of = tuple(each for each in self.told_of if each[0] != complaint_id)
        its = [text for id, text in self.written if id == complaint_id]
        self.written = tuple(each for each in self.written if each[0] != complaint_id)
        if self.basis in its:
            self.basis = self.bases[-1] if self.bases else None
        if undecided:
            self.ruling = self.basis = None

    def end_for(self, known_id: UUID, by: str, now: datetime) -> None:
        """End what was opened for now: its complaint is about a case we know.

        Raises OpenedByIt where another complaint is about it already.
        """
        if len(self.complaint_ids) > 1:
            raise OpenedByIt(str(self.id))
        self._ended(self.complaint_ids[0], known_id, by, now)

    @event(ProvisionalCaseEnded)
    def _ended(self, complaint_id: UUID, known_id: UUID, ended_by: str, ended_at: datetime) -> None:
        self.ended_for = known_id
        self.ruling = self.basis = self.decided = None
        self.rulings, self.since = {}, ()

    def resume(self, now: datetime) -> None:
        """Let it be a case again. One that was not ended for another stays as it is."""
        if self.ended_for is not None:
            self._resumed(now)

    @event(ProvisionalCaseResumed)
    def _resumed(self, resumed_at: datetime) -> None:
        self.ended_for = None

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
    ) -> Ruling:
        """Decide about one of its complaints, and return what follows for that.

        What was decided about the others stays, and the case comes to all of it together. For what
        is only to be explained nothing else follows, whatever is done about the rest of the case.
        """
        own = decision.ruling
        self._check(own)
        before, after = self.ruling, combined([*self._counting(but=complaint_id), own])
        there = own.locus_code if own.locus is after.locus else after.locus_code
        route = own.route if own.route == (Step.INFORM,) else after.route
        together = replace(after, locus_code=there, route=route)
        self._classified(
            complaint_id=complaint_id,
            registration_no=registration_no,
            officer_id=officer_id,
            case_kind=kind,
            subkind=subkind,
            decision=decision,
            route=decision.route,
            rule_version=RULE_VERSION,
            **vars(self.people),
            linked=self.linked,
            leads=before is None,
            classified_at=now,
            together=together,
        )
        if before is not None and after != before:
            self._decide_anew(after, None, by=officer_id, reason=FURTHER, now=now)
        return together

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
        together: Ruling | None = None,
    ) -> None:
        ruling = replace(decision.ruling, route=route)  # of the table of that day
        self.rulings = self.rulings | {complaint_id: ruling}
        self.since = (*(each for each in self.since if each != complaint_id), complaint_id)
        self.was_high = self.was_high or ruling.urgency == "high"
        self.told = People(violence, child, age_band, victim_code)
        if decision.basis:
            self.written = (*self.written, (complaint_id, decision.basis))
        if leads:
            self.ruling = ruling
            self.basis = decision.basis

    def ruling_after(self, decision: Decision) -> Ruling:
        """Return what a decision about the whole case would come to.

        Where nothing changes that the route rests on, the route stays: a supervisor may have
        chosen it.
        """
        after = decision.ruling
        if self.ruling and after.rests_on_the_same_as(self.ruling):
            return replace(after, route=self.ruling.route)
        return after

    def reclassify(
        self,
        ruling: Ruling,
        basis: Personal | None,
        *,
        by: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Decide anew about the whole case. What was decided before stays written.

        Deciding what is decided changes nothing. Raises NotClassified where nothing is.
        """
        if self.ruling is None:
            raise NotClassified(str(self.id))
        self._check(ruling)
        if ruling != self.ruling:
            self._decide_anew(ruling, basis, by=by, reason=reason, now=now)

    def _decide_anew(
        self, after: Ruling, basis: Personal | None, *, by: str, reason: str, now: datetime
    ) -> None:
        before = self.ruling or after
        self._reclassified(
            complaint_id=self.complaint_ids[0],
            registration_no=self.registration_no,
            decided_by=by,
            reason=reason,
            basis=basis,
            before=before,
            after=after,
            started=tuple(step for step in after.route if step not in before.route),
            ended=tuple(step for step in before.route if step not in after.route),
            people=self.people,
            linked=self.linked,
            rule_version=RULE_VERSION,
            classified_at=now,
        )

    @event(CaseReclassified)
    def _reclassified(
        self,
        complaint_id: UUID,
        registration_no: str,
        decided_by: str,
        reason: str,
        basis: Personal | None,
        before: Ruling,
        after: Ruling,
        started: tuple[Step, ...],
        ended: tuple[Step, ...],
        people: People,
        linked: tuple[tuple[UUID, str], ...],
        rule_version: str,
        classified_at: datetime,
    ) -> None:
        self.ruling = after
        self.was_high = self.was_high or after.urgency == "high"
        if reason not in FOLLOWS:
            self.decided, self.since = after, ()
        if basis:
            self.written = (*self.written, (None, basis))
        self.basis = basis or self.basis  # what follows from a form has none, and hides none
        if reason == FURTHER and self.bases:
            self.basis = self.bases[-1]  # of the complaint that was just classified
        self.told = people

    def _counting(self, but: UUID | None = None) -> list[Ruling]:
        """Return the rulings that the case comes to, the earliest first; without one of them."""
        further = [self.rulings[id] for id in self.since if id != but]
        return [self.decided, *further] if self.decided else further

    def _check(self, ruling: Ruling) -> None:
        victims = self.form.victims if self.form else ()
        check_decision(ruling.vawc, ruling.locus, victims, self.incidents)

    def note_counselor(self, counselor_id: UUID) -> None:
        """Note who answers for it. Hearing the same twice changes nothing."""
        if counselor_id != self.counselor_id:
            self._counselor_noted(counselor_id)

    @event(CounselorNoted)
    def _counselor_noted(self, counselor_id: UUID) -> None:
        self.counselor_id = counselor_id
        self.accepted_at = None

    def note_acceptance(self, counselor_id: UUID, accepted_at: datetime) -> None:
        """Note that she took it on. Twice, or of one who has it no more, changes nothing."""
        if counselor_id == self.counselor_id and self.accepted_at is None:
            self._acceptance_noted(counselor_id, accepted_at)

    @event(AcceptanceNoted)
    def _acceptance_noted(self, counselor_id: UUID, accepted_at: datetime) -> None:
        self.accepted_at = accepted_at

    def note_decline(self, counselor_id: UUID) -> None:
        """Note that she does not answer for it. Not she, or not any more: nothing changes."""
        if counselor_id == self.counselor_id:
            self._decline_noted(counselor_id)

    @event(DeclineNoted)
    def _decline_noted(self, counselor_id: UUID) -> None:
        self.counselor_id = None

    def note_referral(self, referral_id: UUID, agency_id: UUID) -> None:
        """Note where it was sent. Hearing the same twice changes nothing."""
        if referral_id not in self.referral_ids:
            self._referral_noted(referral_id, agency_id)

    @event(ReferralNoted)
    def _referral_noted(self, referral_id: UUID, agency_id: UUID) -> None:
        self.referral_ids = (*self.referral_ids, referral_id)

    def __repr__(self) -> str:
        return f"Case({self.id})"  # eventsourcing would print every attribute
