"""Who asked how far a complaint is: with the right PIN, or a wrong one, who may be the man."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

ENQUIRIES = UUID("c0a4f7d2-8e13-5b6f-9a2d-63f1e7b05d48")  # namespace of the ids of these streams
LOCKED_FOR_GOOD_AFTER = 10  # wrong PINs in all, until a person lets it be asked again


class Enquiries(Aggregate):
    """How often the status of one complaint was asked, and whether it may be."""

    @dataclass(frozen=True)
    class EnquiriesBegun(Aggregate.Created):
        """Somebody asked for the first time how far a complaint is."""

        complaint_id: UUID

    @dataclass(frozen=True)
    class StatusAsked(Aggregate.Event):
        """Somebody with code and PIN was told how far it is (standard 6.3, R-RGT-03)."""

        complaint_id: UUID
        asked_at: datetime

    @dataclass(frozen=True)
    class StatusRefused(Aggregate.Event):
        """Somebody with the code of a receipt was told nothing: the PIN was wrong, or locked."""

        complaint_id: UUID
        was_locked: bool
        asked_at: datetime

    @dataclass(frozen=True)
    class StatusLocked(Aggregate.Event):
        """Too many PINs were wrong in all: nobody is told anything until a person opens it."""

        complaint_id: UUID
        locked_at: datetime

    @dataclass(frozen=True)
    class StatusUnlocked(Aggregate.Event):
        """Somebody showed that she is who complained: the status may be asked again."""

        complaint_id: UUID
        basis: str
        staff_id: str
        unlocked_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint, so that there can only be one."""
        return uuid5(ENQUIRIES, str(complaint_id))

    @event(EnquiriesBegun)
    def __init__(self, complaint_id: UUID) -> None:
        self.complaint_id = complaint_id
        self.wrong = 0
        self.is_locked = False
        self.unlocked_at: datetime | None = None

    def ask(self, now: datetime) -> None:
        """Note that the status was told."""
        self._asked(self.complaint_id, now)

    @event(StatusAsked)
    def _asked(self, complaint_id: UUID, asked_at: datetime) -> None: ...

    def refuse(self, now: datetime, *, was_locked: bool) -> None:
        """Note that nothing was told. What was wrong too often is locked until a person opens it.

        While it is locked, wrong PINs do not count: or she could be locked out for ever.
        """
        self._refused(self.complaint_id, was_locked, now)
        if self.wrong >= LOCKED_FOR_GOOD_AFTER and not self.is_locked:
            self._locked(self.complaint_id, now)

    @event(StatusRefused)
    def _refused(self, complaint_id: UUID, was_locked: bool, asked_at: datetime) -> None:
        self.wrong += not was_locked

    @event(StatusLocked)
    def _locked(self, complaint_id: UUID, locked_at: datetime) -> None:
        self.is_locked = True

    def unlock(self, basis: str, by: str, now: datetime) -> None:
        """Let the status be asked again; earlier wrong PINs are forgiven."""
        self._unlocked(self.complaint_id, basis, by, now)

    @event(StatusUnlocked)
    def _unlocked(
        self, complaint_id: UUID, basis: str, staff_id: str, unlocked_at: datetime
    ) -> None:
        self.wrong = 0
        self.is_locked = False
        self.unlocked_at = unlocked_at

    def __repr__(self) -> str:
        return f"Enquiries({self.id})"  # eventsourcing would print every attribute
