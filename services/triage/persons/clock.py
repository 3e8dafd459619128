"""Forgets those whose day to think again is over; one process of the service does it."""

from __future__ import annotations

import asyncio

import structlog

from services.triage.persons import commands, views
from services.triage.persons.views import Due
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
        told: set[str] = set()
        while True:
            for due in await views.due(store.pool, now_utc()):
                await _erase(store, due, told)
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def _erase(store: PostgresEventStore, due: Due, told: set[str]) -> None:
    id = f"{due.person_id}/{due.due_at}"
    cause = Cause(handler="erase-when-due", message_id=id, actor="policy:erasure")
    try:
        await commands.erase(
            store,
            cause,
            case_id=due.case_id,
            complaint_id=due.complaint_id,
            person_id=due.person_id,
            now=now_utc(),
        )
    except Problem as problem:  # a hold came between; one that cannot be done holds up no other
        if id not in told:  # once, not every second
            told.add(id)
            log.error("not erased", person=str(due.person_id), problem=type(problem).__name__)
