from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.counseling.domain import (
    AlreadyAssigned,
    Casework,
    Counselor,
    CounselorCard,
    Entry,
    choose,
)
from shared.privacy import Personal
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMPLAINT, SECOND = UUID(int=1), UUID(int=2)


def a_counselor(n: int, *skills: str, sex: str = "P", load: int = 0) -> CounselorCard:
    return CounselorCard(UUID(int=n), skills, sex, capacity=10, load=load)


BUSY = a_counselor(10, "legal", "psychological", load=5)
FREE = a_counselor(11, "legal", "psychological", load=2)
MAN = a_counselor(12, "legal", "psychological", sex="L")
FULL = a_counselor(13, "sign_language", load=10)
ROSTER = [BUSY, FREE, MAN, FULL]


@pytest.mark.parametrize(
    ("needs", "chosen", "reasons"),
    [
        (["legal", "female_counselor"], FREE, ("covers_needs", "least_load")),
        (["legal"], MAN, ("covers_needs", "least_load")),
        (["child_specialist"], None, ("needs_not_covered",)),
        (["sign_language"], None, ("all_at_capacity",)),
    ],
)
def test_who_fits_best_is_chosen_and_it_is_said_why(
    needs: Sequence[str], chosen: CounselorCard | None, reasons: tuple[str, ...]
) -> None:
    assert choose(ROSTER, needs) == (chosen, reasons)


def test_the_same_question_has_the_same_answer() -> None:
    twins = [a_counselor(2, "legal"), a_counselor(1, "legal")]

    assert choose(twins, ["legal"]) == choose(twins[::-1], ["legal"])


def a_casework(*needs: str) -> Casework:
    return Casework(
        case_id=UUID(int=9),
        complaint_id=COMPLAINT,
        needs=needs,
        urgency="medium",
        child=False,
        opened_at=MONDAY,
    )


def assigned(casework: Casework) -> None:
    casework.assign_by_rule(COMPLAINT, [FREE], MONDAY)


def test_a_case_is_assigned_by_rule() -> None:
    given(a_casework("legal")).when(Casework.assign_by_rule, COMPLAINT, ROSTER, MONDAY).then(
        Casework.CounselorAssigned, counselor_id=MAN.counselor_id, previous_counselor_id=None
    )


def test_what_no_rule_can_decide_a_supervisor_is_asked() -> None:
    given(a_casework("sign_language")).when(
        Casework.assign_by_rule, COMPLAINT, ROSTER, MONDAY
    ).then(Casework.AssignmentNeeded, reason="all_at_capacity")


def test_a_complaint_is_assigned_once() -> None:
    given(a_casework("legal"), assigned).when(
        Casework.assign_by_rule, COMPLAINT, ROSTER, MONDAY
    ).then_nothing()


def test_an_old_case_stays_with_who_handled_it() -> None:
    given(a_casework("legal"), assigned).when(Casework.assign_by_rule, SECOND, ROSTER, MONDAY).then(
        Casework.CounselorAssigned,
        counselor_id=FREE.counselor_id,
        complaint_id=SECOND,
        reasons=("handled_before",),
    )


def test_a_supervisor_gives_it_to_somebody_else() -> None:
    given(a_casework("legal"), assigned).when(
        Casework.assign, MAN.counselor_id, Personal("cuti"), MONDAY
    ).then(
        Casework.CounselorAssigned,
        counselor_id=MAN.counselor_id,
        previous_counselor_id=FREE.counselor_id,
    )


def test_it_is_not_given_to_who_has_it() -> None:
    given(a_casework("legal"), assigned).when(
        Casework.assign, FREE.counselor_id, Personal("…"), MONDAY
    ).refused(AlreadyAssigned)


def test_a_further_complaint_can_need_more_and_sooner() -> None:
    given(a_casework("legal")).when(Casework.raise_needs, ["shelter"], "high").then(
        Casework.NeedsRaised, needs=("legal", "shelter"), urgency="high"
    )
    given(a_casework("legal")).when(Casework.raise_needs, ["legal"], "low").then_nothing()


def test_a_counselor_has_room_until_her_capacity() -> None:
    counselor = Counselor(id=UUID(int=1), skills=(), sex="P", capacity=1, is_coordinator=False)
    rooms = [counselor.has_room]
    for act in (Counselor.take, Counselor.take, Counselor.release):
        act(counselor, COMPLAINT)
        rooms.append(counselor.has_room)

    assert rooms == [True, False, False, True]


def test_a_roster_entry_that_says_the_same_changes_nothing() -> None:
    skills = ("legal",)
    counselor = Counselor(id=UUID(int=1), skills=skills, sex="P", capacity=10, is_coordinator=False)

    given(counselor).when(Counselor.change, Entry(skills, "P", 10, False)).then_nothing()
    given(counselor).when(Counselor.change, Entry(skills, "P", 8, False)).then(
        Counselor.CounselorChanged, capacity=8
    )
