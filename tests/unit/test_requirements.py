"""Every requirement of the service standard has its place, and a test that keeps it."""

from __future__ import annotations

import re

import pytest

from tests.services import PROJECT
from tests.unit.test_threat_model import names_in

TEXT = (PROJECT / "docs/requirements.md").read_text()
ROWS = {
    cells[0]: cells
    for line in TEXT.splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].startswith("R-")
}
COUNTS = {  # the ids of the domain research, from which to which
    "GEN": (1, 3),
    "REQ": (0, 8),
    "SLA": (0, 4),
    "PRC": (0, 0),
    "INT": (1, 7),
    "TRI": (1, 9),
    "REF": (1, 3),
    "CSL": (1, 6),
    "RGT": (0, 4),
    "DUT": (0, 6),
    "PRV": (1, 5),
}
CATALOGUE = (PROJECT / "docs/reference/events.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PLACE = re.compile(r"`((?:services|shared|deploy)/[\w/.]+)`")
EVENT = re.compile(r"`(\w+\.\w+)`")
LATER = {"R-CSL-03", "R-CSL-04", "R-CSL-05", "R-CSL-06"}  # casework: not built yet


def test_every_requirement_has_its_row() -> None:
    wanted = [f"R-{k}-{n:02d}" for k, (low, high) in COUNTS.items() for n in range(low, high + 1)]
    assert list(ROWS) == wanted


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_requirement_names_its_place_its_events_and_its_tests(row: list[str]) -> None:
    id, _, places, events, tests = row
    if id in LATER:
        assert (places, events, tests) == ("not yet", "", "")
        return
    for place in PLACE.findall(places):
        assert (PROJECT / place).exists(), place
    for event in EVENT.findall(events):
        assert f"| {event} |" in CATALOGUE, event
    named = TEST.findall(tests)
    assert PLACE.findall(places)
    assert named, f"{id} has no test"
    for path, name in named:
        assert name in names_in(path), f"{path}::{name}"
