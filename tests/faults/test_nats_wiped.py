"""NATS forgets what it had: whoever missed something asks who told it, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from typing import Any
from uuid import UUID

from deploy.clients import PUBLIC, Clients, clients_of
from deploy.local.running import Running, pid_of
from shared.contracts import PARTITIONS, partition_of
from shared.eventstore import new_id
from tests.complaints import WEBSITE
from tests.faults.conftest import City, complain_until_answered
from tests.services import PROJECT, Process, eventually

CLIENTS, EACH = 4, 25


async def test_nats_wiped_under_load_loses_no_complaint_and_doubles_none(city: City) -> None:
    async with city.started("intake") as intake, city.started("triage") as triage:
        some = asyncio.Event()

        async def client() -> list[str]:
            taken = []
            for n in range(EACH):
                taken.append(await complain_until_answered(intake.client, new_id().hex))
                if n == EACH // 2:
                    some.set()
            return taken

        clients = asyncio.gather(*(client() for _ in range(CLIENTS)))
        await some.wait()
        await city.wipe_nats()
        complaints = [each for one in await clients for each in one]
        await city.caught_up()
        await eventually(lambda: readiness(triage), lambda about: about["gaps"] == {})

    assert len(set(complaints)) == CLIENTS * EACH
    assert sorted(await city.identifications()) == sorted(complaints)
    assert await city.parked() == 0


async def test_what_was_told_to_nobody_yet_is_fetched_though_nothing_follows_it(
    city: City,
) -> None:
    async with city.started("intake") as intake:
        complaints = [await complain_until_answered(intake.client, new_id().hex) for _ in range(10)]
        await city.published()
        await city.wipe_nats()

        async with city.started("triage"), city.started("triage"):
            await city.caught_up()

    assert sorted(await city.identifications()) == sorted(complaints)
    assert await city.parked() == 0


async def test_what_nats_forgot_of_one_complaint_is_heard_before_what_follows(city: City) -> None:
    async with (
        city.started("intake", fault="every_third_is_lost_in_nats") as intake,
        city.started("triage"),
    ):
        complaints = [await complain_until_answered(intake.client, new_id().hex) for _ in range(30)]
        await city.caught_up()

    assert sorted(await city.identifications()) == sorted(complaints)
    for partition in range(PARTITIONS):  # in the order in which intake took them
        assert of(partition, await city.identifications()) == of(partition, complaints)
    assert await city.parked() == 0


async def test_what_make_run_started_is_whole_again_after_nats_lost_its_disk() -> None:
    command = [sys.executable, "-m", "deploy.local", "--ephemeral", "--port-base", "0", "--json"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as system:  # noqa: ASYNC220, S603
        assert system.stdout is not None
        try:
            running = Running.model_validate_json(await asyncio.to_thread(system.stdout.readline))
            async with clients_of(running) as clients:
                before = await clients.post(PUBLIC, "intake", "/complaints", WEBSITE)
                os.kill(pid_of(running.data, "nats"), signal.SIGKILL)
                shutil.rmtree(running.data / "nats")
                after = await clients.post(PUBLIC, "intake", "/complaints", WEBSITE)
                told = {before["complaint_id"], after["complaint_id"]}
                await eventually(lambda: waiting(clients), lambda heard: heard == told, within=60)
        finally:
            system.terminate()
            await asyncio.to_thread(system.wait)


async def waiting(clients: Clients) -> set[str]:
    found = await clients.get("identification_officer", "triage", "/identifications")
    return {each["complaint_id"] for each in found}


def of(partition: int, complaints: list[str]) -> list[str]:
    return [each for each in complaints if partition_of(UUID(each)) == partition]


async def readiness(service: Process) -> dict[str, Any]:
    about: dict[str, Any] = (await service.client.get("/readyz")).json()
    return about
