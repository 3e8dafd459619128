"""Forgets those whose day to think again is over; one process of the service does it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from services.triage.persons import commands, views
from shared.eventstore import Cause, now_utc
from shared.eventstore.log import leadership
from shared.eventstore.postgres import PostgresEventStore
from shared.problems import Problem

EVERY = 1.0  # seconds
log = structlog.get_logger()


async def erase_when_due(dsn: str, store: PostgresEventStore) -> None:
    """Forget whoever is due, for ever, if nobody else does."""
    async with leadership(dsn, "erasures") as connection:
        if connection is None:
            return
        while True:
            for case_id, person_id, due_at in await views.due(store.pool, now_utc()):
                await _erase(store, case_id, person_id, due_at)
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def _erase(
    store: PostgresEventStore, case_id: UUID, person_id: UUID, due_at: datetime
) -> None:
    cause = Cause(
        handler="erase-when-due", message_id=f"{person_id}/{due_at}", actor="policy:erasure"
    )
    try:
        await commands.erase(store, cause, case_id=case_id, person_id=person_id, now=now_utc())
    except Problem as problem:  # a hold came between; one that cannot be done holds up no other
        log.error("not erased", person=str(person_id), problem=type(problem).__name__)
