"""The route table of contracts §2, row by row."""

from __future__ import annotations

from itertools import product

import pytest

from services.triage.domain import (
    Locus,
    LocusMismatch,
    RegionUnknown,
    Step,
    check_locus,
    route_of,
)

ANY: tuple[bool | None, ...] = (True, False, None)
TABLE = [
    ((True,), (Locus.IN,), (True, False), ANY, ("follow_up",)),
    ((True,), (Locus.OUT,), (False,), ANY, ("refer",)),
    ((True,), (Locus.OUT,), (True,), (True,), ("follow_up", "refer")),
    ((True,), (Locus.OUT,), (True,), (False, None), ("refer",)),
    ((True,), (Locus.UNKNOWN,), (True, False), (True,), ("follow_up",)),
    ((True,), (Locus.UNKNOWN,), (True, False), (False, None), ("refer",)),
    ((False,), tuple(Locus), (False,), ANY, ("inform",)),
    ((False,), tuple(Locus), (True,), ANY, ("supervisor",)),
]
ROWS = [(row, route) for *columns, route in TABLE for row in product(*columns)]


def test_the_table_covers_every_case_once() -> None:
    every = set(product((True, False), Locus, (True, False), ANY))

    assert {row for row, _ in ROWS} == every
    assert len(ROWS) == len(every)


@pytest.mark.parametrize(("row", "route"), ROWS)
def test_each_row_has_its_route(
    row: tuple[bool, Locus, bool, bool | None], route: tuple[str, ...]
) -> None:
    vawc, locus, tpks, in_city = row

    assert route_of(vawc=vawc, locus=locus, tpks=tpks, victim_in_city=in_city) == tuple(
        map(Step, route)
    )


@pytest.mark.parametrize(
    ("locus", "code"),
    [
        (Locus.IN, "35.07.22.2008"),  # Mulyoagung lies in the regency, whatever people call it
        (Locus.IN, "35.7"),
        (Locus.OUT, "35.73.05.1002"),
        (Locus.OUT, "35.73"),
        (Locus.UNKNOWN, "35.73"),
    ],
)
def test_a_locus_and_its_code_must_agree(locus: Locus, code: str) -> None:
    with pytest.raises(LocusMismatch):
        check_locus(locus, code, "35.73")


@pytest.mark.parametrize(
    ("locus", "code"),
    [
        *((Locus.IN, "35.73.01.1004"), (Locus.IN, "35.73.05"), (Locus.IN, "35.73")),
        *((Locus.OUT, "35.07.01.2010"), (Locus.OUT, "35.14.99"), (Locus.OUT, "31")),
        *((Locus.IN, None), (Locus.OUT, None), (Locus.UNKNOWN, None)),
    ],
)
def test_a_locus_that_agrees_is_fine(locus: Locus, code: str | None) -> None:
    check_locus(locus, code, "35.73")


@pytest.mark.parametrize(
    ("locus", "code"),
    [
        (Locus.IN, "35.73.05.1099"),  # in the city we know every kelurahan
        (Locus.IN, "35.73.99"),
        (Locus.OUT, "35.99.01.2001"),  # elsewhere the regency that will be asked
        (Locus.OUT, "99"),
    ],
)
def test_a_case_is_not_sent_to_a_region_that_there_is_not(locus: Locus, code: str) -> None:
    with pytest.raises(RegionUnknown, match="locus_code"):
        check_locus(locus, code, "35.73")
