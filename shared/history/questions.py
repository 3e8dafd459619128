"""The history as auditors ask for it: every event in order, who did what and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.eventstore.codec import Codec
from shared.eventstore.log import RECORDED, recorded
from shared.eventstore.postgres import HISTORY, Pool
from shared.problems import Missing


@dataclass(frozen=True)
class Question:
    """Which events an auditor wants to see. What is None is not asked."""

    correlation: UUID | None = None
    stream: UUID | None = None
    type: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = -1
    limit: int = 100


# To whom a case is not there, because she is related to a party, its history is not there either.
NOT_THERE = """exists (
    select from conflicts c where c.staff_id = {who} and (
        c.case_id in ({journey}, {stream}, (e.body -> 'data' ->> 'case_id')::uuid)
        or c.case_id = any(cases_of({journey}))
    ))"""
ASKED = f"""{RECORDED}
    where l.index > $1
      and ($2::uuid is null or l.correlation = $2) and ($3::uuid is null or l.stream_id = $3)
      and ($4::text is null or l.name = $4) and ($5::text is null or l.actor = $5)
      and ($6::timestamptz is null or l.recorded_at >= $6)
      and ($7::timestamptz is null or l.recorded_at < $7)
      and not {NOT_THERE.format(who="$9", journey="l.correlation", stream="l.stream_id")}
    order by l.index limit $8"""
CORRELATION = "(e.body ->> 'correlation')::uuid"
NOT_HERS = f"""
    select exists (
        select from es.events e where e.stream_id = $2
        and {NOT_THERE.format(who="$1", journey=CORRELATION, stream="e.stream_id")}
    )"""  # noqa: S608 constants


async def events(pool: Pool, codec: Codec, asked: Question, who: str) -> list[dict[str, Any]]:
    """Return the events in order of index, as far as they are there for somebody.

    Personal texts stay covered.
    """
    rows = await pool.fetch(
        ASKED,
        *(asked.after, asked.correlation, asked.stream, asked.type, asked.actor),
        *(asked.since, asked.until, asked.limit, who),
    )
    return [_told(codec, row) for row in rows]


def _told(codec: Codec, row: asyncpg.Record) -> dict[str, Any]:
    each = recorded(codec, row)
    return {
        "index": each.index,
        "event_id": each.event_id,
        "stream_id": each.stream_id,
        "stream_type": codec.kind_of(each.name).__name__,
        "version": each.version,
        "type": each.name,
        "data": codec.masked(each.event),
        "correlation_id": each.correlation,
        "cause": each.cause,
        "actor": each.actor,
        "recorded_at": each.recorded_at,
        "leaf_hash": each.leaf.hex(),
    }


async def state(
    pool: Pool, codec: Codec, id: UUID, as_of: datetime | None, who: str
) -> dict[str, Any]:
    """Return an aggregate as it was known at a time of recording.

    Raises Missing when there was none, or none for somebody.
    """
    rows = await pool.fetch(HISTORY, id, None, as_of)
    if not rows or await pool.fetchval(NOT_HERS, who, id):
        raise Missing(f"stream {id}")
    aggregate = None
    for row in rows:
        event, _ = codec.decode(row["name"], row["body"], id, row["version"], row["event_id"])
        aggregate = event.mutate(aggregate)
    return {
        "stream_id": id,
        "stream_type": type(aggregate).__name__,
        "version": rows[-1]["version"],
        "as_of": as_of,
        "state": {key: value for key, value in vars(aggregate).items() if key[0] != "_"},
    }
