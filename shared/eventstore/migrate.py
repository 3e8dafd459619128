"""Bring a service's record up to date: it only goes forward. Views are made anew (rebuild.py)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).with_name("migrations")
SHARED = Path(__file__).parent.parent
IN_EVERY_SERVICE = (SHARED / "access" / "standing.sql", SHARED / "clocks" / "clocks.sql")


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
    return bool(comment == mark_of(schema))


def mark_of(schema: str) -> str:
    """Return the comment on views that were built from this schema."""
    return f"schema {hashlib.sha256(schema.encode()).hexdigest()[:16]}"
