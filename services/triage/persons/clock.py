"""Forgets those whose day to think again is over; one process of the service does it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from services.triage.persons import commands, views
from services.triage.persons.views import Due
from shared.eventstore import Cause, now_utc
from shared.eventstore.log import leadership
from shared.eventstore.postgres import PostgresEventStore
from shared.problems import Problem

EVERY = 1.0  # seconds
AGAIN = timedelta(hours=1)  # after what could not be done; comparing who is who leaves a trace
NEVER = datetime.min.replace(tzinfo=UTC)
log = structlog.get_logger()


async def erase_when_due(dsn: str, store: PostgresEventStore) -> None:
    """Forget whoever is due, for ever, if nobody else does."""
    async with leadership(dsn, "erasures") as connection:
        if connection is None:
            return
        tried: dict[UUID, datetime] = {}  # what could not be done, and when
        while True:
            await erase_due(store, tried, now_utc())
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def erase_due(store: PostgresEventStore, tried: dict[UUID, datetime], now: datetime) -> None:
    """Forget whoever is due; ``tried`` says of whom that could not be done, and when."""
    for due in await views.due(store.pool, now):
        if now - tried.get(due.person_id, NEVER) >= AGAIN:
            await _erase(store, due, tried, now)


async def _erase(
    store: PostgresEventStore, due: Due, tried: dict[UUID, datetime], now: datetime
) -> None:
    id = f"{due.person_id}/{due.due_at}"
    cause = Cause(handler="erase-when-due", message_id=id, actor="policy:erasure")
    try:
        await commands.erase(
            store,
            cause,
            case_id=due.case_id,
            complaint_id=due.complaint_id,
            person_id=due.person_id,
            now=now,
        )
    except Problem as problem:  # a hold came between; one that cannot be done holds up no other
        tried[due.person_id] = now
        reason = type(problem).__name__
        log.error("not erased", person=str(due.person_id), problem=reason)
        blocked = replace(cause, handler="erasure-blocked", message_id=f"{id}/{reason}")
        with suppress(Problem):  # it is tried again anyway
            await commands.note_blocked(
                store,
                blocked,
                case_id=due.case_id,
                complaint_id=due.complaint_id,
                person_id=due.person_id,
                reason=reason,
                now=now,
            )
