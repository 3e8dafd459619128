"""Names that are one name however they are written, and names that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.matching.names import (
    MOST,
    Name,
    alike,
    keys_of,
    name_of,
    resemblance,
    spelled,
)

WORDS = """
    Siti St. Moch. M. Muhammad Abd. Djoko Joko Soetrisno Khoirul Choirul Zaenab Yuli Juli Sri Nur
    Wahyuningsih Wahyuni Hj. K.H. binti S.Pd. Ny. Nurhidayah Mbak ie oeoe hh jyj"""
PARTS = st.sampled_from(WORDS.split())
NAMES = st.one_of(st.lists(PARTS, min_size=1, max_size=5).map(" ".join), st.text(max_size=60))


def a_name(text: str) -> Name:
    name = name_of(text)
    assert name is not None
    return name


def how_alike(one: str, other: str) -> float:
    return alike(a_name(one), a_name(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moch. Choirul Anam", "Muhammad Khoirul Anam"),
        ("St. Aisah", "Siti Aisyah"),
        ("Ny. Dwi Lestari, S.Pd.", "Dwi Lestari"),
        ("Dwi Lestari S.Pd. M.M.", "Dwi Lestari"),
        ("Soetrisno", "Sutrisno"),
        ("Djoko", "Joko"),
        ("Nur Hidayah binti Ahmad", "Noer Hidajah"),
        ("Jusuf Widjaja", "Yusuf Wijaya"),
        ("Tjahjono", "Cahyono"),
        ("Njoman Sjafitri", "Nyoman Syafitri"),
        ("Abd. Rachman", "Abdul Rahman"),
        ("Achmad Fadhli", "Ahmad Fadli"),
        ("Muchammad Rizky", "Moh. Riski"),
        ("Zaenab", "Zainab"),
        ("Khusnul Chotimah", "Chusnul Khotimah"),
        ("Novi", "Nofi"),
        ("Annisa", "Anisa"),
        ("Nurhidayah", "Nur Hidayah"),
        ("Lestari Dwi", "Dwi Lestari"),
        ("Hj. Nur'aini", "Nuraini"),
        ("K.H. Imam bin Salim", "Imam"),
        ("Bu Yuli", "yuli"),
    ],
)
def test_one_name_written_in_two_ways(one: str, other: str) -> None:
    assert how_alike(one, other) == 1
    assert set(keys_of(a_name(one))) & set(keys_of(a_name(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sri Wahyuni", "Sri Wahyuningsih"),
        ("Yanti", "Yanto"),
        ("Yuli", "Yuliana"),
        ("Siti Aminah", "Siti Rohmah"),
        ("Sumarni", "Sumarni Rahayu"),  # she may be; a word left out of two is half of it
        ("Rini", "Rina"),
    ],
)
def test_names_that_are_not_alike_enough_to_say_so(one: str, other: str) -> None:
    assert how_alike(one, other) < 0.9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ibu", ("ibu",)),  # all that there is
        ("M", ("m",)),  # short for nothing, alone
        ("M. Anam", ("muhamad", "anam")),
        ("Ahmad binti", ("ahmad",)),
        ("", ()),
        (" , S.Pd.", ()),
        ("Sitì 123", ("siti",)),
    ],
)
def test_what_is_left_of_a_name(text: str, words: tuple[str, ...]) -> None:
    assert spelled(text) == words
    assert (name_of(text) is None) == (not words)


def test_an_initial_may_be_short_for_a_word() -> None:
    assert how_alike("S. Aminah", "Siti Aminah") > 0.9
    assert how_alike("R. Aminah", "Siti Aminah") < 0.9


def test_the_words_that_two_names_share_are_told_by_their_sound() -> None:
    assert resemblance(a_name("Siti Aminah"), a_name("St. Rohmah"))[1] == ("st",)
    assert resemblance(a_name("Aminahh"), a_name("Siti Aminah"))[1] == ("amn",)


@given(NAMES)
def test_what_is_spelled_stays_as_it_is(text: str) -> None:
    words = spelled(text)
    assert spelled(" ".join(words)) == words
    assert len(words) <= MOST
    assert all(words)


@given(NAMES, NAMES)
def test_likeness_does_not_depend_on_who_was_first(one: str, other: str) -> None:
    a, b = name_of(one), name_of(other)
    if a and b:
        assert alike(a, b) == pytest.approx(alike(b, a))
        assert 0 <= alike(a, b) <= 1


@given(NAMES)
def test_everybody_is_like_herself_and_shares_her_keys(text: str) -> None:
    if name := name_of(text):
        assert alike(name, name) == pytest.approx(1)
        assert list(keys_of(name)) == list(keys_of(a_name(" ".join(name.words))))
