"""What a person is owed while she complains: information, her duties read, kept promises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.intake.domain.told import REPORTER
from shared.privacy import Personal
from shared.problems import Malformed, Missing, Refused

RIGHTS = UUID("7be2f0a4-9d1b-5e3c-8c57-1a6f0d4e2b95")  # namespace of the ids of these streams
TELLING = {"in_person": "in_person", "phone": "call", "message": "text", "letter": "letter"}
FURTHEST = timedelta(days=366)  # nobody can promise more than a year ahead


class StatementKind(StrEnum):
    """What a person is asked to say of herself; labels.toml has the words that are read to her."""

    TRUTHFULNESS = "truthfulness"
    RULES = "rules"


class NothingRecommended(Malformed):
    """A recommendation names at least one service."""


class NotAcknowledged(Malformed):
    """Rights and duties are acknowledged, or it is said why they could not be read."""


class MediumMissing(Malformed):
    """If she was told, it is said how: not every way is safe for her."""


class DueInThePast(Malformed):
    """A promise is for a time to come, within a year."""


class PromiseIsKept(Refused):
    """This promise was kept: make another."""


@dataclass(frozen=True)
class Information:
    """What a person was told, by codes; her own words only where an officer wrote some down."""

    topics: tuple[str, ...]
    telling: str  # how: in person, by phone …
    services: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    acknowledged: bool | None = None  # of rights and duties; False: they could not be read
    unread_because: str | None = None
    copy_given: bool = False
    words: Personal | None = None
    whom: str = REPORTER  # who told us, or the n-th victim
    n: int = 0


@dataclass(frozen=True)
class Promise:
    """What somebody was promised, and by when."""

    id: UUID
    what: str
    due_at: datetime
    words: Personal | None
    is_kept: bool = False
    is_told: bool = True  # she knows of the time that holds now


class Rights(Aggregate):
    """What one complainant was told, what she said of her duties, and what she was promised."""

    @dataclass(frozen=True)
    class RightsBegun(Aggregate.Created):
        """Somebody began to serve the rights of a complainant (standard 6)."""

        complaint_id: UUID

    @dataclass(frozen=True)
    class InformationGiven(Aggregate.Event):
        """A person was informed (standard 6.2, 8.1; R-RGT-00, R-PRV-01)."""

        complaint_id: UUID
        information: Information
        standard_version: str
        rules_version: str
        staff_id: str
        given_at: datetime

    @dataclass(frozen=True)
    class StatementMade(Aggregate.Event):
        """A person accepted her duties, or did not; nothing depends on it (R-DUT-00, R-DUT-01)."""

        complaint_id: UUID
        kind: str
        accepted: bool
        words: Personal | None
        standard_version: str
        rules_version: str
        staff_id: str
        made_at: datetime

    @dataclass(frozen=True)
    class PromiseMade(Aggregate.Event):
        """A person was promised something by a time (standard 6.4)."""

        complaint_id: UUID
        promise_id: UUID
        what: str
        due_at: datetime
        words: Personal | None
        staff_id: str
        made_at: datetime

    @dataclass(frozen=True)
    class PromiseKept(Aggregate.Event):
        """What was promised was done."""

        complaint_id: UUID
        promise_id: UUID
        staff_id: str
        kept_at: datetime

    @dataclass(frozen=True)
    class PromiseRenewed(Aggregate.Event):
        """What was promised gets another time."""

        complaint_id: UUID
        promise_id: UUID
        due_at: datetime
        staff_id: str
        renewed_at: datetime

    @dataclass(frozen=True)
    class RenewalTold(Aggregate.Event):
        """The person was told of the new time (R-RGT-04)."""

        complaint_id: UUID
        promise_id: UUID
        staff_id: str
        told_at: datetime
        telling: str | None = None  # how; None: nobody asked yet when this was stored
        whom: str = REPORTER
        n: int = 0

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint, so that there can only be one."""
        return uuid5(RIGHTS, str(complaint_id))

    @event(RightsBegun)
    def __init__(self, complaint_id: UUID) -> None:
        self.complaint_id = complaint_id
        self.information: tuple[Information, ...] = ()
        self.statements: tuple[Personal | None, ...] = ()
        self.promises: dict[UUID, Promise] = {}

    def inform(
        self,
        information: Information,
        *,
        standard_version: str,
        rules_version: str,
        by: str,
        now: datetime,
    ) -> None:
        """Note what she was told, and which text of it. Raises NothingRecommended, NotAcknowledged.

        That she acknowledged her rights, or could not read them, goes with that topic only.
        """
        if ("recommendation" in information.topics) != bool(information.services):
            raise NothingRecommended("services go with the topic recommendation")
        is_unread = information.acknowledged is False
        if (
            ("rights_and_duties" in information.topics) != (information.acknowledged is not None)
        ) or is_unread != (information.unread_because is not None):
            raise NotAcknowledged("acknowledged goes with the topic rights_and_duties")
        self._informed(self.complaint_id, information, standard_version, rules_version, by, now)

    @event(InformationGiven)
    def _informed(
        self,
        complaint_id: UUID,
        information: Information,
        standard_version: str,
        rules_version: str,
        staff_id: str,
        given_at: datetime,
    ) -> None:
        self.information = (*self.information, information)

    def state(
        self,
        kind: StatementKind,
        *,
        accepted: bool,
        words: Personal | None,
        standard_version: str,
        rules_version: str,
        by: str,
        now: datetime,
    ) -> None:
        """Note whether she accepts a duty. She may think again: the last word stands."""
        self._stated(
            self.complaint_id, kind, accepted, words, standard_version, rules_version, by, now
        )

    @event(StatementMade)
    def _stated(
        self,
        complaint_id: UUID,
        kind: str,
        accepted: bool,
        words: Personal | None,
        standard_version: str,
        rules_version: str,
        staff_id: str,
        made_at: datetime,
    ) -> None:
        self.statements = (*self.statements, words)

    def promise(
        self,
        promise_id: UUID,
        *,
        what: str,
        due_at: datetime,
        words: Personal | None,
        by: str,
        now: datetime,
    ) -> None:
        """Promise something by a time. Promising it twice changes nothing. Raises DueInThePast."""
        if promise_id not in self.promises:
            _check_due(due_at, now)
            self._promised(self.complaint_id, promise_id, what, due_at, words, by, now)

    @event(PromiseMade)
    def _promised(
        self,
        complaint_id: UUID,
        promise_id: UUID,
        what: str,
        due_at: datetime,
        words: Personal | None,
        staff_id: str,
        made_at: datetime,
    ) -> None:
        self.promises = self.promises | {promise_id: Promise(promise_id, what, due_at, words)}

    def keep(self, promise_id: UUID, *, by: str, now: datetime) -> None:
        """Note that it was done. Twice changes nothing. Raises Missing."""
        if not self._promise(promise_id).is_kept:
            self._kept(self.complaint_id, promise_id, by, now)

    @event(PromiseKept)
    def _kept(self, complaint_id: UUID, promise_id: UUID, staff_id: str, kept_at: datetime) -> None:
        kept = replace(self.promises[promise_id], is_kept=True)
        self.promises = self.promises | {promise_id: kept}

    def renew(
        self,
        promise_id: UUID,
        *,
        due_at: datetime,
        informed: bool,
        telling: str | None,
        by: str,
        now: datetime,
        whom: str = REPORTER,
        n: int = 0,
    ) -> bool:
        """Promise it for another time, and note whether she was told. Say whether the time is new.

        The same time once more, now with ``informed``, notes that she was told after all.
        Raises Missing, DueInThePast, MediumMissing, and PromiseIsKept.
        """
        if informed and telling is None:
            raise MediumMissing("medium")
        promise = self._promise(promise_id)
        if promise.is_kept:
            raise PromiseIsKept(str(promise_id))
        is_new = due_at != promise.due_at
        if is_new:
            _check_due(due_at, now)
            self._renewed(self.complaint_id, promise_id, due_at, by, now)
        if informed and not self.promises[promise_id].is_told:
            self._told(self.complaint_id, promise_id, by, now, telling, whom, n)
        return is_new

    @event(PromiseRenewed)
    def _renewed(
        self,
        complaint_id: UUID,
        promise_id: UUID,
        due_at: datetime,
        staff_id: str,
        renewed_at: datetime,
    ) -> None:
        renewed = replace(self.promises[promise_id], due_at=due_at, is_told=False)
        self.promises = self.promises | {promise_id: renewed}

    @event(RenewalTold)
    def _told(
        self,
        complaint_id: UUID,
        promise_id: UUID,
        staff_id: str,
        told_at: datetime,
        telling: str | None = None,
        whom: str = REPORTER,
        n: int = 0,
    ) -> None:
        told = replace(self.promises[promise_id], is_told=True)
        self.promises = self.promises | {promise_id: told}

    def _promise(self, promise_id: UUID) -> Promise:
        if promise_id not in self.promises:
            raise Missing(f"Promise {promise_id}")
        return self.promises[promise_id]

    def __repr__(self) -> str:
        return f"Rights({self.id})"  # eventsourcing would print every attribute


def _check_due(due_at: datetime, now: datetime) -> None:
    if not now < due_at <= now + FURTHEST:
        raise DueInThePast("due_at")
