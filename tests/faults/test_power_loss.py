"""The power goes: what somebody has a receipt for is on the disk, and not in some memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

import asyncpg
import nats
import pytest

from deploy.local import folder
from deploy.local.nats import Nats
from deploy.local.ports import choose
from deploy.local.postgres import Postgres
from deploy.local.problems import CannotRun
from deploy.local.processes import Server
from services.intake.documents import objects
from shared.history.signer import LogFolder
from shared.privacy.kek import FileKek
from tests.faults.crowd import crowd, figures, nothing_is_lost_or_doubled
from tests.faults.disks import city_at, disk, plug_pulled, servers_at
from tests.tokens import Issuer

BEFORE, AFTER = 100, 50  # receipts


@pytest.mark.parametrize("whose", ["postgres", "nats", "machine"])
async def test_no_receipt_is_worth_nothing_after_the_power_failed(
    whose: str,
    issuer: Issuer,
    pepper: Path,
    tmp_path: Path,
) -> None:
    with disk(tmp_path) as ours:
        on, off = ours.folder / "servers", tmp_path / "servers"
        places = {"postgres": (on, off), "nats": (off, on), "machine": (on, on)}
        with servers_at(*places[whose]) as servers:
            lost: list[Server] = [servers.postgres] if whose != "nats" else []
            lost += [servers.nats] if whose != "postgres" else []
            city = await city_at(servers, issuer, pepper)
            async with city.started("intake") as intake, city.started("triage") as triage:
                async with crowd(intake.client) as people:
                    await people.has(BEFORE)
                    ours.lose_power()
                    for server in lost:
                        plug_pulled(server)
                    if whose == "machine":
                        await asyncio.gather(intake.kill(), triage.kill())
                    began = monotonic()
                    ours.have_power()
                    for server in lost:
                        server.start()
                    if whose == "machine":
                        await intake.start_again()
                        await triage.start_again()
                    await people.has(1)
                    took = monotonic() - began
                    await people.has(AFTER)
                told = await nothing_is_lost_or_doubled(city, people, intake.client, tmp_path)
    figures.warning("power of %s lost: %s; first receipt after %.1f s", whose, told, took)


class Nats2m(Nats):
    """NATS as it is if nobody tells it otherwise: it acknowledges, and syncs two minutes later."""

    def prepare(self) -> None:
        super().prepare()
        text = self._config.read_text()
        assert "sync_interval: always" in text
        self._config.write_text(text.replace("sync_interval: always", 'sync_interval: "2m"'))

    def is_ready(self) -> bool:
        with suppress(CannotRun):  # which is how our own start refuses such a server
            return super().is_ready()
        return True


@pytest.mark.parametrize(("kind", "keeps"), [(Nats, True), (Nats2m, False)])
async def test_nats_keeps_what_it_acknowledged_only_because_it_syncs_every_write(
    kind: type[Nats], keeps: bool, tmp_path: Path
) -> None:
    with disk(tmp_path) as ours:
        (ours.folder / "log").mkdir()
        ports = choose(0)
        server = kind(ours.folder, ports.of("nats"), ports.of("monitor"))
        server.start()
        async with await nats.connect(server.url) as client:
            jetstream = client.jetstream()
            await jetstream.add_stream(name="kept", subjects=["kept"])
            os.sync()
            for _ in range(BEFORE):
                await jetstream.publish("kept", b"x" * 1000)
            ours.lose_power()
            plug_pulled(server)
        ours.have_power()
        server.start()
        async with await nats.connect(server.url) as client:
            found = await client.jetstream().streams_info()
        plug_pulled(server)
    kept = found[0].state.messages if found else 0
    figures.warning("power of %s lost: %d of %d messages are there", kind.__name__, kept, BEFORE)
    assert kept == BEFORE if keeps else kept < BEFORE


@pytest.mark.parametrize("durable", [True, False])
async def test_postgresql_keeps_what_it_committed_only_because_it_syncs(
    durable: bool, tmp_path: Path
) -> None:
    with disk(tmp_path) as ours:
        (ours.folder / "log").mkdir()
        server = Postgres(ours.folder, choose(0).of("postgres"), durable=durable)
        server.start()
        connection = await asyncpg.connect(server.url)
        await connection.execute("create table kept (n int)")
        await connection.execute("checkpoint")
        os.sync()
        for n in range(BEFORE):
            await connection.execute("insert into kept values ($1)", n)
        ours.lose_power()
        plug_pulled(server)
        connection.terminate()
        ours.have_power()
        server.start()
        connection = await asyncpg.connect(server.url)
        kept = await connection.fetchval("select count(*) from kept")
        connection.terminate()
        plug_pulled(server)
    figures.warning("power lost, fsync %s: %d of %d rows are there", durable, kept, BEFORE)
    assert kept == BEFORE if durable else kept < BEFORE


async def a_pepper(at: Path) -> Path:
    folder.kept(at / "pepper", lambda: b"p" * 32)
    return at / "pepper"


async def a_key_of_keys(at: Path) -> Path:
    return FileKek.create(at / "kek").folder / "1.key"


async def a_key_of_the_log(at: Path) -> Path:
    return LogFolder.create(at / "log", "test.example/log1").folder / "key"


async def a_scan(at: Path) -> Path:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a page"

    return at / (await objects.keep(at, pieces())).name


@pytest.mark.parametrize("made", [a_pepper, a_key_of_keys, a_key_of_the_log, a_scan])
async def test_a_file_that_is_made_once_is_there_when_the_power_fails_right_after(
    made: Callable[[Path], Awaitable[Path]], tmp_path: Path
) -> None:
    with disk(tmp_path) as ours:
        os.sync()
        path = await made(ours.folder)
        content = path.read_bytes()
        ours.lose_power()
        ours.have_power()
        assert path.read_bytes() == content
