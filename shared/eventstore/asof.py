"""The views of some journeys as they were known at a time: for whoever asks what was known then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from shared.eventstore.log import RECORDED, recorded
from shared.eventstore.postgres import Connection, PostgresEventStore

VIEWS = "select tablename from pg_tables where schemaname = 'views' order by tablename"
KNOWN = f"""{RECORDED}
    where l.stream_id in (select stream_id from es.log where correlation = any($1))
      and l.recorded_at <= $2 order by l.index"""  # noqa: S608 constants


@asynccontextmanager
async def as_known(
    store: PostgresEventStore, journeys: Collection[UUID], as_of: datetime
) -> AsyncIterator[Connection]:
    """Return a connection on which the views hold these journeys only, as known at a time.

    The same questions are asked of it as of the views today. Whether somebody may see the answer is
    asked of today's views: what is then known of conflicts of interest was not known before.
    """
    async with store.pool.acquire() as connection, connection.transaction():
        for row in await connection.fetch(VIEWS):
            name = row["tablename"]
            await connection.execute(
                f"create temporary table {name} (like views.{name} including all) on commit drop"
            )
        await connection.execute("discard plans")  # they mean the views of today
        for row in await connection.fetch(KNOWN, list(journeys), as_of):
            await store.project(connection, recorded(store.codec, row).event)
        yield connection
