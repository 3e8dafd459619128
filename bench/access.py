"""Asking who may: the question that every request asks at least once."""

from __future__ import annotations

import time

from bench.ground import Ground
from bench.measure import percentile
from bench.table import Row, at_most
from shared.access import Resource, Subject, may
from shared.access.policy import ACTIONS

GOAL = 2.0  # microseconds
ROUNDS, TIMES = 50, 4_000
COUNSELOR = Subject("01930000-0000-7000-8000-000000000401", frozenset({"counselor"}))
HERS = Resource(name="Case", counselor_id=COUNSELOR.id)
BROKEN = Resource(name="Case", broken_by=frozenset({COUNSELOR.id}))


async def section(_: Ground) -> list[Row]:
    """Measure what is answered at once, and what is asked of every row of the table first."""
    return [
        at_most(f"may, {what}, of {len(ACTIONS)} actions", microseconds(about), "µs", GOAL)
        for what, about in (("her own case", HERS), ("the last rule that fits", BROKEN))
    ]


def microseconds(about: Resource) -> float:
    """Return what one question costs, in the round in the middle."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(TIMES):
            may(COUNSELOR, "case.open_personal", about)
        rounds.append((time.perf_counter() - start) / TIMES * 1e6)
    return percentile(rounds, 50)
