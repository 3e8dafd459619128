"""Alarms: somebody is in danger now. A supervisor sees it at once, and says that she did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

ALARMS = UUID("b3d9c7a4-5e21-5f48-9c06-8a1e7d2f4b95")  # namespace of the ids of alarms


class Alarm(Aggregate):
    """Danger, told with one complaint. It may be heard before the complaint itself."""

    @dataclass(frozen=True)
    class AlarmRaised(Aggregate.Created):
        """Help was called, or what was told later says that somebody is in danger."""

        complaint_id: UUID
        kind: str
        services: tuple[str, ...]
        raised_at: datetime

    @dataclass(frozen=True)
    class AlarmRaisedAgain(Aggregate.Event):
        """Danger was told again."""

        kind: str
        services: tuple[str, ...]
        raised_at: datetime

    @dataclass(frozen=True)
    class AlarmAcknowledged(Aggregate.Event):
        """A supervisor saw it."""

        acknowledged_by: str
        acknowledged_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint, so that there can only be one."""
        return uuid5(ALARMS, str(complaint_id))

    @event(AlarmRaised)
    def __init__(
        self, complaint_id: UUID, kind: str, services: tuple[str, ...], raised_at: datetime
    ) -> None:
        self.complaint_id = complaint_id
        self.raised_at = raised_at
        self.is_acknowledged = False

    def raise_again(self, kind: str, services: tuple[str, ...], at: datetime) -> None:
        """Let it sound again. Hearing the same twice, or an older one later, changes nothing."""
        if at > self.raised_at:
            self._raised_again(kind, services, at)

    @event(AlarmRaisedAgain)
    def _raised_again(self, kind: str, services: tuple[str, ...], raised_at: datetime) -> None:
        self.raised_at = raised_at
        self.is_acknowledged = False

    def acknowledge(self, by: str, now: datetime) -> None:
        """Say that one saw it. Twice changes nothing."""
        if not self.is_acknowledged:
            self._acknowledged(by, now)

    @event(AlarmAcknowledged)
    def _acknowledged(self, acknowledged_by: str, acknowledged_at: datetime) -> None:
        self.is_acknowledged = True
