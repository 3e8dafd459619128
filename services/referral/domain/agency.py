"""Agencies: institutions that take cases over from us."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.referral.domain.cards import AgencyCard


class Agency(Aggregate):
    """An institution that takes cases over from us."""

    @dataclass(frozen=True)
    class AgencyRegistered(Aggregate.Created):
        """An agency agreed to take cases."""

        name: str
        kind: str
        region_code: str
        serves: tuple[str, ...]
        answer_within_hours: int

    @event(AgencyRegistered)
    def __init__(
        self,
        id: UUID,
        name: str,
        kind: str,
        region_code: str,
        serves: tuple[str, ...],
        answer_within_hours: int,
    ) -> None:
        self.name = name
        self.kind = kind
        self.region_code = region_code
        self.serves = serves
        self.answer_within_hours = answer_within_hours

    @property
    def card(self) -> AgencyCard:
        """Return what must be known to choose it."""
        return AgencyCard(
            self.id, self.kind, self.region_code, self.serves, self.answer_within_hours
        )
