"""Complaints: what a person told us, through which channel, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from shared.clocks import today
from shared.contracts import person_of
from shared.privacy import Personal
from shared.problems import Malformed


class Status(StrEnum):
    """How far a complaint has come."""

    RECEIVED = "received"
    WITH_SUPERVISOR = "with_supervisor"
    INFORMED = "informed"
    TO_BE_REFERRED = "to_be_referred"
    REFERRED = "referred"
    FOLLOWED_UP = "followed_up"
    COUNSELOR_ASSIGNED = "counselor_assigned"


ORDER = tuple(Status)  # as declared: a later one is never overtaken by an earlier one


class ImpossibleDate(Malformed):
    """It cannot have been on that day."""


class ChannelMismatch(Malformed):
    """The channel and what is said about it contradict each other."""


@dataclass(frozen=True)
class Reporter:
    """Who tells us. Not always the victim."""

    person_id: UUID | None = None
    full_name: Personal | None = None
    phone: Personal | None = None
    nik: Personal | None = None
    anonymous: bool = False
    nickname: Personal | None = None
    name_as_on_document: Personal | None = None
    nik_status: str | None = None


@dataclass(frozen=True)
class SafeContact:
    """How we may contact her without putting her at risk. Not asked means: do not."""

    person_id: UUID | None = None  # whoever tells us: it is she who would be called
    may_call: bool = False
    phone: Personal | None = None
    hours: tuple[Personal, ...] = ()
    leave_message: bool = False
    code_word: Personal | None = None


@dataclass(frozen=True)
class ReferredBy:
    """The institution that sends the case, and what it has done already (R-INT-04)."""

    institution: str
    officer: Personal | None = None
    letter_no: Personal | None = None
    letter_on: date | None = None
    services_given: tuple[str, ...] = ()
    purpose: Personal | None = None


@dataclass(frozen=True)
class Told:
    """What a person told us."""

    reporter_role: str
    narrative: Personal
    in_danger: bool
    reporter: Reporter | None = None
    occurred_on: date | None = None
    locus_text: Personal | None = None
    locus_code: str | None = None
    safe_contact: SafeContact | None = None
    referred_by: ReferredBy | None = None


class Complaint(Aggregate):
    """One person's account of what happened, and what became of it."""

    @dataclass(frozen=True)
    class ComplaintOpened(Aggregate.Created):
        """Somebody turned to us (standard 3.1, 3.2)."""

        channel: str
        sub_channel: str | None
        opened_at: datetime

    @dataclass(frozen=True)
    class ComplaintReceived(Aggregate.Event):
        """A person told us something happened (standard 3.5)."""

        registration_no: str
        channel: str
        sub_channel: str | None
        told: Told
        received_at: datetime
        handed_over: bool

    @dataclass(frozen=True)
    class ComplaintProgressed(Aggregate.Event):
        """Another service told us how far the complaint has come (standard 6.3)."""

        status: Status
        case_id: UUID

    @dataclass(frozen=True)
    class ComplaintReconsidered(Aggregate.Event):
        """Triage decided anew about its case: how far it has come may go back, and is told so."""

        status: Status
        case_id: UUID
        decided_at: datetime

    @dataclass(frozen=True)
    class ComplaintUnlinked(Aggregate.Event):
        """It was taken for one about that case, and is not: it is identified again."""

        case_id: UUID
        unlinked_at: datetime

    @dataclass(frozen=True)
    class ComplaintTakenUp(Aggregate.Event):
        """Triage told us which officer identifies the complaint (standard 2.b)."""

        officer_id: str
        taken_at: datetime

    @event(ComplaintOpened)
    def __init__(
        self, id: UUID, channel: str, sub_channel: str | None, opened_at: datetime
    ) -> None:
        self.channel = channel
        self.sub_channel = sub_channel
        self.opened_at = opened_at
        self.registration_no = ""
        self.told: Told | None = None
        self.status = Status.RECEIVED
        self.case_id: UUID | None = None
        self.officer_id: str | None = None
        self.decided_at: datetime | None = None  # when triage last decided what it is

    def receive(self, registration_no: str, told: Told, now: datetime) -> None:
        """Take down what was told. Receiving twice changes nothing."""
        if self.told is not None:
            return
        letter_on = told.referred_by.letter_on if told.referred_by else None
        for name, day in (("occurred_on", told.occurred_on), ("letter_on", letter_on)):
            if day and not date(1900, 1, 1) <= day <= today(now):
                raise ImpossibleDate(name)
        if self.sub_channel and self.channel != "online":
            raise ChannelMismatch("sub_channel goes with the channel online")
        if told.referred_by and self.channel != "referral_in":
            raise ChannelMismatch("referred_by goes with the channel referral_in")
        person_id = person_of(self.id, "reporter")
        told = replace(
            told,
            reporter=told.reporter and replace(told.reporter, person_id=person_id),
            safe_contact=told.safe_contact and replace(told.safe_contact, person_id=person_id),
        )
        self._received(
            registration_no,
            self.channel,
            self.sub_channel,
            told,
            received_at=now,
            handed_over=True,
        )

    @event(ComplaintReceived)
    def _received(
        self,
        registration_no: str,
        channel: str,
        sub_channel: str | None,
        told: Told,
        received_at: datetime,
        handed_over: bool,
    ) -> None:
        self.registration_no = registration_no
        self.told = told

    def progress(self, status: Status, case_id: UUID, at: datetime | None = None) -> None:
        """Note how far it has come. Hearing it twice, or late, changes nothing.

        What the services tell comes on different streams: an assignment can be heard before the
        classification that led to it. ``at`` is when it happened: what is older than a decision
        that was made anew is of the past.
        """
        if self._is_past(at):
            return
        if self.case_id != case_id or ORDER.index(status) > ORDER.index(self.status):
            self._progressed(status, case_id)

    @event(ComplaintProgressed)
    def _progressed(self, status: Status, case_id: UUID) -> None:
        self.status = status
        self.case_id = case_id

    def reconsider(self, by_route: tuple[Status, ...], case_id: UUID, at: datetime) -> None:
        """Note that its case was decided anew; ``by_route`` is as far as it then can be.

        It goes back only where it stands on what ended. Hearing it twice, or late, changes nothing.
        """
        if not self._is_past(at) and at != self.decided_at:
            stays = self.case_id == case_id and self.status in by_route
            self._reconsidered(self.status if stays else by_route[0], case_id, at)

    @event(ComplaintReconsidered)
    def _reconsidered(self, status: Status, case_id: UUID, decided_at: datetime) -> None:
        self.status = status
        self.case_id = case_id
        self.decided_at = decided_at

    def unlink(self, case_id: UUID, at: datetime) -> None:
        """Note that it is not about that case. Hearing it twice, or late, changes nothing."""
        if self.case_id == case_id and not self._is_past(at):
            self._unlinked(case_id, at)

    @event(ComplaintUnlinked)
    def _unlinked(self, case_id: UUID, unlinked_at: datetime) -> None:
        self.status = Status.RECEIVED
        self.case_id = None
        self.decided_at = unlinked_at

    def _is_past(self, at: datetime | None) -> bool:
        return at is not None and self.decided_at is not None and at < self.decided_at

    def take_up(self, officer_id: str, taken_at: datetime) -> None:
        """Note who identifies it. Hearing the same twice changes nothing."""
        if officer_id != self.officer_id:
            self._taken_up(officer_id, taken_at)

    @event(ComplaintTakenUp)
    def _taken_up(self, officer_id: str, taken_at: datetime) -> None:
        self.officer_id = officer_id

    def __repr__(self) -> str:
        return f"Complaint({self.id})"  # eventsourcing would print every attribute


def registration_no(number: int, now: datetime) -> str:
    """Return the number people see: PPA-YYYY-NNNNNN, with the year in Malang."""
    return f"PPA-{today(now).year}-{number:06d}"
