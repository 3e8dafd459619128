"""The event store that services run on: events and views change together, or not at all."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from itertools import chain, repeat
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from eventsourcing.domain import Aggregate

from shared.addresses import each_of
from shared.eventstore import A, Cause, Event, KeyReused, Keys, Receipt, new_id
from shared.eventstore.codec import Codec, Draft, replay
from shared.privacy.sealing import Key
from shared.problems import AlreadyHandled, Missing, Stale

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Projection = Callable[[Connection, Event], Awaitable[None]]


def in_turn(*projections: Projection) -> Projection:
    """Return the projection that lets each of these see an event, in this order."""

    async def project(connection: Connection, event: Event) -> None:
        for each in projections:
            await each(connection, event)

    return project


PATIENCE = 2.0  # seconds for one statement or for a connection; a request has 5 in all
# However it is left open: by a line that was cut in the middle of a statement PostgreSQL would wait
# for the rest, and nobody is told what was stored after it. See ADR 4.
LONGEST = {"transaction_timeout": "5s"}
APPEND = "select es.append($1, $2, $3, $4, $5, $6, $7, $8)"  # one event; pipelined for several
APPEND_UNLESS_DOOMED = "select es.append_unless_doomed($1, $2, $3, $4, $5, $6, $7, $8, $9)"
TRIES = 3  # of a save whose key is destroyed meanwhile
NO_CAUSE = (None, None, None)
REMEMBER = "insert into es.handled (handler, message_id, fingerprint) values ($1, $2, $3)"
REMEMBERED = 5_000  # persons
KEYS_OF = """
    select subject, key_id from es.keys
    where subject = any($1) and not exists (select from es.doomed d where d.key_id = keys.key_id)
    order by index"""
# Which subjects are closed or held: named so, or streams of such a journey (see STREAMS). The
# events are asked and not the log, which comes a moment later; with nothing kept nobody is asked.
FORGOTTEN = """
    select person_id from (
        select json_array_elements_text(body -> 'data' -> 'subjects')::uuid as person_id
        from es.events where name = 'SubjectKeysDestroyed'
    ) gone where person_id = any($1)"""
KEPT = """
    select s.subject from unnest($2::uuid[]) as s (subject)
    where exists (select from kept where why = $1 and person_id is distinct from $3) and (
        exists (
            select from kept
            where why = $1 and what = s.subject and person_id is distinct from $3
        ) or exists (
            select from es.events e
            join kept k on k.why = $1 and k.what = (e.body ->> 'correlation')::uuid
                       and k.person_id is distinct from $3
            where e.stream_id = s.subject and case when k.alone then not exists (
                select from es.events o where o.stream_id = s.subject and not exists (
                    select from kept also
                    where also.person_id = k.person_id and also.why = $1
                      and also.what = (o.body ->> 'correlation')::uuid
                )
            ) else exists (
                select from es.events f join kept also
                    on also.person_id = k.person_id and also.why = $1 and also.what in (
                        f.stream_id, coalesce(
                            f.body -> 'data' ->> 'case_id', f.body ->> 'correlation')::uuid)
                where f.stream_id = s.subject and f.version = 1
            ) end
        ) and not exists (
            select from es.events f where f.stream_id = s.subject and f.version = 1
              and f.name in ('PersonFiled', 'StandingBegun', 'ClockStarted')
        )
    )"""
HISTORY = """
    select name, body::text as body, version, event_id from es.events
    where stream_id = $1 and ($2::int is null or version <= $2)
      and ($3::timestamptz is null or recorded_at <= $3)
    order by version"""


OUTAGES = (  # what goes by itself: never a reason to give a message up
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # lost between two steps, or no server there that takes writes
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,  # its disk answers with errors
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,  # see LONGEST
)
NOT_THIS_ONE = (  # it is away, takes no writes, starts, is full: none of which says that all are
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_reached_commit: ContextVar[bool] = ContextVar("reached_commit", default=False)


def forget_commits() -> None:
    """Begin a request: nothing of it is stored yet."""
    _reached_commit.set(False)


def may_be_stored() -> bool:
    """Say whether something of this request was committed, or may have been."""
    return _reached_commit.get()


class Doomed(Exception):
    """A key that something was just sealed with is about to be destroyed."""


class PostgresEventStore:
    """Appends events, and updates the views with them, in one transaction."""

    def __init__(self, pool: Pool, codec: Codec, project: Projection, keys: Keys):
        self.pool = pool
        self.codec = codec
        self.keys = keys
        self._key_of: OrderedDict[UUID, UUID] = OrderedDict()  # of whom was written lately
        self.wake = asyncio.Event()  # set after every commit: the sequencer need not wait
        self.project = project

    async def load(
        self,
        kind: type[A],
        id: UUID,
        *,
        version: int | None = None,
        as_of: datetime | None = None,
        expect: int | None = None,
    ) -> A:
        """Rebuild an aggregate from its events, or raise Missing."""
        rows = await self.pool.fetch(HISTORY, id, version, as_of)
        if not rows or self.codec.kind_of(rows[0]["name"]) is not kind:
            raise Missing(f"{kind.__name__} {id}")
        if expect is not None and rows[-1]["version"] != expect:
            raise Stale(f"{kind.__name__} {id} is at version {rows[-1]['version']}")
        decode = self.codec.decode
        return replay(
            kind, (decode(r["name"], r["body"], id, r["version"], r["event_id"])[0] for r in rows)
        )

    async def save(self, *aggregates: Aggregate, cause: Cause) -> list[Receipt]:
        """Store the new events of all aggregates and remember the cause, all or nothing."""
        events = [event for each in aggregates for event in each.collect_events()]
        about = ", ".join(f"{type(each).__name__} {each.id}" for each in aggregates)
        for _ in range(TRIES):
            with suppress(Doomed):
                return await self._save(events, about, cause)
        raise Stale(about)

    async def _save(self, events: list[Event], about: str, cause: Cause) -> list[Receipt]:
        drafts = [self.codec.draft(event) for event in events]
        keys, given = await self._keys_for(drafts)
        new = {key.id for key in given.values()}
        old = [key.id for key in keys.values() if key.id not in new]
        # The first event brings the cause along. A fresh one cannot come again: no need to know it.
        known = (cause.handler, cause.message_id, cause.fingerprint)
        causes = chain([NO_CAUSE if cause.fresh else known], repeat(NO_CAUSE))
        ids = [new_id() for _ in events]
        rows = []
        for draft, id in zip(drafts, ids, strict=True):
            body = self.codec.encode(draft, cause, id, keys, new)
            place = draft.event.originator_id, draft.event.originator_version
            rows.append((*place, id, draft.name, body, *next(causes)))
        try:
            if not rows and not cause.fresh:
                await self.pool.execute(REMEMBER, *known)
            leaves = await self._append(rows, events, old) if rows else []
        except asyncpg.PostgresError as error:
            if not _refuses(error):
                raise
            await self.once(cause)  # a repeated request may meet its own stream before its cause
            raise Stale(about) from None
        self._key_of |= {who: key.id for who, key in given.items()}  # published now, not before
        while len(self._key_of) > REMEMBERED:
            self._key_of.popitem(last=False)
        self.wake.set()
        return [Receipt(*each) for each in zip(ids, leaves, events, strict=True)]

    async def _keys_for(self, drafts: list[Draft]) -> tuple[dict[UUID, Key], dict[UUID, Key]]:
        """Return a key for everybody in these events, and those of them given out just now.

        A person who was written about before has one: we remember it, or the log does. It may be
        destroyed; what is told of her after that gets another. Where the log has not come that far
        yet she gets a second one, and both are hers.
        """
        subjects = {place.subject for draft in drafts for place in draft.places}
        keys: dict[UUID, Key] = {}
        if subjects and not all(_begins_in(draft, drafts) for draft in drafts):
            had = {each: self._key_of[each] for each in subjects if each in self._key_of}
            if asked := list(subjects - had.keys()):
                rows = await self.pool.fetch(KEYS_OF, asked)
                had |= {row["subject"]: row["key_id"] for row in rows}
            there = await self.keys.to_seal(had.values()) if had else {}
            keys = {who: key for who, id in had.items() if (key := there[id])}
        given = {who: self.keys.take() for who in subjects - keys.keys()}
        return keys | given, given

    async def _append(
        self, rows: list[tuple[object, ...]], events: list[Event], old: list[UUID]
    ) -> list[bytes]:
        """Append all or nothing. Raises Doomed when one of these old keys is to be destroyed."""
        async with self.pool.acquire(timeout=PATIENCE) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                if old:
                    unless = [(*row, old) for row in rows]
                    leaves = await connection.fetchmany(APPEND_UNLESS_DOOMED, unless)
                    if any(row[0] is None for row in leaves):
                        self._forget(old)
                        raise Doomed
                else:
                    leaves = await connection.fetchmany(APPEND, rows)
                for event in events:
                    await self.project(connection, event)
            except BaseException:
                if not connection.is_closed():
                    with suppress(OSError, TimeoutError, asyncpg.InterfaceError):
                        await transaction.rollback()
                raise
            _reached_commit.set(True)
            await transaction.commit()
        return [row[0] for row in leaves]

    async def kept(
        self, why: str, subjects: Collection[UUID], *, but_for: UUID | None = None
    ) -> set[UUID]:
        """Return which of these are ``closed``, or ``held``, because of anybody but one person.

        See shared/access/keeping.py, which keeps the table that this reads.
        """
        rows = await self.pool.fetch(KEPT, why, list(subjects), but_for)
        return {row["subject"] for row in rows}

    async def forgotten(self, persons: Collection[UUID]) -> set[UUID]:
        """Return of whom keys were destroyed once. See shared/access/forgetting.py."""
        rows = await self.pool.fetch(FORGOTTEN, list(persons))
        return {row["person_id"] for row in rows}

    def _forget(self, ids: list[UUID]) -> None:
        """Ask again which keys these persons have."""
        gone = [who for who, id in self._key_of.items() if id in ids]
        for who in gone:
            del self._key_of[who]
        self.keys.forget(ids)

    async def handled(self, cause: Cause) -> bool:
        """Say whether this cause has had its effect."""
        known = await self.pool.fetchval(
            "select fingerprint from es.handled where handler = $1 and message_id = $2",
            cause.handler,
            cause.message_id,
        )
        if known is not None and known != cause.fingerprint:
            raise KeyReused(cause.handler)
        return known is not None

    async def once(self, cause: Cause) -> None:
        """Raise AlreadyHandled when this cause has had its effect."""
        if not cause.fresh and await self.handled(cause):
            raise AlreadyHandled(cause.handler)


def _begins_in(draft: Draft, drafts: list[Draft]) -> bool:
    """Say whether the whole stream of this event is among these: then nobody knew of it before."""
    stream = draft.event.originator_id
    return any(
        each.event.originator_id == stream and each.event.originator_version == 1 for each in drafts
    )


def _refuses(error: asyncpg.PostgresError) -> bool:
    """Say whether es.append refused: the cause is known, or the stream is not as expected."""
    constraint = getattr(error, "constraint_name", None)
    return error.sqlstate == "ES001" or constraint in ("handled_once", "one_writer")


@asynccontextmanager
async def open_store(
    dsn: str, codec: Codec, *, project: Projection, keys: Keys
) -> AsyncIterator[PostgresEventStore]:
    """Connect, and disconnect at the end. The tables are there already: deploy migrates."""
    async with open_pool(dsn) as pool:
        yield PostgresEventStore(pool, codec, project, keys)


@asynccontextmanager
async def open_pool(dsn: str, *, size: int = 12) -> AsyncIterator[Pool]:
    """Connect to a service's database. A statement that takes too long fails."""
    pool: Pool = await asyncpg.create_pool(  # type: ignore[call-overload]  # of `connect`
        dsn,
        connect=connect,
        min_size=2,
        max_size=size,
        command_timeout=PATIENCE,
        init=prepare_connection,
        reset=_nothing,
        server_settings={"search_path": "views", "aduan.sees": "everything"} | LONGEST,
    )
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except TimeoutError:
            pool.terminate()


async def connect(dsn: str, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
    """Connect to the first server in the address to answer that is what the address asks for.

    All are asked at once, so one that is silent takes nobody's time. asyncpg would wait for the
    first one as long as for all. Raises what the last one said when it is none of them.
    """
    asked: list[asyncio.Task[asyncpg.Connection[asyncpg.Record]]] = [
        asyncio.create_task(asyncpg.connect(server, timeout=PATIENCE, **options))
        for server in each_of(dsn)
    ]
    chosen: asyncpg.Connection[asyncpg.Record] | None = None
    try:
        for answer in asyncio.as_completed(asked):
            with suppress(*NOT_THIS_ONE):
                chosen = await answer
                return chosen
        return await asked[-1]
    finally:
        for each in asked:
            if not each.cancel() and not each.exception() and each.result() is not chosen:
                each.result().terminate()


async def prepare_connection(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Make a connection speak plain uuid.UUID instead of asyncpg's own."""
    await connection.set_type_codec(
        "uuid",
        encoder=lambda id: id.bytes,
        decoder=lambda raw: UUID(int=int.from_bytes(raw)),
        schema="pg_catalog",
        format="binary",
    )


async def _nothing(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Spare the round trip: our connections carry no session state from one use to the next."""
