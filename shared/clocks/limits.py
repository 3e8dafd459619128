"""How long each thing may take: limits with their version, and when something is due by them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.clocks.working import close_of, staffed_until
from shared.problems import Malformed

Kind = Literal["around_the_clock", "staffed", "working_days"]
NAMESPACE = UUID("3a0d9b7e-6d1c-5b8f-9a54-0f4f3c1d7e25")  # namespace of the stream of limits


class NoSuchRule(Malformed):
    """There is no time limit of this name."""


@dataclass(frozen=True)
class Limit:
    """How long one thing may take, from a day on.

    ``amount`` is in minutes, or in working days; ``warn`` in minutes after the start.
    """

    rule: str
    amount: int
    kind: Kind
    warn: int | None
    version: str

    def due_at(self, started_at: datetime) -> datetime:
        """Return when it is over. What counts working days ends with the office's day."""
        match self.kind:
            case "around_the_clock":
                return started_at + timedelta(minutes=self.amount)
            case "staffed":
                return staffed_until(started_at, timedelta(minutes=self.amount))
        return close_of(started_at, self.amount)

    def warn_at(self, started_at: datetime) -> datetime | None:
        """Return when to warn, if ever."""
        return started_at + timedelta(minutes=self.warn) if self.warn else None


def _given() -> dict[str, Limit]:
    told: dict[str, Any] = tomllib.loads(Path(__file__).with_name("limits.toml").read_text())
    return {
        rule: Limit(
            rule,
            each.get("working_days") or each["minutes"],
            "working_days" if "working_days" in each else each.get("kind", "around_the_clock"),
            each.get("warn"),
            told["version"],
        )
        for rule, each in told["limit"].items()
    }


GIVEN: Mapping[str, Limit] = _given()  # what holds until the office sets another


class Limits(Aggregate):
    """The limits as one service knows them: what the office has set, and from when."""

    @dataclass(frozen=True)
    class LimitsBegun(Aggregate.Created):
        """The office sets its own limits for the first time."""

    @dataclass(frozen=True)
    class TimeLimitsHeard(Aggregate.Event):
        """The office set limits that hold from a time on (standard 9.1)."""

        limits: tuple[Limit, ...]
        valid_from: datetime

    @staticmethod
    def create_id() -> UUID:
        """Return the one id: there is one stream of limits in a service."""
        return uuid5(NAMESPACE, "limits")

    @event(LimitsBegun)
    def __init__(self, id: UUID) -> None:
        self.dated: tuple[tuple[datetime, Limit], ...] = ()

    def hear(self, limits: tuple[Limit, ...], valid_from: datetime) -> None:
        """Note limits and from when they hold. Hearing the same twice changes nothing."""
        if unknown := {each.rule for each in limits} - set(GIVEN):
            raise NoSuchRule(", ".join(sorted(unknown)))
        if any((valid_from, each) not in self.dated for each in limits):
            self._heard(limits, valid_from)

    @event(TimeLimitsHeard)
    def _heard(self, limits: tuple[Limit, ...], valid_from: datetime) -> None:
        self.dated = (*self.dated, *((valid_from, each) for each in limits))

    def at(self, rule: str, now: datetime) -> Limit:
        """Return the limit that holds at a time; of two from the same time the later set one."""
        since = [
            (valid_from, n, limit)
            for n, (valid_from, limit) in enumerate(self.dated)
            if limit.rule == rule and valid_from <= now
        ]
        return max(since, default=(now, 0, GIVEN[rule]))[2]

    def __repr__(self) -> str:
        return "Limits()"  # eventsourcing would print every attribute
