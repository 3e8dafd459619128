"""Counselors: what each can do, how many cases she has, whether she is there; and who fits best."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from eventsourcing.domain import Aggregate, event

BY_SEX = "female_counselor"  # a need that is met by who she is, not by what she learned


@dataclass(frozen=True)
class CounselorCard:
    """What must be known of a counselor to choose her."""

    counselor_id: UUID
    skills: tuple[str, ...]
    sex: str
    capacity: int
    load: int
    is_coordinator: bool = False
    is_there: bool = True  # neither absent today nor gone for good

    def covers(self, needs: Sequence[str]) -> bool:
        """Say whether she can give all that is needed."""
        skills = {*self.skills, *((BY_SEX,) if self.sex == "P" else ())}
        return skills.issuperset(needs)

    @property
    def has_room(self) -> bool:
        """Say whether she may be given another case by rule."""
        return self.load < self.capacity

    @property
    def burden(self) -> tuple[float, UUID]:
        """Return how full her days are; of two alike the order of ids decides."""
        return self.load / self.capacity, self.counselor_id


@dataclass(frozen=True)
class Entry:
    """What the roster says of her. Who is not ``available`` has left, and comes back by an entry.

    ``absent_until`` is the last day on which she is away.
    """

    skills: tuple[str, ...]
    sex: str
    capacity: int
    is_coordinator: bool
    available: bool = True
    absent_until: date | None = None


class Counselor(Aggregate):
    """Somebody who accompanies victims."""

    @dataclass(frozen=True)
    class CounselorRegistered(Aggregate.Created):
        """A counselor joined the roster."""

        skills: tuple[str, ...]
        sex: str
        capacity: int
        is_coordinator: bool
        available: bool
        absent_until: date | None

    @dataclass(frozen=True)
    class CounselorChanged(Aggregate.Event):
        """What she can do, how much, or whether she is there is no longer the same."""

        skills: tuple[str, ...]
        sex: str
        capacity: int
        is_coordinator: bool
        available: bool
        absent_until: date | None

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
        self,
        id: UUID,
        skills: tuple[str, ...],
        sex: str,
        capacity: int,
        is_coordinator: bool,
        available: bool = True,
        absent_until: date | None = None,
    ) -> None:
        self.entry = Entry(skills, sex, capacity, is_coordinator, available, absent_until)
        self.case_ids: tuple[UUID, ...] = ()

    def change(self, entry: Entry) -> None:
        """Bring the roster up to date. The same twice changes nothing."""
        if entry != self.entry:
            self._changed(**vars(entry))

    @event(CounselorChanged)
    def _changed(
        self,
        skills: tuple[str, ...],
        sex: str,
        capacity: int,
        is_coordinator: bool,
        available: bool,
        absent_until: date | None,
    ) -> None:
        self.entry = Entry(skills, sex, capacity, is_coordinator, available, absent_until)

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
        return len(self.case_ids) < self.entry.capacity

    @property
    def has_left(self) -> bool:
        """Say whether she works here no more."""
        return not self.entry.available


def choose(
    counselors: Sequence[CounselorCard], needs: Sequence[str]
) -> tuple[CounselorCard | None, tuple[str, ...]]:
    """Return who should get a case with these needs, and why; or nobody, and why not.

    Of those who are there, cover every need and have room, the one with the most room left; where
    two have the same, the order of ids decides, so that the same question has the same answer.
    """
    fitting = [each for each in counselors if each.covers(needs)]
    if not fitting:
        return None, ("needs_not_covered",)
    there = [each for each in fitting if each.is_there]
    if not there:
        return None, ("nobody_there",)
    free = [each for each in there if each.has_room]
    if not free:
        return None, ("all_at_capacity",)
    chosen = min(free, key=lambda each: each.burden)
    return chosen, ("covers_needs", "least_load") if len(free) > 1 else ("only_one_fits",)


def choose_again(
    counselors: Sequence[CounselorCard],
    needs: Sequence[str],
    handled_by: UUID | None,
    declined: Collection[UUID],
) -> tuple[UUID | None, tuple[str, ...]]:
    """Return who should get a case that others had or declined: who handled it, else who fits."""
    asked = [each for each in counselors if each.counselor_id not in declined]
    for each in asked:
        if each.counselor_id == handled_by and each.is_there and each.has_room:
            return each.counselor_id, ("handled_before",)
    chosen, reasons = choose(asked, needs)
    if chosen is not None:
        return chosen.counselor_id, reasons
    return None, ("all_declined",) if choose(counselors, needs)[0] else reasons
