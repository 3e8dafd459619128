"""An audit says what is known to be broken, and never calls silence a success."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.audit import CLEAN, HOLES, NO_ANSWER, main, verdict

GOOD = {"name": "httpx", "version": "0.28.1", "vulns": []}
BAD = {
    "name": "starlette",
    "version": "0.1",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["0.2"], "aliases": [], "description": ""}],
}
UNASKED = {"name": "uvloop", "skip_reason": "Dependency not found on PyPI"}


def of(*asked: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": asked, "fixes": []})


def test_nothing_known_is_a_success() -> None:
    assert verdict(of(GOOD)) == (CLEAN, ["1 packages, no known hole"])


def test_a_hole_is_named_with_its_remedy_whatever_else_is_missing() -> None:
    code, said = verdict(of(GOOD, BAD, UNASKED))
    assert code == HOLES
    assert said[0] == "starlette 0.1: PYSEC-2026-1, mended in ['0.2']"


@pytest.mark.parametrize("answer", [of(), of(GOOD, UNASKED), of(UNASKED), "", "{}", "null", "no"])
def test_an_audit_that_could_not_ask_is_no_green(answer: str) -> None:
    code, said = verdict(answer)
    assert code == NO_ANSWER
    assert said[0].startswith("NOT AUDITED")


def test_a_program_that_dies_is_no_green_either(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "pip-audit"
    broken.write_text(f"#!{sys.executable}\nraise SystemExit('no network')\n")
    broken.chmod(0o700)
    assert main(str(broken)) == NO_ANSWER
    assert "NOT AUDITED" in capsys.readouterr().out
