"""What a message says of those before it, and what a reader makes of that."""

from __future__ import annotations

import pytest

from shared.messaging.missed import previous_of, told_last
from shared.messaging.told import Latest, last_told

HEARD = ("CaseClassified", "PersonErased")


@pytest.mark.parametrize(
    ("headers", "previous"),
    [
        ({"ppa-previous-of": "-"}, -1),
        ({"ppa-previous-of": "CaseClassified=4 ClockBreached=8"}, 4),
        ({"ppa-previous-of": "CaseClassified=4 PersonErased=6"}, 6),
        ({"ppa-previous-of": "ClockBreached=8"}, -1),  # we do not hear of clocks
        ({"ppa-previous-of": "*=5 ClockBreached=8"}, 5),  # any of them
        ({"ppa-previous-of": "*=5 CaseClassified=8"}, 8),
        ({"ppa-previous": "8"}, 8),  # told by an earlier version
        ({"ppa-previous": "-"}, -1),
        ({}, 8),  # any before this one
        ({"ppa-previous-of": "CaseClassified"}, 8),
        ({"ppa-previous-of": "CaseClassified=x"}, 8),
    ],
)
def test_a_reader_knows_which_of_those_it_hears_came_before(
    headers: dict[str, str], previous: int
) -> None:
    assert previous_of(headers, HEARD, 9) == previous


def test_a_reader_knows_the_last_that_was_told_of_those_it_hears() -> None:
    latest = Latest(partitions={7: {"CaseClassified": 4, "ClockBreached": 8}, 8: {"*": 5}})
    assert told_last(latest, 7, HEARD) == 4
    assert told_last(latest, 8, HEARD) == 5
    assert told_last(latest, 9, HEARD) == -1
    assert told_last(None, 7, HEARD) == -1


def test_what_an_earlier_relay_noted_stands_for_every_kind_of_fact() -> None:
    assert last_told({"7": 40, "8": {"CaseClassified": 4}}) == {
        7: {"*": 40},
        8: {"CaseClassified": 4},
    }
