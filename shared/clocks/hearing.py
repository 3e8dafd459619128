"""What every service does when the office sets how long things may take."""

from __future__ import annotations

from typing import cast

from shared.clocks.limits import Kind, Limit, Limits
from shared.contracts.intake import TimeLimitsSet
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


async def hear_time_limits(store: EventStore, cause: Cause, fact: TimeLimitsSet) -> None:
    """Whenever the office sets time limits, note them and from when they hold."""
    try:
        limits = await store.load(Limits, Limits.create_id())
    except Missing:
        limits = Limits(id=Limits.create_id())
    limits.hear(
        tuple(
            Limit(each.rule, each.amount, cast(Kind, each.kind), each.warn, fact.version)
            for each in fact.limits
        ),
        fact.valid_from,
    )
    await store.save(limits, cause=cause)
