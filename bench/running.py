"""`make run`: how long until everything is ready, and how much memory each service takes idle."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.measure import Pace
from bench.table import Row, at_most
from deploy.local.parts import SERVICES
from deploy.local.running import pid_of

READY, MEMORY = 5.0, 90.0  # seconds, MiB
IDLE = 3.0  # seconds after being ready
SERVERS = ("DATABASE_URL", "NATS_URL")  # a run brings its own


async def section(folder: Path, pace: Pace) -> list[Row]:
    """Start it on a new folder, then again on the same one as often as there are rounds."""
    data = folder / "run"
    async with _run(data) as cold:
        pass
    warm = []
    for _ in range(min(pace.rounds, 3)):
        async with _run(data) as seconds:
            warm.append(seconds)
            await asyncio.sleep(IDLE)
            memory = {service: _resident(pid_of(data, service)) for service in SERVICES}
    return [
        at_most("make run, first start to ready", cold, "s", None),
        at_most("make run, warm to ready", statistics.median(warm), "s", READY),
        *(at_most(f"memory of {name}, idle", mib, "MiB", MEMORY) for name, mib in memory.items()),
    ]


@asynccontextmanager
async def _run(data: Path) -> AsyncIterator[float]:
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local", "--data", str(data), "--port-base", "0", "--json"),
        stdout=PIPE,
        stderr=PIPE,
        env={name: value for name, value in os.environ.items() if name not in SERVERS},
    )
    try:
        if process.stdout and process.stderr and not await process.stdout.readline():
            raise RuntimeError((await process.stderr.read()).decode().strip())
        yield time.perf_counter() - start
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _resident(pid: int) -> float:
    """Return the memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no process {pid}")
