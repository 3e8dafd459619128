"""Telling others: the relay, beside as many tasks that publish the same messages ready-made."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg

from bench.filling import fill, journey
from bench.ground import Ground
from bench.measure import Rate, side_by_side
from bench.table import Row, at_least
from deploy.provision import parts_of
from shared.contracts import PARTITIONS, Fact, partition_of
from shared.eventstore import Recorded, new_id
from shared.eventstore.log import BATCH, sequence
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_pool
from shared.messaging.bus import PATIENCE, Bus, headers
from shared.messaging.relay import relay
from shared.messaging.running import stop

SERVICE = "intake"
BATCHES = 8  # of events that get their index before a turn
TOLD = 2  # events of a complaint, one of them is told
GOAL = 0.7


class Noting(Bus):
    """Notes what NATS has."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "bench")
        self.told: list[tuple[Fact, Recorded, Any]] = []
        self.wanted = 0
        self.has_all = asyncio.Event()

    async def publish(self, fact: Fact, recorded: Recorded, previous: Any) -> None:
        """Publish, and note it."""
        await super().publish(fact, recorded, previous)
        self.told.append((fact, recorded, previous))
        if len(self.told) == self.wanted:
            self.has_all.set()


async def section(ground: Ground) -> list[Row]:
    """Measure both in turn, on the same stream."""
    database, bus = await ground.database(SERVICE), Noting(await ground.nats())
    batches, parts = max(1, int(BATCHES * ground.pace.seconds)), parts_of(SERVICE)
    admin = await asyncpg.connect(database.admin_url)
    rounds = ground.pace.rounds + 1
    rows = (await journey(ground, SERVICE)).copies()
    await fill(admin, rows, rounds * batches * BATCH)
    await bus.connect()
    async with open_pool(database.url) as pool:
        store = PostgresEventStore(pool, parts.codec, parts.project, MemoryKeys())
        sequenced = asyncio.Event()
        telling = asyncio.create_task(relay(store, bus, parts.published, sequenced))
        ours, theirs = _ours(bus, admin, sequenced, batches), _theirs(bus)
        await side_by_side(ours, theirs, 1)
        pair = await side_by_side(ours, theirs, rounds - 1)
        await stop(telling)
    await bus.close()
    await admin.close()
    return [at_least("relay, facts told", pair, f"js.publish, {PARTITIONS} tasks", GOAL)]


def _ours(
    bus: Noting,
    connection: asyncpg.Connection[asyncpg.Record],
    sequenced: asyncio.Event,
    batches: int,
) -> Rate:
    async def measure() -> float:
        bus.told.clear()
        bus.has_all.clear()
        bus.wanted = batches * BATCH // TOLD
        async with connection.transaction():  # nobody reads them before all have their index
            for _ in range(batches):
                await sequence(connection)
        start = time.perf_counter()
        sequenced.set()
        await bus.has_all.wait()
        return bus.wanted / (time.perf_counter() - start)

    return measure


def _theirs(bus: Noting) -> Rate:
    async def measure() -> float:
        jetstream = await bus.jetstream()
        messages = iter([_ready(*each) for each in bus.told])

        async def publish() -> None:
            for subject, payload, head in messages:
                await jetstream.publish(
                    subject, payload, timeout=PATIENCE, stream=SERVICE, headers=head
                )

        start = time.perf_counter()
        await asyncio.gather(*(publish() for _ in range(PARTITIONS)))
        return len(bus.told) / (time.perf_counter() - start)

    return measure


def _ready(fact: Fact, recorded: Recorded, previous: Any) -> tuple[str, bytes, dict[str, str]]:
    """Return the same message under another id, or NATS would drop it."""
    partition, journey = f"{partition_of(recorded.correlation):02d}", str(recorded.correlation)
    head = headers(fact, recorded, previous) | {"Nats-Msg-Id": str(new_id())}
    return fact.subject(partition, journey), fact.model_dump_json().encode(), head
