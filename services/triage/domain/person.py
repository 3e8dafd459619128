"""Persons in a case, and how one is forgotten: two people, a day to think again, no legal hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from shared.problems import Refused

MOST_A_DAY = 5  # so that nobody, nor two together, can empty the history in one night
COOLING_OFF = timedelta(hours=24)  # a wrong erasure cannot be undone: the last step is the slow one


class NotRequested(Refused):
    """Nobody has asked to forget this person."""


class SamePerson(Refused):
    """Who asked to forget somebody cannot approve it; it takes two people."""


class UnderLegalHold(Refused):
    """This person's data are needed in a legal case and cannot be destroyed (UU PDP art. 44)."""


class CoolingOff(Refused):
    """It was approved less than a day ago, or not at all."""


class TooManyErasures(Refused):
    """Five people are to be forgotten within this day already; the next one waits."""


class AlreadyForgotten(Refused):
    """This person is forgotten already."""


class AskedOnAnotherGround(Refused):
    """Somebody asked to forget this person already, on another ground: take that back first."""


class HeldOnAnotherGround(Refused):
    """This person's data are kept already, on another ground: lift that first."""


class HasForm(Refused):
    """The case of this complaint has a form: the persons in it are forgotten, one by one."""


@dataclass(frozen=True)
class Reach:
    """How far forgetting somebody reaches.

    ``story`` says that what was told goes with her: she is the last victim of the case. Then those
    who told it as victims go too; ``persons`` names everybody who goes, herself first. Without a
    ``case_id`` it is one complaint alone, of which nobody wrote a form.
    """

    case_id: UUID | None
    complaint_ids: tuple[UUID, ...]
    persons: tuple[UUID, ...]
    role: str
    story: bool


class Person(Aggregate):
    """Somebody in one role of one case; her stream has her own id."""

    @dataclass(frozen=True)
    class PersonFiled(Aggregate.Created):
        """Something is to be done about a person's data for the first time."""

        case_id: UUID | None
        role: str
        complaint_id: UUID | None = None

    @dataclass(frozen=True)
    class ErasureRequested(Aggregate.Event):
        """Somebody asked to forget her; her data are closed at once (UU PDP art. 41)."""

        reach: Reach
        ground: str
        requested_by: str
        requested_at: datetime
        complaint_id: UUID | None = None  # of which alone she is known

    @dataclass(frozen=True)
    class ErasureApproved(Aggregate.Event):
        """Another person agreed; a day to think again begins."""

        approved_by: str
        approved_at: datetime
        due_at: datetime

    @dataclass(frozen=True)
    class ErasureWithdrawn(Aggregate.Event):
        """It is not to be done after all; her data are open again."""

        reach: Reach
        withdrawn_by: str
        withdrawn_at: datetime

    @dataclass(frozen=True)
    class LegalHoldPlaced(Aggregate.Event):
        """Her data are needed in a legal case."""

        ground: str
        placed_by: str
        placed_at: datetime
        reach: Reach | None = None  # of early holds nobody was told

    @dataclass(frozen=True)
    class LegalHoldLifted(Aggregate.Event):
        """The legal case is over."""

        lifted_by: str
        lifted_at: datetime

    @dataclass(frozen=True)
    class PersonErased(Aggregate.Event):
        """She is to be forgotten now, by every service (UU PDP art. 43, 44)."""

        reach: Reach
        requested_by: str
        approved_by: str
        erased_at: datetime

    @dataclass(frozen=True)
    class ErasureBlocked(Aggregate.Event):
        """It was due, and something stood against it; it is tried again, and people are told."""

        reason: str  # the name of what stood against it
        noted_at: datetime

    @dataclass(frozen=True)
    class ForgottenElsewhere(Aggregate.Event):
        """A service told us that it has destroyed its keys of her."""

        service: str
        keys: int

    @dataclass(frozen=True)
    class RefusedElsewhere(Aggregate.Event):
        """A service told us that it did not forget her, because of a legal hold."""

        service: str

    @event(PersonFiled)
    def __init__(
        self, id: UUID, case_id: UUID | None, role: str, complaint_id: UUID | None = None
    ) -> None:
        self.case_id = case_id
        self.role = role
        self.reach: Reach | None = None
        self.requested_by: str | None = None
        self.ground: str | None = None
        self.approved_by: str | None = None
        self.due_at: datetime | None = None
        self.hold: str | None = None
        self.erased_at: datetime | None = None
        self.forgotten: tuple[UUID, ...] = ()
        self.forgotten_by: dict[str, int] = {}
        self.refused_by: frozenset[str] = frozenset()
        self.blocked_by: str | None = None

    def request_erasure(
        self, reach: Reach, *, ground: str, by: str, now: datetime, complaint_id: UUID | None = None
    ) -> None:
        """Ask to forget her, as she is known of one complaint alone if that is said.

        Asking twice changes nothing; on another ground it raises AskedOnAnotherGround.
        """
        if self.requested_by and not self.erased_at and ground != self.ground:
            raise AskedOnAnotherGround(str(self.id))
        if self.requested_by is None or self.erased_at:  # what was told of her since goes too
            self._requested(reach, ground, by, now, complaint_id)

    @event(ErasureRequested)
    def _requested(
        self,
        reach: Reach,
        ground: str,
        requested_by: str,
        requested_at: datetime,
        complaint_id: UUID | None = None,
    ) -> None:
        self.reach = reach
        self.ground = ground
        self.requested_by = requested_by
        self.approved_by = self.due_at = self.erased_at = None
        self.forgotten, self.forgotten_by = (), {}
        self.refused_by = frozenset()

    def approve_erasure(self, by: str, now: datetime, *, agreed: int = 0) -> None:
        """Agree that she is forgotten, a day from now. Agreeing twice changes nothing.

        ``agreed`` counts those of whom that was said within the last day.
        """
        if self.erased_at or self.approved_by:
            return
        if self.requested_by is None:
            raise NotRequested(str(self.id))
        if by == self.requested_by:
            raise SamePerson(str(self.id))
        if self.hold:
            raise UnderLegalHold(self.hold)
        if agreed >= MOST_A_DAY:
            raise TooManyErasures(f"most in a day: {MOST_A_DAY}")
        self._approved(by, now, now + COOLING_OFF)

    @event(ErasureApproved)
    def _approved(self, approved_by: str, approved_at: datetime, due_at: datetime) -> None:
        self.approved_by = approved_by
        self.due_at = due_at
        self.blocked_by = None

    def withdraw_erasure(self, by: str, now: datetime) -> None:
        """Think again. Raises AlreadyForgotten when it is too late."""
        if self.erased_at:
            raise AlreadyForgotten(str(self.id))
        if self.reach is None or self.requested_by is None:
            raise NotRequested(str(self.id))
        self._withdrawn(self.reach, by, now)

    @event(ErasureWithdrawn)
    def _withdrawn(self, reach: Reach, withdrawn_by: str, withdrawn_at: datetime) -> None:
        self.requested_by = self.approved_by = self.due_at = None

    def place_hold(self, reach: Reach, *, ground: str, by: str, now: datetime) -> None:
        """Keep her data for a legal case; an agreement to forget her is void.

        Raises AlreadyForgotten when it is too late, HeldOnAnotherGround where there is a hold.
        """
        if self.erased_at:
            raise AlreadyForgotten(str(self.id))
        if self.hold not in (None, ground):
            raise HeldOnAnotherGround(str(self.id))
        if self.hold is None:
            self._held(ground, by, now, reach)

    @event(LegalHoldPlaced)
    def _held(
        self, ground: str, placed_by: str, placed_at: datetime, reach: Reach | None = None
    ) -> None:
        self.hold = ground
        self.approved_by = self.due_at = None  # afterwards two people agree anew, and wait anew

    def lift_hold(self, by: str, now: datetime) -> None:
        """Say that the legal case is over. Lifting twice changes nothing."""
        if self.hold is not None:
            self._lifted(by, now)

    @event(LegalHoldLifted)
    def _lifted(self, lifted_by: str, lifted_at: datetime) -> None:
        self.hold = None

    def erase(self, reach: Reach, now: datetime) -> None:
        """Forget her. Raises CoolingOff before the day is over, UnderLegalHold while that lasts."""
        if self.erased_at:
            return
        if self.hold:
            raise UnderLegalHold(self.hold)
        if not (self.requested_by and self.approved_by and self.due_at and now >= self.due_at):
            raise CoolingOff(str(self.id))
        self._erased(reach, self.requested_by, self.approved_by, now)

    @event(PersonErased)
    def _erased(
        self, reach: Reach, requested_by: str, approved_by: str, erased_at: datetime
    ) -> None:
        self.erased_at = erased_at
        self.forgotten = (self.id, *reach.persons)

    def note_blocked(self, reason: str, now: datetime) -> None:
        """Note what stands against an erasure that is due. For one reason once."""
        if reason != self.blocked_by and self.approved_by and not self.erased_at:
            self._blocked(reason, now)

    @event(ErasureBlocked)
    def _blocked(self, reason: str, noted_at: datetime) -> None:
        self.blocked_by = reason

    def note_forgotten(self, service: str, keys: int) -> None:
        """Note that a service has forgotten her."""
        if service not in self.forgotten_by:
            self._forgotten(service, keys)

    @event(ForgottenElsewhere)
    def _forgotten(self, service: str, keys: int) -> None:
        self.forgotten_by = self.forgotten_by | {service: keys}

    def note_refused(self, service: str) -> None:
        """Note that a service did not forget her. After the hold two people agree anew."""
        if service not in self.refused_by:
            self._refused(service)

    @event(RefusedElsewhere)
    def _refused(self, service: str) -> None:
        self.refused_by |= {service}
