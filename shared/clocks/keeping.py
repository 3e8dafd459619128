"""Starting and stopping clocks in a command: load what is there, and save it with the rest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN, Limit, Limits
from shared.eventstore import EventStore
from shared.problems import Missing


async def limit_at(store: EventStore, rule: str, now: datetime) -> Limit:
    """Return the limit that holds at a time: what the office has set, or what was given."""
    limits = await limits_of(store)
    return limits.at(rule, now) if limits else GIVEN[rule]


async def limits_of(store: EventStore) -> Limits | None:
    """Return the limits that the office has set, as far as this service heard; None: none yet."""
    try:
        return await store.load(Limits, Limits.create_id())
    except Missing:
        return None


async def started(
    store: EventStore,
    rule: str,
    about: UUID,
    now: datetime,
    *,
    complaint_id: UUID | None = None,
    case_id: UUID | None = None,
    staff_id: str | None = None,
    due_at: datetime | None = None,
) -> Clock:
    """Return the clock of a rule about something, running. It is for the caller to save it."""
    limit = await limit_at(store, rule, now)
    clock = await clock_of(store, rule, about)
    if clock is None:
        return Clock.start(
            limit,
            about,
            now,
            complaint_id=complaint_id,
            case_id=case_id,
            staff_id=staff_id,
            due_at=due_at,
        )
    clock.start_again(limit, now, staff_id=staff_id, due_at=due_at)
    return clock


async def stopped(store: EventStore, rule: str, about: UUID, now: datetime) -> list[Clock]:
    """Return the clock of a rule about something, stopped; nothing where none ever ran."""
    clock = await clock_of(store, rule, about)
    if clock is None:
        return []
    clock.stop(now)
    return [clock]


async def clock_of(store: EventStore, rule: str, about: UUID) -> Clock | None:
    """Return the clock of a rule about something, if it ever ran."""
    try:
        return await store.load(Clock, Clock.create_id(rule, about))
    except Missing:
        return None
