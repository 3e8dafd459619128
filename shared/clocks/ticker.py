"""The ticker: turns what is overdue into a breach, within a second, also after a restart."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from shared.clocks.clock import Clock
from shared.eventstore import Cause, now_utc
from shared.eventstore.log import leadership
from shared.eventstore.postgres import PostgresEventStore
from shared.problems import Problem

EVERY = 0.5  # seconds; one query for all clocks of a service, however many stand idle
AT_ONCE = 200
DUE = """
    select id, complaint_id, case_id from clocks
    where stopped_at is null and not breached
        and (due_at <= $1 or warn_at <= $1 and not warned)
    order by due_at limit $2"""
log = structlog.get_logger()


async def tick(dsn: str, store: PostgresEventStore) -> None:
    """Warn and breach whatever is due, for ever, if no other process of the service does."""
    async with leadership(dsn, "clocks") as connection:
        if connection is None:
            return
        while True:
            for row in await store.pool.fetch(DUE, now_utc(), AT_ONCE):
                await _tick(store, row["id"], row, now_utc())
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def _tick(store: PostgresEventStore, id: UUID, row: Any, now: datetime) -> None:
    journey = row["complaint_id"] or row["case_id"] or id
    try:
        clock = await store.load(Clock, id)
        # By the version and not by the time: a clock may run again, and to the same time.
        cause = Cause(handler="tick", message_id=f"{id}/{clock.version}", actor="policy:clocks")
        clock.tick(now)
        await store.save(clock, cause=cause.about(journey))
    except Problem as problem:  # somebody stopped it this moment; it is looked at again
        log.info("not ticked", clock=str(id), problem=type(problem).__name__)


async def project_clocks(connection: Any, event: object) -> None:
    """Bring the tables of clocks that every service has up to date with one event."""
    await project_runs(connection, event)
    match event:
        case Clock.ClockStarted():
            await connection.execute(
                "insert into clocks values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                *(event.originator_id, event.rule, event.rule_version, event.about),
                *(event.complaint_id, event.case_id, event.staff_id),
                *(event.started_at, event.warn_at, event.due_at),
            )
        case Clock.ClockStartedAgain():
            await connection.execute(
                "update clocks set rule_version = $2, staff_id = $3, started_at = $4,"
                " warn_at = $5, due_at = $6, breached = false, stopped_at = null,"
                " explained = false, warned = false where id = $1",
                *(event.originator_id, event.rule_version, event.staff_id),
                *(event.started_at, event.warn_at, event.due_at),
            )
        case Clock.ClockWarned():
            await connection.execute(
                "update clocks set warned = true where id = $1", event.originator_id
            )
        case Clock.ClockBreached():
            await connection.execute(
                "update clocks set breached = true where id = $1", event.originator_id
            )
        case Clock.ClockStopped():
            await connection.execute(
                "update clocks set stopped_at = $2 where id = $1",
                *(event.originator_id, event.stopped_at),
            )
        case Clock.BreachExplained():
            await connection.execute(
                "update clocks set explained = true where id = $1", event.originator_id
            )


async def project_runs(connection: Any, event: object) -> None:
    """Bring the table of their runs up to date with one event; a run lasts until it is stopped."""
    match event:
        case Clock.ClockStarted():
            await connection.execute(
                "insert into clock_runs values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                *(event.originator_id, event.originator_version, event.started_at),
                *(event.rule, event.rule_version),
                *(event.complaint_id, event.case_id, event.staff_id, event.due_at),
            )
        case Clock.ClockStartedAgain():
            await connection.execute(
                "insert into clock_runs"
                " select clock_id, $2, $3, rule, $4, complaint_id, case_id, $5, $6"
                " from clock_runs where clock_id = $1 limit 1",
                *(event.originator_id, event.originator_version, event.started_at),
                *(event.rule_version, event.staff_id, event.due_at),
            )
        case Clock.ClockBreached():
            await connection.execute(
                "update clock_runs set breached = true where clock_id = $1 and stopped_at is null",
                event.originator_id,
            )
        case Clock.ClockStopped():
            await connection.execute(
                "update clock_runs set stopped_at = $2 where clock_id = $1 and stopped_at is null",
                *(event.originator_id, event.stopped_at),
            )
