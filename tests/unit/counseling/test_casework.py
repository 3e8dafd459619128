"""Taking a case on or declining it, deciding it anew, taking a complaint back, and the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.counseling.domain import (
    AlreadyAccepted,
    Casework,
    CounselorCard,
    NotFollowedUp,
    StillFollowedUp,
    SupervisorDecides,
)
from shared.privacy import Personal
from shared.problems import Missing
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CASE, COMPLAINT, SECOND = UUID(int=9), UUID(int=1), UUID(int=2)
LARAS = CounselorCard(UUID(int=11), ("legal", "psychological"), "P", 10, 1)
INTAN = CounselorCard(UUID(int=12), ("legal",), "P", 10, 2)
MEGA = CounselorCard(UUID(int=13), ("legal", "sign_language"), "P", 10, 9)
ROSTER = [LARAS, INTAN, MEGA]
HERS, OTHERS = str(LARAS.counselor_id), str(INTAN.counselor_id)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def a_casework(urgency: str = "medium", child: bool | None = False) -> Casework:
    return Casework(
        case_id=CASE,
        complaint_id=COMPLAINT,
        needs=("legal",),
        urgency=urgency,
        child=child,
        opened_at=MONDAY,
    )


def follow(
    casework: Casework, /, complaint: UUID = COMPLAINT, hours: float = 0, **more: Any
) -> None:
    told: dict[str, Any] = {"needs": ("legal",), "urgency": "medium", "child": False} | more
    casework.follow_up(
        complaint,
        told["needs"],
        told["urgency"],
        told["child"],
        told.get("counselors", ROSTER),
        at(hours),
        at(hours),
    )


def followed_again(casework: Casework) -> None:
    follow(casework, SECOND, 2)


def accepted(casework: Casework) -> None:
    casework.accept(HERS, MONDAY)


def declined(casework: Casework, reason: str = "no_capacity") -> None:
    casework.decline(HERS, reason, None, ROSTER, MONDAY)


def decide(casework: Casework, /, hours: float, moot: str | None = None, **more: Any) -> None:
    told: dict[str, Any] = {"needs": ("legal",), "urgency": "medium", "child": False} | more
    casework.decide_anew(told["needs"], told["urgency"], told["child"], moot, at(hours))


def mooted(casework: Casework) -> None:
    decide(casework, 1, moot="wrong_locus")


def ended(casework: Casework, *, by_supervisor: bool = True, is_withdrawn: bool = False) -> None:
    casework.end(
        "not_followed_up",
        None,
        HERS,
        at(3),
        by_supervisor=by_supervisor,
        is_withdrawn=is_withdrawn,
    )


def test_her_counselor_takes_it_on_once_and_nobody_waits_any_more() -> None:
    given(a_casework(), follow).when(Casework.accept, HERS, at(1)).then(
        Casework.AssignmentAccepted, complaint_id=COMPLAINT, counselor_id=LARAS.counselor_id
    )
    given(a_casework(), follow, accepted).when(Casework.accept, HERS, at(1)).then_nothing()
    casework = a_casework()
    waits = [casework.is_waiting]
    for act in (follow, accepted, followed_again):
        act(casework)
        waits.append(casework.is_waiting)
    assert waits == [True, True, False, True]  # a further complaint is to be taken on too


def test_nobody_else_takes_it_on_or_declines_it() -> None:
    given(a_casework(), follow).when(Casework.accept, OTHERS, MONDAY).refused(Missing)
    given(a_casework(), follow).when(
        Casework.decline, OTHERS, "other", None, ROSTER, MONDAY
    ).refused(Missing)


def test_what_she_took_on_she_does_not_decline() -> None:
    given(a_casework(), follow, accepted).when(
        Casework.decline, HERS, "other", None, ROSTER, MONDAY
    ).refused(AlreadyAccepted)


def test_who_declines_is_not_asked_again_for_that_complaint() -> None:
    casework = a_casework()
    asked = []
    follow(casework)
    while casework.counselor_id is not None:
        asked.append(casework.counselor_id)
        casework.decline(str(casework.counselor_id), "no_capacity", None, ROSTER, MONDAY)

    assert asked == [each.counselor_id for each in ROSTER]
    assert casework.undecided == "all_declined"
    assert casework.is_waiting


def test_who_was_asked_before_stays_in_the_history() -> None:
    casework = a_casework()
    follow(casework)
    casework.collect_events()

    declined(casework)

    no, next_one = casework.collect_events()
    assert isinstance(no, Casework.AssignmentDeclined)
    assert isinstance(next_one, Casework.CounselorAssigned)
    assert (next_one.previous_counselor_id, next_one.counselor_id) == (
        LARAS.counselor_id,
        INTAN.counselor_id,
    )


def test_who_took_it_on_before_is_asked_first_when_it_is_to_be_given_again() -> None:
    casework = a_casework()
    follow(casework)
    declined(casework)
    casework.accept(OTHERS, MONDAY)
    mooted(casework)
    ended(casework)

    follow(casework, SECOND, 5)

    assert casework.counselor_id == INTAN.counselor_id  # though Laras has less to do


def test_who_is_not_there_is_not_asked() -> None:
    away = CounselorCard(UUID(int=11), ("legal",), "P", 10, 0, is_there=False)
    casework = a_casework()
    follow(casework, counselors=[away])
    assert casework.undecided == "nobody_there"


def test_decided_anew_it_may_need_less_or_later() -> None:
    given(a_casework("high"), follow).when(decide, 1, needs=(), urgency="low").then(
        Casework.NeedsDecided, needs=(), urgency="low"
    )


def test_twice_or_older_than_what_is_known_changes_nothing() -> None:
    newer = given(a_casework(), follow, lambda c: decide(c, 2, urgency="low"))
    newer.when(decide, 2, urgency="high").then_nothing()
    newer.when(decide, 1, urgency="high").then_nothing()
    newer.when(decide, 1, moot="wrong_locus").then_nothing()


def test_what_a_further_complaint_needs_survives_a_decision_that_is_older() -> None:
    both = given(a_casework(), follow, lambda c: follow(c, SECOND, 3, urgency="high"))
    both.when(decide, 2, urgency="low").then_nothing()
    both.when(decide, 2, moot="wrong_locus").then_nothing()
    both.when(decide, 2, needs=("shelter",)).then(
        Casework.NeedsRaised, needs=("legal", "shelter"), urgency="high"
    )


def test_a_classification_older_than_the_decision_adds_nothing_to_it() -> None:
    casework = a_casework()
    follow(casework)
    decide(casework, 2, urgency="low")

    follow(casework, SECOND, 1, urgency="high")

    assert casework.needed.urgency == "low"
    assert SECOND in casework.complaints.followed  # but somebody answers for it


def test_a_classification_older_than_the_end_does_not_begin_it_again() -> None:
    moot = given(a_casework(), follow, lambda c: decide(c, 2, moot="wrong_locus"))
    moot.when(follow, SECOND, 1).then_nothing()


def test_who_gets_it_from_a_supervisor_takes_it_on_too() -> None:
    casework = a_casework()
    for act in (follow, accepted):
        act(casework)

    casework.assign(INTAN.counselor_id, Personal("…"), at(1))

    assert casework.complaints.pending == (COMPLAINT,)


def test_before_it_is_taken_on_it_goes_to_who_covers_what_it_needs_now() -> None:
    casework = a_casework()
    follow(casework)
    decide(casework, 1, needs=("sign_language",))

    given(casework).when(Casework.reconsider, ROSTER, at(1)).then(
        Casework.CounselorAssigned,
        counselor_id=MEGA.counselor_id,
        previous_counselor_id=LARAS.counselor_id,
    )


def test_once_it_is_taken_on_it_stays_with_her() -> None:
    changed = given(a_casework(), follow, accepted, lambda c: decide(c, 1, needs=("shelter",)))
    changed.when(Casework.reconsider, ROSTER, at(1)).then_nothing()


def test_moot_casework_stays_hers_until_somebody_ends_it() -> None:
    casework = a_casework()
    for act in (follow, accepted, mooted):
        act(casework)
    kept = casework.counselor_id

    ended(casework)

    assert (kept, casework.counselor_id) == (LARAS.counselor_id, None)
    given(casework).when(ended).then_nothing()


def test_while_it_is_moot_nobody_takes_it_on_declines_it_or_is_given_it() -> None:
    moot = given(a_casework(), follow, mooted)
    moot.when(Casework.accept, HERS, at(2)).refused(NotFollowedUp)
    moot = given(a_casework(), follow, mooted)
    moot.when(Casework.decline, HERS, "other", None, ROSTER, at(2)).refused(NotFollowedUp)
    moot = given(a_casework(), follow, mooted)
    moot.when(Casework.assign, INTAN.counselor_id, Personal("…"), at(2)).refused(NotFollowedUp)


def test_followed_up_again_it_needs_no_new_casework() -> None:
    casework = a_casework()
    for act in (follow, accepted, mooted, lambda c: decide(c, 2)):
        act(casework)
    assert not casework.is_over
    assert casework.counselor_id == LARAS.counselor_id
    ended_before = a_casework()
    for act in (follow, accepted, mooted, ended, lambda c: decide(c, 4)):
        act(ended_before)
    given(ended_before).when(Casework.reconsider, ROSTER, at(4)).then(
        Casework.CounselorAssigned, counselor_id=LARAS.counselor_id, reasons=("handled_before",)
    )


ITS_END = (Casework.AssignmentEnded, Casework.CaseworkEnded)  # who had it is told first


def test_what_is_followed_up_is_not_ended() -> None:
    given(a_casework(), follow).when(ended).refused(StillFollowedUp)
    withdrawn = given(a_casework(), follow)
    withdrawn.when(ended, is_withdrawn=True).then_all(*ITS_END)


@pytest.mark.parametrize(
    ("urgency", "child"), [("high", False), ("low", True), ("low", None), ("high", True)]
)
def test_of_a_child_or_in_danger_only_a_supervisor_ends_it(
    urgency: str, child: bool | None
) -> None:
    past = (lambda c: c.assign_by_rule(COMPLAINT, ROSTER, MONDAY), mooted)
    given(a_casework(urgency, child), *past).when(ended, by_supervisor=False).refused(
        SupervisorDecides
    )
    given(a_casework(urgency, child), *past).when(ended, by_supervisor=True).then_all(*ITS_END)


def test_for_a_grown_up_out_of_danger_her_counselor_ends_it() -> None:
    given(a_casework(), follow, mooted).when(ended, by_supervisor=False).then_all(*ITS_END)


def test_that_a_child_is_hurt_is_never_forgotten() -> None:
    casework = a_casework(child=None)
    for child in (False, True, False, None):
        casework.raise_needs((), "low", child)
    assert casework.needed.child is True


def test_a_complaint_that_is_about_something_else_is_taken_back() -> None:
    casework = a_casework()
    follow(casework)
    casework.report(SECOND, "follow_up", at(1))
    followed_again(casework)

    given(casework).when(Casework.take_back, SECOND, at(3)).then(
        Casework.ComplaintTakenBack, complaint_id=SECOND
    )
    assert (casework.complaints.followed, casework.complaints.reported) == ((COMPLAINT,), ())
    given(casework).when(Casework.take_back, SECOND, at(3)).then_nothing()


def test_where_nothing_else_holds_it_it_is_moot() -> None:
    casework = a_casework()
    follow(casework)
    casework.collect_events()

    casework.take_back(COMPLAINT, at(1))

    back, moot = casework.collect_events()
    assert isinstance(back, Casework.ComplaintTakenBack)
    assert isinstance(moot, Casework.CaseworkMoot)
    assert moot.reason == "unlinked"


def test_what_was_told_before_it_was_taken_back_does_not_bring_it_again() -> None:
    back = given(a_casework(), follow, lambda c: c.take_back(SECOND, at(3)))
    back.when(Casework.report, SECOND, "follow_up", at(1)).then_nothing()
    back.when(follow, SECOND, 1).then_nothing()
    back.when(Casework.report, SECOND, "follow_up", at(4)).then(Casework.ComplaintReported)


def test_who_leaves_a_moot_case_makes_it_live_no_more() -> None:
    casework = a_casework()
    for act in (follow, lambda c: c.take_back(COMPLAINT, at(1))):
        act(casework)

    casework.withdraw(LARAS.counselor_id, "counselor_left", at(2))

    assert casework.is_over
    assert casework.complaints.followed == ()
