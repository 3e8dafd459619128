"""The relay reads ahead: a partition that waits for NATS holds back itself, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, cast
from uuid import UUID

import pytest

from services.triage.app import PARTS
from services.triage.domain import Identification
from shared.contracts import Fact, partition_of
from shared.eventstore import Cause, Event, Recorded, new_id, now_utc
from shared.eventstore.log import bookmark, read, sequence
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_store
from shared.messaging import Bus, relay
from shared.messaging.running import stop
from shared.messaging.told import READER
from tests.conftest import MakeDatabase
from tests.facts import complaint_received
from tests.services import eventually


@pytest.fixture
async def store(make_database: MakeDatabase) -> AsyncIterator[PostgresEventStore]:
    url = (await make_database("triage")).url
    async with open_store(url, PARTS.codec, project=PARTS.project, keys=MemoryKeys()) as store:
        yield store


class HeldBus:
    """A bus on which one journey waits for its answer until it is let go."""

    def __init__(self, held: UUID) -> None:
        self.held, self.free = held, asyncio.Event()
        self.begun: list[UUID] = []
        self.told: list[UUID] = []

    async def publish(self, _: Fact, recorded: Recorded, *__: Any) -> None:
        self.begun.append(recorded.correlation)
        if recorded.correlation == self.held:
            await self.free.wait()
        self.told.append(recorded.correlation)


def told(event: Event) -> Fact | None:
    return complaint_received(event.originator_id)


async def in_order(store: PostgresEventStore) -> int:
    async with store.pool.acquire() as connection:
        await sequence(connection)  # not what an older transaction anywhere may still precede
        count: int = await connection.fetchval("select count(*) from es.log")
        return count


def a_journey(partition: int) -> UUID:
    return next(id for id in iter(new_id, None) if partition_of(id) == partition)


async def test_while_one_partition_waits_the_next_batch_of_others_goes_on_and_its_own_does_not(
    store: PostgresEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, other, after_it, ahead = (a_journey(partition) for partition in (3, 4, 3, 5))
    for journey in (waits, other, after_it, ahead):
        queued = Identification(
            complaint_id=journey,
            registration_no="PPA-2026-000001",
            channel="walk_in",
            reporter_role="victim",
            in_danger=False,
            locus_code=None,
            received_at=now_utc(),
        )
        cause = Cause(handler="test", message_id=str(new_id()), actor="test").about(journey)
        await store.save(queued, cause=cause)
    await eventually(lambda: in_order(store), lambda count: count == 4)
    monkeypatch.setattr(relay, "read", partial(read, limit=2))
    bus = HeldBus(waits)
    telling = asyncio.create_task(
        relay.relay(store, cast(Bus, bus), told, asyncio.Event()), name="relay"
    )

    async def so_far() -> list[UUID]:
        return bus.told

    async def next_index() -> int:
        return (await bookmark(store.pool, READER))[0]

    await eventually(so_far, lambda done: ahead in done)
    assert bus.begun == [waits, other, ahead]
    assert await next_index() == 0  # whoever starts again here begins with what is not told

    bus.free.set()
    await eventually(next_index, lambda index: index == 4)
    assert bus.told.index(waits) < bus.told.index(after_it)
    await stop(telling)
