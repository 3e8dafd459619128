"""What the sixteen digits of a NIK or of a family card say by themselves, and what is odd in them.

A NIK is PPKKCC DDMMYY SSSS: district of first registration, date of birth (women's days count from
41), a serial number; it has no check digit and never changes, not even with a corrected birthday.
A family card (KK) has the district and the date of its issue. Neither proves that anybody is
registered. The names of errors and warnings are codes of the list ``warning``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

WOMEN = 40  # added to the day of birth
OLDEST = 120  # years
CENTURIES = (1900, 2000)  # a year has two digits: 12 is 1912 or 2012


@dataclass(frozen=True, repr=False)
class Checked:
    """What a number says. Errors: it cannot be right. Warnings: it may be, but look again."""

    digits: str | None = None
    region_code: str | None = None
    sex: str | None = None
    births: tuple[date, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return errors and warnings."""
        return self.errors + self.warnings


def digits_of(text: str) -> str | None:
    """Return the sixteen digits of a number, however it is spaced; None if it has not sixteen.

    >>> digits_of("3573.9944.0492-0001")
    '3573994404920001'
    """
    digits = re.sub(r"[\s.\-]", "", text)
    return digits if re.fullmatch(r"[0-9]{16}", digits) else None


def check_nik(
    text: str,
    *,
    on: date,
    is_known: Callable[[str], bool],
    born_on: date | None = None,
    sex: str | None = None,
) -> Checked:
    """Return what a NIK says, on a day, beside the birthday and sex that were told with it.

    Both centuries are kept: whether somebody is a child is never read from a NIK alone.

    >>> check_nik("3573994505120001", on=date(2026, 11, 24), is_known=lambda _: True).births
    (datetime.date(1912, 5, 5), datetime.date(2012, 5, 5))
    """
    digits = digits_of(text)
    if digits is None:
        return Checked(errors=("FORMAT",))
    day = int(digits[6:8])
    says = "L" if 1 <= day <= 31 else "P" if 41 <= day <= 71 else None
    births = tuple(
        born
        for born in _days(day - WOMEN if says == "P" else day, digits)
        if born <= on and on.year - born.year <= OLDEST
    )
    region_code, errors, warnings = _place(digits, is_known)
    if not births:
        errors.append("BIRTH_DATE")
    if digits[12:] == "0000":
        errors.append("SERIAL")
    if births and born_on and born_on not in births:
        warnings.append("BIRTH_MISMATCH")
    if says and sex and sex != says:
        warnings.append("SEX_MISMATCH")
    if len(births) > 1 and not born_on:
        warnings.append("CENTURY_AMBIGUOUS")
    return Checked(digits, region_code, says, births, tuple(errors), tuple(warnings))


def check_kk(text: str, *, is_known: Callable[[str], bool]) -> Checked:
    """Return what the number of a family card says. One that counts women's days is a NIK."""
    digits = digits_of(text)
    if digits is None:
        return Checked(errors=("FORMAT",))
    day = int(digits[6:8])
    region_code, errors, warnings = _place(digits, is_known)
    if any(_days(day - WOMEN, digits)):
        warnings.append("LOOKS_LIKE_NIK")
    elif not any(_days(day, digits)):
        errors.append("ISSUE_DATE")
    if digits[12:] == "0000":
        errors.append("SERIAL")
    return Checked(digits, region_code, errors=tuple(errors), warnings=tuple(warnings))


def _place(digits: str, is_known: Callable[[str], bool]) -> tuple[str, list[str], list[str]]:
    """Return the district, and what is wrong with it. A code of before a split stays valid."""
    code = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}"
    if "00" in (digits[2:4], digits[4:6]):
        return code, ["REGION"], []
    return code, [], [] if is_known(code) else ["REGION_UNKNOWN"]


def _days(day: int, digits: str) -> Iterator[date]:
    """Yield the days that the six digits in the middle may mean."""
    for century in CENTURIES:
        try:
            yield date(century + int(digits[10:12]), int(digits[8:10]), day)
        except ValueError:
            continue
