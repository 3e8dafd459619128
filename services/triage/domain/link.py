"""Links between two cases, say of one event that two people told of. Both stay what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.problems import Malformed

LINKS = UUID("6e8f1b72-94c5-5d0a-8b36-1f7a2c9d4e63")  # namespace of the ids of links


class LinkedToItself(Malformed):
    """A case is not linked to itself."""


class CaseLink(Aggregate):
    """What two cases have to do with each other. A person says so, and can take it back."""

    @dataclass(frozen=True)
    class CasesLinked(Aggregate.Created):
        """A person found that two cases belong together (domain research 7.1)."""

        first_id: UUID
        second_id: UUID
        kind: str
        linked_by: str
        linked_at: datetime

    @dataclass(frozen=True)
    class CasesLinkedAgain(Aggregate.Event):
        """They do belong together, or otherwise than was said."""

        kind: str
        linked_by: str
        linked_at: datetime

    @dataclass(frozen=True)
    class CasesSeparated(Aggregate.Event):
        """They do not belong together."""

        separated_by: str
        separated_at: datetime

    @staticmethod
    def create_id(first_id: UUID, second_id: UUID) -> UUID:
        """Derive it from both cases, in whatever order: two cases have one link."""
        return uuid5(LINKS, "/".join(sorted((str(first_id), str(second_id)))))

    @classmethod
    def between(cls, case_id: UUID, other_id: UUID, kind: str, by: str, now: datetime) -> CaseLink:
        """Return a new link. Raises LinkedToItself."""
        if case_id == other_id:
            raise LinkedToItself("case_id")
        return cls(first_id=case_id, second_id=other_id, kind=kind, linked_by=by, linked_at=now)

    @event(CasesLinked)
    def __init__(
        self, first_id: UUID, second_id: UUID, kind: str, linked_by: str, linked_at: datetime
    ) -> None:
        self.kind: str | None = kind

    def link(self, kind: str, by: str, now: datetime) -> None:
        """Link them again. Twice the same changes nothing."""
        if kind != self.kind:
            self._linked_again(kind, by, now)

    @event(CasesLinkedAgain)
    def _linked_again(self, kind: str, linked_by: str, linked_at: datetime) -> None:
        self.kind = kind

    def separate(self, by: str, now: datetime) -> None:
        """Say that they do not belong together. Twice changes nothing."""
        if self.kind is not None:
            self._separated(by, now)

    @event(CasesSeparated)
    def _separated(self, separated_by: str, separated_at: datetime) -> None:
        self.kind = None
