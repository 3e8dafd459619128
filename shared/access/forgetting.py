"""Forgetting a person: what she told is closed at once, and later its keys are destroyed for ever.

Bodies of events stay as they are, and so does every hash; without the keys nobody reads them. The
log says which keys were destroyed, so that a keyring restored from a backup loses them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

import structlog
from eventsourcing.domain import Aggregate, event

from shared.access.keeping import Keeping, all_subjects
from shared.eventstore import Cause
from shared.eventstore.postgres import Pool, PostgresEventStore

SHREDDINGS = UUID("5d0a7c52-93c1-5e4f-8a5e-6c1f8f0e7d12")  # namespace of shreddings
KEYS_OF = "select distinct key_id from es.keys where subject = any($1)"
LAST = """
    select tx_id::text, position from es.events
    order by es.events.tx_id desc, position desc limit 1"""
SEQUENCED = "select (tx_id, position) >= ($1::text::xid8, $2::bigint) from es.sequencer"
DOOM = "insert into es.doomed (key_id) select unnest($1::uuid[]) on conflict do nothing"
NEXT = "select pg_snapshot_xmax(pg_current_snapshot())::text"
ALL_BEFORE_ENDED = "select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
PATIENCE = 5.0  # seconds
DESTROYED = """
    select json_array_elements_text(body -> 'data' -> 'key_ids')::uuid as key_id
    from es.events where name = 'SubjectKeysDestroyed'"""
ACCESSES = """
    select l.index, l.recorded_at, l.actor, l.correlation, e.body -> 'data' ->> 'about' as about,
           e.body -> 'data' ->> 'purpose' as purpose, e.body -> 'data' ->> 'role' as role,
           e.body -> 'data' ->> 'relation' as relation,
           array(select json_array_elements_text(e.body -> 'data' -> 'fields')) as fields,
           whose.subjects
    from es.log l
    join es.events e using (stream_id, version)
    cross join lateral (
        select array_agg(distinct k.subject) as subjects from es.keys k
        where k.key_id in (select json_array_elements_text(e.body -> 'data' -> 'key_ids')::uuid)
    ) whose
    where l.name = 'PersonalDataAccessed' and l.index > $1
      and ($2::text is null or l.actor = $2)
      and ($3::uuid is null or $3 = any(whose.subjects) or l.correlation = any($8) and exists (
          select from es.events s
          where s.stream_id = any(whose.subjects) and s.version = 1 and s.name <> 'PersonFiled'
      ))
      and not exists (
          select from conflicts c where c.staff_id = $9 and (
              c.case_id::text = e.body -> 'data' ->> 'about'
              or c.case_id = any(l.correlation || cases_of(l.correlation))
          )
      )
      and ($4::timestamptz is null or l.recorded_at >= $4)
      and ($5::timestamptz is null or l.recorded_at < $5)
      and ($7::uuid is null or l.correlation = $7)
    order by l.index limit $6"""
STORIES = """
    select distinct l.correlation from es.keys k join es.log l on l.index = k.index
    where k.subject = $1"""
log = structlog.get_logger()


class Reconciles(Protocol):
    """A keyring that may be a restored backup."""

    async def reconcile(self, destroyed: Collection[UUID], at: datetime) -> list[UUID]:
        """Destroy again what is destroyed, and return what had come back."""

    async def align(self, restricted: Collection[UUID], held: Collection[UUID]) -> list[UUID]:
        """Restrict and hold these and no others, and return those that were not so."""


class Shredding(Aggregate):
    """What a service destroyed of one person."""

    @dataclass(frozen=True)
    class SubjectKeysDestroyed(Aggregate.Created):
        """A person's keys, and those of what was told about her, are no more (UU PDP art. 44)."""

        person_id: UUID
        subjects: tuple[UUID, ...]
        key_ids: tuple[UUID, ...]
        destroyed_at: datetime

    @event(SubjectKeysDestroyed)
    def __init__(
        self,
        id: UUID,
        person_id: UUID,
        subjects: tuple[UUID, ...],
        key_ids: tuple[UUID, ...],
        destroyed_at: datetime,
    ) -> None:
        self.person_id = person_id


async def forget(
    store: PostgresEventStore,
    cause: Cause,
    person_id: UUID,
    *,
    subjects: Collection[UUID],
    now: datetime,
    leaves: Collection[UUID] = (),
    keeping: Keeping | None = None,
) -> None:
    """Destroy every key of these, and say so in the log. Raises Held under legal hold.

    ``leaves`` are keys that were closed with them and may be used again. The keys go first: a crash
    in between is made good when the message comes again.
    """
    ids = await keys_of(store.pool, subjects)
    shredding = Shredding(
        id=uuid5(SHREDDINGS, f"{person_id}/{cause.message_id}"),
        person_id=person_id,
        subjects=tuple(sorted(subjects)),
        key_ids=tuple(ids),
        destroyed_at=now,
    )
    await seal_no_more(store.pool, ids)
    await store.keys.destroy(ids, shredding.id, now)
    await store.keys.unrestrict(list(leaves))
    await store.save(shredding, *([keeping] if keeping else []), cause=cause)


async def stay_as_told(store: PostgresEventStore, keyring: Reconciles, now: datetime) -> None:
    """Make the keyring, which may be a restored backup, say what the log says.

    What is destroyed is destroyed again, and all that is closed or held is so, and nothing else.
    To be called before a service opens anything.
    """
    rows = await store.pool.fetch(DESTROYED)
    if back := await keyring.reconcile([row["key_id"] for row in rows], now):
        log.error("a restored keyring held destroyed keys", keys=[str(id) for id in back])
    closed = await _published(store.pool, await all_subjects(store, "closed"))
    held = await _published(store.pool, await all_subjects(store, "held"))
    if changed := await keyring.align(closed, held):
        log.error("the keyring did not say what the log says", keys=[str(id) for id in changed])


async def accesses(
    pool: Pool,
    *,
    after: int,
    actor: str | None,
    person: UUID | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    complaint: UUID | None = None,
    stories: Collection[UUID] = (),
    asker: str,
) -> list[dict[str, Any]]:
    """Return who opened what of whom, in order: for a person who asks, and for a breach report.

    ``stories`` are the complaints that are the person's own: who opened what was told in them is
    found too. Nothing is found of a case to a party of which the asker is related.
    """
    rows = await pool.fetch(
        ACCESSES,
        *(after, actor, person, since, until, limit, complaint),
        *(list(stories), asker),
    )
    return [dict(row) for row in rows]


async def told_by(pool: Pool, person: UUID) -> list[UUID]:
    """Return the complaints in which we first wrote something of a person."""
    rows = await pool.fetch(STORIES, person)
    return [row["correlation"] for row in rows]


async def until_sequenced(pool: Pool) -> None:
    """Return when all that is stored now is in the log; a TimeoutError is an outage.

    The sequencer may be another process, so we ask and do not wait to be told.
    """
    last = await pool.fetchrow(LAST)
    async with asyncio.timeout(PATIENCE):
        while last and not await pool.fetchval(SEQUENCED, last["tx_id"], last["position"]):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def seal_no_more(pool: Pool, ids: Collection[UUID]) -> None:
    """Let nothing be sealed with these keys from now on; return when nobody is still at it.

    Whoever began to write before is waited for, and whoever begins after is refused by
    ``es.append_unless_doomed``: what somebody was told is stored can be read. A TimeoutError is an
    outage.
    """
    await pool.execute(DOOM, list(ids))
    next_one = await pool.fetchval(NEXT)
    async with asyncio.timeout(PATIENCE):
        while not await pool.fetchval(ALL_BEFORE_ENDED, next_one):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def keys_of(pool: Pool, subjects: Collection[UUID]) -> list[UUID]:
    """Return every key that these ever had; waits until the log knows of the last one."""
    await until_sequenced(pool)
    return await _published(pool, subjects)


async def _published(pool: Pool, subjects: Collection[UUID]) -> list[UUID]:
    return sorted(row["key_id"] for row in await pool.fetch(KEYS_OF, list(subjects)))
