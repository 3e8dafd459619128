"""Whom to contact about an old case, its record, and reaching somebody without any risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.counseling.domain import (
    Complaint,
    CounselorCard,
    Lookup,
    NobodyToContact,
    NothingBorrowed,
    NotYet,
    UnsafeContact,
    check_safe,
    reachable,
    rules_among,
    rules_for,
)
from shared.contracts import person_of
from shared.contracts.safe_contact import SafeContact, refusal
from shared.contracts.victims import Places
from shared.privacy import Personal
from shared.problems import Missing
from tests.given import given

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # nine o'clock in Malang
RATNA = CounselorCard(UUID(int=1), (), "P", 10, 1)
LARAS = CounselorCard(UUID(int=2), (), "P", 10, 5, is_coordinator=True)
INTAN = CounselorCard(UUID(int=3), (), "P", 10, 2, is_coordinator=True)
ROSTER = [RATNA, LARAS, INTAN]
RETRIEVAL = UUID(int=77)


def names(handled_by: UUID | None, roster: list[CounselorCard], *related: UUID) -> list[Any]:
    found = reachable(handled_by, roster, {str(each) for each in related})
    return [(each.counselor_id.int, each.is_coordinator) for each in found]


def test_first_who_handles_it_then_the_coordinators_with_most_time() -> None:
    assert names(RATNA.counselor_id, ROSTER) == [(1, False), (3, True), (2, True)]


def test_who_is_away_or_gone_is_passed_over() -> None:
    away = replace(RATNA, is_there=False)
    assert names(RATNA.counselor_id, [away, LARAS, INTAN]) == [(3, True), (2, True)]
    assert names(RATNA.counselor_id, [away]) == [(1, False)]  # better tried than nobody
    assert names(None, ROSTER) == [(3, True), (2, True)]


def test_nobody_related_to_a_party_is_named() -> None:
    assert names(RATNA.counselor_id, ROSTER, RATNA.counselor_id, INTAN.counselor_id) == [(2, True)]


def a_lookup() -> Lookup:
    return Lookup(case_id=UUID(int=9), complaint_id=UUID(int=8))


def contact(lookup: Lookup, *, answered: bool, roster: list[CounselorCard] = ROSTER) -> None:
    whom = reachable(RATNA.counselor_id, roster, ())
    lookup.contact(whom, "phone", Personal("…"), "officer", NINE, answered=answered)


def in_vain(lookup: Lookup) -> None:
    contact(lookup, answered=False)


def test_she_answered_and_nobody_else_is_bothered() -> None:
    given(a_lookup()).when(contact, answered=True).then(
        Lookup.CounselorContacted,
        counselor_id=RATNA.counselor_id,
        is_coordinator=False,
        next_id=None,
    )


def test_who_did_not_answer_is_followed_by_a_coordinator_in_the_answer_and_the_next_time() -> None:
    given(a_lookup()).when(contact, answered=False).then(
        Lookup.CounselorContacted, counselor_id=RATNA.counselor_id, next_id=INTAN.counselor_id
    )
    given(a_lookup(), in_vain).when(contact, answered=True).then(
        Lookup.CounselorContacted, counselor_id=INTAN.counselor_id, is_coordinator=True
    )


def test_when_all_were_tried_it_begins_anew() -> None:
    given(a_lookup(), in_vain, in_vain, in_vain).when(contact, answered=True).then(
        Lookup.CounselorContacted, counselor_id=RATNA.counselor_id
    )


def test_where_there_is_nobody_a_supervisor_is_to_be_asked() -> None:
    given(a_lookup()).when(contact, answered=True, roster=[]).refused(NobodyToContact)


def retrieve(lookup: Lookup, folder: Personal | None = None) -> None:
    until = NINE + timedelta(hours=2)
    lookup.retrieve(RETRIEVAL, "identification", folder, "officer", NINE, until)


def with_folder(lookup: Lookup) -> None:
    retrieve(lookup, Personal("Lemari 3"))


def test_a_record_is_fetched_once_and_its_folder_brought_back_once() -> None:
    given(a_lookup()).when(retrieve).then(Lookup.CaseRecordRetrieved, folder=None)
    given(a_lookup(), retrieve).when(retrieve).then_nothing()
    borrowed = given(a_lookup(), with_folder)
    borrowed.when(Lookup.give_back, RETRIEVAL, NINE).then(Lookup.CaseRecordReturned)
    borrowed.when(Lookup.give_back, RETRIEVAL, NINE).then_nothing()


def test_what_was_not_borrowed_is_not_brought_back() -> None:
    given(a_lookup(), retrieve).when(Lookup.give_back, RETRIEVAL, NINE).refused(NothingBorrowed)
    given(a_lookup()).when(Lookup.give_back, RETRIEVAL, NINE).refused(Missing)


ANY, NEVER = SafeContact(True, True, True), SafeContact(False, False, False)
TEXTS = SafeContact(False, True, False, (("14:00", "20:00"),))
NIGHT = SafeContact(True, False, False, (("22:00", "10:00"),))


@pytest.mark.parametrize(
    ("rules", "medium", "why"),
    [
        (None, "call", "no_contact"),
        (ANY, "call", None),
        (ANY, "pigeon", "medium"),
        (NEVER, "call", "no_contact"),
        (NEVER, "text", "no_contact"),
        (NEVER, "in_person", None),
        (TEXTS, "call", "medium"),
        (TEXTS, "text", "outside_hours"),
        (NIGHT, "call", None),
    ],
)
def test_nobody_is_contacted_in_a_way_that_puts_her_at_risk(
    rules: SafeContact | None, medium: str, why: str | None
) -> None:
    assert refusal(rules, medium, NINE) == why
    if why:
        with pytest.raises(UnsafeContact, match=why):
            check_safe(rules, medium, NINE, NINE)
    else:
        check_safe(rules, medium, NINE, NINE)


def test_hours_end_when_they_end() -> None:
    two = NINE + timedelta(hours=5)
    assert refusal(TEXTS, "text", two) is None
    assert refusal(TEXTS, "text", two - timedelta(seconds=1)) == "outside_hours"
    assert refusal(TEXTS, "text", two + timedelta(hours=6)) == "outside_hours"


def test_help_is_recorded_after_it_was_given() -> None:
    with pytest.raises(NotYet):
        check_safe(None, "phone", NINE + timedelta(minutes=1), NINE)


CASE = UUID(int=9)
A, B, C = (person_of(CASE, "victim", n) for n in (0, 1, 2))
NO_FORM = Places(CASE)
AMENDED = Places(CASE, ((NINE, (A, B)), (NINE + timedelta(days=2), (B, C))))


def wish(
    complaint: Complaint,
    whom: str = "victim",
    n: int = 0,
    places: Places = NO_FORM,
    *,
    is_first: bool = True,
) -> SafeContact | None:
    found = complaint.heard_of(whom, n, places, is_first=is_first).wish
    return found.safe if found else None


def test_of_what_is_heard_of_a_complaint_the_latest_holds() -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    later = NINE + timedelta(hours=1)
    for safe, since in ((TEXTS, later), (ANY, NINE), (TEXTS, later)):
        complaint.hear_safe_contact(safe, since)
    for officer, since in (("second", later), ("first", NINE)):
        complaint.hear_officer(officer, since)
    for _ in range(2):
        complaint.hear_withdrawal("victim", NINE)

    assert (wish(complaint, "reporter"), complaint.officer_id) == (TEXTS, "second")
    assert len(list(complaint.collect_events())) == 4


def test_of_two_wishes_of_one_moment_the_one_told_later_holds() -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    for safe in (ANY, TEXTS):  # who she is was put right, and with it came what she wants now
        complaint.hear_safe_contact(safe, NINE, is_victims=True)
    assert wish(complaint) == TEXTS


def test_a_reporters_wish_is_a_victims_only_where_they_are_one_person() -> None:
    hospitals, hers = [Complaint(complaint_id=UUID(int=n)) for n in (8, 9)]
    hospitals.hear_safe_contact(ANY, NINE)
    hers.hear_safe_contact(ANY, NINE, is_victims=True)

    assert wish(hospitals) is None
    assert [wish(hers, n=n) for n in (0, 1)] == [ANY, None]

    for each in (hospitals, hers):  # a victim says it herself, and it is older than the other's
        each.hear_safe_contact(TEXTS, NINE - timedelta(days=1), "victim")
    assert (wish(hospitals), wish(hospitals, "reporter")) == (TEXTS, ANY)
    assert (wish(hers), wish(hers, "reporter")) == (ANY, ANY)  # one person: what she said last


@pytest.mark.parametrize("last", ["victim", "reporter"])
def test_of_what_one_person_said_as_a_victim_and_as_the_reporter_the_later_holds(last: str) -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    for day, whom in enumerate(
        ("reporter", "victim") if last == "victim" else ("victim", "reporter")
    ):
        safe, at = (NEVER if whom == last else ANY), NINE + timedelta(days=day)
        complaint.hear_safe_contact(safe, at, whom, is_victims=True)
    alone = Places(CASE, ((NINE - timedelta(days=1), (A,)),))
    assert [wish(complaint, whom, places=alone) for whom in ("victim", "reporter")] == [
        NEVER,
        NEVER,
    ]

    heard = complaint.heard_of("reporter", 0, alone, is_first=True)
    assert rules_for("reporter", {complaint.complaint_id: heard}, None) == [NEVER]
    one_of_two = complaint.heard_of("reporter", 0, AMENDED, is_first=False)
    assert NEVER in rules_for("reporter", {complaint.complaint_id: one_of_two}, None)  # in doubt


CALLS = SafeContact(True, False, False)


@pytest.mark.parametrize(
    ("said", "hers", "refused"),
    [(CALLS, NEVER, {"call", "text"}), (NEVER, CALLS, {"call", "text"}), (ANY, TEXTS, {"call"})],
    ids=["it was put right", "she said it anew", "it is not known which"],
)
@pytest.mark.parametrize("is_first", [True, False], ids=["she", "she or another"])
def test_a_wish_of_which_was_put_right_whose_it_is_undoes_nothing_that_a_victim_said_since(
    said: SafeContact, hers: SafeContact, refused: set[str], is_first: bool
) -> None:
    complaint, both = Complaint(complaint_id=UUID(int=8)), Places(CASE, AMENDED.forms[:1])
    noon = NINE + timedelta(hours=5)
    complaint.hear_safe_contact(said, NINE)
    complaint.hear_safe_contact(hers, NINE + timedelta(days=1), "victim", 0, True, A)
    complaint.hear_safe_contact(said, NINE + timedelta(days=2), is_victims=True)  # said when?

    def forbidden() -> set[str]:
        rules = rules_among(
            [complaint], "victim", 0, both, is_first=lambda _: is_first, complaint_id=None
        )
        return {each for each in ("call", "text") for one in rules if refusal(one, each, noon)}

    assert forbidden() == refused
    complaint.hear_safe_contact(ANY, NINE + timedelta(days=3), "victim", 0, True, A)
    assert forbidden() == set()


def test_that_who_told_us_stays_unknown_is_heard_also_after_it_was_put_right_who_she_is() -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    complaint.hear_safe_contact(ANY, NINE)
    complaint.hear_safe_contact(ANY, NINE + timedelta(days=2), is_victims=True)  # said when?
    complaint.hear_safe_contact(NEVER, NINE, is_victims=False)  # said at nine
    assert wish(complaint, "reporter") == NEVER


def test_when_it_is_told_when_she_said_it_nothing_is_in_doubt_any_more() -> None:
    complaint, alone = Complaint(complaint_id=UUID(int=8)), Places(CASE, ((NINE, (A,)),))
    complaint.hear_safe_contact(TEXTS, NINE)
    complaint.hear_safe_contact(ANY, NINE + timedelta(days=1), "victim", 0, True, A)
    complaint.hear_safe_contact(TEXTS, NINE, is_victims=True)
    assert complaint.heard_of("victim", 0, alone, is_first=True).doubtful == ()
    assert wish(complaint, places=alone) == ANY


def test_a_victims_wish_goes_with_her_and_not_with_her_place() -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    complaint.hear_safe_contact(ANY, NINE + timedelta(days=1), "victim", 0, True, A)
    complaint.hear_safe_contact(TEXTS, NINE + timedelta(days=1), "victim", 0, True, B)

    assert [wish(complaint, n=n, places=AMENDED) for n in (0, 1)] == [TEXTS, None]
    reordered = Places(CASE, (*AMENDED.forms, (NINE + timedelta(days=3), (B, C, A))))
    assert [wish(complaint, n=n, places=reordered) for n in (0, 1, 2, 3)] == [
        *(TEXTS, None, ANY),
        None,
    ]


@pytest.mark.parametrize(
    ("days", "n", "found"),
    [(-1, 0, [None, None]), (-1, 1, [ANY, None]), (1, 1, [ANY, None]), (3, 0, [ANY, None])],
    ids=["A before a form", "B before a form", "B in the first form", "B in the form of today"],
)
def test_of_whom_nobody_said_by_an_id_it_is_who_stood_there_then(
    days: int, n: int, found: list[SafeContact | None]
) -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    complaint.hear_safe_contact(ANY, NINE + timedelta(days=days), "victim", n)
    assert [wish(complaint, n=place, places=AMENDED) for place in (0, 1)] == found


def test_who_reported_it_as_a_victim_is_the_first_of_the_first_form() -> None:
    complaint = Complaint(complaint_id=UUID(int=8))
    complaint.hear_safe_contact(ANY, NINE, is_victims=True)
    assert [wish(complaint, n=n, places=AMENDED) for n in (0, 1)] == [None, None]
    turned = Places(CASE, (*AMENDED.forms[:1], (NINE + timedelta(days=1), (B, A))))
    assert [wish(complaint, n=n, places=turned) for n in (0, 1)] == [None, ANY]


def test_who_reported_an_old_case_as_a_victim_may_be_any_of_several() -> None:
    later = Complaint(complaint_id=UUID(int=10))
    later.hear_safe_contact(TEXTS, NINE + timedelta(days=1), is_victims=True)
    alone = Places(CASE, ((NINE, (A,)),))
    assert wish(later, places=alone, is_first=False) == TEXTS
    assert wish(later, places=AMENDED, is_first=False) is None


def test_who_reported_an_old_case_is_nobody_for_certain_before_a_form_is_known() -> None:
    later = Complaint(complaint_id=UUID(int=10))
    later.hear_safe_contact(ANY, NINE, is_victims=True)
    later.hear_safe_contact(ANY, NINE, "victim", 0)
    assert [wish(later, is_first=each) for each in (True, False)] == [ANY, None]
    assert NO_FORM.teller(is_first=False) is None


def test_what_is_not_certain_permits_nothing_and_forbids() -> None:
    both = Places(CASE, AMENDED.forms[:1])
    first, later = Complaint(complaint_id=UUID(int=8)), Complaint(complaint_id=UUID(int=10))
    later.hear_safe_contact(TEXTS, NINE + timedelta(days=1), is_victims=True)

    def rules() -> list[SafeContact | None]:
        heard = {
            each.complaint_id: each.heard_of("victim", 0, both, is_first=each is first)
            for each in (first, later)
        }
        return rules_for("victim", heard, None)

    assert rules() == [None]  # one of two said it: no word of hers allows anything
    first.hear_safe_contact(ANY, NINE, "victim", 0, True, A)
    assert rules() == [ANY, TEXTS]  # it may be she who wants no more calls
    first.hear_safe_contact(ANY, NINE + timedelta(days=2), "victim", 0, True, A)
    assert rules() == [ANY]  # she has spoken for herself since
    later.hear_safe_contact(TEXTS, NINE + timedelta(days=2), is_victims=True)
    assert rules() == [ANY, TEXTS]  # not since: at the same moment


def test_what_a_victim_said_in_another_complaint_holds_also_where_one_is_named() -> None:
    both = Places(CASE, AMENDED.forms[:1])
    first, second, third = (Complaint(complaint_id=UUID(int=n)) for n in (8, 10, 11))
    first.hear_safe_contact(ANY, NINE, "victim", 0, True, A)
    third.hear_safe_contact(NEVER, NINE + timedelta(days=1), is_victims=True)  # she, or another

    def rules(whom: str = "victim") -> list[SafeContact | None]:
        heard = {
            each.complaint_id: each.heard_of(whom, 0, both, is_first=each is first)
            for each in (first, second, third)
        }
        return rules_for(whom, heard, first.complaint_id)

    assert rules() == [ANY, NEVER]
    second.hear_safe_contact(NEVER, NINE + timedelta(days=2), "victim", 0, True, A)
    assert rules() == [ANY, NEVER]  # now it is certain
    assert rules("reporter") == [None]  # who is named reported the first, and was not asked


def test_who_reported_one_complaint_is_asked_as_the_victim_that_she_is() -> None:
    alone = Places(CASE, ((NINE, (A,)),))
    first, second = (Complaint(complaint_id=UUID(int=n)) for n in (8, 10))
    first.hear_safe_contact(ANY, NINE, is_victims=True)
    second.hear_safe_contact(NEVER, NINE + timedelta(days=1), "victim", 0, True, A)

    def rules(whom: str) -> list[SafeContact | None]:
        return rules_among(
            [first, second],
            *(whom, 0, alone),
            is_first=lambda id: id == first.complaint_id,
            complaint_id=first.complaint_id,
        )

    assert NEVER in rules("victim")
    assert NEVER in rules("reporter")
    second.hear_safe_contact(ANY, NINE + timedelta(days=2), "victim", 0, True, A)
    assert set(rules("reporter")) == {ANY}


@pytest.mark.parametrize("whom", ["victim", "reporter"])
def test_what_she_said_in_a_case_that_the_complaint_left_forbids_until_she_speaks_again(
    whom: str,
) -> None:
    complaint, case_id = Complaint(complaint_id=UUID(int=8)), UUID(int=10)
    her = person_of(case_id, "victim")
    places = Places(case_id, ((NINE, (her,)),))
    complaint.hear_safe_contact(ANY, NINE, is_victims=True)
    complaint.hear_safe_contact(NEVER, NINE + timedelta(days=1), "victim", 0, True, A)

    def rules() -> list[SafeContact | None]:
        return rules_among(
            [complaint], whom, 0, places, is_first=lambda _: False, complaint_id=UUID(int=8)
        )

    assert NEVER in rules()
    complaint.hear_safe_contact(ANY, NINE + timedelta(days=2), "victim", 0, True, her)
    assert set(rules()) == {ANY}


def test_who_reported_it_is_asked_as_a_victim_also_when_she_is_in_the_form_no_more() -> None:
    first, second = (Complaint(complaint_id=UUID(int=n)) for n in (8, 10))
    first.hear_safe_contact(ANY, NINE, is_victims=True)
    second.hear_safe_contact(NEVER, NINE + timedelta(days=1), "victim", 0, True, A)
    without_her = Places(CASE, ((NINE, (A,)), (NINE + timedelta(days=2), (B,))))

    def rules() -> list[SafeContact | None]:
        return rules_among(
            [first, second],
            *("reporter", 0, without_her),
            is_first=lambda id: id == first.complaint_id,
            complaint_id=first.complaint_id,
        )

    assert NEVER in rules()
    second.hear_safe_contact(ANY, NINE + timedelta(days=3), "victim", 0, True, A)
    assert set(rules()) == {ANY}
