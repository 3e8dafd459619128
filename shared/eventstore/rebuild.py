"""Make the views of a service anew beside the old ones, and swap them, while writes go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from shared.eventstore.codec import Codec
from shared.eventstore.migrate import mark_of, views_are_current

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect: TypeAlias = Callable[[], Awaitable[Connection]]
Project: TypeAlias = Callable[[Any, Any], Awaitable[None]]

AT_ONCE = 1_000  # events to a transaction: facts wait for it, as for every transaction that writes
WAITS = 100  # times 0.1 s, for old transactions of others to end, which hide what came after them
TRIES = 20  # to hold writers back
# The order of es.log, which gets it from the same two columns. What is not below the oldest open
# transaction may have a hole that is filled later; not so while nobody can write ($3).
READ = """
    select e.tx_id, e.position, e.name, e.body::text as body, e.stream_id, e.version, e.event_id
    from es.events e
    where (e.tx_id, e.position) > ($1, $2)
      and ($3 or e.tx_id < pg_snapshot_xmin(pg_current_snapshot()))
    order by e.tx_id, e.position limit $4"""
UNREAD = """
    select count(*) from (select from es.events where (tx_id, position) > ($1, $2) limit $3) e"""
TABLES = "select tablename from pg_tables where schemaname = $1 order by tablename"
HOLD_BACK = """
    set local lock_timeout = '500ms';
    lock table es.events in share row exclusive mode"""
SWAP = "alter schema views_next rename to views"
PUT_RIGHT = """
    delete from views.{view} was
        where not exists (select from views_next.{view} made where made::text = was::text);
    insert into views.{view} ({columns}) select {columns} from views_next.{view} made
        where not exists (select from views.{view} was where was::text = made::text)"""
COLUMNS = """
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = ('views.' || quote_ident($1))::regclass and attnum > 0
      and not attisdropped and attgenerated = ''"""  # what PostgreSQL does not fill in itself
DIGEST = "select count(*), coalesce(sum(hashtextextended(r::text, 0)), 0) as sum from {} r"
ONLY_IN = "select count(*) from (select r::text from {} r except all select r::text from {} r) e"


class NoSuchView(Exception):
    """The service has no view of that name, or its views are of another schema than the code."""


class Busy(Exception):
    """Writers could not be held back, because somebody has been writing all the time."""


@dataclass(frozen=True)
class Compared:
    """A view as it was, beside the same view made anew: both at the same event.

    ``digest`` is of all rows of the new one, in any order; it finds mistakes, and proves nothing.
    """

    view: str
    rows: int
    digest: str
    only_old: int = 0
    only_new: int = 0

    @property
    def is_equal(self) -> bool:
        """Say whether both hold the same rows."""
        return not self.only_old and not self.only_new

    def __str__(self) -> str:
        differs = f"differs: {self.only_old} rows only in the old, {self.only_new} only in the new"
        verdict = "equal" if self.is_equal else differs
        return f"{self.view:<20} {self.rows:>9} rows  {self.digest}  {verdict}"


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: how many events it read, for how many seconds nobody could write.

    ``compared`` are the views that there were and are; others were ``added``, or are ``gone``.
    """

    events: int
    held_back: float
    compared: tuple[Compared, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]


async def rebuild(
    connect: Connect,
    codec: Codec,
    project: Project,
    *,
    schema: str,
    app_role: str,
    view: str | None = None,
) -> Rebuilt:
    """Make all views anew from the events and swap them in; or put a single one right.

    ``connect`` returns a connection as the owner of the tables; two are opened. Views are built
    beside the old ones in many small transactions, while the service reads and writes; writers are
    held back only for the last few events and the swap. For a single view all are built too, since
    projections write to several and read others; then its wrong rows are replaced where they lie,
    because the policies of other views stand on that very table.

    Until then the old views are untouched, whatever happens, and the next rebuild begins anew.
    Raises NoSuchView; Busy; and Unreadable for an event that the code does not know.
    """
    async with _opened(connect) as writer, _opened(connect) as reader:
        await writer.execute("select pg_advisory_lock(hashtextextended('rebuild', 0))")
        old = await _tables(writer, "views")
        if view and not (view in old and await views_are_current(writer, schema)):
            raise NoSuchView(view)
        try:
            await _lay_out(writer, schema, app_role)
            new = await _tables(writer, "views_next")
            beside = _Beside(reader, writer, codec, project)
            await beside.come_near()
            for each in new:  # or queries after the swap would be planned for empty tables
                await writer.execute(f"analyze views_next.{each}")
            async with AsyncExitStack() as moment:
                async with reader.transaction():
                    began = await _hold_back_writers(reader, beside)
                    await beside.catch_up(alone=True)
                    await moment.enter_async_context(_as_of_now(writer))
                    if view:
                        columns = await reader.fetchval(COLUMNS, view)
                        await reader.execute(PUT_RIGHT.format(view=view, columns=columns))
                    else:
                        await reader.execute(_swap(old))
                held_back = time.perf_counter() - began
                was, made = ("views", "views_next") if view else ("views_old", "views")
                both = [view] if view else [each for each in new if each in old]
                compared = [
                    await _compare(writer, each, f"{was}.{each}", f"{made}.{each}") for each in both
                ]
        finally:
            if not writer.is_closed():
                await writer.execute("drop schema if exists views_old, views_next cascade")
        return Rebuilt(
            beside.count,
            held_back,
            tuple(compared),
            added=tuple(each for each in new if each not in old),
            gone=tuple(each for each in old if each not in new),
        )


class _Beside:
    """The views that are being built, and how far they have come."""

    def __init__(
        self, reader: Connection, writer: Connection, codec: Codec, project: Project
    ) -> None:
        self.count = 0
        self._reader, self._writer = reader, writer
        self._codec, self._project = codec, project
        self._last = 0, 0  # tx_id and position of the last event read
        self._script = Script()

    async def come_near(self) -> None:
        """Project all there is, until so little is left that writers can be held back for it."""
        for _ in range(WAITS):
            await self.catch_up()
            if await self._reader.fetchval(UNREAD, *self._last, AT_ONCE) < AT_ONCE:
                return
            await asyncio.sleep(0.1)

    async def catch_up(self, *, alone: bool = False) -> None:
        """Project what was stored since; ``alone`` says that nobody can store more meanwhile.

        While PostgreSQL writes what follows from some events, the next ones are read.
        """
        writing: asyncio.Future[Any] = asyncio.ensure_future(asyncio.sleep(0))
        try:
            while rows := await self._reader.fetch(READ, *self._last, alone, AT_ONCE):
                for row in rows:
                    event, _ = self._codec.decode(
                        row["name"], row["body"], row["stream_id"], row["version"], row["event_id"]
                    )
                    await self._project(self._script, event)
                await writing
                writing = asyncio.ensure_future(self._writer.execute(self._script.take()))
                self._last = rows[-1]["tx_id"], rows[-1]["position"]
                self.count += len(rows)
        finally:
            await writing


class Script:
    """Takes the place of a projection's connection, and keeps its statements, in their order.

    So thousands of them go to PostgreSQL at once, as one transaction. Nothing can be asked here: a
    projection only writes. What it must know stands in the event, or its statement looks it up.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._lines: list[str] = []

    async def execute(self, statement: str, *args: object) -> None:
        """Keep a statement, to be run with these arguments."""
        await self.executemany(statement, [args])

    async def executemany(self, statement: str, args: Iterable[Iterable[object]]) -> None:
        """Keep a statement, to be run with each of these arguments."""
        if statement not in self._names:
            self._names[statement] = f"s{len(self._names)}"
            self._lines.append(f"prepare {self._names[statement]} as {statement}")
        name = self._names[statement]
        for each in args:
            given = ", ".join(map(literal, each))
            self._lines.append(f"execute {name}({given})" if given else f"execute {name}")

    def take(self) -> str:
        """Return what was kept, as text for a connection that has run what was taken before."""
        text = "\n;".join(self._lines)
        self._lines.clear()
        return text


def literal(value: object) -> str:
    """Return a value as SQL. It gets the type of its parameter, as it does on a connection.

    Raises TypeError for what no view holds so far.
    """
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, UUID):
        return f"'{value.bytes.hex()}'"  # eight times as fast as str(value)
    if value is None:
        return "null"
    if isinstance(value, int):  # or bool: true is True in SQL
        return str(value)
    if isinstance(value, date):  # or datetime
        return f"'{value}'"
    if isinstance(value, list | tuple):
        return _quoted(f"{{{','.join(map(_element, value))}}}")
    raise TypeError(f"no literal of {type(value).__name__}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _element(value: object) -> str:
    if not isinstance(value, str | UUID):
        raise TypeError(f"no literal of a list of {type(value).__name__}")
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


@asynccontextmanager
async def _opened(connect: Connect) -> AsyncIterator[Connection]:
    connection = await connect()
    try:
        yield connection
    finally:
        await connection.close()


async def _tables(connection: Connection, schema: str) -> list[str]:
    return [row["tablename"] for row in await connection.fetch(TABLES, schema)]


async def _lay_out(writer: Connection, schema: str, app_role: str) -> None:
    """Make the new views, empty; what a rebuild that was cut short left behind goes."""
    # What is not committed yet when the machine stops is built again. Plans are made while the
    # tables are small, and must hold when they are large.
    await writer.execute(
        "set search_path = views_next; set synchronous_commit = off; set enable_seqscan = off;"
        " set standard_conforming_strings = on"
    )
    async with writer.transaction():
        await writer.execute("drop schema if exists views_old, views_next cascade")
        await writer.execute("create schema views_next")
        await writer.execute(schema)
        await writer.execute(
            f"comment on schema views_next is '{mark_of(schema)}';"
            f"grant usage on schema views_next to {app_role};"
            f"grant select, insert, update, delete on all tables in schema views_next to {app_role}"
        )


async def _hold_back_writers(reader: Connection, beside: _Beside) -> float:
    """Let nobody store an event until this transaction ends; return since when.

    Who is writing is waited for, and others wait behind us meanwhile: so not for long at a time.
    If this process freezes, PostgreSQL ends the transaction and lets writers go on.
    """
    for _ in range(TRIES):
        began = time.perf_counter()
        with suppress(asyncpg.LockNotAvailableError):
            async with reader.transaction():  # a savepoint
                await reader.execute(HOLD_BACK)
            await reader.execute("set local idle_in_transaction_session_timeout = '1s'")
            return began
        await asyncio.sleep(0.5)
        await beside.catch_up()
    raise Busy


def _swap(old: list[str]) -> str:
    return f"alter schema views rename to views_old; {SWAP}" if old else SWAP


@asynccontextmanager
async def _as_of_now(connection: Connection) -> AsyncIterator[None]:
    """Let a connection see everything as it is at this moment, whatever happens afterwards."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("select 1")  # the first statement decides which moment it is
        yield


async def _compare(connection: Connection, view: str, old: str, new: str) -> Compared:
    was, made = [(await connection.fetch(DIGEST.format(each)))[0] for each in (old, new)]
    rows, digest = made["count"], f"{int(made['sum']) % 2**64:016x}"
    if was == made:
        return Compared(view, rows, digest)
    only_old: int = await connection.fetchval(ONLY_IN.format(old, new))
    only_new: int = await connection.fetchval(ONLY_IN.format(new, old))
    return Compared(view, rows, digest, only_old, only_new)
