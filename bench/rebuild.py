"""Views made anew from the events, beside a bare read of events and a COPY into such a table."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import asyncpg
from eventsourcing.domain import Aggregate

from bench.ground import Ground
from bench.measure import QUICK, Rate, side_by_side
from bench.table import Row, at_least, at_most
from services.triage.app import PARTS
from services.triage.domain import Case, Identification, Step
from shared.eventstore import Cause, Event, new_id, now_utc
from shared.eventstore.rebuild import rebuild

MANY = 50_000
GOAL, EVENTS, MEMORY = 0.25, 15_000, 200  # ratio, events a second, MiB
OFFICER = "019a0000-0000-7000-8000-000000000201"
AT_ONCE = 50  # identifications that are under way at a time, so that their events alternate
STORED = ("stream_id", "version", "event_id", "name", "recorded_at", "leaf", "body")
READ = """
    select name, body::text as body, stream_id, version, event_id from es.events
    order by tx_id, position"""
COPIED = (
    *("complaint_id", "registration_no", "channel", "reporter_role", "in_danger", "locus_code"),
    *("received_at", "status", "version", "stream_id"),
)


async def section(ground: Ground) -> list[Row]:
    """Measure complaints that are queued, one statement an event; then whole identifications."""
    rows, many = [], MANY // 10 if ground.pace == QUICK else MANY
    for what, events in (("queued complaints", queued), ("identifications", identified)):
        database = await ground.database("triage")
        connection = await asyncpg.connect(database.admin_url)
        await fill(connection, events, many)
        done: list[tuple[float, float]] = []
        ours, theirs = _ours(database.admin_url, many, done), _bare(connection, many)
        pair = await side_by_side(ours, theirs, min(ground.pace.rounds, 5))
        about = f"rebuild, {many:,} events of {what}"
        is_met = pair.ours >= EVENTS
        rows += [
            at_least(about, pair, "bare cursor and COPY", GOAL),
            Row("  events a second", f"{pair.ours:,.0f}/s", goal=f">= {EVENTS:,}/s", is_met=is_met),
            at_most("  writers held back", max(held for held, _ in done), "ms", None),
            at_most("  memory of the process", max(peak for _, peak in done), "MiB", MEMORY),
        ]
        await connection.close()
    return rows


async def fill(
    connection: asyncpg.Connection[asyncpg.Record], events: Callable[[], Iterator[Event]], many: int
) -> None:
    """Store so many events. Nobody looks at their leaves in here, so they are made up."""
    found = events()
    while many > 0:
        some = [_row(next(found)) for _ in range(min(many, 10_000))]
        await connection.copy_records_to_table(
            "events", schema_name="es", columns=STORED, records=some
        )
        many -= len(some)
    await connection.execute("analyze es.events")


def _row(event: Event) -> tuple[object, ...]:
    id, draft = new_id(), PARTS.codec.draft(event)
    cause = Cause(handler="bench", message_id=str(id), actor="policy:bench").about(id)
    body = PARTS.codec.encode(draft, cause, id, {}, set())
    place = event.originator_id, event.originator_version
    return *place, id, draft.name, now_utc(), bytes(32), body


def queued() -> Iterator[Event]:
    """Yield complaints that reach the officers' queue, for ever."""
    while True:
        yield from _queued().collect_events()


def identified() -> Iterator[Event]:
    """Yield what happens to complaints until they are classified, many at a time, for ever."""
    while True:
        some = [_identified() for _ in range(AT_ONCE)]
        for together in zip(*some, strict=True):
            yield from together


def _queued() -> Identification:
    return Identification(
        complaint_id=new_id(),
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code="35.73.05.1002",
        received_at=now_utc(),
        handed_over=True,
    )


def _identified() -> list[Event]:
    it, now = _queued(), now_utc()
    it.take(OFFICER, now, now + timedelta(hours=2))
    case = Case(complaint_id=it.complaint_id, registration_no="PPA-2026-000001", opened_at=now)
    it.choose(OFFICER, case.id, "new", None, now)
    it.complete(OFFICER, (Step.FOLLOW_UP,), now)
    queued, taken, chosen, completed = _events_of(it)
    (opened,) = _events_of(case)
    return [queued, taken, opened, chosen, completed]


def _events_of(aggregate: Aggregate) -> Iterable[Event]:
    return aggregate.collect_events()


def _ours(admin_url: str, many: int, done: list[tuple[float, float]]) -> Rate:
    async def rebuilt() -> float:
        command = (sys.executable, "-m", "bench.rebuild", admin_url)
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
        told, _ = await process.communicate()
        events, seconds, held_back, peak = map(float, told.split())
        assert events == many
        done.append((held_back * 1e3, peak))
        return events / seconds

    return rebuilt


def _bare(connection: asyncpg.Connection[asyncpg.Record], many: int) -> Rate:
    now, at_once = now_utc(), 2_000

    async def copy(rows: list[asyncpg.Record]) -> None:
        about = "PPA-2026-000001", "walk_in", "victim", False, "35.73.05.1002", now, "waiting"
        await connection.copy_records_to_table(
            "identifications",
            schema_name="bare",
            columns=COPIED,
            records=[(row["event_id"], *about, row["version"], row["event_id"]) for row in rows],
        )

    async def copied() -> float:
        await connection.execute("truncate bare.identifications")
        start = time.perf_counter()
        async with connection.transaction():
            cursor = await connection.cursor(READ)
            while rows := await cursor.fetch(at_once):
                await copy(rows)
        return many / (time.perf_counter() - start)

    return copied


async def _rebuild(admin_url: str) -> str:
    """Rebuild, and return events, seconds, seconds without writers, and the peak of memory."""
    start = time.perf_counter()
    done = await rebuild(
        partial(asyncpg.connect, admin_url),
        PARTS.codec,
        PARTS.project,
        schema=PARTS.schema,
        app_role="aduan_triage",
    )
    assert all(each.is_equal for each in done.compared) or not done.compared[0].rows
    return f"{done.events} {time.perf_counter() - start} {done.held_back} {_peak()}"


def _peak() -> float:
    """Return the most memory that this process ever had, in MiB."""
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(asyncio.run(_rebuild(sys.argv[1])))
