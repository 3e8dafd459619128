"""The order in which everybody reads: one leader gives each event a gapless index."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.eventstore import Recorded
from shared.eventstore.codec import Codec
from shared.eventstore.postgres import (
    LONGEST,
    PATIENCE,
    Connection,
    Pool,
    connect,
    prepare_connection,
)

BATCH = 500
SILENCE = 10.0  # seconds; whoever holds an office says something every few
RECORDED = """
    select l.index, l.event_id, l.name, l.stream_id, l.version, l.correlation, l.actor,
           l.recorded_at, l.leaf, e.body::text as body
    from es.log l join es.events e using (stream_id, version)"""


async def sequence(connection: Connection | asyncpg.Connection[asyncpg.Record]) -> int:
    """Give the next events their index, and return how many there were."""
    count: int = await connection.fetchval("select es.sequence($1)", BATCH)
    return count


class RestoredElsewhere(Exception):
    """The events come from another cluster, whose transaction ids are ahead of this one's.

    New events would sort before old ones and never be told. Advance this cluster's ids with
    ``pg_resetwal -e/-x`` before the services start (ADR 4); physical backups do not need it.
    """


async def check_order(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raise RestoredElsewhere unless whatever is stored next comes after all there is."""
    in_order = await connection.fetchval(
        "select greatest((select tx_id from es.sequencer),"
        " (select tx_id from es.events order by tx_id desc, position desc limit 1))"
        " < pg_snapshot_xmax(pg_current_snapshot())"
    )
    if not in_order:
        raise RestoredElsewhere


async def read(pool: Pool, codec: Codec, index: int, limit: int = BATCH) -> list[Recorded]:
    """Return the events from an index on, in order."""
    rows = await pool.fetch(
        f"{RECORDED} where l.index >= $1 order by l.index limit $2", index, limit
    )
    return [recorded(codec, row) for row in rows]


async def pick(pool: Pool, codec: Codec, indexes: list[int]) -> list[Recorded]:
    """Return the events with these indexes, in order."""
    rows = await pool.fetch(f"{RECORDED} where l.index = any($1) order by l.index", indexes)
    return [recorded(codec, row) for row in rows]


def recorded(codec: Codec, row: asyncpg.Record) -> Recorded:
    """Return one row of the log as an event."""
    event, body = codec.decode(
        row["name"], row["body"], row["stream_id"], row["version"], row["event_id"]
    )
    return Recorded(
        index=row["index"],
        event_id=row["event_id"],
        name=row["name"],
        event=event,
        correlation=row["correlation"],
        actor=row["actor"],
        cause=body["cause"],
        recorded_at=row["recorded_at"],
        leaf=row["leaf"],
    )


async def bookmark(pool: Pool, reader: str) -> tuple[int, dict[str, Any]]:
    """Return the index a reader comes to next, and what it must know to go on."""
    row = await pool.fetchrow(
        "select next_index, state::text from es.bookmarks where reader = $1", reader
    )
    return (row["next_index"], json.loads(row["state"])) if row else (0, {})


async def move_bookmark(pool: Pool, reader: str, index: int, state: Mapping[Any, Any]) -> None:
    """Remember how far a reader has come; one who slept meanwhile takes nobody back."""
    await pool.execute(
        "insert into es.bookmarks values ($1, $2, $3::text::json) on conflict (reader)"
        " do update set next_index = excluded.next_index, state = excluded.state"
        " where bookmarks.next_index <= excluded.next_index",
        reader,
        index,
        json.dumps(state),
    )


@asynccontextmanager
async def leadership(
    dsn: str, office: str, silence: float = SILENCE
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record] | None]:
    """Hold an office that only one process of a service can hold; None when another holds it.

    The lock lives and dies with a connection of its own, so a leader that is gone leaves it free.
    So does one that is frozen, or whose line was cut and nobody was told: it must say something
    every ``silence`` seconds, or PostgreSQL ends the connection.
    """
    connection = await connect(
        dsn,
        command_timeout=PATIENCE,
        server_settings={"idle_session_timeout": f"{silence * 1000:.0f}"} | LONGEST,
    )
    try:
        await prepare_connection(connection)
        won = await connection.fetchval(
            "select pg_try_advisory_lock(hashtextextended($1, 0))", office
        )
        yield connection if won else None
    finally:
        connection.terminate()
