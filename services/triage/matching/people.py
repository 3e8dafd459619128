"""People as we know them, and as an officer asks for them: in the clear, and in memory only."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.triage.matching.names import Name, name_of
from shared.privacy.numbers import Kind, normalised
from shared.problems import Malformed

VICTIM = "victim"
BANDS = {"0-5": (0, 5), "6-12": (6, 12), "13-17": (13, 17), "18-24": (18, 24), "25-44": (25, 44)}
BANDS |= {"45-59": (45, 59), "60+": (60, 110)}
AGE_SLIPS = 2  # years by which an estimate may be wrong
DAY, DAYS, MONTHS = timedelta(days=1), 3, 12


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """Somebody in a case form, in the clear: in memory only, and she shows nothing of herself."""

    person_id: UUID
    case_id: UUID
    role: str
    key_ids: frozenset[UUID]
    names: tuple[str, ...] = ()
    born_on: date | None = None
    age_band: str | None = None
    as_of: date | None = None  # the day of the age band
    nik: str | None = None
    phone: str | None = None
    kelurahan_code: str | None = None

    def __repr__(self) -> str:
        return f"Known({self.person_id})"


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What an officer searches by, ready to be compared."""

    name: Name | None = None
    born_on: date | None = None
    born_years: tuple[int, int] | None = None  # where only an age is told
    nik: str | None = None
    phone: str | None = None
    kelurahan_code: str | None = None

    def __repr__(self) -> str:
        return "Asked()"


def number(kind: Kind, text: str | None) -> str | None:
    """Return a NIK or telephone number in its one spelling, None where it cannot be one."""
    with suppress(Malformed):
        return normalised(kind, text) if text else None
    return None


def asked_for(
    *,
    full_name: str | None = None,
    born_on: date | None = None,
    age_estimate: int | None = None,
    nik: str | None = None,
    phone: str | None = None,
    kelurahan_code: str | None = None,
    today: date,
) -> Asked:
    """Return what is searched by, ready to be compared."""
    years = (born_on.year, born_on.year) if born_on else None
    if years is None and age_estimate is not None:
        born = today.year - age_estimate
        years = (born - 1 - AGE_SLIPS, born + AGE_SLIPS)
    name = name_of(full_name) if full_name else None
    return Asked(name, born_on, years, number("nik", nik), number("phone", phone), kelurahan_code)


def years_of(person: Known) -> tuple[int, int] | None:
    """Return the first and the last year in which she may have been born."""
    if person.born_on:
        return person.born_on.year, person.born_on.year
    if person.age_band in BANDS and person.as_of:
        youngest, oldest = BANDS[person.age_band]
        return person.as_of.year - oldest - 1, person.as_of.year - youngest
    return None


def is_slip(one: date, other: date) -> bool:
    """Say whether two dates of birth differ by one slip of the pen."""
    if (one.day, one.month) == (other.day, other.month):
        return abs(one.year - other.year) in (1, 10)
    if one.year == other.year and one.day == other.day:
        return True
    return _turned(one) == other or abs((one - other).days) <= DAYS


def _turned(day: date) -> date | None:
    """Return the same date with day and month in each other's place, if there is one."""
    return date(day.year, day.day, day.month) if day.day <= MONTHS else None


def as_it_may_be_written(day: date) -> set[str]:
    """Return a date of birth, and those that one slip makes of it most often."""
    near = {str(day), str(_turned(day)), str(day + DAY), str(day - DAY)}
    return near | {f"{day.year + years}-{day.month:02}-{day.day:02}" for years in (-1, 1)}


def is_only_a_year(day: date) -> bool:
    """Say whether a date stands for its year: what is written where nobody knows the day."""
    return (day.month, day.day) in ((1, 1), (12, 31), (7, 1))
