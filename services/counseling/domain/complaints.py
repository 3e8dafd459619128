"""Which complaints a case is followed up for, and what was decided of the case as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

URGENCIES = ("low", "medium", "high")


@dataclass(frozen=True)
class Complaints:
    """The complaints about one case, as its casework knows them."""

    followed: tuple[UUID, ...]  # those it is followed up for: they hold it
    sought: frozenset[UUID] = frozenset()  # those for which a counselor was looked for
    accepted: frozenset[UUID] = frozenset()  # those her counselor took on
    reported: tuple[UUID, ...] = ()  # those that came later, as complaints about an old case
    taken_back: Mapping[UUID, datetime] = field(default_factory=dict)

    @property
    def pending(self) -> tuple[UUID, ...]:
        """Return those that hold it and that her counselor has not taken on yet."""
        return tuple(each for each in self.followed if each not in self.accepted)

    def is_first(self, id: UUID) -> bool:
        """Say whether the case was opened with it: all others came as ones about an old case."""
        return id not in self.reported

    def held_by(self, id: UUID) -> Complaints:
        """Return them with one more that holds it, for which a counselor was looked for."""
        followed = self.followed if id in self.followed else (*self.followed, id)
        return replace(self, followed=followed, sought=self.sought | {id})

    def without(self, id: UUID, at: datetime) -> Complaints:
        """Return them without one that turned out to be about something else."""
        return Complaints(
            followed=tuple(each for each in self.followed if each != id),
            sought=self.sought - {id},
            accepted=self.accepted - {id},
            reported=tuple(each for each in self.reported if each != id),
            taken_back={**self.taken_back, id: at},
        )

    def was_taken_back(self, id: UUID, at: datetime) -> bool:
        """Say whether that it is about this case, told at a time, was taken back since."""
        return id in self.taken_back and at <= self.taken_back[id]


@dataclass(frozen=True)
class Needs:
    """What a case needs and how soon; whether a child is hurt, or None where nobody knows."""

    needs: tuple[str, ...]
    urgency: str
    child: bool | None

    def with_more(self, needs: Sequence[str], urgency: str, child: bool | None) -> Needs:
        """Return them with what a further complaint needs: never less, never later."""
        return Needs(
            (*self.needs, *(need for need in needs if need not in self.needs)),
            max(self.urgency, urgency, key=URGENCIES.index),
            True if self.child else self.child if child is None else child,
        )
