"""Who is proposed as somebody we know, and why; who is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.domain.search import MatchReason
from services.triage.matching.evidence import Match
from services.triage.matching.index import Index
from services.triage.matching.people import Asked, Known, asked_for, number

NIK = "3573994505120001"
PHONE = number("phone", "0812-0000-0101")
HERE, ELSEWHERE = "35.73.05.1002", "35.73.04.1002"
BORN = date(1992, 3, 4)
HER = Known(
    person_id=UUID(int=1),
    case_id=UUID(int=0xC1),
    role="victim",
    key_ids=frozenset(),
    names=("Siti Aminah",),
    born_on=BORN,
    nik=NIK,
    phone=PHONE,
    kelurahan_code=HERE,
)


def one_more(n: int, **more: Any) -> Known:
    return replace(HER, **{"person_id": UUID(int=n), "case_id": UUID(int=0xC0 + n)} | more)


def an_index(*persons: Known) -> Index:
    index = Index()
    for person in persons or (HER,):
        index.add(person)
    return index


def asked(**what: Any) -> Asked:
    return asked_for(**what, today=date(2026, 11, 23))


def the_match(index: Index, **what: Any) -> Match:
    (match,) = index.search(asked(**what))
    return match


def test_the_same_name_written_otherwise_is_proposed_with_her_birthday() -> None:
    match = the_match(an_index(), full_name="Ny. St. Aminah, S.Pd.", born_on=BORN)
    assert match.proposed
    assert match.reasons == (MatchReason.NAME_ALIKE, MatchReason.BORN_SAME)
    assert match.score > 90


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"nik": NIK}, MatchReason.SAME_NIK),
        ({"phone": PHONE}, MatchReason.SAME_PHONE),
    ],
)
def test_a_number_alone_is_enough(what: dict[str, Any], reason: MatchReason) -> None:
    match = the_match(an_index(), **what)
    assert (match.proposed, match.reasons) == (True, (reason,))


def test_a_telephone_that_somebody_else_uses_too_is_shown_and_not_proposed() -> None:
    match = the_match(an_index(), full_name="Budi Santoso", phone=PHONE, kelurahan_code=HERE)
    assert not match.proposed


@pytest.mark.parametrize(
    ("told", "known"), [("Sri Wahyuni", "Sri Wahyuningsih"), ("Yanti", "Yanto")]
)
def test_names_that_sound_alike_are_not_enough(told: str, known: str) -> None:
    index = an_index(replace(HER, names=(known,)))
    same_place = index.search(asked(full_name=told, kelurahan_code=HERE))
    assert [match for match in same_place if match.proposed] == []
    year = index.search(asked(full_name=told, age_estimate=34, kelurahan_code=HERE))
    assert [match for match in year if match.proposed] == []


def test_one_word_needs_something_else() -> None:
    index = an_index(replace(HER, names=("Sumarni",)))
    alone = the_match(index, full_name="Soemarni")
    assert (alone.score, alone.proposed) == (the_match(index, full_name="Sumarni").score, False)
    for more in ({"born_on": BORN}, {"kelurahan_code": HERE}, {"phone": PHONE}, {"nik": NIK}):
        assert the_match(index, full_name="Soemarni", **more).proposed, more


def test_a_name_that_many_have_proposes_none_of_them() -> None:
    index = an_index(*(one_more(n, born_on=date(1950 + n, 5, 6)) for n in range(1, 40)))
    index.add(one_more(50, names=("Zulaikha Prameswari",)))
    assert not any(match.proposed for match in index.search(asked(full_name="Siti Aminah")))
    assert the_match(index, full_name="Zulaikha Prameswari").proposed


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (date(1993, 3, 4), MatchReason.BORN_ALIKE),
        (date(1992, 4, 3), MatchReason.BORN_ALIKE),
        (date(1992, 3, 5), MatchReason.BORN_ALIKE),
        (date(1992, 1, 1), MatchReason.AGE_ALIKE),  # only the year is known
    ],
)
def test_a_slip_in_the_birthday_is_forgiven(told: date, reason: MatchReason) -> None:
    match = the_match(an_index(), full_name="Siti Aminah", born_on=told)
    assert reason in match.reasons
    assert match.proposed


def test_another_birthday_speaks_against_her() -> None:
    found = an_index().search(asked(full_name="Siti Aminah", born_on=date(1971, 8, 9)))
    assert [match for match in found if match.proposed] == []


def test_another_nik_speaks_against_her_and_a_mistyped_one_does_not() -> None:
    mistyped, another = "3573994505120007", "3573996606660666"
    index, plain = an_index(), the_match(an_index(), full_name="Siti Aminah").score
    assert the_match(index, full_name="Siti Aminah", nik=mistyped).score == plain
    assert index.search(asked(full_name="Siti Aminah", nik=another)) == []


def test_an_estimated_age_meets_an_age_band() -> None:
    known = replace(HER, born_on=None, age_band="25-44", as_of=date(2026, 1, 5))
    match = the_match(an_index(known), full_name="Siti Aminah", age_estimate=34)
    assert MatchReason.AGE_ALIKE in match.reasons
    older = the_match(an_index(known), full_name="Siti Aminah", nik=NIK, age_estimate=70)
    assert MatchReason.AGE_ALIKE not in older.reasons


def test_an_alleged_perpetrator_is_shown_and_never_proposed() -> None:
    index = an_index(replace(HER, role="perpetrator", nik=None, phone=None, born_on=None))
    match = the_match(index, full_name="Siti Aminah", kelurahan_code=HERE)
    assert (match.person.role, match.proposed) == ("perpetrator", False)


def test_a_case_is_shown_once_however_many_of_its_people_match() -> None:
    sister = one_more(2, names=("Siti Aminah Dewi",), case_id=HER.case_id, nik=None)
    match = the_match(an_index(HER, sister), full_name="Siti Aminah", phone=PHONE)
    assert match.person == HER


def test_somebody_is_found_by_any_of_her_names() -> None:
    index = an_index(replace(HER, names=("Siti Aminah", "Bu Yuli")))
    assert the_match(index, full_name="Juli", born_on=BORN).proposed


def test_a_name_alone_that_nobody_has_finds_nobody() -> None:
    assert an_index().search(asked(full_name="Zulaikha Prameswari")) == []
    assert an_index().search(asked(kelurahan_code=HERE)) == []


def test_she_is_gone_when_she_is_taken_out() -> None:
    index = an_index(HER, one_more(2))
    index.remove(HER.person_id)
    index.remove(HER.person_id)
    assert index.person(HER.person_id) is None
    assert index.in_case(HER.case_id) == []
    assert the_match(index, nik=NIK).person.person_id == UUID(int=2)
    index.remove(UUID(int=2))
    assert index.search(asked(nik=NIK)) == []
    assert vars(index)["_by_key"] == {}
    assert vars(index)["_heard"] == {}


def test_what_is_known_of_her_is_replaced() -> None:
    index = an_index()
    index.add(replace(HER, names=("Dewi Lestari",), nik=None))
    assert len(index) == 1
    assert index.search(asked(nik=NIK)) == []
    assert the_match(index, full_name="Dewi Lestari").person.names == ("Dewi Lestari",)


def test_nobody_shows_herself_when_printed() -> None:
    question = asked(full_name="Siti Aminah", nik=NIK, phone=PHONE, born_on=BORN)
    (match,) = an_index().search(question)
    shown = f"{HER} {question} {match} {an_index()}".lower()
    for text in ("aminah", "amina", NIK, "0101", "1992"):
        assert text not in shown


WORDS = st.sampled_from(["Siti", "St.", "Aminah", "Nur", "Noer", "Hidayah", "Yanti", "Moch."])
PEOPLE = st.lists(
    st.tuples(
        st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
        st.sampled_from([BORN, date(1971, 8, 9), None]),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(PEOPLE)
def test_everybody_finds_herself_whoever_else_is_there(told: list[tuple[str, date | None]]) -> None:
    index = Index()
    for n, (name, born_on) in enumerate(told, 1):
        index.add(one_more(n, names=(name,), born_on=born_on, nik=None, phone=None))
    for n, (name, born_on) in enumerate(told, 1):
        question = asked(full_name=name, born_on=born_on, kelurahan_code=HERE)
        assert UUID(int=n) in index.found(question)
        scores = [match.score for match in index.search(question) if match.proposed]
        assert scores == sorted(scores, reverse=True)


@settings(deadline=None)
@given(PEOPLE)
def test_an_index_that_all_have_left_is_empty(told: list[tuple[str, date | None]]) -> None:
    index = Index()
    for n, (name, born_on) in enumerate(told, 1):
        index.add(one_more(n, names=(name,), born_on=born_on))
    for n in range(1, len(told) + 1):
        index.remove(UUID(int=n))
    assert len(index) == 0
    assert all(not vars(index)[kept] for kept in ("_entries", "_number", "_by_key", "_by_case"))
