"""Forgetting somebody takes two people, a day to think again, and no legal hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.triage.domain import (
    AlreadyAnswered,
    AlreadyForgotten,
    CoolingOff,
    NotRequested,
    Person,
    PrivacyRequest,
    Reach,
    SamePerson,
    TooManyErasures,
    UnderLegalHold,
)
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
SHE, CASE = UUID(int=1), UUID(int=2)
REACH = Reach(CASE, (UUID(int=3),), (SHE,), "victim", story=True)


def a_person() -> Person:
    return Person(id=SHE, case_id=CASE, role="victim")


def requested(person: Person) -> None:
    person.request_erasure(REACH, ground="SUBJECT_REQUEST", by="prita", now=MONDAY)


def approved(person: Person) -> None:
    person.approve_erasure(by="kartika", now=MONDAY)


def held(person: Person) -> None:
    person.place_hold(REACH, ground="COURT_CASE", by="prita", now=MONDAY)


def erased(person: Person) -> None:
    person.erase(REACH, TUESDAY)


def test_after_two_people_and_a_day_she_is_forgotten() -> None:
    given(a_person(), requested, approved).when(Person.erase, REACH, TUESDAY).then(
        Person.PersonErased, requested_by="prita", approved_by="kartika", reach=REACH
    )


def test_who_asked_cannot_agree() -> None:
    given(a_person(), requested).when(Person.approve_erasure, by="prita", now=MONDAY).refused(
        SamePerson
    )


def test_nobody_agrees_to_what_nobody_asked() -> None:
    given(a_person()).when(Person.approve_erasure, by="kartika", now=MONDAY).refused(NotRequested)


def test_a_minute_before_the_day_is_over_is_too_early() -> None:
    given(a_person(), requested, approved).when(
        Person.erase, REACH, TUESDAY - timedelta(minutes=1)
    ).refused(CoolingOff)


def test_what_one_person_asked_for_is_not_done() -> None:
    given(a_person(), requested).when(Person.erase, REACH, TUESDAY).refused(CoolingOff)


def test_a_legal_hold_stops_the_agreement_and_the_erasure() -> None:
    given(a_person(), requested, held).when(
        Person.approve_erasure, by="kartika", now=MONDAY
    ).refused(UnderLegalHold)
    given(a_person(), requested, approved, held).when(Person.erase, REACH, TUESDAY).refused(
        UnderLegalHold
    )


def test_when_the_hold_is_lifted_two_people_agree_anew_and_wait_anew() -> None:
    lifted = (requested, approved, held, lambda p: p.lift_hold("prita", MONDAY))
    given(a_person(), *lifted).when(Person.erase, REACH, TUESDAY).refused(CoolingOff)
    given(a_person(), *lifted, approved).when(Person.erase, REACH, TUESDAY).then(
        Person.PersonErased
    )


def test_a_hold_says_to_the_others_how_far_it_reaches() -> None:
    given(a_person()).when(
        Person.place_hold, REACH, ground="COURT_CASE", by="prita", now=MONDAY
    ).then(Person.LegalHoldPlaced, reach=REACH)


def test_who_did_not_forget_her_is_noted_once_until_somebody_asks_anew() -> None:
    refused = (requested, approved, erased, lambda p: p.note_refused("intake"))
    given(a_person(), *refused).when(Person.note_refused, "intake").then_nothing()
    given(a_person(), *refused, requested).when(Person.note_refused, "intake").then(
        Person.RefusedElsewhere, service="intake"
    )


def test_what_is_told_of_her_afterwards_can_be_forgotten_too() -> None:
    given(a_person(), requested, approved, erased).when(
        Person.request_erasure, REACH, ground="SUBJECT_REQUEST", by="prita", now=TUESDAY
    ).then(Person.ErasureRequested)


def test_thinking_again_begins_anew() -> None:
    given(a_person(), requested, approved, lambda p: p.withdraw_erasure("prita", MONDAY)).when(
        Person.erase, REACH, TUESDAY
    ).refused(CoolingOff)


def test_what_is_done_cannot_be_undone() -> None:
    given(a_person(), requested, approved, erased).when(
        Person.withdraw_erasure, by="prita", now=TUESDAY
    ).refused(AlreadyForgotten)


def test_five_people_in_a_day_are_enough() -> None:
    given(a_person(), requested).when(
        Person.approve_erasure, by="kartika", now=MONDAY, agreed=4
    ).then(Person.ErasureApproved)
    given(a_person(), requested).when(
        Person.approve_erasure, by="kartika", now=MONDAY, agreed=5
    ).refused(TooManyErasures)


def test_doing_it_twice_changes_nothing() -> None:
    given(a_person(), requested).when(
        Person.request_erasure, REACH, ground="SUBJECT_REQUEST", by="x", now=TUESDAY
    ).then_nothing()
    given(a_person(), requested, approved, erased).when(Person.erase, REACH, TUESDAY).then_nothing()


def a_request() -> PrivacyRequest:
    return PrivacyRequest(
        id=UUID(int=9),
        kind="ACCESS",
        case_id=CASE,
        person_id=SHE,
        filed_by="prita",
        filed_at=MONDAY,
        due_at=MONDAY + timedelta(hours=72),
    )


def test_an_answer_says_whether_it_came_in_time() -> None:
    for hours, in_time in ((71, True), (73, False)):
        given(a_request()).when(
            PrivacyRequest.answer, "DONE", by="prita", now=MONDAY + timedelta(hours=hours)
        ).then(PrivacyRequest.PrivacyRequestAnswered, in_time=in_time)


def test_a_request_has_one_answer() -> None:
    given(a_request(), lambda r: r.answer("DONE", "prita", MONDAY)).when(
        PrivacyRequest.answer, "DONE", by="prita", now=MONDAY
    ).refused(AlreadyAnswered)
