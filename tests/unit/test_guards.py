"""The rules of the house are kept by machines, and each machine is seen to bite."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.services import PROJECT

SERVICES = "Services never import one another"
DOMAIN = "The domain does no I/O"
INSIDE = "Inside a service, dependencies point towards the domain"
SHARED = "Shared code knows no service, and its parts stand in order"

PLANTED = [
    (SERVICES, "services/intake/commands.py", "import services.triage.views"),
    (
        SERVICES,
        "services/referral/domain/need.py",
        "from services.counseling.domain import Casework",
    ),
    (DOMAIN, "services/intake/domain/complaint.py", "import asyncpg"),
    (DOMAIN, "services/triage/domain/case.py", "import asyncpg"),
    (DOMAIN, "services/triage/domain/route.py", "from shared.eventstore import Cause"),
    (INSIDE, "services/triage/views.py", "from services.triage import commands"),
    (INSIDE, "services/triage/domain/case.py", "from services.triage import published"),
    (INSIDE, "services/counseling/commands.py", "from services.counseling import routes"),
    (SHARED, "shared/messaging/relay.py", "import services.intake.domain"),
    (SHARED, "shared/eventstore/codec.py", "import shared.web"),
    (SHARED, "shared/privacy/__init__.py", "import shared.contracts"),
]
FORBIDDEN = [
    ("TID251", "from datetime import datetime\n\nnow = datetime.now()\n"),
    ("TID251", "import os\n\nhome = os.environ['HOME']\n"),
    ("TID251", "from uuid import uuid4\n\nid = uuid4()\n"),
    ("TID251", "import time\n\nnow = time.time()\n"),
    ("D103", "def undocumented() -> None: ...\n"),
    ("T201", "print('to whom?')\n"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code and its rules, to be spoilt."""
    for part in ("services", "shared"):
        shutil.copytree(PROJECT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pyc*"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("lint-imports", "--no-cache", folder=folder)


def run(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(  # noqa: S603 our own tools
        command, cwd=folder, capture_output=True, text=True, check=False
    )


def plant(folder: Path, path: str, line: str) -> None:
    spoilt = folder / path
    spoilt.write_text(f"{spoilt.read_text()}\n{line}\n")


def test_every_import_contract_is_tried_below() -> None:
    rules = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {each["name"] for each in rules["contracts"]} == {contract for contract, _, _ in PLANTED}


def test_the_code_as_it_is_breaks_no_contract(copy: Path) -> None:
    checked = check_imports(copy)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(("contract", "path", "line"), PLANTED)
def test_a_planted_import_breaks_its_contract(
    copy: Path, contract: str, path: str, line: str
) -> None:
    plant(copy, path, line)
    checked = check_imports(copy)
    assert checked.returncode == 1
    assert f"{contract} BROKEN" in re.sub(r"\s+", " ", checked.stdout)


@pytest.mark.parametrize(("rule", "code"), FORBIDDEN)
def test_ruff_refuses_what_is_banned(copy: Path, rule: str, code: str) -> None:
    (copy / "services/intake/planted.py").write_text(f'"""A module."""\n\n{code}')
    arguments = ("check", "--no-cache", "--output-format=concise", "services/intake/planted.py")
    checked = run("ruff", *arguments, folder=copy)
    assert checked.returncode == 1
    assert f": {rule} " in checked.stdout


def test_mypy_refuses_a_function_without_types(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def show(person): return person\n")
    checked = run("mypy", str(planted), folder=PROJECT)
    assert checked.returncode == 1
    assert "[no-untyped-def]" in checked.stdout


def test_there_is_one_list_of_dependencies_and_it_is_installed_by_hash() -> None:
    listed = run_git("ls-files", "--cached", "--others", "--exclude-standard")
    manifests = [
        path for path in listed if path.rpartition("/")[2] in ("pyproject.toml", "uv.lock")
    ]
    assert manifests == ["pyproject.toml"]
    requirements = (PROJECT / "requirements.txt").read_text().replace("\\\n", " ").splitlines()
    for line in (line for line in requirements if line and not line.lstrip().startswith("#")):
        assert re.match(r"[\w.-]+==\S+ .*--hash=sha256:", line), line


def run_git(*arguments: str) -> list[str]:
    command = [str(shutil.which("git")), *arguments]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S603
    return listed.stdout.splitlines()
