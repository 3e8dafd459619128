"""Any two custodians bring the key of the keys back, and nobody alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy import escrow
from deploy.escrow import CannotEscrow
from shared.privacy.kek import FileKek, NoKek

SERVICES = ("intake", "triage")


@pytest.fixture
def keks(tmp_path: Path) -> Path:
    for service in SERVICES:
        FileKek.create(tmp_path / "kek" / service)
    asyncio.run(FileKek(tmp_path / "kek" / "intake").rotate())
    return tmp_path / "kek"


@pytest.fixture
def copies(tmp_path: Path, keks: Path) -> dict[str, bytes]:
    for name in "abc":
        escrow.make_custodian(tmp_path / name)
    public = {name: escrow._public(tmp_path / f"{name}.pub") for name in "abc"}
    return escrow.seal_for_two(escrow.keks_in(keks, SERVICES), public)


@pytest.mark.parametrize("pair", ["a+b", "a+c", "b+c"])
def test_any_two_bring_every_epoch_back(
    pair: str, copies: dict[str, bytes], keks: Path, tmp_path: Path
) -> None:
    first, second = pair.split("+")
    inner = escrow.open_one(copies[pair], escrow._private(tmp_path / f"{second}.key"))
    assert escrow.is_layer(inner)
    plain = escrow.open_one(inner, escrow._private(tmp_path / f"{first}.key"))
    assert escrow.restore(plain, tmp_path / "again") == list(SERVICES)
    epoch, blobs = asyncio.run(FileKek(keks / "intake").wrap([bytes(32)]))
    assert epoch == 2
    assert asyncio.run(FileKek(tmp_path / "again" / "intake").unwrap(epoch, blobs)) == [bytes(32)]
    assert len(list((tmp_path / "again" / "intake").iterdir())) == 2


def test_nobody_opens_one_alone(copies: dict[str, bytes], tmp_path: Path) -> None:
    keys = [escrow._private(tmp_path / f"{name}.key") for name in "abc"]
    for copy in copies.values():
        for key in keys:
            try:
                inner = escrow.open_one(copy, key)
            except CannotEscrow:
                continue
            with pytest.raises(CannotEscrow):
                escrow.open_one(inner, key)


def test_no_key_lies_in_a_copy(copies: dict[str, bytes], keks: Path) -> None:
    for files in escrow.keks_in(keks, SERVICES).values():
        for content in files.values():
            assert all(content not in copy for copy in copies.values())


def test_one_custodian_is_too_few(keks: Path, tmp_path: Path) -> None:
    escrow.make_custodian(tmp_path / "a")
    with pytest.raises(CannotEscrow):
        escrow.seal_for_two(
            escrow.keks_in(keks, SERVICES), {"a": escrow._public(tmp_path / "a.pub")}
        )


def test_a_key_that_is_not_here_has_no_copy(tmp_path: Path) -> None:
    with pytest.raises(NoKek):
        escrow.keks_in(tmp_path, ("intake",))


def test_a_custodians_key_is_hers_alone_and_never_replaced(tmp_path: Path) -> None:
    escrow.make_custodian(tmp_path / "a")
    file = tmp_path / "a.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_pem_private_key(file.read_bytes(), None)
    with pytest.raises(FileExistsError):
        escrow.make_custodian(tmp_path / "a")


def test_it_works_from_the_command_line(
    keks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for service in ("referral", "counseling"):
        FileKek.create(keks / service)

    def run(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["escrow", *map(str, words)])
        return escrow.main()

    for name in "ab":
        assert run("custodian", tmp_path / name) == 0
    public = (tmp_path / "a.pub", tmp_path / "b.pub")
    assert run("seal", "--keks", keks, "--to", tmp_path, *public) == 0
    copy, inner, again = tmp_path / "kek-a+b.sealed", tmp_path / "inner", tmp_path / "again"
    assert run("open", tmp_path / "a.key", copy, inner) == 1, "b comes first"
    assert run("open", tmp_path / "b.key", copy, inner) == 0
    assert run("open", tmp_path / "a.key", inner, again) == 0
    assert sorted(each.name for each in again.iterdir()) == [
        "counseling",
        "intake",
        "referral",
        "triage",
    ]
    assert "for a to open" in capsys.readouterr().out
