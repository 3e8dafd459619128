"""Views are made anew from the events while the service runs, and come out as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.provision import SERVICES, parts_of
from services.triage.domain import Alarm, Case, Identification
from services.triage.domain.route import Step
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.migrate import MIGRATIONS, MigrationChanged, migrate, views_are_current
from shared.eventstore.postgres import open_pool, open_store
from shared.eventstore.rebuild import Connect, NoSuchView, Rebuilt, literal, rebuild
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.conftest import Database, MakeDatabase
from tests.integration.test_consents import MOTHER, RARA, a_case, chosen, consent
from tests.integration.test_decisions import NOWHERE, SUPERVISOR, Desk
from tests.services import as_process, eventually, in_process
from tests.tokens import Issuer

OFFICER = "identification_officer"
CLIENTS = 4
WAITING = """
    select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'"""
WALLS = """
    select 'policy', tablename, policyname, coalesce(qual, ''), cmd, roles::text from pg_policies
    where schemaname = 'views'
    union all select 'index', tablename, indexname, indexdef, '', '' from pg_indexes
    where schemaname = 'views'
    union all select 'table', relname, relrowsecurity::text, relacl::text, relpersistence::text, ''
    from pg_class where relnamespace = 'views'::regnamespace and relkind = 'r'
    union all select 'function', proname, prosrc, pg_get_functiondef(oid), '', '' from pg_proc
    where pronamespace = 'views'::regnamespace
    union all select 'schema', nspname, nspacl::text, obj_description(oid, 'pg_namespace'), '', ''
    from pg_namespace where nspname like 'views%'
    order by 1, 2, 3"""


async def made_anew(
    database: Database,
    service: str,
    *,
    connect: Connect | None = None,
    project: Any = None,
    view: str | None = None,
) -> Rebuilt:
    parts = parts_of(service)
    return await rebuild(
        connect or partial(asyncpg.connect, database.admin_url),
        parts.codec,
        project or parts.project,
        schema=parts.schema,
        app_role=f"aduan_{service}",
        view=view,
    )


def differing(done: Rebuilt) -> dict[str, tuple[int, int]]:
    """The views that were not what the events say: rows too many, and rows that were missing."""
    return {
        each.view: (each.only_old, each.only_new) for each in done.compared if not each.is_equal
    }


@asynccontextmanager
async def as_admin(database: Database) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database.admin_url)
    try:
        yield connection
    finally:
        await connection.close()


async def open_cases(database: Database, count: int, first: int = 0) -> None:
    """Store cases as triage does, each with a number of its own."""
    parts = parts_of("triage")
    async with open_store(
        database.url, parts.codec, project=parts.project, keys=MemoryKeys()
    ) as store:
        for n in range(first, first + count):
            case = Case(complaint_id=new_id(), registration_no=f"{n}", opened_at=now_utc())
            await store.save(case, cause=a_cause(case.id))


def a_cause(about: UUID) -> Cause:
    return Cause(handler="test", message_id=str(about), correlation_id=about, actor="test")


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
        async with as_admin(database) as connection:
            before = await contents(connection)
            assert any(before.values())

            done = await made_anew(database, service)

            assert done.events > 0
            assert differing(done) == {}
            assert {each.view: each.rows for each in done.compared} == {
                view: len(rows) for view, rows in before.items()
            }
            assert await contents(connection) == before


async def test_whose_consent_counts_is_the_same_after_a_rebuild(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    database = await make_database("triage")
    async with in_process(
        "triage", database=database.url, nats=NOWHERE, issuer=issuer.url
    ) as service:
        desk = Desk(*service, issuer)
        at, girl, mother = await a_case(desk, "NEIGHBOUR")
        await desk.done(OFFICER, f"{at}/consents", consent(girl, "PARENT"))
        form = chosen("PARENT", RARA | {"person_id": girl}, MOTHER | {"person_id": mother})["form"]
        await desk.done(SUPERVISOR, f"{at}/form", {"form": form, "filled_by": "officer"})
        before = await desk.seen(SUPERVISOR, at)

        done = await made_anew(database, "triage")

        assert differing(done) == {}
        assert next(each.rows for each in done.compared if each.view == "suspected_givers") > 0
        assert before["without_consent"] == [girl]
        assert await desk.seen(SUPERVISOR, at) == before


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


async def test_nobody_notices_a_rebuild(
    make_database: MakeDatabase,
    empty_nats: str,
    issuer: Issuer,
    pepper: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The drill: people complain and are answered while the views are made anew, three times."""
    monkeypatch.setattr("shared.eventstore.rebuild.AT_ONCE", 20)
    database = await make_database("intake")
    operator, is_over = issuer.headers("operator"), asyncio.Event()
    taken: list[str] = []

    async with as_process(
        "intake", database=database.url, nats=empty_nats, issuer=issuer.url, pepper=pepper
    ) as intake:

        async def complain() -> None:
            while not is_over.is_set():
                answer = await intake.client.post("/complaints", json=WALK_IN, headers=operator)
                assert answer.status_code == 201, answer.text
                taken.append(answer.json()["complaint_id"])
                seen = await intake.client.get(f"/complaints/{taken[-1]}", headers=operator)
                assert seen.status_code == 200, seen.text

        async def people_complain() -> None:
            enough = len(taken) + 10 * CLIENTS

            async def how_many_are_taken() -> int:
                return len(taken)

            await eventually(how_many_are_taken, lambda n: n > enough)

        async def rebuild_thrice() -> list[Rebuilt]:
            try:
                rebuilt = []
                for _ in range(3):
                    await people_complain()
                    rebuilt.append(await made_anew(database, "intake"))
                return rebuilt
            finally:
                is_over.set()

        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(complain())
            drill = group.create_task(rebuild_thrice())

    assert [differing(each) for each in drill.result()] == [{}, {}, {}]
    assert drill.result()[0].events < drill.result()[2].events, "people went on complaining"
    async with as_admin(database) as connection:
        rows = await connection.fetch("select id::text from views.complaints")
    assert sorted(row["id"] for row in rows) == sorted(taken)
    assert differing(await made_anew(database, "intake")) == {}


async def test_who_reads_during_a_rebuild_sees_the_old_views(
    make_database: MakeDatabase,
) -> None:
    database = await make_database("triage")
    await open_cases(database, 1)
    seen: list[int] = []

    async def look_while_projecting(writer: Any, event: Any) -> None:
        async with open_pool(database.url) as reader:
            seen.append(await reader.fetchval("select count(*) from cases"))
        await parts_of("triage").project(writer, event)

    done = await made_anew(database, "triage", project=look_while_projecting)

    assert seen == [1]
    assert differing(done) == {}


async def test_what_is_stored_while_views_are_built_is_in_them(
    make_database: MakeDatabase,
) -> None:
    database = await make_database("triage")
    await open_cases(database, 1)
    more = iter(range(1, 4))

    async def write_while_projecting(writer: Any, event: Any) -> None:
        if n := next(more, None):
            await open_cases(database, 1, first=n)
        await parts_of("triage").project(writer, event)

    done = await made_anew(database, "triage", project=write_while_projecting)

    assert done.events == 4
    assert differing(done) == {}


async def test_who_is_in_the_middle_of_writing_is_waited_for(make_database: MakeDatabase) -> None:
    """Her transaction is older than what others store meanwhile, and comes later: in order."""
    database, parts = await make_database("triage"), parts_of("triage")
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def dawdle(writer: Any, event: Any) -> None:
        await parts.project(writer, event)
        has_begun.set()
        await may_end.wait()

    async with open_store(database.url, parts.codec, project=dawdle, keys=MemoryKeys()) as store:
        case = Case(complaint_id=new_id(), registration_no="slow", opened_at=now_utc())
        saving = asyncio.create_task(store.save(case, cause=a_cause(case.id)))
        await has_begun.wait()
        await open_cases(database, 2)
        rebuilding = asyncio.create_task(made_anew(database, "triage"))
        async with as_admin(database) as connection:
            await eventually(lambda: connection.fetchval(WAITING), bool)
        await open_cases(database, 1, first=2)  # and nobody else waits for long behind us
        may_end.set()
        await saving
        done = await rebuilding

    assert done.events == 4
    assert differing(done) == {}


async def test_help_called_while_a_complaint_gets_its_case_knows_the_case(
    make_database: MakeDatabase,
) -> None:
    """Or whoever is related to a party would see the alarm, until the views are made anew."""
    database, parts = await make_database("triage"), parts_of("triage")
    complaint_id, case_id, now = new_id(), new_id(), now_utc()
    identification = Identification(
        complaint_id=complaint_id,
        registration_no="1",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=now,
        handed_over=True,
    )
    identification.take("officer", now, now)
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def dawdle(writer: Any, event: Any) -> None:
        await parts.project(writer, event)
        if isinstance(event, Identification.CaseChosen):
            has_begun.set()
            await may_end.wait()

    async with open_store(database.url, parts.codec, project=dawdle, keys=MemoryKeys()) as store:
        await store.save(identification, cause=a_cause(complaint_id))
        identification.choose("officer", case_id, "new", None, now)
        choosing = asyncio.create_task(store.save(identification, cause=a_cause(case_id)))
        await has_begun.wait()
        alarm = Alarm(complaint_id=complaint_id, kind="danger", services=(), raised_at=now)
        raising = asyncio.create_task(store.save(alarm, cause=a_cause(alarm.id)))
        async with as_admin(database) as connection:
            await eventually(lambda: connection.fetchval(WAITING), bool)
            may_end.set()
            await asyncio.gather(choosing, raising)
            assert await connection.fetchval("select case_id from views.alarms") == case_id
    assert differing(await made_anew(database, "triage")) == {}


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_indexes_and_rights_are_the_same_after_the_swap(
    make_database: MakeDatabase, service: str
) -> None:
    database, owner = await make_database(service), f"aduan_{service}_owner"

    async def as_owner() -> asyncpg.Connection[asyncpg.Record]:
        connection = await asyncpg.connect(database.admin_url)
        await connection.execute(f"set role {owner}")
        return connection

    async with as_admin(database) as connection:
        name = await connection.fetchval("select current_database()")
        await connection.execute(f"alter database {name} owner to {owner}")
        before = [tuple(row) for row in await connection.fetch(WALLS)]

        await made_anew(database, service, connect=as_owner)

        after = [tuple(row) for row in await connection.fetch(WALLS)]
    assert after == before
    assert {row[0] for row in after} == {"policy", "index", "table", "function", "schema"}


async def test_a_rebuild_cut_short_leaves_the_old_views_and_the_next_one_works(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.eventstore.rebuild.AT_ONCE", 1)
    database, opened, seen = await make_database("triage"), [], []
    await open_cases(database, 3)

    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        opened.append(await asyncpg.connect(database.admin_url))
        return opened[-1]

    async def vanish_in_the_middle(writer: Any, event: Any) -> None:
        seen.append(event)
        await parts_of("triage").project(writer, event)
        if len(seen) == 3:
            for connection in opened:
                connection.terminate()

    async with as_admin(database) as connection:
        before = await contents(connection)
        gone = asyncpg.PostgresConnectionError, asyncpg.InterfaceError  # in use, or used again
        with pytest.raises(gone):
            await made_anew(database, "triage", connect=connect, project=vanish_in_the_middle)

        assert await contents(connection) == before
        assert await connection.fetchval("select count(*) from views_next.cases") > 0
        await open_cases(database, 1, first=3)
        done = await made_anew(database, "triage")

        assert done.events == 4
        assert differing(done) == {}
        assert await connection.fetchval(
            "select array_agg(nspname::text) from pg_namespace where nspname like 'views%'"
        ) == ["views"]


async def test_an_event_nobody_can_read_leaves_the_old_views(make_database: MakeDatabase) -> None:
    database = await make_database("triage")
    await open_cases(database, 1)
    async with as_admin(database) as connection:
        before = await contents(connection)

        async def fail(writer: Any, event: Any) -> None:
            raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011 ours
            await made_anew(database, "triage", project=fail)

        assert await contents(connection) == before
        assert await connection.fetchval("select to_regnamespace('views_next') is null")


async def test_a_rebuild_says_which_view_was_not_what_the_events_say_and_heals_it(
    make_database: MakeDatabase,
) -> None:
    database = await make_database("triage")
    await open_cases(database, 5)
    async with as_admin(database) as connection:
        before = await contents(connection)
        await tamper(connection)

        done = await made_anew(database, "triage")

        assert differing(done) == {"cases": (2, 2), "kept": (1, 0), "parties": (0, 1)}
        assert await contents(connection) == before
    assert differing(await made_anew(database, "triage")) == {}


async def test_one_view_alone_is_put_right_where_it_lies(make_database: MakeDatabase) -> None:
    database = await make_database("triage")
    await open_cases(database, 5)
    async with as_admin(database) as connection:
        before = await contents(connection)
        table = "select 'views.cases'::regclass::oid"
        cases = await connection.fetchval(table)
        await tamper(connection)

        done = await made_anew(database, "triage", view="cases")

        after = await contents(connection)
        assert differing(done) == {"cases": (2, 2)}
        assert after["cases"] == before["cases"]
        assert after["kept"] != before["kept"], "nobody asked for that one"
        assert await connection.fetchval(table) == cases, "policies of other views stand on it"
        with pytest.raises(NoSuchView):
            await made_anew(database, "triage", view="complaints")


async def test_a_view_of_which_postgresql_fills_in_a_column_can_be_put_right_too(
    make_database: MakeDatabase,
) -> None:
    database = await make_database("counseling")
    done = await made_anew(database, "counseling", view="casework")
    assert differing(done) == {}


TEXT = """it's "so" \\ {a,b} null; -- ${x}"""


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("text", TEXT),
        ("text", Step.FOLLOW_UP),
        ("text", ""),
        ("text", None),
        ("uuid", UUID(int=7)),
        ("boolean", True),
        ("int", -5),
        ("timestamptz", datetime(2026, 11, 26, 8, 0, 0, 123456, timezone(timedelta(hours=7)))),
        ("date", date(1992, 3, 4)),
        ("text[]", [TEXT, "", "null"]),
        ("text[]", []),
        ("uuid[]", [UUID(int=7), UUID(int=8)]),
    ],
)
async def test_a_rebuild_writes_every_value_as_a_service_does(
    make_database: MakeDatabase, type: str, value: Any
) -> None:
    async with as_admin(await make_database("triage")) as connection:
        await connection.execute(f"prepare told as select $1::{type}")

        bound = await connection.fetchval(f"select $1::{type}", value)
        written = await connection.fetchval(f"execute told({literal(value)})")

    assert written == bound == value


@pytest.mark.parametrize("value", [b"raw", 0.1, {"a": 1}, [1], [None]])
def test_what_no_view_holds_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        literal(value)


async def tamper(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Change two rows, add one, take one away."""
    await connection.execute("update views.cases set urgency = 'low' where registration_no < '2'")
    await connection.execute("insert into views.kept values ($1, 'held', $1, false)", new_id())
    await connection.execute(
        "delete from views.parties where person_id = (select person_id from views.parties limit 1)"
    )


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
