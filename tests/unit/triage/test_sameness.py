"""Who is who in the versions of a case form: never two in one, seldom one in two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.sameness import Traits, all_of, are_one, recognise


def one(n: int | None = None, name: str | None = None, **more: Any) -> Traits:
    """Somebody; the texts stand for their marks."""
    marks = {k: v.encode() if k in ("nik", "born_on") else v for k, v in more.items()}
    return Traits(UUID(int=n) if n else None, name=name and name.encode(), **{"sex": "P"} | marks)  # type: ignore[arg-type]


SITI = one(1, "siti", born_on="1990")
RARA = one(2, "rara", born_on="2012", age_band="13-17")


def told_again(*people: Traits) -> list[Traits]:
    return [replace(each, person_id=None) for each in people]


def test_the_same_people_keep_their_ids_in_whatever_order() -> None:
    row = [SITI, RARA]
    assert recognise(told_again(SITI, RARA), row, row) == [UUID(int=1), UUID(int=2)]
    assert recognise(told_again(RARA, SITI), row, row) == [UUID(int=2), UUID(int=1)]
    assert recognise(told_again(RARA), row, row) == [UUID(int=2)]


def test_somebody_else_in_her_place_is_new() -> None:
    assert recognise([one(None, "dewi", born_on="1990")], [SITI], [SITI]) == [None]


def test_whoever_comes_with_an_id_keeps_it_and_nobody_else_gets_it() -> None:
    row = [one(1, "dewi"), one(None, "siti", born_on="1990")]
    assert recognise(row, [SITI], [SITI]) == [UUID(int=1), None]


def test_who_had_no_name_so_far_is_she_who_stands_at_her_place() -> None:
    nobody = one(1, age_band="25-44")
    assert recognise([one(None, "siti", age_band="25-44")], [nobody], [nobody]) == [UUID(int=1)]
    assert recognise([one(None, "siti", age_band="6-12")], [nobody], [nobody]) == [None]
    row = [one(None, "siti"), one(None, "rara")]
    assert recognise(row, [nobody], [nobody]) == [None, None], "there is one more than there was"


def test_who_was_left_out_and_comes_back_is_known() -> None:
    assert recognise(told_again(RARA), [SITI, RARA], [SITI]) == [UUID(int=2)]


def test_who_is_forgotten_is_not_known_again() -> None:
    gone = Traits(UUID(int=1), "P", is_forgotten=True)
    assert recognise(told_again(SITI), [gone], [gone]) == [None]


def test_twins_are_two_and_so_are_mother_and_child_of_one_name() -> None:
    twins = one(None, "nita", born_on="2012"), one(None, "nina", born_on="2012")
    assert not are_one(*twins)
    assert not are_one(one(None, "siti", born_on="1990"), one(None, "siti", born_on="2012"))
    assert not are_one(one(None, "siti", age_band="25-44"), one(None, "siti", age_band="6-12"))
    mothers_nik = one(None, "rara", nik="3573", born_on="2012")
    assert not are_one(one(None, "siti", nik="3573", born_on="1990"), mothers_nik)
    assert are_one(one(None, "sita", nik="3573"), one(None, "siti", nik="3573", born_on="1990"))
    assert not are_one(one(None, "siti", nik="1"), one(None, "siti", nik="2"))


def test_forgetting_her_reaches_every_id_that_she_was_given() -> None:
    again, child = replace(SITI, person_id=UUID(int=3)), replace(RARA, person_id=UUID(int=4))
    rows = [[SITI, RARA], [again, child]]
    assert all_of(UUID(int=1), rows) == [UUID(int=1), UUID(int=3)]
    assert all_of(UUID(int=3), rows) == [UUID(int=3), UUID(int=1)]


def test_in_doubt_it_reaches_who_is_in_the_form_no_more_and_never_who_is() -> None:
    corrected = one(3, "siti", born_on="1991")
    assert all_of(UUID(int=3), [[SITI], [corrected]]) == [UUID(int=3), UUID(int=1)]
    assert all_of(UUID(int=1), [[SITI], [corrected]]) == [UUID(int=1)]
    mistyped = one(4, "sita", born_on="1990")
    assert all_of(UUID(int=1), [[mistyped], [SITI]]) == [UUID(int=1), UUID(int=4)]
    assert all_of(UUID(int=4), [[mistyped], [SITI]]) == [UUID(int=4)]
    another = one(5, "dewi", born_on="1970")
    assert all_of(UUID(int=1), [[another], [SITI]]) == [UUID(int=1)]


def test_who_was_left_out_is_not_taken_for_who_was_corrected_beside_her() -> None:
    gone, mistyped = one(1, "ani", born_on="2012"), one(2, "sita", born_on="1990")
    assert all_of(UUID(int=3), [[gone, mistyped], [one(3, "siti", born_on="1990")]]) == [
        UUID(int=3)
    ]
    sister = one(4, "dewi", born_on="1990")
    rows = [[replace(gone, born_on=b"1990"), mistyped], [one(3, "siti", born_on="1990"), sister]]
    assert all_of(UUID(int=3), rows) == [UUID(int=3)]


PEOPLE = st.builds(
    one,
    st.integers(1, 6),
    st.sampled_from([None, "siti", "rara"]),
    sex=st.sampled_from(["P", "L"]),
    age_band=st.sampled_from([None, "6-12", "25-44"]),
    born_on=st.sampled_from(["1990", "2012"]),
    nik=st.sampled_from(["1", "2"]),
)
ROWS = st.lists(
    st.lists(PEOPLE, min_size=1, max_size=3, unique_by=lambda each: each.person_id),
    min_size=1,
    max_size=4,
)


@given(ROWS)
def test_no_two_who_stand_in_one_form_are_ever_forgotten_as_one(rows: list[list[Traits]]) -> None:
    for row in rows:
        for each in row:
            assert each.person_id
            found = all_of(each.person_id, rows)
            assert found[0] == each.person_id
            assert len(set(found)) == len(found)
            for form in rows:
                assert len({one.person_id for one in form} & set(found)) <= 1


@given(ROWS, st.lists(PEOPLE, min_size=1, max_size=3))
def test_no_two_of_a_new_form_get_the_same_id(rows: list[list[Traits]], row: list[Traits]) -> None:
    known = {each.person_id: each for form in rows for each in form}
    found = recognise(told_again(*row), list(known.values()), rows[-1])
    ids = [id for id in found if id]
    assert len(set(ids)) == len(ids)
