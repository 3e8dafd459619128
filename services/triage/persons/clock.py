"""Forgets those whose day to think again is over; one process of the service does it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from services.triage.persons import commands, views
from shared.eventstore import Cause, now_utc
from shared.eventstore.log import leadership
from shared.eventstore.postgres import PostgresEventStore
from shared.problems import AlreadyHandled, Refused, Stale

EVERY = 1.0  # seconds
log = structlog.get_logger()


async def erase_when_due(dsn: str, store: PostgresEventStore) -> None:
    """Forget whoever is due, for ever, if nobody else does."""
    async with leadership(dsn, "erasures") as connection:
        if connection is None:
            return
        while True:
            for case_id, person_id in await views.due(store.pool, now_utc()):
                await _erase(store, case_id, person_id)
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def _erase(store: PostgresEventStore, case_id: UUID, person_id: UUID) -> None:
    cause = Cause(handler="erase-when-due", message_id=str(person_id), actor="policy:erasure")
    try:
        await commands.erase(store, cause, case_id=case_id, person_id=person_id, now=now_utc())
    except (Refused, Stale, AlreadyHandled) as problem:  # a hold came between; look again
        log.warning("not erased", person=str(person_id), problem=type(problem).__name__)
