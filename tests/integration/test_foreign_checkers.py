"""Programs that other people wrote accept our log as it is, and nothing that was changed in it.

Where they are installed (`make foreign`) they are asked; elsewhere counts what they said when they
were asked about these very bytes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.foreign.install import COMMANDS, VERDICTS, ask, is_installed, refused
from tests.foreign.material import CHANGED, NEW, OLD, ORIGIN, PROVEN, digest, write
from tests.logs import WITNESSES


@pytest.mark.parametrize("name", COMMANDS)
def test_another_program_accepts_our_log(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    told = json.loads(VERDICTS.read_text())[name]

    verdict = json.loads(ask(name, folder).stdout) if is_installed(name) else told["accepted"]

    assert digest(folder) == told["of"], "what we write has changed: run `make foreign`"
    assert verdict == told["accepted"]
    assert sorted(verdict["signed"]) == sorted([ORIGIN, *WITNESSES])
    assert (verdict["size"], verdict["grew_from"]) == (NEW, OLD)
    assert verdict["included"] == len(PROVEN)
    assert verdict["root"] == (folder / "checkpoint").read_text().splitlines()[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_another_program_finds_each_change(name: str, tmp_path: Path) -> None:
    told = json.loads(VERDICTS.read_text())[name]

    found = refused(name, write(tmp_path)) if is_installed(name) else told["refused"]

    assert found == told["refused"] == list(CHANGED)
