"""Working days and staffed hours of the office, with Indonesian holidays."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import holidays

from shared.clocks import HERE

_STAFFED = tomllib.loads(Path(__file__).with_name("limits.toml").read_text())["staffed"]
OPENS: time = _STAFFED["from"]
CLOSES: time = _STAFFED["to"]
CATEGORIES = ("public",) if _STAFFED["joint_leave_counts"] else ("public", "government")
SATURDAY = 5


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("ID", years=year, categories=CATEGORIES))


def is_working_day(day: date) -> bool:
    """Say whether the office works that day: Monday to Friday, but for holidays."""
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


def close_of(started_at: datetime, days: int) -> datetime:
    """Return when the office closes on the n-th working day after the day something began."""
    day = started_at.astimezone(HERE).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, CLOSES, HERE).astimezone(started_at.tzinfo)


def staffed_until(started_at: datetime, length: timedelta) -> datetime:
    """Return when the office will have been staffed for so long."""
    at = started_at.astimezone(HERE)
    while True:
        opens = max(at, datetime.combine(at.date(), OPENS, HERE))
        closes = datetime.combine(at.date(), CLOSES, HERE)
        if is_working_day(at.date()) and opens < closes:
            if opens + length <= closes:
                return (opens + length).astimezone(started_at.tzinfo)
            length -= closes - opens
        at = datetime.combine(at.date() + timedelta(days=1), time(0), HERE)
