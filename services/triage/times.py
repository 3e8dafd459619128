"""The time limits that run in triage, and how a command keeps them (contracts 5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from services.triage.domain import Case, Identification, Ruling
from shared.clocks.clock import Clock
from shared.clocks.keeping import clock_of, limit_at, started, stopped
from shared.eventstore import EventStore
from shared.problems import Stale

P = ParamSpec("P")
T = TypeVar("T")
TRIES = 3
POLICE, AT_ONCE = "tpks_police_report", "first_response_high"
RESPONSES = ("response_high", "response_medium", "response_low")  # the soonest first


def patient(command: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Return a command that is not refused because a clock was ticked the moment it was stopped.

    It loads and decides again; a decision that rests on a version that has passed stays Stale.
    """

    @wraps(command)
    async def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            with suppress(Stale):
                return await command(*args, **kwargs)
        return await command(*args, **kwargs)

    return tried


async def queued(store: EventStore, identification: Identification) -> list[Clock]:
    """Return the clock until somebody opens a message that came while nobody waited for it."""
    if not identification.is_asynchronous:
        return []
    since, about = identification.received_at, identification.complaint_id
    limit = await limit_at(store, "first_response", since)
    return [Clock.start(limit, about, since, complaint_id=about)]


async def in_danger(store: EventStore, identification: Identification, at: datetime) -> list[Clock]:
    """Return the clock until an officer takes up what says that somebody is in danger now."""
    if identification.officer_id is not None or not identification.in_danger:
        return []
    about = identification.complaint_id
    return [await started(store, AT_ONCE, about, at, complaint_id=about)]


async def taken(
    store: EventStore, identification: Identification, officer_id: str, now: datetime
) -> list[Clock]:
    """Return the clock of the officer, running, and that of the first answer, stopped."""
    about = identification.complaint_id
    hers = await started(
        store, "identification", about, now, complaint_id=about, staff_id=officer_id
    )
    waited = await stopped(store, AT_ONCE, about, now)
    if identification.is_asynchronous:
        waited += await stopped(store, "first_response", about, now)
    return [hers, *waited]


async def passed_on(
    store: EventStore, identification: Identification, officer_id: str | None, now: datetime
) -> list[Clock]:
    """Return the clock of the officer who had it, stopped: her run is over, and stays written.

    It runs anew for another, from when she has it. What is classified has no clock any more.
    """
    if identification.completed_at is not None:
        return []
    clocks = await stopped(store, "identification", identification.complaint_id, now)
    if officer_id is None:
        return clocks
    if not clocks:
        return await taken(store, identification, officer_id, now)
    limit = await limit_at(store, "identification", now)
    clocks[0].start_again(limit, now, staff_id=officer_id)
    return clocks


def due(identification: Identification, clocks: list[Clock], now: datetime) -> datetime:
    """Return until when it is to be identified; as it was where no clock runs any more."""
    return clocks[0].due_at if clocks else identification.due_at or now


async def of(store: EventStore, complaint_id: UUID, case: Case) -> list[Clock]:
    """Return the clocks of a complaint and of its case, as they are now."""
    runs = await waiting(store, case.id)
    rule = runs.rule if runs else case.ruling and case.ruling.response
    rules = [
        ("first_response", complaint_id),
        (AT_ONCE, complaint_id),
        ("identification", complaint_id),
        (rule, case.id),
        (POLICE if case.police_is_due else None, case.id),
    ]
    found = [await clock_of(store, rule, about) for rule, about in rules if rule]
    return [clock for clock in found if clock is not None]


async def waiting(store: EventStore, case_id: UUID) -> Clock | None:
    """Return the clock that runs until somebody helps, if one does: there is one at most."""
    for rule in RESPONSES:
        clock = await clock_of(store, rule, case_id)
        if clock is not None and clock.stopped_at is None:
            return clock
    return None


async def response(
    store: EventStore,
    case: Case,
    before: Ruling | None,
    now: datetime,
    *,
    further: Ruling | None = None,
    since: datetime | None = None,
) -> list[Clock]:
    """Return the clocks until somebody helps, as the case now is; ``before`` is how it was.

    With another urgency the one that runs stops, and the other runs from when that began. Once
    somebody has helped one runs again only where nobody was to help before, and for a ``further``
    complaint: by its own urgency, for the others were heard; from ``since`` where it waited before.
    """
    was, rule = before and before.response, case.ruling and case.ruling.response
    hers = further and further.response
    runs = await waiting(store, case.id)
    if runs is None:
        wanted, since = hers or (rule if was is None else None), since or now
    else:
        wanted = rule if was != rule else min(runs.rule, hers or runs.rule, key=RESPONSES.index)
        since = runs.started_at
    if runs is not None and runs.rule == wanted:
        return []
    clocks = []
    if runs is not None:
        runs.stop(now)
        clocks.append(runs)
    if wanted:
        about = case.complaint_ids[0]
        clocks.append(
            await started(store, wanted, case.id, since, complaint_id=about, case_id=case.id)
        )
    return clocks


async def police(
    store: EventStore, case: Case, *, since: datetime, now: datetime, is_due: bool
) -> list[Clock]:
    """Return the clock of the report to the police: from when we were told, UU 12/2022 art. 41."""
    if not is_due:
        return await stopped(store, POLICE, case.id, now)
    about = case.complaint_ids[0]
    return [await started(store, POLICE, case.id, since, complaint_id=about, case_id=case.id)]
