"""Appending one event: `es.append` beside a bare INSERT, and beside the library's own recorder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from bench import library
from bench.ground import BARE_EVENT, Ground, Places
from bench.measure import Act, rate, side_by_side, writers_side_by_side
from bench.table import Row, at_least, not_measured
from services.triage.app import PARTS
from services.triage.domain import Identification
from shared.eventstore import Cause, new_id
from shared.eventstore.log import sequence
from shared.eventstore.postgres import APPEND, APPEND_UNLESS_DOOMED, Pool, open_pool
from shared.history.signer import LogFolder, sign_on
from shared.messaging.relay import POLL, ROUND
from shared.messaging.running import stop

HANDLER = "bench-append"
MANY = 8
BESIDE_BARE, BESIDE_LIBRARY = 0.6, 8.0
WITH_LOG = {1: 0.71, MANY: 0.58}  # at most 15 % less than last noted without (docs/performance.md)
BESIDE_PLAIN = 0.97  # that a key is not being destroyed is checked in passing


async def section(ground: Ground) -> list[Row]:
    """Measure one and eight writers."""
    name, body = encoded()
    database = await ground.database("triage")
    async with open_pool(database.url) as pool:
        ours, theirs = _append(pool, name, body), _insert(pool, name, body)
        rows = []
        for writers in (1, MANY):
            pair = await writers_side_by_side(ours, theirs, writers, ground.pace)
            what = f"append, {writers} writer{'s' if writers > 1 else ''}"
            rows.append(at_least(what, pair, "bare INSERT", BESIDE_BARE))
        async with _log_on(ground, database.url):
            for writers, goal in WITH_LOG.items():
                pair = await writers_side_by_side(ours, theirs, writers, ground.pace)
                what = f"append with the log on, {writers} writer{'s' if writers > 1 else ''}"
                rows.append(at_least(what, pair, "bare INSERT", goal))
        doomed = _append(pool, name, body, [new_id()])
        for writers in (1, MANY):
            pair = await writers_side_by_side(doomed, ours, writers, ground.pace)
            what = f"append with a key of before, {writers} writer{'s' if writers > 1 else ''}"
            rows.append(at_least(what, pair, "with a new key", BESIDE_PLAIN))
        return [*rows, await _beside_library(ground, ours, name, body)]


@asynccontextmanager
async def _log_on(ground: Ground, dsn: str) -> AsyncIterator[None]:
    """Give what is appended its place, its leaf and a signature meanwhile, as a service does."""
    folder = LogFolder.create(ground.folder / "log-append", "triage.aduan/log1")
    connection = await asyncpg.connect(dsn)

    async def put_in_order() -> None:
        while True:
            count = await sequence(connection)
            await asyncio.sleep(ROUND if count else POLL)

    tasks = [asyncio.create_task(put_in_order()), asyncio.create_task(sign_on(dsn, folder))]
    try:
        yield
        for task in tasks:
            if task.done():  # then nothing was measured that we speak of
                task.result()
                raise RuntimeError("the log went off")
    finally:
        await stop(*tasks)
        await connection.close()


def encoded() -> tuple[str, str]:
    """Return the name and the body of an event as it is stored."""
    identification = Identification(
        complaint_id=new_id(),
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code="35.73.05.1002",
        received_at=datetime.now(UTC),
    )
    (event,) = identification.collect_events()
    cause = Cause(handler=HANDLER, message_id=str(new_id()), actor="policy:bench")
    draft = PARTS.codec.draft(event)
    return draft.name, PARTS.codec.encode(draft, cause.about(new_id()), new_id(), {}, set())


def _append(pool: Pool, name: str, body: str, keys: list[UUID] | None = None) -> Act:
    places, statement = Places(), APPEND if keys is None else APPEND_UNLESS_DOOMED

    async def append(writer: int) -> object:
        stream, version = places.next(writer)
        row = (stream, version, new_id(), name, body, HANDLER, str(new_id()), b"")
        async with pool.acquire() as connection:
            return await connection.fetchmany(statement, [row if keys is None else (*row, keys)])

    return append


def _insert(pool: Pool, name: str, body: str) -> Act:
    places = Places()

    async def insert(writer: int) -> object:
        return await pool.execute(BARE_EVENT, *places.next(writer), new_id(), name, body)

    return insert


async def _beside_library(ground: Ground, ours: Act, name: str, body: str) -> Row:
    what = f"append, {MANY} writers, beside the library"
    seconds = ground.pace.seconds
    try:
        async with library.recorder(ground, MANY, name, body) as theirs:
            await theirs(seconds / 2)
            pair = await side_by_side(
                lambda: rate(ours, MANY, seconds), lambda: theirs(seconds), ground.pace.rounds
            )
    except library.CannotInstall as problem:
        return not_measured(what, str(problem))
    return at_least(what, pair, f"eventsourcing, {MANY} threads", BESIDE_LIBRARY)
