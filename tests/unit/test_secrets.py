"""Secrets come from files that nobody else can read, and do not leave the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.triage.app import PARTS
from services.triage.settings import Settings
from shared.privacy.kek import FileKek
from shared.privacy.transit import TransitKek
from shared.web import armor
from shared.web.service import build
from tests.services import PROJECT, kek_folder, log_folder

TOLD = {
    "database_url": "postgresql://aduan_triage@127.0.0.1/triage",
    "keys_url": "postgresql://aduan_triage_keys@127.0.0.1/triage_keys",
    "nats_url": "nats://127.0.0.1",
    "issuer_url": "https://masuk.example",
}


def settings(**more: Any) -> Settings:
    told: dict[str, Any] = (
        TOLD | {"kek_folder": kek_folder(), "log_folder": log_folder("none")} | more
    )
    return Settings(**told)


def a_file(folder: Path, content: str, mode: int) -> Path:
    file = folder / f"secret-{mode:o}"
    file.write_text(content)
    file.chmod(mode)
    return file


def test_passwords_come_from_files_and_show_themselves_nowhere(tmp_path: Path) -> None:
    file = a_file(tmp_path, "ra ha/sia@1\n", 0o600)
    told = settings(database_password_file=file)
    assert told.dsn == "postgresql://aduan_triage:ra%20ha%2Fsia%401@127.0.0.1/triage"
    assert "ra%20ha" not in f"{told!r} {told} {told.model_dump()}"
    inline = {"database_url": "postgresql://aduan_triage:rahasia@127.0.0.1/triage"}
    told = settings(**inline)
    assert told.dsn.count("rahasia") == 1
    assert "rahasia" not in f"{told!r} {told}"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400, 0o440])
def test_a_secret_that_only_we_and_our_group_can_read_is_taken(tmp_path: Path, mode: int) -> None:
    file = a_file(tmp_path, "SUA", mode)
    told = settings(nats_seed_file=file)
    assert told.nats_login.seed == "SUA"
    assert "SUA" not in repr(told.nats_login)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o666, 0o700])
@pytest.mark.parametrize("name", ["database_password_file", "nats_seed_file", "nats_key_file"])
def test_a_secret_that_lies_open_stops_the_start(tmp_path: Path, mode: int, name: str) -> None:
    file = a_file(tmp_path, "rahasia", mode)
    with pytest.raises(ValidationError, match="others can read or change this file") as refused:
        settings(**{name: file})
    assert "rahasia" not in str(refused.value)


def test_a_service_leaves_no_core_dump_and_lets_nobody_look_into_its_memory() -> None:
    program = (
        "import ctypes, resource\n"
        "from shared.web.armor import leave_no_dump\n"
        "leave_no_dump()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3))\n"
    )
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["0", "0"]  # 3 asks whether this process may be dumped


def test_every_service_does_so_when_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setattr(armor, "leave_no_dump", lambda: called.append(True))
    build(PARTS, settings())
    assert called == [True]


def test_the_key_of_the_keys_is_in_a_folder_or_on_a_server_and_never_nowhere(
    tmp_path: Path,
) -> None:
    token = tmp_path / "token"
    token.write_text("t")
    token.chmod(0o600)
    server = {"kek_url": "https://bao.internal", "kek_name": "intake", "kek_token_file": token}
    assert isinstance(settings(kek_folder=None, **server).kek(), TransitKek)
    assert isinstance(settings().kek(), FileKek)
    for wrong in ({"kek_folder": None}, server, {"kek_url": "https://bao.internal"}):
        with pytest.raises(ValidationError):
            settings(**wrong)
