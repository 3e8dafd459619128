"""A clock: how long one thing takes, told as facts. A breach blocks nothing, cuts nothing off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.clocks.limits import Limit
from shared.privacy import Personal
from shared.problems import Refused

CLOCKS = UUID("9e5c2d18-3f67-5c41-8a0b-7d2e6f1c4b93")  # namespace of the ids of clocks


class NotBreached(Refused):
    """This time limit was kept: there is nothing to explain."""


class Clock(Aggregate):
    """How long one thing takes, by one rule. It can run again once it was stopped."""

    @dataclass(frozen=True)
    class ClockStarted(Aggregate.Created):
        """A time limit began to run (contracts 5)."""

        rule: str
        rule_version: str
        about: UUID
        complaint_id: UUID | None
        case_id: UUID | None
        staff_id: str | None
        started_at: datetime
        warn_at: datetime | None
        due_at: datetime

    @dataclass(frozen=True)
    class ClockStartedAgain(Aggregate.Event):
        """A time limit that was stopped began to run once more."""

        rule_version: str
        staff_id: str | None
        started_at: datetime
        warn_at: datetime | None
        due_at: datetime

    @dataclass(frozen=True)
    class ClockWarned(Aggregate.Event):
        """A time limit is nearly over."""

        warned_at: datetime

    @dataclass(frozen=True)
    class ClockBreached(Aggregate.Event):
        """A time limit is over and what it was for is not done. ``noticed_at`` may be later."""

        rule: str
        rule_version: str
        about: UUID
        complaint_id: UUID | None
        case_id: UUID | None
        staff_id: str | None
        due_at: datetime
        noticed_at: datetime

    @dataclass(frozen=True)
    class ClockStopped(Aggregate.Event):
        """What the time limit was for is done, or is not needed any more."""

        stopped_at: datetime
        in_time: bool

    @dataclass(frozen=True)
    class BreachExplained(Aggregate.Event):
        """Somebody said why it took longer (standard 2)."""

        explanation: Personal
        staff_id: str
        explained_at: datetime

    @staticmethod
    def create_id(rule: str, about: UUID) -> UUID:
        """Derive it from the rule and what it is about, so that there can only be one."""
        return uuid5(CLOCKS, f"{rule}/{about}")

    @classmethod
    def start(
        cls,
        limit: Limit,
        about: UUID,
        now: datetime,
        *,
        complaint_id: UUID | None = None,
        case_id: UUID | None = None,
        staff_id: str | None = None,
        due_at: datetime | None = None,
    ) -> Clock:
        """Return a clock that runs from now, until the limit is over or to the time given."""
        return cls(
            rule=limit.rule,
            rule_version=limit.version,
            about=about,
            complaint_id=complaint_id,
            case_id=case_id,
            staff_id=staff_id,
            started_at=now,
            warn_at=limit.warn_at(now),
            due_at=due_at or limit.due_at(now),
        )

    @event(ClockStarted)
    def __init__(
        self,
        rule: str,
        rule_version: str,
        about: UUID,
        complaint_id: UUID | None,
        case_id: UUID | None,
        staff_id: str | None,
        started_at: datetime,
        warn_at: datetime | None,
        due_at: datetime,
    ) -> None:
        self.rule = rule
        self.rule_version = rule_version
        self.about = about
        self.complaint_id = complaint_id
        self.case_id = case_id
        self.staff_id = staff_id
        self.started_at = started_at
        self.warn_at = warn_at
        self.due_at = due_at
        self.warned_at: datetime | None = None
        self.breached_at: datetime | None = None
        self.stopped_at: datetime | None = None
        self.explanations: tuple[Personal, ...] = ()

    def start_again(
        self,
        limit: Limit,
        now: datetime,
        *,
        staff_id: str | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Let it run once more. While it runs this changes nothing."""
        if self.stopped_at is not None:
            due_at = due_at or limit.due_at(now)
            self._started_again(limit.version, staff_id, now, limit.warn_at(now), due_at)

    @event(ClockStartedAgain)
    def _started_again(
        self,
        rule_version: str,
        staff_id: str | None,
        started_at: datetime,
        warn_at: datetime | None,
        due_at: datetime,
    ) -> None:
        self.rule_version = rule_version
        self.staff_id = staff_id
        self.started_at = started_at
        self.warn_at = warn_at
        self.due_at = due_at
        self.warned_at = self.breached_at = self.stopped_at = None

    def tick(self, now: datetime) -> None:
        """Warn or breach if it is time. Ticking twice changes nothing."""
        if self.stopped_at is not None or self.breached_at is not None:
            return
        if now >= self.due_at:
            self._breached(
                rule=self.rule,
                rule_version=self.rule_version,
                about=self.about,
                complaint_id=self.complaint_id,
                case_id=self.case_id,
                staff_id=self.staff_id,
                due_at=self.due_at,
                noticed_at=now,
            )
        elif self.warn_at is not None and self.warned_at is None and now >= self.warn_at:
            self._warned(now)

    @event(ClockWarned)
    def _warned(self, warned_at: datetime) -> None:
        self.warned_at = warned_at

    @event(ClockBreached)
    def _breached(
        self,
        rule: str,
        rule_version: str,
        about: UUID,
        complaint_id: UUID | None,
        case_id: UUID | None,
        staff_id: str | None,
        due_at: datetime,
        noticed_at: datetime,
    ) -> None:
        self.breached_at = due_at

    def stop(self, now: datetime) -> None:
        """Stop it. What nobody noticed while the service was away is noticed now. Twice is once."""
        if self.stopped_at is None:
            if now >= self.due_at:
                self.tick(now)
            in_time = self.breached_at is None or now < self.due_at  # done then, and told late
            self._stopped(max(now, self.started_at), in_time)

    @event(ClockStopped)
    def _stopped(self, stopped_at: datetime, in_time: bool) -> None:
        self.stopped_at = stopped_at

    def explain(self, explanation: Personal, staff_id: str, now: datetime) -> None:
        """Say why it took longer. A later word adds to an earlier one."""
        if self.breached_at is None:
            raise NotBreached(self.rule)
        self._explained(explanation, staff_id, now)

    @event(BreachExplained)
    def _explained(self, explanation: Personal, staff_id: str, explained_at: datetime) -> None:
        self.explanations = (*self.explanations, explanation)

    def __repr__(self) -> str:
        return f"Clock({self.id})"  # eventsourcing would print every attribute
