"""A time limit: what counts, when it is over, and that it ends in one way only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from shared.clocks import HERE
from shared.clocks.clock import Clock, NotBreached
from shared.clocks.limits import GIVEN, Limit, Limits, NoSuchRule
from shared.clocks.working import is_working_day
from shared.privacy import Personal
from tests.given import given

ABOUT = UUID(int=7)
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, nine o'clock in Malang
COUNTER = GIVEN["counter"]


def minutes(n: float) -> datetime:
    return NINE + timedelta(minutes=n)


def counter() -> Clock:
    return Clock.start(COUNTER, ABOUT, NINE, staff_id="loket")


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


def test_the_counter_has_ten_minutes_and_warns_at_eight() -> None:
    clock = counter()
    assert (clock.warn_at, clock.due_at) == (minutes(8), minutes(10))


def test_it_warns_once() -> None:
    given(counter()).when(Clock.tick, minutes(8)).then(Clock.ClockWarned, warned_at=minutes(8))
    given(counter(), lambda c: c.tick(minutes(8))).when(Clock.tick, minutes(9)).then_nothing()


def test_it_is_breached_once_and_says_when_it_was_due() -> None:
    breached = given(counter()).when(Clock.tick, minutes(12))
    breached.then(Clock.ClockBreached, due_at=minutes(10), noticed_at=minutes(12))
    given(counter(), lambda c: c.tick(minutes(12))).when(Clock.tick, minutes(13)).then_nothing()


def test_stopped_in_time_it_is_never_breached() -> None:
    given(counter()).when(Clock.stop, minutes(9.9)).then(Clock.ClockStopped, in_time=True)
    stopped = given(counter(), lambda c: c.stop(minutes(5)))
    stopped.when(Clock.tick, minutes(60)).then_nothing()


def test_what_nobody_noticed_is_noticed_when_it_stops() -> None:
    clock = counter()
    clock.stop(minutes(25))
    breached, stopped = list(clock.collect_events())[1:]
    assert isinstance(breached, Clock.ClockBreached)
    assert breached.due_at == minutes(10)
    assert isinstance(stopped, Clock.ClockStopped)
    assert not stopped.in_time


def test_only_a_breach_is_explained() -> None:
    reason = Personal("Korban perlu ditenangkan.")
    given(counter()).when(Clock.explain, reason, "loket", minutes(1)).refused(NotBreached)
    late = given(counter(), lambda c: c.tick(minutes(11)))
    late.when(Clock.explain, reason, "loket", minutes(12)).then(Clock.BreachExplained)


def test_it_can_run_again_only_when_it_was_stopped() -> None:
    given(counter()).when(Clock.start_again, COUNTER, minutes(3)).then_nothing()
    stopped = given(counter(), lambda c: c.stop(minutes(5)))
    stopped.when(Clock.start_again, COUNTER, minutes(20)).then(
        Clock.ClockStartedAgain, due_at=minutes(30)
    )


@whatever(
    st.lists(
        st.tuples(st.sampled_from(["tick", "stop"]), st.floats(-5_000, 5_000)),
        max_size=30,
    )
)
def test_each_run_ends_in_exactly_one_of_stopped_or_breached_then_stopped(
    acts: list[tuple[str, float]],
) -> None:
    """In whatever order, and by however skewed clocks, it is ticked and stopped."""
    clock = counter()
    for act, at in acts:
        getattr(clock, act)(minutes(at))
    clock.stop(minutes(0))
    names = [type(each).__name__ for each in clock.collect_events()][1:]
    assert names.count("ClockStopped") == 1
    assert names.count("ClockBreached") <= 1
    assert names[-1] == "ClockStopped"
    passed = [at for act, at in acts[: _first_stop(acts)] if at >= 10]
    assert ("ClockBreached" in names) == bool(passed)


def _first_stop(acts: list[tuple[str, float]]) -> int:
    return next((n + 1 for n, (act, _) in enumerate(acts) if act == "stop"), len(acts))


@pytest.mark.parametrize(
    ("rule", "began", "due"),
    [
        ("response_medium", "2026-11-24 20:00", "2026-11-25 02:00"),  # around the clock
        ("response_low", "2026-11-24 09:00", "2026-11-27 16:00"),
        ("response_low", "2026-11-27 23:59", "2026-12-02 16:00"),  # a Friday
        ("response_low", "2026-12-23 09:00", "2026-12-30 16:00"),  # Christmas and its joint leave
        ("first_response", "2026-11-24 15:50", "2026-11-25 07:35"),  # five of fifteen are left
        ("first_response", "2026-11-28 12:00", "2026-11-30 07:45"),  # a Saturday
        ("tpks_police_report", "2026-11-27 22:00", "2026-11-30 22:00"),  # hours, not working days
    ],
)
def test_when_something_is_due(rule: str, began: str, due: str) -> None:
    assert GIVEN[rule].due_at(here(began)) == here(due)


def test_holidays_are_no_working_days() -> None:
    assert not is_working_day(here("2026-08-17 00:00").date())
    assert not is_working_day(here("2026-12-25 00:00").date())
    assert is_working_day(here("2026-11-24 00:00").date())


def test_a_limit_holds_from_the_day_it_is_set_for() -> None:
    shorter = Limit("counter", 5, "around_the_clock", None, "2027-01")
    limits = Limits(id=Limits.create_id())
    limits.hear((shorter,), minutes(60))
    limits.hear((shorter,), minutes(60))
    assert limits.at("counter", minutes(59)) == COUNTER
    assert limits.at("counter", minutes(60)) == shorter
    assert limits.at("identification", minutes(60)) == GIVEN["identification"]
    assert len(list(limits.collect_events())) == 2


def test_a_limit_for_what_we_do_not_measure_is_refused() -> None:
    coffee = Limit("coffee", 5, "around_the_clock", None, "2027-01")
    given(Limits(id=Limits.create_id())).when(Limits.hear, (coffee,), NINE).refused(NoSuchRule)
