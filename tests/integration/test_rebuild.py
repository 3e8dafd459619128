"""Views are made anew from the events, and come out as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.provision import SERVICES, parts_of
from services.triage.domain import Case
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.migrate import (
    MIGRATIONS,
    MigrationChanged,
    migrate,
    rebuild,
    views_are_current,
)
from shared.eventstore.postgres import open_pool, open_store
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer

OFFICER = "identification_officer"


async def test_a_rebuilt_view_is_what_it_was(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> None:
    intake_db, triage_db = await make_database("intake"), await make_database("triage")
    told = {"nats": empty_nats, "issuer": issuer.url}
    officer = issuer.headers(OFFICER)
    async with (
        in_process("intake", database=intake_db.url, pepper=pepper, **told) as (intake, _),
        in_process("triage", database=triage_db.url, **told) as (triage, _),
    ):
        for nth in range(3):
            answer = await intake.post(
                "/complaints", json=WALK_IN, headers=issuer.headers("operator")
            )
            at = f"/identifications/{answer.json()['complaint_id']}"
            await eventually(
                lambda at=at: triage.get(at, headers=officer),  # type: ignore[misc]
                lambda a: a.status_code == 200,
            )
            for step, body in list(
                {"take": None, "case": NEW_CASE, "classification": FOLLOW_UP}.items()
            )[:nth]:
                await triage.post(f"{at}/{step}", json=body, headers=officer)

    for service, database in (("intake", intake_db), ("triage", triage_db)):
        parts = parts_of(service)
        connection = await asyncpg.connect(database.admin_url)
        before = await contents(connection)
        assert any(before.values())

        count = await rebuild(
            connection,
            parts.codec,
            parts.project,
            schema=parts.schema,
            app_role=f"aduan_{service}",
        )

        assert count > 0
        assert await contents(connection) == before
        await connection.close()


async def contents(connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, list[str]]:
    tables = await connection.fetch(
        "select table_name from information_schema.tables where table_schema = 'views'"
    )
    return {
        table: [
            row[0]
            for row in await connection.fetch(f"select t::text from views.{table} t order by 1")  # noqa: S608
        ]
        for (table,) in tables
    }


async def test_who_reads_during_a_rebuild_sees_the_old_views(
    make_database: MakeDatabase,
) -> None:
    database = await make_database("triage")
    parts = parts_of("triage")
    connection = await asyncpg.connect(database.admin_url)
    seen: list[int] = []

    async def look_while_projecting(writer: Any, event: Any) -> None:
        async with open_pool(database.url) as reader:
            seen.append(await reader.fetchval("select count(*) from cases"))
        await parts.project(writer, event)

    async with open_store(
        database.url, parts.codec, project=parts.project, keys=MemoryKeys()
    ) as store:
        case = Case(complaint_id=new_id(), registration_no="1", opened_at=now_utc())
        cause = Cause(handler="test", message_id="1", correlation_id=new_id(), actor="test")
        await store.save(case, cause=cause)

        await rebuild(
            connection,
            parts.codec,
            look_while_projecting,
            schema=parts.schema,
            app_role="aduan_triage",
        )

        assert seen == [1]
        assert await store.pool.fetchval("select count(*) from cases") == 1
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_views_of_another_schema_are_noticed(
    make_database: MakeDatabase, service: str
) -> None:
    database = await make_database(service)
    connection = await asyncpg.connect(database.admin_url)
    schema = parts_of(service).schema

    assert await views_are_current(connection, schema)
    assert not await views_are_current(connection, schema + "-- another column")
    await connection.close()


async def test_a_migration_is_applied_once_and_never_edited(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = await make_database("triage")
    connection = await asyncpg.connect(database.admin_url)
    file = tmp_path / "0002_more.sql"
    file.write_text("create table public.more (id int);")

    assert await migrate(connection, "aduan_triage", MIGRATIONS, tmp_path) == ["0002_more.sql"]
    assert await migrate(connection, "aduan_triage", MIGRATIONS, tmp_path) == []
    file.write_text("create table public.more (id bigint);")
    with pytest.raises(MigrationChanged):
        await migrate(connection, "aduan_triage", MIGRATIONS, tmp_path)
    await connection.close()
