"""Supervision: what a supervisor decides about a case, and the duty to tell the police."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.triage.domain.form import CaseForm, DateToCome
from services.triage.domain.route import Step
from shared.privacy import Personal
from shared.problems import Refused

SUPERVISIONS = UUID("0d6b5b0a-6c1e-5f7d-9a3f-2b8e4d7c1f50")  # namespace of their ids
COMPLAINT_OFFENCES = (  # of a grown-up without disability only: UU 12/2022 art. 7 and 14
    "NONPHYSICAL_HARASSMENT",
    "PHYSICAL_HARASSMENT",
    "ELECTRONIC_SEXUAL_VIOLENCE",
)


class NothingToDecide(Refused):
    """This does not wait for a supervisor's decision."""


class SupervisorMustDecide(Refused):
    """She withdrew, and a child may be in it, or it was urgent: a supervisor decides first."""


class NoPoliceDuty(Refused):
    """No sexual violence was decided, so there is no duty to tell the police (UU 12/2022)."""


class PoliceReportDue(Refused):
    """A child's or a disabled victim's case is reported, whoever wishes what (UU 12/2022)."""


class NoComplaintOffence(Refused):
    """Not everything in the form is prosecuted on complaint only (UU 12/2022 art. 7, 14)."""


class Supervision(Aggregate):
    """What a supervisor has to decide about one case, or has decided."""

    @dataclass(frozen=True)
    class SupervisionBegun(Aggregate.Created):
        """Something about a case is for a supervisor to see."""

        case_id: UUID

    @dataclass(frozen=True)
    class CaseWithdrawalNoted(Aggregate.Event):
        """Who told us does not want it to go on (domain research 1.6)."""

        case_id: UUID
        complaint_id: UUID
        withdrawn_by: str

    @dataclass(frozen=True)
    class ReclassificationAsked(Aggregate.Event):
        """The counselor thinks that it should be decided anew."""

        case_id: UUID
        reason: str
        grounds: Personal
        asked_by: str
        asked_at: datetime

    @dataclass(frozen=True)
    class SupervisorDecided(Aggregate.Event):
        """A supervisor decided what is hers to decide (contracts 2)."""

        case_id: UUID
        about: str
        decision: Step
        basis: Personal
        decided_by: str
        decided_at: datetime

    @dataclass(frozen=True)
    class PoliceReportRecorded(Aggregate.Event):
        """The police were told (UU 12/2022 art. 41)."""

        case_id: UUID
        reported_at: datetime
        unit: str
        report_no: Personal
        recorded_by: str
        recorded_at: datetime

    @dataclass(frozen=True)
    class PoliceReportDecided(Aggregate.Event):
        """A supervisor decided that the police are told, or why not (UU 12/2022 art. 7, 14)."""

        case_id: UUID
        outcome: str
        ground: str | None
        basis: Personal
        decided_by: str
        decided_at: datetime

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive it from the case, so that there can only be one."""
        return uuid5(SUPERVISIONS, str(case_id))

    @event(SupervisionBegun)
    def __init__(self, case_id: UUID) -> None:
        self.case_id = case_id
        self.withdrawn: tuple[UUID, ...] = ()
        self.withdrawal_decided = False
        self.police: str | None = None
        self.told: tuple[tuple[str, Personal], ...] = ()  # what about, and the text

    def note_withdrawal(self, complaint_id: UUID, withdrawn_by: str) -> None:
        """Note that one of its complaints is withdrawn. Hearing it twice changes nothing."""
        if complaint_id not in self.withdrawn:
            self._withdrawal_noted(self.case_id, complaint_id, withdrawn_by)

    @event(CaseWithdrawalNoted)
    def _withdrawal_noted(self, case_id: UUID, complaint_id: UUID, withdrawn_by: str) -> None:
        self.withdrawn = (*self.withdrawn, complaint_id)
        self.withdrawal_decided = False

    def check_may_close(self, *, child: bool | None, urgency: str) -> None:
        """Raise SupervisorMustDecide where a withdrawn case is not for an officer to close.

        ``urgency`` is the highest there ever was. Whose age nobody knows may be a child.
        """
        undecided = bool(self.withdrawn) and not self.withdrawal_decided
        if undecided and (child is not False or urgency == "high"):
            raise SupervisorMustDecide(str(self.case_id))

    def ask(self, reason: str, grounds: Personal, by: str, now: datetime) -> None:
        """Ask that it is decided anew."""
        self._asked(self.case_id, reason, grounds, by, now)

    @event(ReclassificationAsked)
    def _asked(
        self, case_id: UUID, reason: str, grounds: Personal, asked_by: str, asked_at: datetime
    ) -> None:
        self.told = (*self.told, ("reclassification", grounds))

    def decide(self, about: str, decision: Step, basis: Personal, by: str, now: datetime) -> None:
        """Decide it. Raises NothingToDecide about a withdrawal that there is not."""
        if about == "withdrawal" and (not self.withdrawn or self.withdrawal_decided):
            raise NothingToDecide(about)
        self._decided(self.case_id, about, decision, basis, by, now)

    @event(SupervisorDecided)
    def _decided(
        self,
        case_id: UUID,
        about: str,
        decision: Step,
        basis: Personal,
        decided_by: str,
        decided_at: datetime,
    ) -> None:
        self.withdrawal_decided = self.withdrawal_decided or about == "withdrawal"
        self.told = (*self.told, (about, basis))

    def record_report(
        self,
        reported_at: datetime,
        unit: str,
        report_no: Personal,
        *,
        by: str,
        now: datetime,
    ) -> None:
        """Write down that the police were told, perhaps before we were. A further report adds."""
        if reported_at > now:
            raise DateToCome("reported_at")
        self._report_recorded(self.case_id, reported_at, unit, report_no, by, now)

    @event(PoliceReportRecorded)
    def _report_recorded(
        self,
        case_id: UUID,
        reported_at: datetime,
        unit: str,
        report_no: Personal,
        recorded_by: str,
        recorded_at: datetime,
    ) -> None:
        self.police = "reported"
        self.told = (*self.told, ("report_no", report_no))

    def decide_report(
        self,
        outcome: str,
        ground: str | None,
        basis: Personal,
        *,
        form: CaseForm | None,
        by: str,
        now: datetime,
    ) -> None:
        """Decide that the police are told, or why not. Raises what ``check_silence`` raises."""
        if outcome == "not_reported":
            check_silence(ground, form)
        self._report_decided(self.case_id, outcome, ground, basis, by, now)

    @event(PoliceReportDecided)
    def _report_decided(
        self,
        case_id: UUID,
        outcome: str,
        ground: str | None,
        basis: Personal,
        decided_by: str,
        decided_at: datetime,
    ) -> None:
        self.police = outcome
        self.told = (*self.told, ("police_report", basis))

    def __repr__(self) -> str:
        return f"Supervision({self.id})"  # eventsourcing would print every attribute


def check_silence(ground: str | None, form: CaseForm | None) -> None:
    """Raise PoliceReportDue or NoComplaintOffence where the law does not let us keep silent.

    UU 12/2022 art. 41(2)-(3) makes us report within 3 x 24 hours. Art. 7 and 14 leave some
    offences to the victim's own complaint, but never those against a child or a disabled person;
    so whoever's age nobody knows, or nobody has written down, counts as one of them.
    """
    victims = form.victims if form else ()
    if not victims or not all(each.age_band for each in victims):
        raise PoliceReportDue("age")
    if any(each.is_child or each.disability for each in victims):
        raise PoliceReportDue("victim")
    kinds: Sequence[str] = form.tpks_kinds if form else ()
    if ground is None:
        raise PoliceReportDue("ground")
    if ground == "complaint_offence" and not (kinds and set(kinds) <= set(COMPLAINT_OFFENCES)):
        raise NoComplaintOffence("tpks_kinds")
