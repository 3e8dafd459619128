"""People who complain while something breaks, and know what each of them was told.

Afterwards: whoever has a receipt is in the history once, whoever was told "not stored" is not, and
whoever was told nothing is there once or not at all, which sending again makes once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx

from deploy.bundle import bundle
from shared.eventstore import new_id, now_utc
from shared.eventstore.postgres import connect
from shared.history.signer import LogFolder
from shared.history.verify import main
from shared.web.problems import NOT_STORED, UNCERTAIN
from tests.conftest import Database
from tests.faults.conftest import City, complain, complain_until_answered
from tests.services import eventually, log_folder

PEOPLE = 8
figures = logging.getLogger("figures")  # shown by pytest --log-cli-level=WARNING
BREATH = 0.05  # seconds between an answer and the next complaint


class Crowd:
    """What they were told, by the key they sent."""

    def __init__(self) -> None:
        self.receipts: dict[str, str] = {}
        self.not_stored: set[str] = set()
        self.unknown: set[str] = set()

    async def complains(self, client: httpx.AsyncClient) -> None:
        """Complain about one thing after the other, for ever."""
        while True:
            key = new_id().hex
            self.unknown.add(key)
            try:
                answer = await complain(client, key)
            except httpx.TransportError:  # nobody is there
                await asyncio.sleep(10 * BREATH)
                continue
            if answer.status_code == 201:
                self.receipts[key] = answer.json()["complaint_id"]
                self.unknown.remove(key)
                await asyncio.sleep(BREATH)
                continue
            assert answer.status_code == 503, answer.text
            assert answer.json()["detail"] in (NOT_STORED, UNCERTAIN)
            if answer.json()["detail"] == NOT_STORED:
                self.not_stored.add(key)
                self.unknown.remove(key)
            await asyncio.sleep(BREATH)

    async def has(self, more: int) -> None:
        """Wait for so many more receipts."""
        wanted = len(self.receipts) + more

        async def count() -> int:
            return len(self.receipts)

        await eventually(count, lambda n: n >= wanted, within=30)

    async def is_refused(self, more: int) -> None:
        """Wait until so many more are told that nothing is stored."""
        wanted = len(self.not_stored) + more

        async def count() -> int:
            return len(self.not_stored)

        await eventually(count, lambda n: n >= wanted, within=30)


@asynccontextmanager
async def crowd(client: httpx.AsyncClient) -> AsyncIterator[Crowd]:
    """Let many complain at the same time, until the end."""
    people = Crowd()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(people.complains(client)) for _ in range(PEOPLE)]
        try:
            yield people
        finally:
            for task in tasks:
                task.cancel()


async def nothing_is_lost_or_doubled(
    city: City, people: Crowd, client: httpx.AsyncClient, out: Path
) -> str:
    """Insist on it, now that all is mended; return the figures."""
    stored = await city.complaints()
    assert len(set(stored)) == len(stored)
    assert set(people.receipts.values()) <= set(stored)
    assert len(stored) <= len(people.receipts) + len(people.unknown)

    again = await _all_ask_again(people, client)
    assert {key: again[key] for key in people.receipts} == people.receipts
    assert not {again[key] for key in people.not_stored} & set(stored)
    began = monotonic()
    await city.settled()
    drained = monotonic() - began
    assert sorted(await city.complaints()) == sorted(again.values())
    assert sorted(await city.identifications()) == sorted(again.values())
    assert await city.parked() == 0
    await history_holds(city, out)
    return (
        f"{len(people.receipts)} receipts, lost 0, doubled 0; {len(people.not_stored)} refused,"
        f" {len(stored) - len(people.receipts)} of {len(people.unknown)} unknown were stored;"
        f" backlog drained in {drained:.1f} s"
    )


async def _all_ask_again(people: Crowd, client: httpx.AsyncClient) -> dict[str, str]:
    keys = [*people.receipts, *people.not_stored, *people.unknown]
    turns = asyncio.Semaphore(PEOPLE)

    async def ask(key: str) -> str:
        async with turns:
            return await complain_until_answered(client, key)

    return dict(zip(keys, await asyncio.gather(*map(ask, keys)), strict=True))


async def history_holds(city: City, out: Path) -> None:
    """Let the auditors' program check all that intake and triage ever stored."""
    bundles = [out / f"{service}.tar" for service in city.databases]
    for file, (service, database) in zip(bundles, city.databases.items(), strict=True):
        await everything_is_signed(database)
        policy = LogFolder(log_folder(database.url), f"{service}.aduan/log1").policy()
        connection = await connect(database.url)
        try:
            await bundle(connection, service, policy, file, now_utc())
        finally:
            await connection.close()
    assert main([str(file) for file in bundles]) == 0


async def everything_is_signed(database: Database) -> None:
    """Wait until a log's newest checkpoint is over all that was stored."""

    async def unsigned() -> int:
        connection = await connect(database.url)
        try:
            count: int = await connection.fetchval(
                "select (select count(*) from es.events)"
                " - coalesce((select max(size) from es.checkpoints), 0)"
            )
        finally:
            await connection.close()
        return count

    await eventually(unsigned, lambda count: count == 0)
