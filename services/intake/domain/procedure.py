"""Which steps of the procedure a complaint went through, as the other services told us of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

PROCEDURES = UUID("f2d97c35-4b08-5e61-a3fc-9d05b61c7e80")  # namespace of the ids of these streams

# What must have happened before a step. The record of a complaint (3.5) is begun while she speaks,
# so it may precede 3.3 and 3.4, but no counselor gets a case without one (A11).
AFTER: dict[str, tuple[str, ...]] = {
    "3.1": (),
    "3.2": (),
    "3.3": ("3.1", "3.2"),
    "3.4": ("3.3",),
    "3.5": ("3.1", "3.2"),
    "3.6": ("3.4", "3.5"),
    "3.7": ("3.6",),
}
ONE_OF = {"3.1", "3.2"}  # a complaint comes through one of them: either is enough
TIMED: dict[str, tuple[str, ...]] = {  # the time limits that measure a step
    "3.1": ("counter", "first_response", "first_response_high"),
    "3.2": ("counter", "first_response", "first_response_high"),
    "3.4": ("identification",),
    "3.d2": ("referral_answer", "referral_answer_high"),
    "3.6": (
        *("assignment", "assignment_high"),
        *("response_high", "response_medium", "response_low"),
    ),
    "6.4": ("promise",),
}


def step_of(rule: str) -> str | None:
    """Return the step that a time limit measures; None for one of a law, or of our own people."""
    return next((step for step, rules in TIMED.items() if rule in rules), None)


def in_order(step: str, at: datetime, done: dict[str, datetime]) -> bool:
    """Say whether what must have happened before a step had happened by then."""
    before = AFTER[step]
    had = [each in done and done[each] <= at for each in before]
    return any(had) if set(before) == ONE_OF else all(had)


class Procedure(Aggregate):
    """What was heard of the steps of one complaint, or of a case whose complaint was not said."""

    @dataclass(frozen=True)
    class ProcedureBegun(Aggregate.Created):
        """Another service told us of a step for the first time."""

        about: UUID

    @dataclass(frozen=True)
    class StepHeard(Aggregate.Event):
        """Another service did a step of the procedure (standard 3)."""

        about: UUID
        step: str
        happened_at: datetime
        service: str

    @dataclass(frozen=True)
    class BreachHeard(Aggregate.Event):
        """A time limit was over in some service, and what it was for was not done (standard 2)."""

        about: UUID
        rule: str
        rule_version: str
        due_at: datetime
        service: str

    @staticmethod
    def create_id(about: UUID) -> UUID:
        """Derive it from the complaint or case, so that there can only be one."""
        return uuid5(PROCEDURES, str(about))

    @event(ProcedureBegun)
    def __init__(self, about: UUID) -> None:
        self.about = about
        self.heard: frozenset[tuple[str, datetime]] = frozenset()

    def hear_step(self, step: str, happened_at: datetime, service: str) -> None:
        """Note a step. Hearing the same twice changes nothing."""
        if (step, happened_at) not in self.heard:
            self._step_heard(self.about, step, happened_at, service)

    @event(StepHeard)
    def _step_heard(self, about: UUID, step: str, happened_at: datetime, service: str) -> None:
        self.heard |= {(step, happened_at)}

    def hear_breach(self, rule: str, rule_version: str, due_at: datetime, service: str) -> None:
        """Note that something took too long. Hearing the same twice changes nothing."""
        if (rule, due_at) not in self.heard:
            self._breach_heard(self.about, rule, rule_version, due_at, service)

    @event(BreachHeard)
    def _breach_heard(
        self, about: UUID, rule: str, rule_version: str, due_at: datetime, service: str
    ) -> None:
        self.heard |= {(rule, due_at)}

    def __repr__(self) -> str:
        return f"Procedure({self.id})"  # eventsourcing would print every attribute
