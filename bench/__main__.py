"""`python -m bench [--quick] [append command http latency flood run]`: measure, print a table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import uvloop

from bench import (
    access,
    append,
    command,
    flood,
    latency,
    matching,
    posting,
    proving,
    rebuild,
    relaying,
    running,
    sealing,
)
from bench.ground import Ground
from bench.machine import machine, versions
from bench.measure import QUICK, Pace
from bench.table import Row, not_measured, render
from deploy.local.servers import local_servers_blocking

ON_SERVERS: dict[str, Callable[[Ground], Awaitable[list[Row]]]] = {
    "append": append.section,
    "command": command.section,
    "http": posting.section,
    "latency": latency.section,
    "flood": flood.section,
    "access": access.section,
    "sealing": sealing.section,
    "matching": matching.section,
    "rebuild": rebuild.section,
    "log": proving.section,
    "relay": relaying.section,
}
RUN = "run"
SECTIONS = (*ON_SERVERS, RUN)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for. A missed goal is a line in the table, not a failure."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="short: does it run at all?")
    options = parser.parse_args(arguments)
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    os.environ["UVICORN_LOG_LEVEL"] = "warning"  # of the services: only the table is printed
    chosen = options.sections or SECTIONS
    pace = QUICK if options.quick else Pace()
    with tempfile.TemporaryDirectory(prefix="aduan-bench-", ignore_cleanup_errors=True) as name:
        rows = _measure(chosen, Path(name), pace)
    print(render(rows))


def _measure(chosen: Sequence[str], folder: Path, pace: Pace) -> list[Row]:
    print(machine())
    with local_servers_blocking(folder, durable=True) as servers:
        rows = uvloop.run(_on_servers(Ground(servers, folder, pace), chosen))
    if RUN in chosen:
        rows += uvloop.run(_rows(RUN, partial(running.section, folder, pace)))
    return rows


async def _on_servers(ground: Ground, chosen: Sequence[str]) -> list[Row]:
    print(await versions(ground.servers), end="\n\n", flush=True)
    await ground.prepare()
    rows: list[Row] = []
    for name in (name for name in ON_SERVERS if name in chosen):
        rows += await _rows(name, partial(ON_SERVERS[name], ground))
    return rows


async def _rows(name: str, section: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    """Measure a section; one that fails must not cost us the others."""
    print(f"measuring {name} …", file=sys.stderr, flush=True)
    try:
        return await section()
    except Exception as error:
        return [not_measured(name, f"{type(error).__name__}: {error}")]


if __name__ == "__main__":
    main()
