"""Emergencies: help is called before any form, and a supervisor sees it at once (SK-02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.privacy import Personal

EMERGENCIES = UUID("5a4c1c1e-0d6f-5b8a-a8d5-2f6a1c9be702")  # namespace of emergencies


class Emergency(Aggregate):
    """Help that was called for somebody."""

    @dataclass(frozen=True)
    class EmergencyActivated(Aggregate.Created):
        """Help was called; whatever else there is to fill in can wait."""

        complaint_id: UUID
        services: tuple[str, ...]
        whereabouts: Personal | None
        staff_id: str
        activated_at: datetime

    @dataclass(frozen=True)
    class EmergencySeen(Aggregate.Event):
        """A supervisor has seen it."""

        supervisor_id: str
        seen_at: datetime

    @staticmethod
    def create_id(message_id: str) -> UUID:
        """Derive it from what asked for it: help may be called more than once."""
        return uuid5(EMERGENCIES, message_id)

    @event(EmergencyActivated)
    def __init__(
        self,
        id: UUID,
        complaint_id: UUID,
        services: tuple[str, ...],
        whereabouts: Personal | None,
        staff_id: str,
        activated_at: datetime,
    ) -> None:
        self.complaint_id = complaint_id
        self.whereabouts = whereabouts
        self.seen_by: str | None = None

    def see(self, supervisor_id: str, now: datetime) -> None:
        """Note who has seen it first. Seeing it again changes nothing."""
        if self.seen_by is None:
            self._seen(supervisor_id, now)

    @event(EmergencySeen)
    def _seen(self, supervisor_id: str, seen_at: datetime) -> None:
        self.seen_by = supervisor_id

    def __repr__(self) -> str:
        return f"Emergency({self.id})"  # eventsourcing would print every attribute
