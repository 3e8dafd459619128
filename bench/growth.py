"""`python -m bench.growth [10000 100000 1000000]`: what becomes slower when the history is long.

Triage's event store grows from size to size. At each it is sequenced, its views are made anew and a
bundle of it is checked; then every size is asked the same questions in turn.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import uvloop

from bench.alone import alone
from bench.append import HANDLER, encoded
from bench.filling import StoredRow, fill, journey
from bench.ground import Database, Ground
from bench.machine import machine, versions
from bench.measure import Pace
from bench.proving import SERVICE, a_bundle, log_folder, timed
from bench.table import aligned
from deploy.local.servers import local_servers_blocking
from deploy.provision import parts_of
from services.triage.domain import Identification
from shared.eventstore import new_id, now_utc
from shared.eventstore.asof import as_known
from shared.eventstore.log import BATCH, read
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import APPEND, Pool, PostgresEventStore, open_pool
from shared.history.signer import AT_ONCE, LogFolder, sign_once
from shared.history.tree import Edge

SIZES = (10_000, 100_000, 1_000_000)
ASKED = 2_000  # streams that the questions are about
TIMES, SELDOM = 30, 3  # that a question is asked in a turn; seldom where it takes long
GROWN = 1.3  # times as slow at the largest size as at the smallest
SEQUENCED, VERIFIED, REBUILT, HELD = 10_000.0, 50_000.0, 15_000.0, 200.0  # /s, /s, /s, MiB
STREAMS = """
    select stream_id, body ->> 'correlation' as correlation from es.events
    where name = $1 and version = 1 order by hashtextextended(stream_id::text, 1) limit $2"""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Question: TypeAlias = Callable[[], Awaitable[object]]


@dataclass
class Line:
    """One line of the table: a figure for each size."""

    what: str
    unit: str
    goal: str = ""
    figures: list[float] = field(default_factory=list)
    is_met: Callable[[Sequence[float]], bool] | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        ratio = self.figures[-1] / self.figures[0]
        verdict = "" if self.is_met is None else ("ok" if self.is_met(self.figures) else "MISSED")
        form = ",.0f" if self.unit == "/s" else ".2f" if self.unit == "ms" else ".0f"
        told = (
            f"{each:{form}}{self.unit if self.unit == '/s' else f' {self.unit}'}"
            for each in self.figures
        )
        return self.what, *told, f"{ratio:.2f}", self.goal, verdict


def main() -> None:
    """Fill, measure, print. A missed goal is a line that says so, not a failure."""
    parser = argparse.ArgumentParser("bench.growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="events, rising")
    sizes = parser.parse_args().sizes
    print(machine())
    with (
        tempfile.TemporaryDirectory(prefix="aduan-growth-", ignore_cleanup_errors=True) as name,
        local_servers_blocking(Path(name), durable=True) as servers,
    ):
        lines = uvloop.run(_measure(Ground(servers, Path(name), Pace()), sorted(set(sizes))))
    head = ("what", *(f"{size:,}" for size in sorted(set(sizes))), "last / first", "goal", "")
    print(aligned([head, *(line.cells for line in lines)]))


async def _measure(ground: Ground, sizes: Sequence[int]) -> list[Line]:
    print(await versions(ground.servers), end="\n\n", flush=True)
    await ground.prepare()
    rows, log, edge = (await journey(ground, SERVICE)).copies(), log_folder(ground.folder), Edge()
    grown = [
        Line("fill through es.append", "/s"),
        Line("sequencing and leaves", "/s", f">= {SEQUENCED:,.0f}/s", [], _at_least(SEQUENCED)),
        Line("rebuild of all views", "/s", f">= {REBUILT:,.0f}/s", [], _at_least(REBUILT)),
        Line("  memory of it", "MiB", f"<= {HELD:g} MiB", [], _at_most(HELD)),
        Line("verify, one core", "/s", f">= {VERIFIED:,.0f}/s", [], _at_least(VERIFIED)),
        Line("  memory of it", "MiB"),
    ]
    databases = []
    for size in sizes:
        print(f"growing to {size:,} events …", file=sys.stderr, flush=True)
        figures = await _grow(ground, rows, log, edge, size)
        for line, figure in zip(grown, figures, strict=True):
            line.figures.append(figure)
        databases.append(await ground.database(SERVICE))
    print("asking every size in turn …", file=sys.stderr, flush=True)
    return [*grown, *await _asked(databases, sizes, ground.pace.rounds)]


async def _grow(
    ground: Ground, rows: Iterator[StoredRow], log: LogFolder, edge: Edge, size: int
) -> list[float]:
    """Grow to a size; return how fast each piece of work was there."""
    more, sequenced = size - edge.size, list[float]()
    connection = await asyncpg.connect(ground.at(SERVICE))
    start = time.perf_counter()
    await fill(connection, rows, more)
    filled = more / (time.perf_counter() - start)
    while edge.size < size:
        sequenced.append(await timed(connection, edge, min(AT_ONCE, size - edge.size)))
        await sign_once(connection, log, log.key(), edge)
    await connection.execute("vacuum analyze")
    path = await a_bundle(connection, log, ground.folder, size)
    await connection.close()  # or the database cannot be copied
    checked = await alone(work="verify", bundle=str(path))
    path.unlink()
    url = ground.servers.postgres_admin_url
    made = await alone(work="rebuild", admin_url=url, service=SERVICE)
    return [
        filled,
        statistics.median(sequenced),
        size / made.seconds,
        made.mib,
        size / checked.processor,
        checked.mib,
    ]


async def _asked(databases: Sequence[Database], sizes: Sequence[int], rounds: int) -> list[Line]:
    """Ask every size the same questions in turn; return the middle of how long each took."""
    goal = f"<= {GROWN:g} x the first"
    lines = [
        Line("append, p50", "ms", goal, [], _has_not_grown),
        Line("load, p50", "ms", goal, [], _has_not_grown),
        Line("as of, one aggregate, p50", "ms"),
        Line("as of, views of a journey, p50", "ms"),
        Line(f"read the last {BATCH} events, p50", "ms"),
    ]
    took: dict[tuple[int, int], list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        asked = []
        for database, size in zip(databases, sizes, strict=True):
            pool = await stack.enter_async_context(open_pool(database.url))
            asked.append(await _questions(pool, size))
        for turn in range(-1, rounds):  # the first one is to get warm
            for n in range(len(lines)):
                for at, questions in enumerate(asked):
                    question, times = questions[n]
                    for _ in range(times):
                        start = time.perf_counter()
                        await question()
                        if turn >= 0:
                            took[n, at].append(1000 * (time.perf_counter() - start))
    for n, line in enumerate(lines):
        line.figures = [statistics.median(took[n, at]) for at in range(len(sizes))]
    return lines


async def _questions(pool: Pool, size: int) -> list[tuple[Question, int]]:
    """Return what is asked, in the order of the lines, and how often in a turn."""
    parts, chance = parts_of(SERVICE), Random(size)  # noqa: S311 a bench keeps no secret
    store = PostgresEventStore(pool, parts.codec, parts.project, MemoryKeys())
    name, body = encoded()
    waiting = await pool.fetch(STREAMS, "ComplaintQueued", ASKED)
    cases = [row["stream_id"] for row in await pool.fetch(STREAMS, "CaseOpened", ASKED)]
    length = await pool.fetchval(
        "select max(version) from es.events where stream_id = $1", cases[0]
    )
    next_version: dict[UUID, int] = dict.fromkeys(cases, length + 1)

    async def append() -> object:
        stream = chance.choice(cases)
        version = next_version[stream]
        next_version[stream] += 1
        row = (stream, version, new_id(), name, body, HANDLER, str(new_id()), b"")
        return await pool.fetchval(APPEND, *row)

    async def load(**when: Any) -> object:
        return await store.load(Identification, chance.choice(waiting)["stream_id"], **when)

    async def views() -> None:
        journey = UUID(chance.choice(waiting)["correlation"])
        async with as_known(store, [journey], now_utc()) as connection:
            assert await connection.fetchval("select count(*) from cases") == 1

    return [
        (append, TIMES),
        (load, TIMES),
        (lambda: load(as_of=now_utc()), TIMES),
        (views, SELDOM),
        (lambda: read(pool, parts.codec, size - BATCH), SELDOM),
    ]


def _at_least(goal: float) -> Callable[[Sequence[float]], bool]:
    return lambda figures: min(figures) >= goal


def _at_most(goal: float) -> Callable[[Sequence[float]], bool]:
    return lambda figures: max(figures) <= goal


def _has_not_grown(figures: Sequence[float]) -> bool:
    return figures[-1] <= GROWN * figures[0]


if __name__ == "__main__":
    main()
