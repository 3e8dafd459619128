"""Who asked how far a complaint is: what is told, refused, locked, and opened again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given as whatever
from hypothesis import strategies as st

from services.intake.domain import Enquiries
from services.intake.domain.enquiries import LOCKED_FOR_GOOD_AFTER
from tests.given import given

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def enquiries() -> Enquiries:
    return Enquiries(complaint_id=UUID(int=1))


def wrong(times: int) -> Enquiries:
    them = enquiries()
    for n in range(times):
        them.refuse(NOON + timedelta(hours=n), was_locked=False)
    return them


def test_every_question_is_an_event() -> None:
    given(enquiries()).when(Enquiries.ask, NOON).then(Enquiries.StatusAsked, asked_at=NOON)
    given(enquiries()).when(Enquiries.refuse, NOON, was_locked=False).then(
        Enquiries.StatusRefused, was_locked=False
    )


def test_ten_wrong_pins_in_all_lock_it_until_a_person_opens_it() -> None:
    assert not wrong(9).is_locked
    assert wrong(10).is_locked

    them = wrong(10)
    them.unlock("code_word", "ani", NOON)
    assert (them.is_locked, them.wrong) == (False, 0)


@whatever(st.lists(st.sampled_from(["wrong", "locked", "ask", "unlock"]), max_size=60))
def test_it_is_locked_exactly_when_ten_were_wrong_since_it_was_opened(acts: list[str]) -> None:
    them, since = enquiries(), 0
    for act in acts:
        match act:
            case "wrong":
                them.refuse(NOON, was_locked=False)
                since += 1
            case "locked":
                them.refuse(NOON, was_locked=True)
            case "ask":
                them.ask(NOON)
            case "unlock":
                them.unlock("code_word", "ani", NOON)
                since = 0
        assert them.is_locked == (since >= LOCKED_FOR_GOOD_AFTER)
