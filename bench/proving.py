"""The log that proves: giving events their place and their leaf, and checking a bundle of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypeAlias

import asyncpg

from bench.alone import alone
from bench.filling import fill, journey
from bench.ground import Ground
from bench.measure import Pair, Rate, middle, side_by_side
from bench.table import Row, at_least, enough
from deploy.bundle import bundle
from shared.eventstore import now_utc
from shared.eventstore.log import BATCH, sequence
from shared.history import records
from shared.history.signer import LogFolder, sign_once
from shared.history.tree import Edge

SERVICE = "triage"
EVENTS = 50_000  # in the bundle
TURNS = 10  # of giving a part of them their place
CHECKS = 5  # of each bundle at most
SEQUENCED, VERIFIED = 10_000.0, 50_000.0  # events a second
LINEAR = 0.85  # of the speed at half the size
BARE = "create table bare.log (index bigint primary key, event_id uuid not null unique)"
BARE_ORDER = """
    insert into bare.log
    select $1 - 1 + row_number() over (order by tx_id, position), event_id from (
        select * from es.events order by tx_id, position offset $1 limit $2) e"""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def section(ground: Ground) -> list[Row]:
    """Measure both on the same events."""
    database, told = await ground.database(SERVICE), await journey(ground, SERVICE)
    connection, log = await asyncpg.connect(database.admin_url), log_folder(ground.folder)
    many = int(EVENTS * ground.pace.seconds) // TURNS // BATCH * BATCH
    await fill(connection, told.copies(), TURNS * many)
    await connection.execute(BARE)
    edge, pairs, bundles = Edge(), list[Pair](), list[Path]()
    for turn in range(TURNS):
        ours = await timed(connection, edge, many)
        start = time.perf_counter()
        await connection.execute(BARE_ORDER, turn * many, many)
        pairs.append(Pair(ours, many / (time.perf_counter() - start)))
        await sign_once(connection, log, log.key(), edge)
        if turn + 1 in (TURNS // 2, TURNS):
            bundles.append(await a_bundle(connection, log, ground.folder, edge.size))
    await connection.close()
    half, whole = bundles
    checked = await side_by_side(
        _checked(whole, TURNS * many),
        _checked(half, TURNS * many // 2),
        min(CHECKS, ground.pace.rounds),
    )
    ordered = middle(pairs, lambda pair: pair.ratio)
    return [
        enough("sequencing and leaves, events", ordered, "bare INSERT ... SELECT", SEQUENCED),
        enough(f"verify, {TURNS * many:,} events", checked, "at half the size", VERIFIED),
        at_least("  linear", checked, "at half the size", LINEAR),
    ]


def log_folder(folder: Path) -> LogFolder:
    """Return the folder of a log's key."""
    return LogFolder.create(folder / f"log-{SERVICE}", f"{SERVICE}.aduan/log1")


async def timed(connection: Connection, edge: Edge, many: int) -> float:
    """Give so many events their place and their leaf in the tree; return events a second."""
    start, count = time.perf_counter(), 0
    while count < many:
        count += await sequence(connection)
    while await records.grow(connection, edge, count):
        pass
    return count / (time.perf_counter() - start)


async def a_bundle(connection: Connection, log: LogFolder, folder: Path, size: int) -> Path:
    """Write a bundle, and return where it is."""
    out = folder / f"{size}.bundle.tar"
    await bundle(connection, SERVICE, log.policy(), out, now_utc())
    return out


def _checked(path: Path, events: int) -> Rate:
    async def check() -> float:
        return events / (await alone(work="verify", bundle=str(path))).processor

    return check
