"""Many write at once, some slowly, some in vain: everybody reads the same order, for ever."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from copy import deepcopy
from random import Random
from uuid import UUID

import asyncpg
import pytest

from services.intake.app import PARTS
from services.intake.domain import Complaint, Status, Told
from shared.eventstore import Cause, Event, Recorded, new_id, now_utc
from shared.eventstore.log import read, sequence
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import Connection, PostgresEventStore, open_store
from shared.privacy import Personal
from shared.problems import Missing, Stale
from tests.conftest import Database, MakeDatabase
from tests.services import eventually

WRITERS, TURNS, COMPLAINTS = 10, 30, 8
SLOWEST, IN_VAIN = 0.02, 0.15  # seconds to a commit; how many do not come to it


class ChangedTheirMind(Exception):
    """A writer rolls back."""


class Crowd:
    """Writers on common complaints: they load, decide and save, each at a pace of its own."""

    def __init__(self) -> None:
        self.chance = Random(2026)  # noqa: S311 so that a failure can be repeated
        self.committed: list[UUID] = []
        self.late = a_complaint()
        self.late_is_written, self.late_may_commit = asyncio.Event(), asyncio.Event()

    async def dawdle(self, _: Connection, event: Event) -> None:
        """What happens between the append and the commit."""
        if event.originator_id == self.late.id:
            self.late_is_written.set()
            await self.late_may_commit.wait()
        elif event.originator_version > 2:
            await asyncio.sleep(self.chance.uniform(0, SLOWEST))
            if self.chance.random() < IN_VAIN:
                raise ChangedTheirMind

    async def write(self, store: PostgresEventStore, complaints: list[Complaint]) -> None:
        for _ in range(TURNS):
            with suppress(Stale, ChangedTheirMind):
                complaint = await store.load(Complaint, self.chance.choice(complaints).id)
                complaint.progress(Status.REFERRED, new_id())
                await self.save(store, complaint)

    async def save(self, store: PostgresEventStore, complaint: Complaint) -> None:
        receipts = await store.save(complaint, cause=a_cause())
        self.committed += [receipt.event_id for receipt in receipts]

    async def how_many(self) -> int:
        return len(self.committed)


async def test_everything_committed_is_in_the_log_once_and_in_order(
    make_database: MakeDatabase,
) -> None:
    database, crowd = await make_database("intake"), Crowd()
    seen: list[Recorded] = []
    async with (
        open_store(database.url, PARTS.codec, project=crowd.dawdle, keys=MemoryKeys()) as store,
        asyncio.TaskGroup() as group,
    ):
        following = group.create_task(follow(database, store, seen))
        complaints = [a_complaint() for _ in range(COMPLAINTS)]
        for complaint in complaints:
            await crowd.save(store, complaint)
        slow = group.create_task(crowd.save(store, crowd.late))
        await crowd.late_is_written.wait()

        writers = [group.create_task(crowd.write(store, complaints)) for _ in range(WRITERS)]
        before = len(crowd.committed)
        await eventually(crowd.how_many, lambda n: n > before + 40)
        overtakers = crowd.committed[before:]
        crowd.late_may_commit.set()
        await asyncio.gather(slow, *writers)
        await eventually(crowd.how_many, lambda n: n == len(seen))
        following.cancel()
        afterwards = await read(store.pool, store.codec, 0, limit=10_000)

    order = [each.event_id for each in seen]
    assert sorted(order) == sorted(crowd.committed)
    assert [each.index for each in seen] == list(range(len(seen)))
    assert order == [each.event_id for each in afterwards]
    for versions in versions_by_stream(seen).values():
        assert versions == list(range(1, len(versions) + 1))
    (*_, last_of_late) = (n for n, each in enumerate(seen) if each.stream_id == crowd.late.id)
    assert min(order.index(overtaker) for overtaker in overtakers) > last_of_late
    assert len(overtakers) > 40


async def test_what_builds_on_a_transaction_that_began_later_is_stale(
    make_database: MakeDatabase,
) -> None:
    """It would be read before what it builds on. Only a writer who guesses gets that far."""
    database = await make_database("intake")
    in_the_way, built_on = a_complaint(), a_complaint()
    same, guess = a_complaint(in_the_way.id), deepcopy(built_on)
    guess.collect_events()
    guess.progress(Status.REFERRED, new_id())
    may_roll_back = asyncio.Event()

    async def change_their_mind(_: Connection, __: Event) -> None:
        await may_roll_back.wait()
        raise ChangedTheirMind

    async with (
        open_store(database.url, PARTS.codec, project=nothing, keys=MemoryKeys()) as store,
        open_store(
            database.url, PARTS.codec, project=change_their_mind, keys=MemoryKeys()
        ) as rival,
    ):
        rolls_back = asyncio.create_task(rival.save(in_the_way, cause=a_cause()))
        await eventually(lambda: sessions(store, "idle in transaction", "Client"), one)
        too_early = asyncio.create_task(store.save(same, guess, cause=a_cause()))
        await eventually(lambda: sessions(store, "active", "Lock"), one)
        await store.save(built_on, cause=a_cause())
        may_roll_back.set()

        with pytest.raises(ChangedTheirMind):
            await rolls_back
        with pytest.raises(Stale):
            await too_early
        assert (await store.load(Complaint, built_on.id)).version == built_on.version
        with pytest.raises(Missing):
            await store.load(Complaint, in_the_way.id)


async def follow(database: Database, store: PostgresEventStore, seen: list[Recorded]) -> None:
    """Sequence all the time, and read what is new as a reader with a bookmark does."""
    leader = await asyncpg.connect(database.url)
    try:
        while True:
            await sequence(leader)
            seen += await read(store.pool, store.codec, len(seen))
    finally:
        await leader.close()


def versions_by_stream(seen: list[Recorded]) -> dict[UUID, list[int]]:
    versions = defaultdict(list)
    for each in seen:
        versions[each.stream_id].append(each.version)
    return versions


async def sessions(store: PostgresEventStore, state: str, waiting_for: str) -> int:
    count: int = await store.pool.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and state = $1 and wait_event_type = $2",
        state,
        waiting_for,
    )
    return count


def one(count: int) -> bool:
    return count == 1


async def nothing(_: Connection, __: Event) -> None: ...


def a_complaint(id: UUID | None = None) -> Complaint:
    now = now_utc()
    complaint = Complaint(id=id or new_id(), channel="walk_in", sub_channel=None, opened_at=now)
    told = Told(reporter_role="witness", narrative=Personal("..."), in_danger=False)
    complaint.receive("PPA-2026-000001", told, now)
    return complaint


def a_cause() -> Cause:
    return Cause(handler="test", message_id=str(new_id()), correlation_id=new_id(), actor="test")
