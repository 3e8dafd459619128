"""The second wall: a request reads the views as its subject, and PostgreSQL shows it no more.

The first wall is ``may``. This one stands where somebody forgot to ask: row-level security on every
view that holds case data (services/*/schema.sql), by settings that last one transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self, TypeAlias, TypedDict
from uuid import UUID

import asyncpg
from pydantic import BaseModel, PrivateAttr

from shared.access.identity import Subject
from shared.access.relations import NOTHING, Resource
from shared.eventstore.postgres import PATIENCE, Connection, Pool

STEP_BEHIND = (
    "select set_config('aduan.sees', 'theirs', true), set_config('aduan.id', $1, true),"
    " set_config('aduan.roles', $2, true), set_config('aduan.agency', $3, true)"
)
TIES = """
    array(
        select staff_id from conflicts
        where conflicts.case_id = any(known_as(variadic {ids}))
    ) as conflicted,
    array(select staff_id from glass where glass.case_id = {case_id} and until > now())
        as broken_by,
    array(select staff_id from records where records.case_id = {case_id} and until > now())
        as granted_to
"""


def ties(case_id: str, *complaints: str) -> str:
    """Return the columns that say for whom a row is not there, and to whom its case is opened.

    ``complaints`` are those it is of, by ids or by arrays of them: who is related to a party may
    have said so before there was a case. The others of its case are asked about too.
    """
    ids = " || ".join([f"array[{case_id}]", *complaints])
    return TIES.format(case_id=case_id, ids=ids)


class Reader:
    """The views, as one subject may see them."""

    def __init__(self, pool: Pool, subject: Subject) -> None:
        self._pool = pool
        self._subject = subject

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Return the rows that are there for the subject."""
        async with self._behind_the_wall() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None:
        """Return the first of them, if there is one."""
        async with self._behind_the_wall() as connection:
            return await connection.fetchrow(query, *args)

    @asynccontextmanager
    async def _behind_the_wall(self) -> AsyncIterator[Connection]:
        who = self._subject
        async with (
            self._pool.acquire(timeout=PATIENCE) as connection,
            connection.transaction(readonly=True),
        ):
            await connection.execute(
                STEP_BEHIND, who.id, ",".join(sorted(who.roles)), who.agency or ""
            )
            yield connection


# The service's own work sees everything, and so does who asks what was known (shared/web/past.py).
Source: TypeAlias = "Pool | Reader | Connection"


async def case_resource(
    source: Source,
    name: str,
    case_id: UUID | None,
    staff_id: str,
    complaint_id: UUID | None = None,
) -> Resource:
    """Return how one person stands to a case, or a complaint, of which there is no row to ask."""
    (row,) = await source.fetch(f"select {ties('$1::uuid', '$2::uuid')}", case_id, complaint_id)
    return Resource(name=name, staff_id=staff_id, **tied(row))


class Ties(TypedDict):
    """The part of a Resource that the columns of ``ties`` say."""

    conflicted: frozenset[str]
    broken_by: frozenset[str]
    granted_to: frozenset[str]


def tied(row: asyncpg.Record) -> Ties:
    """Return what the columns of ``ties`` say, for a Resource."""
    return Ties(
        conflicted=frozenset(row["conflicted"]),
        broken_by=frozenset(row["broken_by"]),
        granted_to=frozenset(row["granted_to"]),
    )


class Row(BaseModel):
    """A row of a view that also knows who is tied to it; only its own fields are told."""

    _resource: Resource = PrivateAttr(default=NOTHING)

    def resource(self) -> Resource:
        """Return by whom it may be seen."""
        return self._resource

    def tied_to(self, resource: Resource) -> Self:
        """Return it with what a query found out about that."""
        self._resource = resource
        return self
