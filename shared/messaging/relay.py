"""From the event store to NATS. The events are the outbox, and their index is the order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

from shared.contracts import Fact, partition_of
from shared.eventstore import Event, Recorded
from shared.eventstore.log import bookmark, check_order, leadership, move_bookmark, read, sequence
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.bus import Bus

READER = "relay"
SILENCE = 5.0  # seconds; then another process takes over from one that is frozen
POLL = 0.05  # seconds; only what another replica stored waits that long
ROUND = 0.02  # seconds from one round to the next: under load a round carries more, idle none waits
RETRY = (0.05, 0.2, 0.5, 1.0)  # seconds, the last one for ever
Published = Callable[[Event], Fact | None]
Parcel = tuple[Recorded, Fact, int | None]
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
    """Publish what is new, forever. A crash in here repeats a fact, but never drops one."""
    index, last = await bookmark(store.pool, READER)
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
                lanes[partition].append((recorded, fact, last.get(str(partition))))
                last[str(partition)] = recorded.index
        async with asyncio.TaskGroup() as group:
            for lane in lanes.values():
                group.create_task(_publish(bus, lane))
        index = batch[-1].index + 1
        await move_bookmark(store.pool, READER, index, last)  # only now: NATS has all of them
        await asyncio.sleep(ROUND)


async def _publish(bus: Bus, lane: list[Parcel]) -> None:
    """Publish one partition's facts one after the other, each until NATS has it."""
    for recorded, fact, previous in lane:
        attempt = 0
        while True:
            try:
                await bus.publish(fact, recorded, previous)
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
