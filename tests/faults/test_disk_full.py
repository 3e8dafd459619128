"""A disk is full: whoever cannot be helped is told so; when there is space again all goes on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx

from deploy.local.processes import Server
from deploy.local.watch import tell_of_disk, watch
from shared.web.problems import NOT_STORED
from tests import files
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.faults.conftest import complain
from tests.faults.crowd import crowd, everything_is_signed, figures, nothing_is_lost_or_doubled
from tests.faults.disks import city_at, disk, servers_at
from tests.services import eventually, in_process, log_folder
from tests.tokens import Issuer

SOME, MANY = 20, 50  # answers


async def test_on_a_full_disk_postgresql_refuses_and_goes_on_by_itself_when_there_is_space(
    issuer: Issuer, pepper: Path, tmp_path: Path
) -> None:
    with (
        disk(tmp_path) as ours,
        servers_at(ours.folder / "servers", tmp_path / "nats") as servers,
    ):
        city = await city_at(servers, issuer, pepper)
        process = servers.postgres.process.pid
        async with city.started("intake") as intake, city.started("triage"):
            async with crowd(intake.client) as people:
                await people.has(SOME)
                ours.fill()
                await people.is_refused(MANY)
                ours.clear()
                began = monotonic()
                await people.has(1)
                took = monotonic() - began
                await people.has(SOME)
            told = await nothing_is_lost_or_doubled(city, people, intake.client, tmp_path)
        assert servers.postgres.process.is_running
        assert servers.postgres.process.pid == process
    figures.warning("disk of postgres full: %s; first receipt after %.1f s", told, took)


async def test_on_a_full_disk_nats_holds_nobody_up_and_is_started_anew_when_there_is_space(
    issuer: Issuer, pepper: Path, tmp_path: Path
) -> None:
    said = list[str]()
    with (
        disk(tmp_path) as ours,
        servers_at(tmp_path / "postgres", ours.folder / "servers") as servers,
    ):
        city = await city_at(servers, issuer, pepper)
        async with (
            city.started("intake") as intake,
            city.started("triage"),
            watched(servers.nats, said),
        ):
            async with crowd(intake.client) as people:
                await people.has(SOME)
                ours.fill()
                await people.has(MANY)
                assert people.not_stored == set()
                assert (await intake.client.get("/readyz")).json()["unpublished"] > SOME
                assert said == []  # a new start would not help
                ours.clear()
                began = monotonic()
            await city.settled()
            took = monotonic() - began
            told = await nothing_is_lost_or_doubled(city, people, intake.client, tmp_path)
    assert "nats does not write any more" in said[0]
    figures.warning("disk of nats full: %s; all told %.1f s after there was space", told, took)


async def test_a_server_that_cannot_be_started_on_a_full_disk_is_when_there_is_space(
    tmp_path: Path,
) -> None:
    said = list[str]()

    async def is_said() -> bool:
        return any("nats cannot be started: [Errno 28] No space left" in each for each in said)

    async def is_ready() -> bool:
        return servers.nats.is_ready()

    with (
        disk(tmp_path) as ours,
        servers_at(tmp_path / "postgres", ours.folder / "servers") as servers,
    ):
        async with watched(servers.nats, said):
            ours.fill()
            servers.nats.kill()
            await eventually(is_said, bool)
            assert not await is_ready()
            ours.clear()
            await eventually(is_ready, bool)


async def test_who_runs_it_hears_once_of_a_disk_that_fills_and_once_that_it_has_space_again(
    tmp_path: Path,
) -> None:
    said = list[str]()

    async def how_much() -> int:
        return len(said)

    with disk(tmp_path) as ours:
        telling = asyncio.create_task(tell_of_disk(ours.folder, said.append, every=0.01))
        ours.fill()
        await eventually(how_much, lambda n: n >= 1)
        ours.clear()
        await eventually(how_much, lambda n: n >= 2)
        ours.fill()
        await eventually(how_much, lambda n: n >= 3)
        telling.cancel()
    assert [f"{ours.folder} is 100% full" in each for each in said] == [True, False, True]
    assert "has space again" in said[1]


async def nothing() -> None:
    """What is provisioned here is so already."""


@asynccontextmanager
async def watched(server: Server, said: list[str]) -> AsyncIterator[None]:
    """Look after a server as the local runner does."""
    watching = asyncio.create_task(watch([server], [], nothing, said.append))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def test_on_a_full_disk_scans_are_refused_and_complaints_are_taken_and_signed_later(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path, tmp_path: Path
) -> None:
    database = await make_database("intake")
    with disk(tmp_path) as ours:
        keys = log_folder(database.url)
        shutil.move(keys, ours.folder / "log")
        keys.symlink_to(ours.folder / "log")
        objects = ours.folder / "objects"
        objects.mkdir(mode=0o700)
        told = {"database": database.url, "nats": "nats://127.0.0.1:1", "issuer": issuer.url}
        async with in_process("intake", **told, pepper=pepper, objects_folder=objects) as (
            client,
            _,
        ):
            desk = issuer.headers("operator")
            answer = await client.post("/complaints", json=WALK_IN, headers=desk)
            scans = f"/complaints/{answer.json()['complaint_id']}/documents/evidence/scans"

            async def scan() -> httpx.Response:
                typed = desk | {"Content-Type": "image/jpeg"}
                return await client.post(scans, content=files.with_gps(), headers=typed)

            assert (await client.get("/readyz")).json()["filling"] == {}
            ours.fill()
            filling = (await client.get("/readyz")).json()["filling"]
            assert filling == {"log": 1.0, "objects": 1.0}
            assert (
                'aduan_disk_used_ratio{folder="objects"} 1.0' in (await client.get("/metrics")).text
            )
            refused = await scan()
            assert (refused.status_code, refused.json()["detail"]) == (503, NOT_STORED)
            assert list(objects.iterdir()) == []
            assert (await complain(client)).status_code == 201
            await eventually(
                lambda: client.get("/readyz"), lambda a: a.json()["failing"].get("signer")
            )

            ours.clear()
            assert (await scan()).status_code == 201
            await everything_is_signed(database)
