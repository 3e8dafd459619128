"""Contacts: somebody is at the counter or on the line, and what is noted until it is received."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.intake.domain.told import (
    ChannelMismatch,
    ImpossibleDate,
    Notes,
    SafeContact,
    filled,
    owned,
    uncovered,
)
from shared.privacy import Personal
from shared.problems import Refused

CONTACTS = UUID("c2b6f0a4-7d15-5f0b-8b3e-91d4a6e5c701")  # namespace of the streams of contacts
OLDEST_MESSAGE = timedelta(days=30)


class ContactStatus(StrEnum):
    """How far a contact is."""

    OPEN = "open"
    DROPPED = "dropped"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"


class ContactClosed(Refused):
    """This contact is closed: it was no complaint of violence."""


class ContactOfAnother(Refused):
    """Another operator has this contact: resume it first."""


class Letter(StrEnum):
    """What we answer with, word for word; nothing of a case stands in it."""

    AUTO_REPLY = "auto_reply"
    ACKNOWLEDGEMENT = "acknowledgement"
    ACKNOWLEDGEMENT_LAPOR = "acknowledgement_lapor"
    SERVICE_COMPLAINT = "service_complaint"
    NUMBER = "number"  # the part of a letter that names the reader's own


@dataclass(frozen=True)
class Caller:
    """The number somebody rings from; or ``withheld``."""

    person_id: UUID
    number: Personal


@dataclass(frozen=True)
class Circumstances:
    """How somebody came to us: at the counter, on the line, or by a message (R-INT-03, 05, 06)."""

    language: str | None = None
    queue_ticket: str | None = None
    private_room: bool = False
    has_companion: bool = False
    call_back: bool = False  # she agrees to be called at the number she rings from
    message_received_at: datetime | None = None


class Contact(Aggregate):
    """One visit, call or message, from its first moment until the counter is done with it."""

    @dataclass(frozen=True)
    class ContactOpened(Aggregate.Created):
        """An operator turned to somebody; the counter's ten minutes begin (standard 2.a)."""

        complaint_id: UUID
        channel: str
        sub_channel: str | None
        operator_id: str
        caller: Caller | None
        circumstances: Circumstances
        opened_at: datetime

    @dataclass(frozen=True)
    class DraftKept(Aggregate.Event):
        """What is noted so far; what it leaves empty stays as it was noted before."""

        notes: Notes
        kept_at: datetime

    @dataclass(frozen=True)
    class ContactDropped(Aggregate.Event):
        """The line was lost, or she left, before all was taken down (R-INT-06)."""

        reason: str
        dropped_at: datetime

    @dataclass(frozen=True)
    class ContactResumed(Aggregate.Event):
        """She is back, or another operator goes on."""

        operator_id: str
        resumed_at: datetime

    @dataclass(frozen=True)
    class ServiceComplaintClosed(Aggregate.Event):
        """It was a complaint about the office itself: told where to turn to, and closed (A24)."""

        information: str
        closed_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive the stream from the complaint: its texts have a key of their own, and may go."""
        return uuid5(CONTACTS, str(complaint_id))

    @event(ContactOpened)
    def __init__(
        self,
        complaint_id: UUID,
        channel: str,
        sub_channel: str | None,
        operator_id: str,
        caller: Caller | None,
        circumstances: Circumstances,
        opened_at: datetime,
    ) -> None:
        self.complaint_id = complaint_id
        self.channel = channel
        self.operator_id = operator_id
        self.caller = caller
        self.circumstances = circumstances
        self.notes = Notes()
        self.at_each_drop: tuple[Personal, ...] = ()  # what she had said by then
        self.status = ContactStatus.OPEN

    def keep(self, notes: Notes, operator_id: str, now: datetime) -> None:
        """Keep what is noted so far; what is left empty wipes nothing.

        Raises ContactClosed, and ContactOfAnother unless it is the operator's own.
        """
        self.goes_on(operator_id)
        safe, before = notes.safe_contact, self.notes.safe_contact
        if safe and before and not safe.hours:
            notes = replace(notes, safe_contact=replace(safe, hours=before.hours))
        self._kept(owned(notes, self.complaint_id), now)

    @event(DraftKept)
    def _kept(self, notes: Notes, kept_at: datetime) -> None:
        self.notes = owned(filled(notes, self.notes), self.complaint_id)

    def drop(self, reason: str, now: datetime) -> None:
        """Note that she is gone. Twice is once."""
        if self.status is ContactStatus.OPEN:
            self._dropped(reason, now)

    @event(ContactDropped)
    def _dropped(self, reason: str, dropped_at: datetime) -> None:
        self.status = ContactStatus.DROPPED
        if self.notes.narrative is not None:
            self.at_each_drop = (*self.at_each_drop, self.notes.narrative)

    def is_with(self, operator_id: str) -> bool:
        """Say whether she is with this operator now, at the counter or on the line."""
        return self.status is ContactStatus.OPEN and operator_id == self.operator_id

    @property
    def must_be_received(self) -> bool:
        """Say whether she is gone and left something to act on: it waits for nobody."""
        return self.status is ContactStatus.DROPPED and self.notes.has_minimum

    @property
    def narratives(self) -> tuple[Personal, ...]:
        """Return what she had said each time the line dropped, and what is noted now."""
        last = (self.notes.narrative,) if self.notes.narrative else ()
        return tuple(dict.fromkeys((*self.at_each_drop, *last)))

    @property
    def wish(self) -> SafeContact | None:
        """Return how she may be contacted by the notes, in codes; None: nobody asked her yet.

        Whose it is stands not in it: who wants to stay unknown says nothing new by that.
        """
        noted = self.notes.safe_contact
        return noted and replace(uncovered(noted), person_id=None)

    def resume(self, operator_id: str, now: datetime) -> None:
        """Go on with it, as the operator's own from now on. Raises ContactClosed."""
        self.goes_on()
        if self.status is ContactStatus.DROPPED or operator_id != self.operator_id:
            self._resumed(operator_id, now)

    @event(ContactResumed)
    def _resumed(self, operator_id: str, resumed_at: datetime) -> None:
        self.status = ContactStatus.OPEN
        self.operator_id = operator_id

    def close_as_service_complaint(self, information: str, operator_id: str, now: datetime) -> None:
        """Close what is no complaint of violence. Twice is once. Raises ContactOfAnother."""
        if self.status is not ContactStatus.CLOSED:
            self.goes_on(operator_id)
            self._closed(information, now)

    @event(ServiceComplaintClosed)
    def _closed(self, information: str, closed_at: datetime) -> None:
        self.status = ContactStatus.CLOSED

    def goes_on(self, with_operator: str | None = None) -> None:
        """Raise ContactClosed if it does not, or ContactOfAnother if not with this operator."""
        if self.status is ContactStatus.CLOSED:
            raise ContactClosed(f"Contact {self.complaint_id}")
        if with_operator not in (None, self.operator_id):
            raise ContactOfAnother(f"Contact {self.complaint_id}")

    def __repr__(self) -> str:
        return f"Contact({self.id})"  # eventsourcing would print every attribute


def check_circumstances(
    channel: str, sub_channel: str | None, circumstances: Circumstances, now: datetime
) -> None:
    """Raise ChannelMismatch or ImpossibleDate if a contact cannot have begun like this."""
    if sub_channel and channel != "online":
        raise ChannelMismatch("sub_channel goes with the channel online")
    received_at = circumstances.message_received_at
    if received_at and channel != "online":
        raise ChannelMismatch("message_received_at goes with the channel online")
    if received_at and not now - OLDEST_MESSAGE <= received_at <= now:
        raise ImpossibleDate("message_received_at")
