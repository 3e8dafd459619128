"""What a service keeps shut, and what it must keep, because of one person: facts of its own log.

Triage decides; each service hears it, notes it here and so refuses by itself. A wish closes, and a
hold keeps, the person and whole journeys: also what is told in them later, with whatever key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.eventstore import Event, EventStore
from shared.eventstore.postgres import Pool, PostgresEventStore
from shared.problems import Missing

KEEPINGS = UUID("1f6b7c1e-0c39-5d6c-9a43-5a8f4e2b7d63")  # namespace of the ids of keepings
Why = Literal["closed", "held"]
# Streams that a story takes along: those of its journeys, but for those of other persons and for
# what staff answer for in writing. Whose a stream is says its first event: a complaint may have
# been linked to a case for a while, and takes nothing of that case along. One that a complaint
# alone takes belongs to no other complaint.
STREAMS = """
    select l.stream_id from es.log l
    where l.stream_id in (select stream_id from es.log where correlation = any($1))
    group by l.stream_id
    having not bool_or(l.name in ('PersonFiled', 'StandingBegun', 'ClockStarted'))
       and case when $2 then bool_and(l.correlation = any($1)) else exists (
           select from es.events f where f.stream_id = l.stream_id and f.version = 1 and (
               f.stream_id = any($1) or coalesce(
                   f.body -> 'data' ->> 'case_id', f.body ->> 'correlation')::uuid = any($1)
           )) end"""
ALL = """
    select person_id, array_agg(what) as what, bool_or(alone) as alone
    from kept where why = $1 group by person_id"""


@dataclass(frozen=True)
class Scope:
    """How far a wish or a hold reaches: persons, and the journeys whose stories go along.

    ``alone`` says that it is one complaint, and not all that is known of its case.
    """

    what: tuple[UUID, ...]
    alone: bool = False


class Keeping(Aggregate):
    """What one person's wish to be forgotten closes here, and what a hold on her data keeps."""

    @dataclass(frozen=True)
    class KeepingBegun(Aggregate.Created):
        """We hear for the first time that something is to be done with a person's data."""

        person_id: UUID

    @dataclass(frozen=True)
    class DataClosed(Aggregate.Event):
        """Somebody asked to forget her: nobody opens this for now (UU PDP art. 41)."""

        person_id: UUID
        scope: Scope
        asked_at: datetime

    @dataclass(frozen=True)
    class DataOpened(Aggregate.Event):
        """What her wish closed is open, or gone: it was taken back, or it was done."""

        person_id: UUID
        ended_at: datetime

    @dataclass(frozen=True)
    class DataHeld(Aggregate.Event):
        """It is needed in a legal case: nobody destroys this (UU PDP art. 44)."""

        person_id: UUID
        scope: Scope
        placed_at: datetime

    @dataclass(frozen=True)
    class DataReleased(Aggregate.Event):
        """The legal case is over."""

        person_id: UUID
        lifted_at: datetime

    @dataclass(frozen=True)
    class ErasureRefused(Aggregate.Event):
        """We were told to forget her and did not, because of a legal hold."""

        person_id: UUID
        scope: Scope
        refused_at: datetime

    @staticmethod
    def create_id(person_id: UUID) -> UUID:
        """Derive it from the person, so that there can only be one in a service."""
        return uuid5(KEEPINGS, str(person_id))

    @event(KeepingBegun)
    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.closed: Scope | None = None
        self.held: Scope | None = None
        self.wish_as_of: datetime | None = None
        self.hold_as_of: datetime | None = None

    def close(self, scope: Scope, asked_at: datetime) -> bool:
        """Let nobody open this for now. Returns False when what we know is newer."""
        if is_new := self.wish_as_of is None or asked_at > self.wish_as_of:
            self._closed(self.person_id, scope, asked_at)
        return is_new

    @event(DataClosed)
    def _closed(self, person_id: UUID, scope: Scope, asked_at: datetime) -> None:
        self.closed = scope
        self.wish_as_of = asked_at

    def open(self, ended_at: datetime) -> bool:
        """End what her wish closes. Returns False when what we know is newer."""
        if is_new := self.wish_as_of is None or ended_at > self.wish_as_of:
            self._opened(self.person_id, ended_at)
        return is_new

    @event(DataOpened)
    def _opened(self, person_id: UUID, ended_at: datetime) -> None:
        self.closed = None
        self.wish_as_of = ended_at

    def hold(self, scope: Scope, placed_at: datetime) -> bool:
        """Let nobody destroy this. Returns False when what we know is newer."""
        if is_new := self.hold_as_of is None or placed_at > self.hold_as_of:
            self._held(self.person_id, scope, placed_at)
        return is_new

    @event(DataHeld)
    def _held(self, person_id: UUID, scope: Scope, placed_at: datetime) -> None:
        self.held = scope
        self.hold_as_of = placed_at

    def release(self, lifted_at: datetime) -> bool:
        """End the hold on her data. Returns False when what we know is newer."""
        if is_new := self.hold_as_of is None or lifted_at > self.hold_as_of:
            self._released(self.person_id, lifted_at)
        return is_new

    @event(DataReleased)
    def _released(self, person_id: UUID, lifted_at: datetime) -> None:
        self.held = None
        self.hold_as_of = lifted_at

    def refuse_erasure(self, scope: Scope, now: datetime) -> None:
        """Note that we were told to forget her and did not. What was closed stays closed."""
        self._refused(self.person_id, scope, now)

    @event(ErasureRefused)
    def _refused(self, person_id: UUID, scope: Scope, refused_at: datetime) -> None:
        """Nothing changes."""


async def keeping_of(store: EventStore, person_id: UUID) -> Keeping:
    """Return what is kept because of a person; a fresh one where nothing was heard yet."""
    try:
        return await store.load(Keeping, Keeping.create_id(person_id))
    except Missing:
        return Keeping(person_id=person_id)


async def project_keeping(connection: Any, event: Event) -> None:
    """Bring the table that every service has of this up to date with one event."""
    match event:
        case Keeping.DataClosed():
            await _put(connection, "closed", event.person_id, event.scope)
        case Keeping.DataHeld():
            await _put(connection, "held", event.person_id, event.scope)
        case Keeping.DataOpened():
            await _drop(connection, "closed", event.person_id)
        case Keeping.DataReleased():
            await _drop(connection, "held", event.person_id)


async def subjects_of(pool: Pool, scope: Scope) -> set[UUID]:
    """Return whose texts a scope reaches, as far as the log knows: persons, and whole streams."""
    rows = await pool.fetch(STREAMS, list(scope.what), scope.alone)
    return {*scope.what, *(row["stream_id"] for row in rows)}


async def all_subjects(store: PostgresEventStore, why: Why) -> set[UUID]:
    """Return everything that is closed, or held, because of anybody."""
    found: set[UUID] = set()
    for row in await store.pool.fetch(ALL, why):
        found |= await subjects_of(store.pool, Scope(tuple(row["what"]), row["alone"]))
    return found


async def _put(connection: Any, why: Why, person_id: UUID, scope: Scope) -> None:
    await _drop(connection, why, person_id)
    await connection.executemany(
        "insert into kept values ($1, $2, $3, $4)",
        [(person_id, why, what, scope.alone) for what in dict.fromkeys(scope.what)],
    )


async def _drop(connection: Any, why: Why, person_id: UUID) -> None:
    await connection.execute("delete from kept where person_id = $1 and why = $2", person_id, why)
