"""What NATS lost is asked for where it was told: how far each reader has come, and what it missed.

Where a reader stands lies in its own database. Publishers say how far they have told.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

import structlog

from shared.eventstore.postgres import OUTAGES, Pool
from shared.messaging.told import EARLIER, Latest, Told, ToldFact

SOON = 5.0  # seconds; how often a publisher is asked at most
PLACE = """
    select coalesce((select next_index from es.bookmarks where reader = $1), 0) as next,
           array(
               select distinct kept_in from es.parked where reader = $1 and kept_in <> 'nowhere'
           ) as kept_in"""
# It need not wait for the disk: a place that a crash takes back only asks for some facts again.
MOVE = """
    with lazily as (select set_config('synchronous_commit', 'off', true))
    insert into es.bookmarks (reader, next_index) select $1, $2 from lazily
    on conflict (reader) do update
    set next_index = greatest(es.bookmarks.next_index, excluded.next_index)"""
REWIND = "update es.bookmarks set next_index = $2 where reader = $1"
PARK = """
    insert into es.parked (reader, index, kept_in, event_id) values ($1, $2, $3, $4)
    on conflict (reader, index) do update set kept_in = excluded.kept_in"""
LOST = """
    select index, event_id from es.parked
    where reader = $1 and kept_in not in ($2, 'nowhere') order by index"""
GIVE_UP = "update es.parked set kept_in = 'nowhere' where reader = $1 and index = $2"
FORGET = "delete from es.parked where reader = $1 and index = $2"
log = structlog.get_logger()


class NobodyToAsk(ConnectionError):
    """Something is missing, and nobody said where its publisher is. We wait until somebody does."""


class Publishers(Protocol):
    """Those whose facts we hear, asked for them without NATS. Raises an outage, or NobodyToAsk."""

    async def told(self, source: str, partition: int, after: int) -> Told:
        """Return facts of a partition from an index on."""

    async def latest(self, source: str) -> Latest:
        """Return how far a publisher has told."""


@dataclass(frozen=True)
class Place:
    """How far a reader has come: it has answered for every fact with an index below ``next``.

    ``kept_in`` are the streams, by when they were made, that have what it set aside.
    """

    next: int
    kept_in: frozenset[str]


class Missed:
    """Where the readers of one service stand, and what they lack."""

    def __init__(self, pool: Pool, publishers: Publishers, every: float = 30.0) -> None:
        self.gaps: dict[str, int] = {}  # by reader: the index from which on something is missing
        self.latest: dict[str, Latest] = {}  # by source
        self._pool, self._publishers, self._every = pool, publishers, every
        self._wake: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def look(self, source: str) -> None:
        """Ask a publisher now and then how far it has told, forever.

        Who finds nothing new at NATS compares: the last fact of all has none behind it that would
        show that it is missing.
        """
        wake, is_away = self._wake[source], False
        while True:
            wake.clear()
            await asyncio.sleep(min(SOON, self._every))
            try:
                self.latest[source] = await self._publishers.latest(source)
                is_away = False
            except NobodyToAsk:
                return
            except OUTAGES as error:
                if not is_away:  # once, not with every try
                    log.warning("cannot ask", publisher=source, error=type(error).__name__)
                is_away = True
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every * random.uniform(0.8, 1.2)):  # noqa: S311
                    await wake.wait()

    def look_soon(self, source: str) -> None:
        """Ask again soon: NATS may have begun anew."""
        self._wake[source].set()

    async def place(self, reader: str) -> Place:
        """Return how far a reader has come."""
        row = await self._pool.fetchrow(PLACE, reader)
        return Place(row["next"], frozenset(row["kept_in"])) if row else Place(0, frozenset())

    async def move(self, reader: str, next: int) -> None:
        """Remember that a reader has answered for every fact below an index."""
        await self._pool.execute(MOVE, reader, next)

    async def forgotten(self, reader: str, source: str, place: Place) -> Place:
        """Return the place of a reader that has come further than its publisher has told.

        The publisher was restored from a backup: what follows gets the numbers of what is no more.
        It is heard from there on, and a person must know: some of what was heard is not so.
        """
        head = (await self._publishers.latest(source)).head
        if head is None or place.next <= head:  # it has told more meanwhile
            return place
        log.error("publisher forgot", reader=reader, head=head, heard=place.next)
        await self._pool.execute(REWIND, reader, head)
        return replace(place, next=head)

    async def facts(
        self, reader: str, source: str, partition: int, first: int, last: int
    ) -> AsyncIterator[ToldFact]:
        """Yield the facts of a partition from one index to another, in order."""
        self._note(reader, first)
        at = first
        while at <= last:
            told = await self._publishers.told(source, partition, at - 1)
            for fact in told.facts:
                if fact.index > last:
                    break
                yield fact
            if told.next <= at < told.head:
                raise ConnectionError("told neither facts nor that there are none")
            at = told.next
            if at >= told.head:
                if at <= last:  # its database is older than what it has told
                    log.error("publisher forgot", reader=reader, head=told.head, last=last)
                break
        self.gaps.pop(reader, None)

    async def fact(self, source: str, partition: int, index: int) -> ToldFact | None:
        """Return one fact of a partition by its index."""
        told = await self._publishers.told(source, partition, index - 1)
        return next((each for each in told.facts if each.index == index), None)

    async def lost(self, reader: str, stream: str) -> list[tuple[int, UUID | None]]:
        """Return what a reader set aside into another stream than this one: index and event."""
        rows = await self._pool.fetch(LOST, reader, stream)
        return [(row["index"], row["event_id"]) for row in rows]

    async def park(self, reader: str, index: int, stream: str, event_id: UUID | None) -> None:
        """Remember that a fact was set aside, and in which stream it is kept."""
        await self._pool.execute(PARK, reader, index, stream, event_id)

    async def give_up(self, reader: str, index: int) -> None:
        """Note that nobody has a fact any more that was set aside: neither NATS nor who told it."""
        await self._pool.execute(GIVE_UP, reader, index)

    async def forget(self, reader: str, index: int) -> None:
        """Note that a fact is set aside no more."""
        await forget(self._pool, reader, index)

    def _note(self, reader: str, first: int) -> None:
        if self.gaps.get(reader) != first:  # once, not with every try
            log.warning("gap", reader=reader, first=first)
        self.gaps[reader] = first


async def forget(pool: Pool, reader: str, index: int) -> None:
    """Note that a fact is set aside no more."""
    await pool.execute(FORGET, reader, index)


def told_last(latest: Latest | None, partition: int, names: Iterable[str]) -> int:
    """Return the index of the last fact with one of these names that was told; -1 for none."""
    return _last(latest.partitions.get(partition, {}) if latest else {}, names)


def previous_of(headers: Mapping[str, str], names: Iterable[str], index: int) -> int:
    """Return the index of the last fact with one of these names before this one; -1 for none.

    Where the headers do not say it, that may be any before this one's index.
    """
    each = headers.get("ppa-previous-of")
    if each is None:  # told before there was this header
        each = f"{EARLIER}={headers.get('ppa-previous')}"
    try:
        pairs = (pair.split("=") for pair in each.split() if not pair.endswith("-"))
        return _last({name: int(last) for name, last in pairs}, names)
    except ValueError:
        return index - 1


def _last(before: Mapping[str, int], names: Iterable[str]) -> int:
    return max((before.get(name, -1) for name in (EARLIER, *names)), default=-1)
