"""What was stored stays as it was, whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.triage.app import PARTS
from services.triage.domain import Identification
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.log import sequence
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import open_store
from tests.conftest import Database, MakeDatabase

RECORD = ("es.events", "es.log")
CHANGES = [
    change.format(table=table)
    for table in RECORD
    for change in (
        "update {table} set name = 'Forged'",
        "update {table} set name = name where false",
        "delete from {table}",
        "truncate {table} cascade",
        "merge into {table} using (select 1) as every on true when matched then delete",
    )
]
ADDITIONS = [
    "insert into es.events (stream_id, version, event_id, name, recorded_at, leaf, body)"
    " select stream_id, version + 1, event_id, name, recorded_at, leaf, body from es.events",
    "insert into es.log select * from es.log",
    "insert into es.handled select * from es.handled",
]
TRICKS = [
    "delete from es.handled",
    "update es.sequencer set next_index = 0",
    "alter table es.events disable trigger all",
    "drop table es.log",
    "create or replace function es.refuse() returns trigger language plpgsql as 'begin end'",
    "set session_replication_role = replica",
    "set role aduan_triage_owner",
]
REFUSED = "ES009"  # by our trigger
NO_RIGHT = "42501"  # by PostgreSQL


@pytest.fixture
async def database(make_database: MakeDatabase) -> AsyncIterator[Database]:
    """A database of triage with an event in its record, which is the same at the end."""
    database = await make_database("triage")
    async with open_store(
        database.url, PARTS.codec, project=PARTS.project, keys=MemoryKeys()
    ) as store:
        await store.save(an_identification(), cause=a_cause())
    admin = await asyncpg.connect(database.admin_url)
    assert await sequence(admin) == 1
    before = await record(admin)
    yield database
    assert await record(admin) == before
    await admin.close()


async def test_a_service_has_no_right_to_change_its_record(database: Database) -> None:
    answers = {change: await refusal(database.url, change) for change in CHANGES}

    assert answers == dict.fromkeys(CHANGES, NO_RIGHT)


@pytest.mark.parametrize("disguise", ["origin", "local", "replica"])
async def test_not_even_a_superuser_changes_the_record(database: Database, disguise: str) -> None:
    wearing = f"set session_replication_role = {disguise}"

    answers = {change: await refusal(database.admin_url, wearing, change) for change in CHANGES}

    assert answers == dict.fromkeys(CHANGES, REFUSED)


async def test_a_service_adds_to_its_record_only_through_the_function_that_checks(
    database: Database,
) -> None:
    answers = {addition: await refusal(database.url, addition) for addition in ADDITIONS}

    assert answers == dict.fromkeys(ADDITIONS, NO_RIGHT)


async def test_a_service_cannot_get_rid_of_what_holds_it_back(database: Database) -> None:
    answers = {trick: await refusal(database.url, trick) for trick in TRICKS}

    assert answers == dict.fromkeys(TRICKS, NO_RIGHT)


async def refusal(url: str, *statements: str) -> str | None:
    """Run statements, and return how the last one is refused, or None if it is not."""
    *before, last = statements
    connection = await asyncpg.connect(url)
    try:
        for each in before:
            await connection.execute(each)
        await connection.execute(last)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    finally:
        await connection.close()
    return None


async def record(admin: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """Everything that must not change, as text."""
    tables = (*RECORD, "es.handled", "es.sequencer")
    return [
        row[0]
        for table in tables
        for row in await admin.fetch(f"select every::text from {table} as every")  # noqa: S608
    ]


def an_identification() -> Identification:
    return Identification(
        complaint_id=new_id(),
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=now_utc(),
    )


def a_cause() -> Cause:
    return Cause(handler="test", message_id=str(new_id()), correlation_id=new_id(), actor="test")
