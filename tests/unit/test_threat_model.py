"""The threat model promises only what a test keeps, and says what is not there yet."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.services import PROJECT

TEXT = (PROJECT / "docs/threat-model.md").read_text()
ROWS = {
    int(cells[0]): cells
    for line in TEXT.splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].isdigit()
}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WHEN = re.compile(r"not yet, (issues? \d|with the |no issue open|they come with )", re.IGNORECASE)


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in a file, found without running it."""
    tree = ast.parse((PROJECT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


def test_every_threat_we_know_has_its_row() -> None:
    assert list(ROWS) == list(range(1, 36))
    assert {cells[1] for cells in ROWS.values()} == set("STRIDE")


@pytest.mark.parametrize("row", ROWS.values(), ids=[f"{n}" for n in ROWS])
def test_a_row_names_its_tests_or_says_when_they_come(row: list[str]) -> None:
    assert len(row) == 6
    assert all(row)
    named = TEST.findall(row[5])
    for path, name in named:
        assert name.startswith("test_")
        assert name in names_in(path), f"{path}::{name}"
    promised = "not yet" in row[5].lower()
    assert named or promised
    assert bool(WHEN.search(row[5])) == promised


def test_a_test_that_is_gone_would_be_noticed() -> None:
    assert "test_a_test_that_is_gone_would_be_noticed" in names_in(
        "tests/unit/test_threat_model.py"
    )
    assert "test_of_nothing" not in names_in("tests/unit/test_threat_model.py")
