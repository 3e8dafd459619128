"""What sixteen digits say. All are of the district 35.73.99, which does not exist, or in pieces."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.regions import is_known
from shared.privacy.nik import Checked, check_kk, check_nik, digits_of

TODAY = date(2026, 11, 24)
HERS = "3573994505120001"  # 5 May 1912 or 2012
GROWN = "3573994403920001"  # 4 March 1992
NOWHERE = ("REGION_UNKNOWN",)


def check(text: str, **told: Any) -> Checked:
    return check_nik(text, on=TODAY, is_known=is_known, **told)


def a_nik(middle: str, serial: str = "0001", place: str = "357399") -> str:
    return place + middle + serial


def test_a_nik_says_where_when_and_which_sex() -> None:
    said = check(GROWN)
    assert (said.region_code, said.sex, said.births) == ("35.73.99", "P", (date(1992, 3, 4),))
    assert said.errors == ()
    assert said.warnings == NOWHERE


def test_a_mans_day_is_his_day() -> None:
    said = check(a_nik("040392"))
    assert (said.sex, said.births) == ("L", (date(1992, 3, 4),))


def test_a_child_is_not_a_hundred_and_fourteen() -> None:
    """Both centuries are kept, and nobody is told to be a child or not by the NIK alone."""
    assert check(HERS).births == (date(1912, 5, 5), date(2012, 5, 5))
    assert "CENTURY_AMBIGUOUS" in check(HERS).warnings
    assert check(HERS, born_on=date(2012, 5, 5)).warnings == NOWHERE
    assert check(HERS, born_on=date(1912, 5, 5)).warnings == NOWHERE


@pytest.mark.parametrize(
    "text", ["3573.9944.0392.0001", "3573-9944-0392-0001", " 3573 9944 0392 0001\n", GROWN]
)
def test_it_is_read_however_it_is_spaced(text: str) -> None:
    assert check(text).digits == digits_of(text) == GROWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3573",
        GROWN[:-1],
        GROWN + "1",
        GROWN[:-1] + "x",
        "٣" * 16,
        "³" * 16,
        GROWN[:8] + "/" + GROWN[8:],
    ],
)
def test_what_has_not_sixteen_digits_says_nothing_else(text: str) -> None:
    assert check(text, sex="L", born_on=TODAY) == Checked(errors=("FORMAT",))


@pytest.mark.parametrize(
    ("nik", "errors"),
    [
        (a_nik("000392"), ("BIRTH_DATE",)),
        (a_nik("320392"), ("BIRTH_DATE",)),
        (a_nik("400392"), ("BIRTH_DATE",)),
        (a_nik("720392"), ("BIRTH_DATE",)),
        (a_nik("850392"), ("BIRTH_DATE",)),
        (a_nik("041392"), ("BIRTH_DATE",)),
        (a_nik("300292"), ("BIRTH_DATE",)),
        (a_nik("700292"), ("BIRTH_DATE",)),
        (a_nik("290293"), ("BIRTH_DATE",)),
        (a_nik("040392", "0000"), ("SERIAL",)),
        (a_nik("040392", place="350099"), ("REGION",)),
        (a_nik("040392", place="357300"), ("REGION",)),
        (a_nik("850392", "0000", "350000"), ("REGION", "BIRTH_DATE", "SERIAL")),
    ],
)
def test_what_cannot_be_is_an_error(nik: str, errors: tuple[str, ...]) -> None:
    assert check(nik).errors == errors


def test_a_leap_day_is_a_day_in_the_century_that_had_it() -> None:
    assert check(a_nik("290200")).births == (date(2000, 2, 29),)  # 1900 had none


def test_nobody_is_born_tomorrow_or_older_than_a_hundred_and_twenty() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert check(a_nik(tomorrow.strftime("%d%m%y"))).births == (date(1926, 11, 25),)
    assert date(2026, 11, 24) in check(a_nik(TODAY.strftime("%d%m%y"))).births
    assert check(a_nik("010105")).births == (date(2005, 1, 1),)  # 1905 is 121 years ago
    assert check(a_nik("010106")).births == (date(1906, 1, 1), date(2006, 1, 1))


def test_what_was_told_is_compared_and_a_difference_is_a_warning() -> None:
    """Wrong data in a NIK are common and are never corrected."""
    assert check(GROWN, sex="P", born_on=date(1992, 3, 4)).warnings == NOWHERE
    assert check(GROWN, sex="L").warnings == (*NOWHERE, "SEX_MISMATCH")
    assert check(GROWN, born_on=date(1992, 3, 5)).warnings == (*NOWHERE, "BIRTH_MISMATCH")
    assert check(GROWN, sex="L", born_on=date(1992, 3, 5)).errors == ()
    assert check(a_nik("300292"), born_on=TODAY).doubts == ("BIRTH_DATE", *NOWHERE)


def test_a_district_that_the_list_has_not_is_a_warning() -> None:
    assert check(a_nik("440392", place="357305")).warnings == ()
    assert check(a_nik("440392", place="351477")).warnings == ()  # beyond our table
    assert check(a_nik("440392", place="359977")).warnings == NOWHERE


def test_a_family_card_has_a_day_of_issue_and_no_sex() -> None:
    said = check_kk(a_nik("040392"), is_known=is_known)
    assert (said.region_code, said.sex, said.births) == ("35.73.99", None, ())
    assert said.doubts == NOWHERE


@pytest.mark.parametrize(
    ("kk", "doubts"),
    [
        (GROWN, (*NOWHERE, "LOOKS_LIKE_NIK")),
        (a_nik("710392"), (*NOWHERE, "LOOKS_LIKE_NIK")),
        (a_nik("720392"), ("ISSUE_DATE", *NOWHERE)),
        (a_nik("300292"), ("ISSUE_DATE", *NOWHERE)),
        (a_nik("040392", "0000"), ("SERIAL", *NOWHERE)),
        (a_nik("040392", place="357300"), ("REGION",)),
        ("3573", ("FORMAT",)),
    ],
)
def test_what_is_odd_in_the_number_of_a_family_card(kk: str, doubts: tuple[str, ...]) -> None:
    assert check_kk(kk, is_known=is_known).doubts == doubts


def test_what_was_checked_does_not_print_itself() -> None:
    assert GROWN not in repr(check(GROWN))


DAYS = st.dates(min_value=date(1907, 1, 1), max_value=TODAY)


@given(DAYS, st.sampled_from("LP"), st.integers(1, 9999))
def test_whoever_is_born_on_a_day_is_found_in_her_nik(born: date, sex: str, serial: int) -> None:
    day = born.day + (40 if sex == "P" else 0)
    said = check(a_nik(f"{day:02d}{born:%m%y}", f"{serial:04d}"), born_on=born, sex=sex)
    assert born in said.births
    assert said.doubts == NOWHERE


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_whatever_is_told_is_checked_without_an_error(text: str) -> None:
    said = check(text)
    assert all(born <= TODAY for born in said.births)
    assert (said.digits is None) == (said.errors == ("FORMAT",))
    check_kk(text, is_known=is_known)
