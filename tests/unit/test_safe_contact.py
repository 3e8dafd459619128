"""Whether somebody may be contacted now, and in this way: unless she said so, she may not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.contracts.codes import CODES
from shared.contracts.intake import SafeContactSet
from shared.contracts.safe_contact import FLAGS, MEDIUM, MEETS, NO_CONTACT, OUTSIDE_HOURS, refusal
from shared.eventstore import new_id

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # noon in Malang
DAY = (("09:00", "15:00"),)


def rules(*allowed: str, hours: tuple[tuple[str, str], ...] = ()) -> SafeContactSet:
    """As another service keeps it: the fact itself."""
    flags = {flag: medium in allowed for medium, flag in FLAGS.items()}
    return SafeContactSet(occurred_at=NOON, complaint_id=new_id(), hours=hours, **flags)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-24T{clock}:00+07:00")


def test_every_way_to_contact_somebody_has_its_flag() -> None:
    assert FLAGS.keys() | MEETS == CODES["contact_medium"].keys()


@pytest.mark.parametrize("medium", FLAGS)
def test_who_was_not_asked_is_not_contacted(medium: str) -> None:
    assert refusal(None, medium, NOON) == NO_CONTACT
    assert refusal(rules(), medium, NOON) == NO_CONTACT


@pytest.mark.parametrize("medium", FLAGS)
def test_each_way_is_allowed_by_its_own_flag_only(medium: str) -> None:
    assert refusal(rules(medium), medium, NOON) is None
    others = set(FLAGS) - {medium}
    assert refusal(rules(*others), medium, NOON) == MEDIUM


def test_a_way_that_nobody_knows_is_refused() -> None:
    assert refusal(rules(*FLAGS), "fax", NOON) == MEDIUM


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ("08:59", OUTSIDE_HOURS),
        ("09:00", None),
        ("14:59", None),
        ("15:00", OUTSIDE_HOURS),
        ("23:00", OUTSIDE_HOURS),
    ],
)
def test_hours_are_those_of_malang_and_end_when_they_end(clock: str, said: str | None) -> None:
    assert refusal(rules("call", hours=DAY), "call", at(clock)) == said


@pytest.mark.parametrize(
    ("clock", "said"),
    [("21:59", OUTSIDE_HOURS), ("23:30", None), ("04:59", None), ("05:00", OUTSIDE_HOURS)],
)
def test_hours_may_pass_midnight(clock: str, said: str | None) -> None:
    assert refusal(rules("call", hours=(("22:00", "05:00"),)), "call", at(clock)) == said


def test_of_several_hours_one_is_enough() -> None:
    hours = (("06:00", "07:00"), ("12:00", "13:00"))
    assert refusal(rules("text", hours=hours), "text", NOON) is None


def test_a_letter_knows_no_hour() -> None:
    assert refusal(rules("letter", hours=(("06:00", "07:00"),)), "letter", NOON) is None
