"""Bring a service's database up to date: its record goes forward only, its views are made anew."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from shared.eventstore.codec import Codec
from shared.eventstore.postgres import prepare_connection

MIGRATIONS = Path(__file__).with_name("migrations")
SHARED = Path(__file__).parent.parent
IN_EVERY_SERVICE = (SHARED / "access" / "standing.sql", SHARED / "clocks" / "clocks.sql")
Project = Callable[[Any, Any], Awaitable[None]]


class MigrationChanged(Exception):
    """A migration that was applied has been edited since. Write a new one instead."""


async def migrate(
    connection: asyncpg.Connection[asyncpg.Record], app_role: str, *folders: Path
) -> list[str]:
    """Apply the migrations that are new, folder by folder, each once; return their names."""
    applied = []
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('migrate', 0))")
        await connection.execute(
            "create table if not exists public.migrations"
            " (name text primary key, checksum text not null, at timestamptz default now())"
        )
        rows = await connection.fetch("select name, checksum from public.migrations")
        known = {row["name"]: row["checksum"] for row in rows}
        for path in (path for folder in folders for path in sorted(folder.glob("*.sql"))):
            sql = path.read_text()
            checksum = hashlib.sha256(sql.encode()).hexdigest()
            if path.name not in known:
                await connection.execute(sql.replace("{app}", app_role))
                await connection.execute(
                    "insert into public.migrations values ($1, $2)", path.name, checksum
                )
                applied.append(path.name)
            elif known[path.name] != checksum:
                raise MigrationChanged(path.name)
    return applied


def views_of(service: Path) -> str:
    """Return the SQL of the views of the service in this folder: what all have, then its own.

    A part of a service that is a package of its own may have its own ``schema.sql``.
    """
    own = [service / "schema.sql", *sorted(service.glob("*/schema.sql"))]
    return "".join(path.read_text() for path in (*IN_EVERY_SERVICE, *own))


async def views_are_current(connection: asyncpg.Connection[asyncpg.Record], schema: str) -> bool:
    """Say whether the views were built from this very schema."""
    comment = await connection.fetchval(
        "select obj_description(to_regnamespace('views'), 'pg_namespace')"
    )
    return bool(comment == _mark(schema))


async def rebuild(
    connection: asyncpg.Connection[asyncpg.Record],
    codec: Codec,
    project: Project,
    *,
    schema: str,
    app_role: str,
) -> int:
    """Drop every view and make it anew from the events; return how many events there were.

    The new views are built beside the old ones and swapped in the same transaction: readers see the
    old ones until then. Appends wait meanwhile.
    """
    await prepare_connection(connection)
    count = 0
    async with connection.transaction():
        await connection.execute("lock table es.events in share row exclusive mode")
        await connection.execute("create schema views_next")
        await connection.execute("set local search_path = views_next")
        await connection.execute(schema)
        await connection.execute(f"comment on schema views_next is '{_mark(schema)}'")
        await connection.execute(
            f"grant usage on schema views_next to {app_role};"
            f"grant select, insert, update, delete on all tables in schema views_next to {app_role}"
        )
        async for row in connection.cursor(
            "select name, body::text as body, stream_id, version, event_id from es.events"
            " order by tx_id, position",
            prefetch=500,
        ):
            event, _ = codec.decode(
                row["name"], row["body"], row["stream_id"], row["version"], row["event_id"]
            )
            await project(connection, event)
            count += 1
        await connection.execute(
            "drop schema if exists views cascade; alter schema views_next rename to views"
        )
    return count


def _mark(schema: str) -> str:
    return f"schema {hashlib.sha256(schema.encode()).hexdigest()[:16]}"
