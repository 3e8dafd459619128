"""Counselors and casework: who can help with what, and who answers for which case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.privacy import Personal
from shared.problems import Refused

URGENCIES = ("low", "medium", "high")
CASEWORK = UUID("3d1be0b1-50d5-5f0f-8e67-64cf1f0c9a05")  # namespace of casework ids
BY_SEX = "female_counselor"  # a need that is met by who she is, not by what she learned


class AlreadyAssigned(Refused):
    """This counselor answers for the case already."""


class RelatedToParty(Refused):
    """This counselor is related to a party of the case."""


@dataclass(frozen=True)
class CounselorCard:
    """What must be known of a counselor to choose her."""

    counselor_id: UUID
    skills: tuple[str, ...]
    sex: str
    capacity: int
    load: int

    def covers(self, needs: Sequence[str]) -> bool:
        """Say whether she can give all that is needed."""
        skills = {*self.skills, *((BY_SEX,) if self.sex == "P" else ())}
        return skills.issuperset(needs)


class Counselor(Aggregate):
    """Somebody who accompanies victims."""

    @dataclass(frozen=True)
    class CounselorRegistered(Aggregate.Created):
        """A counselor joined the roster."""

        skills: tuple[str, ...]
        sex: str
        capacity: int
        is_coordinator: bool

    @dataclass(frozen=True)
    class CounselorChanged(Aggregate.Event):
        """What she can do, or how much, is no longer the same."""

        skills: tuple[str, ...]
        sex: str
        capacity: int
        is_coordinator: bool

    @dataclass(frozen=True)
    class CaseTaken(Aggregate.Event):
        """One more case is hers."""

        case_id: UUID

    @dataclass(frozen=True)
    class CaseReleased(Aggregate.Event):
        """A case is hers no longer."""

        case_id: UUID

    @event(CounselorRegistered)
    def __init__(
        self, id: UUID, skills: tuple[str, ...], sex: str, capacity: int, is_coordinator: bool
    ) -> None:
        self._is(skills, sex, capacity, is_coordinator)
        self.case_ids: tuple[UUID, ...] = ()

    def change(
        self, skills: tuple[str, ...], sex: str, capacity: int, is_coordinator: bool
    ) -> None:
        """Bring the roster up to date. The same twice changes nothing."""
        if (skills, sex, capacity, is_coordinator) != self.facts:
            self._changed(skills, sex, capacity, is_coordinator)

    @event(CounselorChanged)
    def _changed(
        self, skills: tuple[str, ...], sex: str, capacity: int, is_coordinator: bool
    ) -> None:
        self._is(skills, sex, capacity, is_coordinator)

    def take(self, case_id: UUID) -> None:
        """Count a case as hers. Two that are given to her at once do not both find room."""
        if case_id not in self.case_ids:
            self._taken(case_id)

    @event(CaseTaken)
    def _taken(self, case_id: UUID) -> None:
        self.case_ids = (*self.case_ids, case_id)

    def release(self, case_id: UUID) -> None:
        """Count it as hers no longer."""
        if case_id in self.case_ids:
            self._released(case_id)

    @event(CaseReleased)
    def _released(self, case_id: UUID) -> None:
        self.case_ids = tuple(each for each in self.case_ids if each != case_id)

    @property
    def has_room(self) -> bool:
        """Say whether she may be given another case by rule."""
        _, _, capacity, _ = self.facts
        return len(self.case_ids) < capacity

    def _is(self, skills: tuple[str, ...], sex: str, capacity: int, is_coordinator: bool) -> None:
        self.facts = (skills, sex, capacity, is_coordinator)


class Casework(Aggregate):
    """What we do for the people of one case."""

    @dataclass(frozen=True)
    class CaseworkOpened(Aggregate.Created):
        """A case came to us to be followed up (standard 3.6)."""

        case_id: UUID
        complaint_id: UUID
        needs: tuple[str, ...]
        urgency: str
        child: bool | None
        opened_at: datetime

    @dataclass(frozen=True)
    class NeedsRaised(Aggregate.Event):
        """A further complaint showed that more is needed, or sooner."""

        needs: tuple[str, ...]
        urgency: str

    @dataclass(frozen=True)
    class AssignmentNeeded(Aggregate.Event):
        """No counselor on the roster fits by rule; a supervisor decides."""

        complaint_id: UUID
        reason: str
        needed_at: datetime

    @dataclass(frozen=True)
    class CounselorAssigned(Aggregate.Event):
        """A counselor now answers for the case (standard 3.6)."""

        case_id: UUID
        complaint_id: UUID
        counselor_id: UUID
        reasons: tuple[str, ...]
        basis: Personal | None
        previous_counselor_id: UUID | None
        assigned_at: datetime

    @dataclass(frozen=True)
    class ComplaintReported(Aggregate.Event):
        """Another complaint was made about the case (standard 3.3.c2)."""

        complaint_id: UUID
        subkind: str
        reported_at: datetime

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive the casework from its case, so that there can only be one."""
        return uuid5(CASEWORK, str(case_id))

    @event(CaseworkOpened)
    def __init__(
        self,
        case_id: UUID,
        complaint_id: UUID,
        needs: tuple[str, ...],
        urgency: str,
        child: bool | None,
        opened_at: datetime,
    ) -> None:
        self.case_id = case_id
        self.complaint_id = complaint_id
        self.needs = needs
        self.urgency = urgency
        self.counselor_id: UUID | None = None
        self.basis: Personal | None = None
        self.assigned_for: tuple[UUID, ...] = ()
        self.reported: tuple[UUID, ...] = ()
        self.undecided: str | None = None

    def raise_needs(self, needs: Sequence[str], urgency: str) -> None:
        """Add what a further complaint needs. Less than is known already changes nothing."""
        all_needs = (*self.needs, *(need for need in needs if need not in self.needs))
        highest = max(self.urgency, urgency, key=URGENCIES.index)
        if (all_needs, highest) != (self.needs, self.urgency):
            self._raised(all_needs, highest)

    @event(NeedsRaised)
    def _raised(self, needs: tuple[str, ...], urgency: str) -> None:
        self.needs = needs
        self.urgency = urgency

    def assign_by_rule(
        self, complaint_id: UUID, counselors: Sequence[CounselorCard], now: datetime
    ) -> None:
        """Give it to whoever handled it before, else to the one who fits; else ask a supervisor."""
        if complaint_id in self.assigned_for:
            return
        if self.counselor_id is not None:
            self._assigned(
                self.case_id, complaint_id, self.counselor_id, ("handled_before",), None, None, now
            )
            return
        chosen, reasons = choose(counselors, self.needs)
        if chosen is None:
            self._needed(complaint_id, reasons[0], now)
        else:
            self._assigned(
                self.case_id, complaint_id, chosen.counselor_id, reasons, None, None, now
            )

    def assign(self, counselor_id: UUID, basis: Personal, now: datetime) -> None:
        """Give it to a counselor, because a supervisor decided so."""
        if counselor_id == self.counselor_id:
            raise AlreadyAssigned(str(self.case_id))
        self._assigned(
            self.case_id,
            self.complaint_id,
            counselor_id,
            ("supervisor",),
            basis,
            self.counselor_id,
            now,
        )

    @event(AssignmentNeeded)
    def _needed(self, complaint_id: UUID, reason: str, needed_at: datetime) -> None:
        self.complaint_id = complaint_id
        self.counselor_id = None
        self.undecided = reason

    @event(CounselorAssigned)
    def _assigned(
        self,
        case_id: UUID,
        complaint_id: UUID,
        counselor_id: UUID,
        reasons: tuple[str, ...],
        basis: Personal | None,
        previous_counselor_id: UUID | None,
        assigned_at: datetime,
    ) -> None:
        self.counselor_id = counselor_id
        self.assigned_for = (*self.assigned_for, complaint_id)
        self.basis = basis or self.basis  # what a rule decides has none, and hides none
        self.undecided = None

    def withdraw(self, counselor_id: UUID, now: datetime) -> None:
        """Take it from a counselor related to a party. Not hers: nothing changes."""
        if self.counselor_id == counselor_id:
            self._needed(self.complaint_id, "conflict_of_interest", now)

    def report(self, complaint_id: UUID, subkind: str, now: datetime) -> None:
        """Note another complaint about the case. Noting it twice changes nothing."""
        if complaint_id not in self.reported:
            self._reported(complaint_id, subkind, now)

    @event(ComplaintReported)
    def _reported(self, complaint_id: UUID, subkind: str, reported_at: datetime) -> None:
        self.reported = (*self.reported, complaint_id)

    def __repr__(self) -> str:
        return f"Casework({self.id})"  # eventsourcing would print every attribute


def choose(
    counselors: Sequence[CounselorCard], needs: Sequence[str]
) -> tuple[CounselorCard | None, tuple[str, ...]]:
    """Return who should get a case with these needs, and why; or nobody, and why not.

    Of those who cover every need and have room, the one with the most room left; where two have
    the same, the order of ids decides, so that the same question has the same answer.
    """
    fitting = [each for each in counselors if each.covers(needs)]
    if not fitting:
        return None, ("needs_not_covered",)
    free = [each for each in fitting if each.load < each.capacity]
    if not free:
        return None, ("all_at_capacity",)
    chosen = min(free, key=lambda each: (each.load / each.capacity, each.counselor_id))
    return chosen, ("covers_needs", "least_load") if len(free) > 1 else ("only_one_fits",)
