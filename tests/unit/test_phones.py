"""Telephone numbers: one spelling for each, and what nobody can have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.numbers import normalised
from shared.privacy.phones import SHORT_CODES, check_phone, e164
from shared.problems import Malformed

HER = "0812-0000-0101"
EVERYWHERE = "+62" + "81200000101"


@pytest.mark.parametrize(
    "text",
    [
        *(HER, HER[1:], HER.replace("-", "."), f"WA {HER} (ibu)", EVERYWHERE, EVERYWHERE[1:]),
        *("62 0" + HER[1:], "+62 (0)" + HER[1:], "00" + EVERYWHERE[1:]),
    ],
)
def test_a_number_has_one_spelling_and_it_is_the_one_it_is_found_by(text: str) -> None:
    assert e164(text) == EVERYWHERE == normalised("phone", text)
    assert check_phone(text) == ()


def test_numbers_of_other_lines_and_lands() -> None:
    assert e164("(0341) 000000") == "+62" + "341000000"
    assert e164("62341-000000") == "+62" + "341000000"  # not a line of the area 0623
    assert e164("+1 212-555-0100") == "+12125550100"
    assert check_phone("(0341) 000000") == check_phone("+1 212-555-0100") == ()


def test_a_mobile_number_may_have_thirteen_digits() -> None:
    assert check_phone(HER + "0") == ()
    assert check_phone(HER + "01") == ("PHONE_INVALID",)


@pytest.mark.parametrize("text", ["", "0812", "08123", "tidak punya", HER + HER, "+99" + HER])
def test_what_nobody_can_have(text: str) -> None:
    """08123 could be dialled from next door: possible is not enough."""
    assert e164(text) is None
    assert check_phone(text) == ("PHONE_INVALID",)
    with pytest.raises(Malformed):
        normalised("phone", text)


def test_a_number_that_nobody_has_today_keeps_its_spelling() -> None:
    assert e164("+60 3-0000 0000") == "+60300000000"
    assert check_phone("+60 3-0000 0000") == ("PHONE_INVALID",)


@pytest.mark.parametrize("code", sorted(SHORT_CODES))
def test_an_emergency_number_is_nobodys_own(code: str) -> None:
    assert check_phone(code) == ("PHONE_SHORT_CODE",)
    assert e164(code) is None


@given(st.text(max_size=60))
def test_whatever_is_told_is_read_without_an_error(text: str) -> None:
    number = e164(text)
    assert number is None or number.startswith("+")
    assert number is None or e164(number) == number
    check_phone(text)
