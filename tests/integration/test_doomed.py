"""What somebody was told is stored can be read, also when her key is destroyed in that moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from eventsourcing.domain import Aggregate, event

from shared.access.forgetting import seal_no_more
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.codec import Codec
from shared.eventstore.log import sequence
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_store
from shared.privacy import Personal
from shared.privacy.sealing import key_id_of
from shared.problems import Stale
from tests.conftest import Database, MakeDatabase


class Diary(Aggregate):
    """Somebody tells us something, again and again."""

    @dataclass(frozen=True)
    class DiaryBegun(Aggregate.Created):
        """She tells us the first thing."""

        text: Personal

    @dataclass(frozen=True)
    class DiaryContinued(Aggregate.Event):
        """She tells us more."""

        text: Personal

    @event(DiaryBegun)
    def __init__(self, id: UUID, text: Personal) -> None:
        self.texts = [text]

    @event(DiaryContinued)
    def go_on(self, text: Personal) -> None:
        self.texts.append(text)


class Gate:
    """A view that takes its time."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def project(self, _: object, __: object) -> None:
        self.reached.set()
        await self.open.wait()


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("triage")


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def store(database: Database, gate: Gate) -> AsyncIterator[PostgresEventStore]:
    codec = Codec(Diary)
    async with open_store(database.url, codec, project=gate.project, keys=MemoryKeys()) as store:
        yield store


async def begun(store: PostgresEventStore, database: Database) -> Diary:
    diary = Diary(new_id(), Personal("satu"))
    await store.save(diary, cause=a_cause())
    admin = await asyncpg.connect(database.admin_url)
    await sequence(admin)
    await admin.close()
    return await store.load(Diary, diary.id)


def a_cause() -> Cause:
    return Cause(handler="test", message_id=str(new_id()), actor="test").about(new_id())


async def destroy(store: PostgresEventStore, key: UUID) -> None:
    await seal_no_more(store.pool, [key])
    await store.keys.destroy([key], new_id(), now_utc())


def key_of(text: Personal) -> UUID:
    assert text.sealed is not None
    return key_id_of(text.sealed.token)


async def test_who_destroys_waits_for_whom_is_writing(
    store: PostgresEventStore, database: Database, gate: Gate
) -> None:
    diary = await begun(store, database)
    key = key_of(diary.texts[0])
    diary.go_on(Personal("dua"))
    gate.reached.clear()
    gate.open.clear()
    saving = asyncio.create_task(store.save(diary, cause=a_cause()))
    await gate.reached.wait()
    destroying = asyncio.create_task(destroy(store, key))
    done, _ = await asyncio.wait([destroying], timeout=0.5)
    assert not done, "her text is not committed yet"
    assert (await store.keys.keys([key]))[key] is not None
    gate.open.set()
    await asyncio.gather(saving, destroying)


async def test_what_was_sealed_with_a_key_destroyed_meanwhile_is_sealed_anew(
    store: PostgresEventStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = await begun(store, database)
    key = key_of(diary.texts[0])
    append = store._append

    async def destroy_and_append(*arguments: Any) -> list[bytes]:
        monkeypatch.undo()
        await destroy(store, key)
        return await append(*arguments)

    monkeypatch.setattr(store, "_append", destroy_and_append)
    diary.go_on(Personal("dua"))
    (stored,) = await store.save(diary, cause=a_cause())

    again = await store.load(Diary, diary.id)
    assert key_of(again.texts[0]) == key
    another = key_of(again.texts[1])
    assert (await store.keys.keys([another]))[another] is not None
    assert stored.event_id == again.texts[1].sealed.event_id  # type: ignore[union-attr]


async def test_another_process_seals_nothing_more_with_it(
    store: PostgresEventStore, database: Database, gate: Gate
) -> None:
    """It remembers whose key it is and has it in its cache; nobody told it anything."""
    diary = await begun(store, database)
    key = key_of(diary.texts[0])
    other = PostgresEventStore(store.pool, Codec(Diary), gate.project, store.keys)
    await destroy(other, key)
    diary.go_on(Personal("dua"))
    await store.save(diary, cause=a_cause())
    assert key_of((await store.load(Diary, diary.id)).texts[1]) != key


async def test_what_is_about_to_be_destroyed_is_not_used_again(
    store: PostgresEventStore, database: Database
) -> None:
    diary = await begun(store, database)
    key = key_of(diary.texts[0])
    await seal_no_more(store.pool, [key])
    diary.go_on(Personal("dua"))
    await store.save(diary, cause=a_cause())
    diary = await store.load(Diary, diary.id)
    assert key_of(diary.texts[1]) != key


async def test_a_save_that_meets_this_every_time_is_stale(
    store: PostgresEventStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = await begun(store, database)
    key = key_of(diary.texts[0])
    await seal_no_more(store.pool, [key])
    monkeypatch.setattr(
        "shared.eventstore.postgres.KEYS_OF",
        "select subject, key_id from es.keys where subject = any($1)",
    )
    diary.go_on(Personal("dua"))
    with pytest.raises(Stale):
        await store.save(diary, cause=a_cause())


async def test_a_writer_that_does_not_end_holds_the_destruction_up(
    store: PostgresEventStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.access.forgetting.PATIENCE", 0.2)
    writer = await asyncpg.connect(database.admin_url)
    async with writer.transaction():
        await writer.execute("select pg_current_xact_id()")
        with pytest.raises(TimeoutError):
            await seal_no_more(store.pool, [new_id()])
    await seal_no_more(store.pool, [new_id()])
    await writer.close()
