"""How fast something goes, ours and theirs in turn, so that a noisy machine is noisy to both."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Act = Callable[[int], Awaitable[object]]  # one act of the writer with that number
Rate = Callable[[], Awaitable[float]]  # acts in a second, measured for a while


@dataclass(frozen=True)
class Pace:
    """How long and how often to measure: many short rounds, because the noise comes in waves."""

    seconds: float = 1.0
    rounds: int = 9


QUICK = Pace(seconds=0.5, rounds=1)


@dataclass(frozen=True)
class Pair:
    """What one round gave."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """How much of their speed is ours."""
        return self.ours / self.theirs


async def rate(act: Act, writers: int, seconds: float) -> float:
    """Let so many writers act for so long, and return the acts in a second."""
    end = time.perf_counter() + seconds

    async def write(writer: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await act(writer)
            count += 1
        return count

    start = time.perf_counter()
    counts = await asyncio.gather(*(write(writer) for writer in range(writers)))
    return sum(counts) / (time.perf_counter() - start)


async def side_by_side(ours: Rate, theirs: Rate, rounds: int) -> Pair:
    """Measure both in turn, and return the round in the middle, by ratio."""
    pairs = [Pair(await ours(), await theirs()) for _ in range(rounds)]
    return middle(pairs, lambda pair: pair.ratio)


def middle(rounds: Sequence[T], key: Callable[[T], float]) -> T:
    """Return the round in the middle."""
    return sorted(rounds, key=key)[len(rounds) // 2]


async def writers_side_by_side(ours: Act, theirs: Act, writers: int, pace: Pace) -> Pair:
    """Measure two acts with so many writers, after a moment to get warm."""
    for act in (ours, theirs):
        await rate(act, writers, pace.seconds / 2)
    return await side_by_side(
        lambda: rate(ours, writers, pace.seconds),
        lambda: rate(theirs, writers, pace.seconds),
        pace.rounds,
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent do not exceed."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
