"""From the event store to NATS. The events are the outbox, and their index is the order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy

import asyncpg
import structlog

from shared.contracts import Fact, partition_of
from shared.eventstore import Recorded
from shared.eventstore.log import (
    BATCH,
    bookmark,
    check_order,
    leadership,
    move_bookmark,
    read,
    sequence,
)
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.bus import Bus
from shared.messaging.told import READER, Published, last_told

SILENCE = 5.0  # seconds; then another process takes over from one that is frozen
POLL = 0.05  # seconds; only what another replica stored waits that long
ROUND = 0.02  # seconds from one round to the next: under load a round carries more, idle none waits
RETRY = (0.05, 0.2, 0.5, 1.0)  # seconds, the last one for ever
Parcel = tuple[Recorded, Fact, dict[str, int]]
log = structlog.get_logger()


async def lead(dsn: str, store: PostgresEventStore, bus: Bus, published: Published) -> None:
    """Be the one process of this service that sequences and publishes, if nobody else is."""
    async with leadership(dsn, "sequencer", SILENCE) as connection:
        if connection is None:
            return
        await check_order(connection)
        sequenced = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(_sequence(connection, store.wake, sequenced))
            group.create_task(relay(store, bus, published, sequenced))


async def _sequence(
    connection: asyncpg.Connection[asyncpg.Record], wake: asyncio.Event, sequenced: asyncio.Event
) -> None:
    while True:
        wake.clear()
        if await sequence(connection):
            sequenced.set()
            await asyncio.sleep(ROUND)
        else:
            await _wait(wake, POLL)


async def relay(
    store: PostgresEventStore, bus: Bus, published: Published, sequenced: asyncio.Event
) -> None:
    """Publish what is new, forever. A crash in here repeats facts, but never drops one.

    A batch is read while the one before is on its way: no partition waits for another.
    """
    index, state = await bookmark(store.pool, READER)
    last = last_told(state)
    busy: dict[int, asyncio.Task[None]] = {}  # the newest lane of each partition
    async with asyncio.TaskGroup() as group:
        marking = None
        while True:
            sequenced.clear()
            batch = await read(store.pool, store.codec, index)
            if not batch:
                await _wait(sequenced, 1.0)
                continue
            lanes: dict[int, list[Parcel]] = defaultdict(list)
            for recorded in batch:
                if fact := published(recorded.event):
                    partition = partition_of(recorded.correlation)
                    lanes[partition].append((recorded, fact, dict(last[partition])))
                    last[partition][type(fact).__name__] = recorded.index
            for partition, lane in lanes.items():
                before = busy.get(partition)
                busy[partition] = group.create_task(_publish(bus, lane, before))
            index = batch[-1].index + 1
            if marking:
                await marking  # of the batch before: no more than two are under way
            marking = group.create_task(_mark(store, index, deepcopy(last), list(busy.values())))
            if len(batch) < BATCH:
                await asyncio.sleep(ROUND)


async def _mark(
    store: PostgresEventStore,
    index: int,
    last: Mapping[int, Mapping[str, int]],
    lanes: list[asyncio.Task[None]],
) -> None:
    """Remember how far we came, once NATS has all of it."""
    await asyncio.gather(*lanes)
    await move_bookmark(store.pool, READER, index, last)


async def _publish(bus: Bus, lane: list[Parcel], before: asyncio.Task[None] | None) -> None:
    """Publish one partition's facts one after the other, each until NATS has it."""
    if before:
        await before
    for recorded, fact, earlier in lane:
        attempt = 0
        while True:
            try:
                await bus.publish(fact, recorded, earlier)
                break
            except Exception as error:  # a lost answer means unknown: send again, same id
                if attempt == len(RETRY):
                    log.warning("relay waits for nats", error=type(error).__name__)
                await asyncio.sleep(RETRY[min(attempt, len(RETRY) - 1)])
                attempt += 1


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
