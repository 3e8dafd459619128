"""Code words that somebody says: each counts once, and nobody can guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.domain import SpokenWords, TooManyWrongWords
from shared.eventstore import new_id

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def said(
    words: SpokenWords, minutes: int, *, is_right: bool = False, id: UUID | None = None
) -> None:
    at = NINE + timedelta(minutes=minutes)
    words.compare(id or new_id(), "reporter", 0, "her-officer", at, is_right=is_right)


def test_three_wrong_words_in_an_hour_are_enough_until_the_first_is_an_hour_old() -> None:
    words = SpokenWords(complaint_id=new_id())
    for minutes in (0, 20, 40):
        said(words, minutes)

    with pytest.raises(TooManyWrongWords, match=r"until 2026-11-23T10:00:00\+00:00"):
        said(words, 59, is_right=True)
    said(words, 60)
    with pytest.raises(TooManyWrongWords, match=r"until 2026-11-23T10:20:00\+00:00"):
        words.check_open(NINE + timedelta(minutes=61))


def test_right_words_do_not_count_and_the_same_try_counts_once() -> None:
    words, id = SpokenWords(complaint_id=new_id()), new_id()
    for minutes in range(5):
        said(words, minutes, is_right=True)
    for minutes in range(5):
        said(words, minutes, id=id)

    words.check_open(NINE + timedelta(minutes=5))
    assert words.answers[id] is False
    assert len(words.wrong_at) == 1
