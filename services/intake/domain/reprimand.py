"""Reprimands and threats: how people behaved, apart from what they told (standard 8.3, 9.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.intake.domain.publication import check_another
from services.intake.domain.rules import HouseRule
from shared.privacy import Personal
from shared.problems import Malformed, Refused


class Level(StrEnum):
    """How somebody is reprimanded. There is nothing above: no service is ever taken away (A19)."""

    ORAL = "oral"
    WRITTEN = "written"


class NoSuchHouseRule(Malformed):
    """That version of the rules has no rule of this number."""


class NotAboutConduct(Refused):
    """Only how somebody behaves is reprimanded, never what she tells or which papers she lacks."""


class NotInForce(Refused):
    """These rules did not hold when it happened."""


class NotIssued(Refused):
    """A written reprimand is issued when a supervisor has approved it."""


class ReprimandWithdrawn(Refused):
    """This reprimand was withdrawn."""


def check_rule(rules: tuple[HouseRule, ...], number: str, *, version: str, in_force: str) -> None:
    """Raise NoSuchHouseRule, NotAboutConduct or NotInForce where nobody is reprimanded by it.

    A doubt whether somebody tells the truth is no reprimand (UU 12/2022 art. 69; R-DUT-01).
    """
    rule = next((each for each in rules if each.number == number), None)
    if rule is None:
        raise NoSuchHouseRule("rule")
    if not rule.is_conduct:
        raise NotAboutConduct(number)
    if version != in_force:
        raise NotInForce(version)


class Reprimand(Aggregate):
    """Somebody was told that she broke a rule. It closes, blocks and lowers nothing."""

    @dataclass(frozen=True)
    class ReprimandGiven(Aggregate.Created):
        """Somebody is reprimanded: at once, or in writing once it is approved (standard 8.3)."""

        complaint_id: UUID
        level: str
        rule: str
        rule_version: str
        facts: Personal
        staff_id: str
        given_at: datetime

    @dataclass(frozen=True)
    class ReprimandApproved(Aggregate.Event):
        """A supervisor approved a written reprimand; now it is issued."""

        complaint_id: UUID
        approved_by: str
        approved_at: datetime

    @dataclass(frozen=True)
    class ReprimandAnswered(Aggregate.Event):
        """Who was reprimanded said something to it."""

        complaint_id: UUID
        reply: Personal
        staff_id: str
        answered_at: datetime

    @dataclass(frozen=True)
    class ReprimandTakenBack(Aggregate.Event):
        """The reprimand was wrong, or is no more needed."""

        complaint_id: UUID
        grounds: Personal
        staff_id: str
        withdrawn_at: datetime

    @event(ReprimandGiven)
    def __init__(
        self,
        id: UUID,
        complaint_id: UUID,
        level: str,
        rule: str,
        rule_version: str,
        facts: Personal,
        staff_id: str,
        given_at: datetime,
    ) -> None:
        self.complaint_id = complaint_id
        self.facts = facts
        self.given_by = staff_id
        self.is_issued = level == Level.ORAL
        self.is_withdrawn = False
        self.replies: tuple[Personal, ...] = ()
        self.grounds: Personal | None = None

    def approve(self, by: str, now: datetime) -> None:
        """Issue it. Twice changes nothing. Raises NotAnotherPerson, ReprimandWithdrawn."""
        check_another(self.given_by, by)
        if self.is_withdrawn:
            raise ReprimandWithdrawn(str(self.id))
        if not self.is_issued:
            self._approved(self.complaint_id, by, now)

    @event(ReprimandApproved)
    def _approved(self, complaint_id: UUID, approved_by: str, approved_at: datetime) -> None:
        self.is_issued = True

    def answer(self, reply: Personal, by: str, now: datetime) -> None:
        """Take down what she says to it; she may say more later. Raises NotIssued."""
        if not self.is_issued:
            raise NotIssued(str(self.id))
        self._answered(self.complaint_id, reply, by, now)

    @event(ReprimandAnswered)
    def _answered(
        self, complaint_id: UUID, reply: Personal, staff_id: str, answered_at: datetime
    ) -> None:
        self.replies = (*self.replies, reply)

    def withdraw(self, grounds: Personal, by: str, now: datetime) -> None:
        """Take it back, issued or not. Twice changes nothing."""
        if not self.is_withdrawn:
            self._withdrawn(self.complaint_id, grounds, by, now)

    @event(ReprimandTakenBack)
    def _withdrawn(
        self, complaint_id: UUID, grounds: Personal, staff_id: str, withdrawn_at: datetime
    ) -> None:
        self.is_withdrawn = True
        self.grounds = grounds

    def __repr__(self) -> str:
        return f"Reprimand({self.id})"  # eventsourcing would print every attribute


class Threat(Aggregate):
    """Somebody threatened a member of staff. It is kept for her protection (R-PRV-05)."""

    @dataclass(frozen=True)
    class ThreatRecorded(Aggregate.Created):
        """A member of staff was threatened over a complaint (standard 9.2)."""

        complaint_id: UUID
        kind: str
        facts: Personal
        threatened_id: str
        staff_id: str
        recorded_at: datetime

    @event(ThreatRecorded)
    def __init__(
        self,
        id: UUID,
        complaint_id: UUID,
        kind: str,
        facts: Personal,
        threatened_id: str,
        staff_id: str,
        recorded_at: datetime,
    ) -> None:
        self.complaint_id = complaint_id
        self.facts = facts

    def __repr__(self) -> str:
        return f"Threat({self.id})"  # eventsourcing would print every attribute
