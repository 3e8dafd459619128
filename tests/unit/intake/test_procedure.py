"""The steps of the procedure: heard once, in order or not, and by which time limits measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.domain import Procedure
from services.intake.domain.procedure import AFTER, TIMED, in_order, step_of
from services.intake.rules import given as shipped
from shared.clocks.limits import GIVEN
from tests.given import given

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
NUMBERS = {item.number for section in shipped.SECTIONS for item in section.items}


def minute(n: int) -> datetime:
    return NINE + timedelta(minutes=n)


def procedure() -> Procedure:
    return Procedure(about=UUID(int=1))


def test_a_step_and_a_breach_are_heard_once() -> None:
    given(procedure()).when(Procedure.hear_step, "3.3", NINE, "triage").then(
        Procedure.StepHeard, step="3.3"
    )
    given(procedure(), lambda p: p.hear_step("3.3", NINE, "triage")).when(
        Procedure.hear_step, "3.3", NINE, "triage"
    ).then_nothing()
    given(procedure(), lambda p: p.hear_breach("counter", "1", NINE, "intake")).when(
        Procedure.hear_breach, "counter", "1", NINE, "intake"
    ).then_nothing()


def test_every_step_is_a_paragraph_of_the_standard() -> None:
    assert set(AFTER) == {f"3.{n}" for n in range(1, 8)}
    assert (set(AFTER) | set(TIMED)) <= NUMBERS


@pytest.mark.parametrize("rule", [*GIVEN, "promise"])
def test_every_time_limit_measures_a_step_or_a_law_or_our_own_people(rule: str) -> None:
    assert (step_of(rule) is None) == (rule in ("tpks_police_report", "glass_review"))


def test_the_order_is_that_of_the_standard() -> None:
    done = {step: minute(n) for n, step in enumerate(["3.2", "3.5", "3.3", "3.4", "3.6", "3.7"])}
    assert all(in_order(step, at, done) for step, at in done.items())


@pytest.mark.parametrize(
    ("step", "done"),
    [
        ("3.4", {"3.1": NINE, "3.4": minute(5)}),  # classified, and nobody took it up
        ("3.4", {"3.1": NINE, "3.3": minute(9), "3.4": minute(5)}),
        ("3.6", {"3.1": NINE, "3.3": NINE, "3.4": NINE, "3.6": minute(1)}),  # without a record
        ("3.3", {"3.3": NINE}),
    ],
)
def test_a_step_before_its_time_is_seen(step: str, done: dict[str, datetime]) -> None:
    assert not in_order(step, done[step], done)
