"""The key server does for the keyring what files do, and its outage is an outage."""

from __future__ import annotations

import asyncio
import base64
import socket
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.keys import keys_beside
from deploy.rotate import rotate_as_set
from shared.eventstore import new_id
from shared.eventstore.postgres import OUTAGES, open_pool
from shared.privacy.kek import CannotUnwrap, NoKek
from shared.privacy.keyring import Keyring
from shared.privacy.transit import BATCH, TransitKek
from tests.conftest import MakeDatabase
from tests.services import eventually, free_port, log_folder

ROOT = "root"
DEKS = [bytes([n]) * 32 for n in range(3)]


@dataclass(frozen=True)
class Bao:
    """A real OpenBao, which keeps everything in memory."""

    url: str

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"X-Vault-Token": ROOT}
        answer = httpx.request(method, f"{self.url}/v1/{path}", json=body, headers=headers)
        return answer.raise_for_status()


@contextmanager
def running_bao(folder: Path) -> Iterator[Bao]:
    port = free_port()
    binary = Path(sysconfig.get_path("scripts")) / "bao"
    options = (f"-dev-root-token-id={ROOT}", f"-dev-listen-address=127.0.0.1:{port}")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(  # noqa: S603 our own tool
            [str(binary), "server", "-dev", "-dev-no-store-token", *options], stdout=log, stderr=log
        )
        try:
            running = Bao(f"http://127.0.0.1:{port}")
            asyncio.run(eventually(lambda: _healthy(running.url), bool))
            running.ask("POST", "sys/mounts/transit", {"type": "transit"})
            yield running
        finally:
            server.terminate()
            server.wait()


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running_bao(tmp_path_factory.mktemp("bao")) as running:
        yield running


async def _healthy(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{url}/v1/sys/health")).is_success


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{ROOT}\n")
    file.chmod(0o600)
    return file


@pytest.fixture
async def kek(bao: Bao, token: Path) -> AsyncIterator[TransitKek]:
    kek = TransitKek(bao.url, f"key-{new_id()}", token)
    await kek.create()
    yield kek
    await kek.close()


async def test_what_was_wrapped_is_unwrapped(kek: TransitKek) -> None:
    epoch, blobs = await kek.wrap(DEKS)
    assert epoch == 1
    assert await kek.unwrap(epoch, blobs) == DEKS
    for dek, blob in zip(DEKS, blobs, strict=True):
        assert dek not in blob
        assert base64.b64encode(dek) not in blob


async def test_more_than_one_batch_keeps_its_order(kek: TransitKek) -> None:
    deks = [n.to_bytes(32, "big") for n in range(2 * BATCH + 1)]
    epoch, blobs = await kek.wrap(deks)
    assert await kek.unwrap(epoch, blobs) == deks
    await kek.rotate()
    epoch, blobs = await kek.rewrap(epoch, blobs)
    assert (epoch, await kek.unwrap(epoch, blobs)) == (2, deks)


async def test_nothing_to_wrap_is_no_trouble(kek: TransitKek) -> None:
    assert await kek.wrap([]) == (1, [])
    assert await kek.unwrap(1, []) == []
    assert await kek.rewrap(1, []) == (1, [])


async def test_a_rotation_between_two_batches_leaves_one_epoch(
    kek: TransitKek, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, calls = kek._call, 0

    async def call_and_rotate(what: str, *arguments: object) -> object:
        nonlocal calls
        calls += what == "encrypt"
        if what == "encrypt" and calls == 2:
            await kek.rotate()
        return await call(what, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kek, "_call", call_and_rotate)
    deks = [n.to_bytes(32, "big") for n in range(BATCH + 1)]
    epoch, blobs = await kek.wrap(deks)
    assert (epoch, calls) == (2, 4)
    assert await kek.unwrap(epoch, blobs) == deks


async def test_after_a_rotation_the_old_still_unwraps_and_the_new_wraps(kek: TransitKek) -> None:
    old, before = await kek.wrap(DEKS)
    assert await kek.rotate() == 2
    assert await kek.unwrap(old, before) == DEKS
    assert (await kek.wrap(DEKS))[0] == 2


async def test_destroyed_epochs_are_gone_with_all_before_them(bao: Bao, kek: TransitKek) -> None:
    old, before = await kek.wrap(DEKS)
    await kek.rotate()
    await kek.rotate()
    newest, now = await kek.rewrap(old, before)
    for epoch in (2, 2, 1, 0):
        await kek.destroy(epoch)
    assert await kek.unwrap(newest, now) == DEKS
    with pytest.raises(NoKek):
        await kek.unwrap(old, before)
    with pytest.raises(NoKek):
        await kek.rewrap(old, before)
    about = bao.ask("GET", f"transit/keys/{kek._name}").json()["data"]
    assert list(about["keys"]) == ["3"], "it did not only refuse: the version is no more"
    with pytest.raises(httpx.HTTPStatusError):
        bao.ask("POST", f"transit/keys/{kek._name}/config", {"min_decryption_version": 1})
    assert (await kek.wrap(DEKS))[0] == 3
    assert await kek.rotate() == 4


async def test_the_epoch_in_use_is_not_destroyed(kek: TransitKek) -> None:
    _, blobs = await kek.wrap(DEKS)
    with pytest.raises(ValueError, match="rotate first"):
        await kek.destroy(1)
    assert await kek.unwrap(1, blobs) == DEKS


async def test_a_damaged_key_is_named_by_its_position(kek: TransitKek) -> None:
    epoch, blobs = await kek.wrap([DEKS[0]] * (BATCH + 2))
    other = base64.b64encode(bytes(60))
    for damaged in (b"", b"\xff", b"vault:v1:", b"vault:v1:" + other, b"vault:v2:" + other):
        with pytest.raises(CannotUnwrap) as refused:
            await kek.unwrap(epoch, [*blobs[:-1], damaged])
        assert refused.value.position == BATCH + 1
        with pytest.raises(CannotUnwrap):
            await kek.rewrap(epoch, [damaged])


async def test_a_lost_key_is_not_silently_made_anew(bao: Bao, kek: TransitKek, token: Path) -> None:
    stranger = TransitKek(bao.url, "was-never-made", token)
    for attempt in (stranger.wrap(DEKS), stranger.rotate(), stranger.destroy(1)):
        with pytest.raises(NoKek):
            await attempt
    with pytest.raises(httpx.HTTPStatusError):
        bao.ask("GET", "transit/keys/was-never-made")
    await stranger.close()


async def test_making_it_twice_makes_it_once(kek: TransitKek) -> None:
    epoch, blobs = await kek.wrap(DEKS)
    await kek.create()
    assert await kek.unwrap(epoch, blobs) == DEKS


async def test_a_renewed_token_counts_at_once_and_one_that_ran_out_is_an_outage(
    kek: TransitKek, token: Path
) -> None:
    _rewrite(token, "ran-out")
    with pytest.raises(ConnectionError):
        await kek.wrap(DEKS)
    _rewrite(token, ROOT)
    await kek.wrap(DEKS)


async def test_the_rights_of_a_service_suffice_and_reach_no_further(
    bao: Bao, kek: TransitKek, token: Path
) -> None:
    rules = "".join(
        f'path "transit/{what}/{kek._name}" {{ capabilities = ["update"] }}\n'
        for what in ("encrypt", "decrypt", "rewrap")
    )
    bao.ask("PUT", "sys/policies/acl/service", {"policy": rules})
    made = bao.ask("POST", "auth/token/create", {"policies": ["service"], "ttl": "1m"}).json()
    _rewrite(token, made["auth"]["client_token"])
    epoch, blobs = await kek.wrap(DEKS)
    assert await kek.unwrap(*(await kek.rewrap(epoch, blobs))) == DEKS
    with pytest.raises(ConnectionError, match="403"):
        await kek.rotate()


async def test_make_rotate_works_there_by_the_settings_of_the_service(
    bao: Bao,
    kek: TransitKek,
    token: Path,
    make_database: MakeDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = await make_database("triage")
    for name, value in {
        "DATABASE_URL": database.url,
        "KEYS_URL": keys_beside(database.url),
        "KEK_URL": bao.url,
        "KEK_NAME": kek._name,
        "KEK_TOKEN_FILE": str(token),
        "LOG_FOLDER": str(log_folder(database.url)),
        "NATS_URL": "nats://127.0.0.1:1",
        "ISSUER_URL": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(f"TRIAGE_{name}", value)
    async with open_pool(keys_beside(database.url), size=2) as pool:
        keyring = Keyring(pool, kek, size=3)
        await keyring.start()
        taken = keyring.take()
        old = [row["wrapped"] for row in await pool.fetch("select wrapped from keys.keys")]

        await rotate_as_set("triage", destroy=True)

        keyring.forget([taken.id])
        opened = (await keyring.keys([taken.id]))[taken.id]
        assert opened is not None
        assert opened.commitment == taken.commitment
    with pytest.raises(NoKek):  # yesterday's backup is dead
        await kek.unwrap(1, old)


async def test_a_server_that_is_away_is_an_outage(token: Path) -> None:
    kek = TransitKek(f"http://127.0.0.1:{free_port()}", "key", token)
    with pytest.raises(ConnectionError) as refused:
        await kek.wrap(DEKS)
    assert isinstance(refused.value, OUTAGES)
    await kek.close()


async def test_a_server_that_does_not_answer_is_an_outage(
    token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.privacy.transit.PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        kek = TransitKek(f"http://127.0.0.1:{silent.getsockname()[1]}", "key", token)
        with pytest.raises(ConnectionError, match="Timeout"):
            await kek.wrap(DEKS)
        await kek.close()


def test_a_sealed_server_is_an_outage(tmp_path: Path, token: Path) -> None:
    async def wrap(url: str) -> None:
        kek = TransitKek(url, "key", token)
        try:
            await kek.wrap(DEKS)
        finally:
            await kek.close()

    with running_bao(tmp_path) as bao:
        bao.ask("PUT", "sys/seal")
        with pytest.raises(ConnectionError, match="503"):
            asyncio.run(wrap(bao.url))


def _rewrite(token: Path, text: str) -> None:
    token.write_text(text)
