"""Promises of every event store. The one in memory keeps them too, or unit tests would lie."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg
import pytest

from services.triage.app import PARTS
from services.triage.domain import Case, CaseForm, Identification, Perpetrator, Victim
from shared.eventstore import Cause, Event, EventStore, KeyReused, new_id, now_utc
from shared.eventstore.codec import Codec
from shared.eventstore.log import bookmark, leadership, move_bookmark, read, sequence
from shared.eventstore.memory import MemoryEventStore, MemoryKeys
from shared.eventstore.postgres import (
    LONGEST,
    OUTAGES,
    Connection,
    PostgresEventStore,
    connect,
    open_pool,
    open_store,
)
from shared.privacy import Personal
from shared.privacy.places import texts
from shared.problems import AlreadyHandled, Missing, Stale
from tests.conftest import Database, MakeDatabase
from tests.services import eventually

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("triage")


@pytest.fixture
async def postgres(database: Database) -> AsyncIterator[PostgresEventStore]:
    async with open_store(
        database.url, PARTS.codec, project=PARTS.project, keys=MemoryKeys()
    ) as store:
        yield store


@pytest.fixture(params=["memory", "postgres"])
async def store(
    request: pytest.FixtureRequest, make_database: MakeDatabase
) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore(Identification, Case)
    else:
        url = (await make_database("triage")).url
        async with open_store(url, PARTS.codec, project=PARTS.project, keys=MemoryKeys()) as store:
            yield store


def a_cause(**more: object) -> Cause:
    cause = Cause(handler="test", message_id=str(new_id()), correlation_id=new_id(), actor="test")
    return replace(cause, **more)  # type: ignore[arg-type]


def an_identification() -> Identification:
    return Identification(
        complaint_id=new_id(),
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )


def a_case() -> Case:
    return Case(complaint_id=new_id(), registration_no="PPA-2026-000001", opened_at=MONDAY)


FORM = CaseForm(
    victims=(Victim(sex="P", full_name=Personal("Sumarni"), age_band="25-44"),),
    perpetrators=(Perpetrator(unknown=True),),
    violence=("PHYSICAL",),
)


async def test_what_was_saved_is_loaded(store: EventStore) -> None:
    case = a_case()
    case.fill_form(FORM, "officer", MONDAY)

    await store.save(case, cause=a_cause())

    again = await store.load(Case, case.id)
    assert repr(vars(again)) == repr(vars(case))  # what is personal comes back sealed
    assert [path for path, text in texts(again.form) if text.sealed] == [
        path for path, _ in texts(case.form)
    ]


async def test_nothing_is_loaded_from_nowhere(store: EventStore) -> None:
    with pytest.raises(Missing):
        await store.load(Case, new_id())


async def test_of_two_writers_the_second_is_stale(store: EventStore) -> None:
    identification = an_identification()
    await store.save(identification, cause=a_cause())
    one = await store.load(Identification, identification.id)
    two = await store.load(Identification, identification.id)
    one.take("one", MONDAY, MONDAY)
    two.take("two", MONDAY, MONDAY)
    await store.save(one, cause=a_cause())

    with pytest.raises(Stale):
        await store.save(two, cause=a_cause())

    assert (await store.load(Identification, identification.id)).officer_id == "one"


async def test_the_same_creation_for_another_reason_is_stale(store: EventStore) -> None:
    first = an_identification()
    again = Identification(
        complaint_id=first.complaint_id,
        registration_no="PPA-2026-000002",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )
    await store.save(first, cause=a_cause())

    with pytest.raises(Stale):
        await store.save(again, cause=a_cause())


async def test_who_expects_another_version_is_stale(store: EventStore) -> None:
    case = a_case()
    await store.save(case, cause=a_cause())

    assert (await store.load(Case, case.id, expect=1)).id == case.id
    with pytest.raises(Stale):
        await store.load(Case, case.id, expect=2)


async def test_one_cause_has_one_effect(store: EventStore) -> None:
    cause, case = a_cause(), a_case()
    await store.save(case, cause=cause)
    case.fill_form(FORM, "officer", MONDAY)

    with pytest.raises(AlreadyHandled):
        await store.save(case, cause=cause)
    with pytest.raises(AlreadyHandled):
        await store.once(cause)

    assert await store.handled(cause)
    assert (await store.load(Case, case.id)).form is None


async def test_a_key_is_not_used_for_something_else(store: EventStore) -> None:
    cause = a_cause(fingerprint=b"a request")
    await store.save(a_case(), cause=cause)
    other = replace(cause, fingerprint=b"another")

    with pytest.raises(KeyReused):
        await store.save(a_case(), cause=other)
    with pytest.raises(KeyReused):
        await store.once(other)


async def test_a_cause_that_changes_nothing_is_remembered_too(store: EventStore) -> None:
    cause = a_cause()

    await store.save(cause=cause)

    assert await store.handled(cause)


async def test_several_aggregates_are_stored_together_or_not_at_all(store: EventStore) -> None:
    identification, case = an_identification(), a_case()
    await store.save(identification, cause=a_cause())
    stale = await store.load(Identification, identification.id)
    identification.take("one", MONDAY, MONDAY)
    await store.save(identification, cause=a_cause())
    stale.take("two", MONDAY, MONDAY)
    cause = a_cause()

    with pytest.raises(Stale):
        await store.save(case, stale, cause=cause)

    with pytest.raises(Missing):
        await store.load(Case, case.id)
    assert not await store.handled(cause)


async def test_the_past_is_as_it_was(store: EventStore) -> None:
    identification = an_identification()
    await store.save(identification, cause=a_cause())
    between = now_utc()
    identification.take("one", MONDAY, MONDAY)
    await store.save(identification, cause=a_cause())

    known_then = await store.load(Identification, identification.id, as_of=between)
    first = await store.load(Identification, identification.id, version=1)

    assert known_then == first
    assert first.officer_id is None
    with pytest.raises(Missing):
        await store.load(Identification, identification.id, as_of=MONDAY.replace(year=2020))


async def test_a_cause_without_a_journey_stores_nothing(store: EventStore) -> None:
    with pytest.raises(ValueError, match="journey"):
        await store.save(a_case(), cause=Cause(handler="test", message_id="1", actor="test"))


async def test_an_old_event_is_brought_up_to_date() -> None:
    old = MemoryEventStore(Case)
    case = a_case()
    await old.save(case, cause=a_cause())
    new = Codec(Case, upcasts={("CaseOpened", 1): lambda data: data | {"registration_no": "new"}})
    (row,) = old.rows

    event, _ = new.decode(row.name, row.body, row.stream, row.version, row.event_id)

    assert vars(event)["registration_no"] == "new"
    body = new.encode(new.draft(event), a_cause(), new_id(), {}, set())
    assert json.loads(body)["v"] == 2


# What only PostgreSQL can promise.


async def test_events_and_views_change_together_or_not_at_all(database: Database) -> None:
    async def fail(connection: Connection, event: Event) -> None:
        await PARTS.project(connection, event)
        raise ZeroDivisionError

    case = a_case()
    async with open_store(database.url, PARTS.codec, project=fail, keys=MemoryKeys()) as store:
        with pytest.raises(ZeroDivisionError):
            await store.save(case, cause=a_cause())

        with pytest.raises(Missing):
            await store.load(Case, case.id)
        assert await store.pool.fetchval("select count(*) from cases") == 0


async def test_the_leaf_hash_is_what_the_architecture_says(postgres: PostgresEventStore) -> None:
    case, cause = a_case(), a_cause()
    case.fill_form(FORM, "officer", MONDAY)

    one, two = await postgres.save(case, cause=cause)

    rows = await postgres.pool.fetch(
        "select *, body::text as text from es.events where stream_id = $1 order by version", case.id
    )
    previous = "-"
    for row, receipt in zip(rows, (one, two), strict=True):
        at = row["recorded_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = base64.b64encode(hashlib.sha256(row["text"].encode()).digest()).decode()
        lines = (
            *("ppa-event/v1", receipt.event_id, case.id, row["version"], row["name"]),
            *(at, previous, body),
        )
        entry = "".join(f"{line}\n" for line in lines).encode()
        assert hashlib.sha256(b"\0" + entry).digest() == receipt.leaf == row["leaf"]
        previous = base64.b64encode(receipt.leaf).decode()


async def test_a_body_says_who_why_and_when(postgres: PostgresEventStore) -> None:
    cause = a_cause(actor="staff:1")
    case = a_case()
    await postgres.save(case, cause=cause)

    row = await postgres.pool.fetchrow(
        "select body::text as text from es.events where stream_id = $1", case.id
    )

    assert row is not None
    body = json.loads(row["text"])
    assert set(body) == {"actor", "at", "cause", "correlation", "data", "salt"}
    assert body["cause"] == {"handler": "test", "message": cause.message_id}
    assert (body["correlation"], body["actor"]) == (str(cause.correlation_id), "staff:1")


async def test_a_writer_held_open_is_neither_lost_nor_overtaken(
    database: Database, postgres: PostgresEventStore
) -> None:
    slow, quick = a_case(), a_case()
    connection = await asyncpg.connect(database.url, server_settings={"search_path": "views"})
    transaction = connection.transaction()
    await transaction.start()
    (event,) = slow.pending_events
    draft, id = PARTS.codec.draft(event), new_id()
    body = PARTS.codec.encode(draft, a_cause(), id, {}, set())
    await connection.fetch(
        "select es.append($1, $2, $3, $4, $5, 'test', 'slow', '')",
        *(slow.id, 1, id, draft.name, body),
    )
    await postgres.save(quick, cause=a_cause())

    async with leadership(database.url, "sequencer") as leader:
        assert leader is not None
        await sequence(leader)
        seen_too_early = await read(postgres.pool, PARTS.codec, 0)
        await transaction.commit()
        await sequence(leader)
        seen = await read(postgres.pool, PARTS.codec, 0)
    await connection.close()

    assert seen_too_early == []
    assert [(each.index, each.stream_id) for each in seen] == [(0, slow.id), (1, quick.id)]


async def test_a_writer_whose_line_was_cut_in_a_statement_holds_the_facts_up_for_seconds_only(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL has heard half of what it is to do, and waits for the rest, working as it says."""
    monkeypatch.setitem(LONGEST, "transaction_timeout", "500ms")
    async with open_pool(database.url) as pool, pool.acquire() as cut:
        await cut.execute("begin; insert into es.handled values ('test', 'cut', '')")
        line = cast(Any, cut)._con._transport
        line.write(b"P\0\0\0\x10\0select 1\0\0\0")  # prepare that; what comes next got lost
        async with open_store(
            database.url, PARTS.codec, project=PARTS.project, keys=MemoryKeys()
        ) as store:
            await store.save(a_case(), cause=a_cause())
            async with leadership(database.url, "sequencer") as leader:
                assert leader is not None
                assert await sequence(leader) == 0
                await eventually(lambda: sequence(leader), lambda count: count == 1)


async def test_only_one_process_leads(database: Database) -> None:
    async with (
        leadership(database.url, "sequencer") as first,
        leadership(database.url, "sequencer") as second,
    ):
        assert first is not None
        assert second is None
    async with leadership(database.url, "sequencer") as next_one:
        assert next_one is not None


async def test_whoever_says_nothing_for_too_long_leads_no_more(database: Database) -> None:
    async def takes_over() -> bool:
        async with leadership(database.url, "sequencer") as other:
            return other is not None

    async with leadership(database.url, "sequencer", silence=0.2) as asleep:
        assert asleep is not None
        await eventually(takes_over, bool)
        with pytest.raises(OUTAGES):
            await sequence(asleep)


@pytest.mark.parametrize("state", ["53100", "57P01", "58030", "25P03", "25P04", "08006"])
async def test_what_goes_by_itself_is_an_outage_and_no_reason_to_give_anything_up(
    postgres: PostgresEventStore, state: str
) -> None:
    """No space, shut down, its disk fails, idle or busy for too long, connection lost."""
    with pytest.raises(OUTAGES):
        await postgres.pool.execute(
            f"do $$ begin raise exception 'x' using errcode = '{state}'; end $$"
        )


async def test_a_reader_who_slept_takes_nobody_back(postgres: PostgresEventStore) -> None:
    await move_bookmark(postgres.pool, "relay", 5, {"0": 4})
    await move_bookmark(postgres.pool, "relay", 3, {"0": 2})

    assert await bookmark(postgres.pool, "relay") == (5, {"0": 4})


async def test_a_server_that_is_silent_takes_no_time_from_one_that_answers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is frozen, or its host is: it takes the connection, and says nothing for ever."""
    monkeypatch.setattr("shared.eventstore.postgres.PATIENCE", 60)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = with_hosts(database.url, f"127.0.0.1:{silent.getsockname()[1]}", "")
        async with asyncio.timeout(10):
            connection = await connect(url)
        assert await connection.fetchval("select 1") == 1
        await connection.close()


async def test_of_several_that_answer_at_once_one_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, together, ask = list[Any](), asyncio.Barrier(3), asyncpg.connect

    async def ask_all(*args: Any, **options: Any) -> Any:
        connection = await ask(*args, **options)
        made.append(connection)  # or it would end as soon as nobody has it
        await together.wait()
        return connection

    async def connections() -> int:
        count: int = await kept.fetchval(
            "select count(*) from pg_stat_activity where application_name = 'chosen'"
        )
        return count

    monkeypatch.setattr("asyncpg.connect", ask_all)
    url = with_hosts(database.url, "", "", "")
    kept = await connect(url, server_settings={"application_name": "chosen"})
    await eventually(connections, lambda count: count == 1)
    await kept.close()


async def test_what_one_server_refuses_does_not_speak_for_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby that is full, or knows another password, answers before the primary does."""
    refused, ask = asyncio.Event(), asyncpg.connect

    async def ask_one(server: str, **options: Any) -> Any:
        if "nobody" in server:
            try:
                return await ask(server, **options)
            finally:
                refused.set()
        await refused.wait()
        return await ask(server, **options)

    monkeypatch.setattr("asyncpg.connect", ask_one)
    monkeypatch.setattr(
        "shared.eventstore.postgres.each_of",
        lambda url: [urlsplit(url)._replace(path="/nobody").geturl(), url],
    )
    connection = await connect(database.url)
    assert await connection.fetchval("select 1") == 1
    await connection.close()


async def test_where_no_server_answers_the_last_one_says_why(database: Database) -> None:
    wrong = urlsplit(database.url)._replace(path="/nowhere").geturl()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connect(wrong)
    with pytest.raises(ConnectionRefusedError):
        await connect(with_hosts(database.url, "127.0.0.1:1", "127.0.0.1:1"))


def with_hosts(url: str, *hosts: str) -> str:
    """The same address with these hosts; an empty one stands for its own."""
    at = urlsplit(url)
    login, _, own = at.netloc.rpartition("@")
    return at._replace(netloc=f"{login}@{','.join(each or own for each in hosts)}").geturl()
