"""What intake does with contacts unasked: it receives the abandoned ones, and forgets old notes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from services.intake import views as complaints
from services.intake.contacts import commands, views
from shared.access.forgetting import forget
from shared.access.keeping import keeping_of
from shared.contracts import person_of
from shared.eventstore import Cause, now_utc
from shared.eventstore.log import leadership
from shared.eventstore.postgres import PostgresEventStore
from shared.problems import Problem

EVERY = 5.0  # seconds
ABANDONED = timedelta(hours=1)  # an open contact that nobody has touched for so long
KEPT = timedelta(days=30)  # notes; domain research 6.2, retention of drafts
log = structlog.get_logger()


async def tidy_for_ever(dsn: str, store: PostgresEventStore) -> None:
    """Look after contacts for as long as the service runs, if no other process of it does."""
    async with leadership(dsn, "contacts") as connection:
        if connection is None:
            return
        while True:
            await tidy(store, now_utc())
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def tidy(store: PostgresEventStore, now: datetime) -> None:
    """Do once whatever is due. What cannot be done holds up nothing else."""
    for id, touched_at in await views.abandoned(store.pool, now - ABANDONED):
        cause = _cause(id, f"abandoned/{touched_at}")
        numbers = partial(complaints.next_number, store.pool)
        try:
            await commands.drop(store, cause, id, reason="abandoned", numbers=numbers, now=now)
        except Problem as problem:
            log.error("not received", contact=str(id), problem=type(problem).__name__)
    for id, person_id in await views.faceless(store.pool):
        await _forget(store, id, {person_id}, "faceless", now)
    for id, notes, is_received in await views.outlived(store.pool, now - KEPT):
        of_the_caller = set() if is_received else {person_of(id, "reporter")}
        await _forget(store, id, {notes} | of_the_caller, "outlived", now)


async def _forget(
    store: PostgresEventStore, id: UUID, subjects: set[UUID], why: str, now: datetime
) -> None:
    try:
        cause, keeping = _cause(id, why), await keeping_of(store, id)
        await store.once(cause)
        await forget(store, cause, keeping, subjects=subjects, leaves=(), now=now)
    except Problem as problem:  # under legal hold: it stays, and is tried again
        log.warning("not forgotten", contact=str(id), problem=type(problem).__name__)


def _cause(id: UUID, what: str) -> Cause:
    return Cause(handler="tidy-contacts", message_id=f"{id}/{what}", actor="policy:contacts").about(
        id
    )
