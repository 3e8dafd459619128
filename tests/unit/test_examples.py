"""The examples in the documentation of functions are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.services import PROJECT

WITH_EXAMPLES = [
    ".".join(path.relative_to(PROJECT).with_suffix("").parts)
    for folder in ("services", "shared")
    for path in sorted((PROJECT / folder).rglob("*.py"))
    if ">>> " in path.read_text()
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_are_true(module: str) -> None:
    done = doctest.testmod(import_module(module))
    assert done.attempted > 0
    assert done.failed == 0
