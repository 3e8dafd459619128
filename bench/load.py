"""`python -m bench.load`: a process that only sends requests, so that sending is no bottleneck.

The first line of stdin says what to send where; each further line says for how many seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass

import uvloop

from bench.client import Connection
from bench.measure import percentile, rate


@dataclass(frozen=True)
class Load:
    """What one measurement gave."""

    rate: float  # requests a second
    p50: float  # milliseconds
    p99: float


async def load(connections: list[Connection], request: bytes, seconds: float) -> Load:
    """Keep every connection busy for so long."""
    took: list[float] = []

    async def send(writer: int) -> None:
        start = time.perf_counter()
        await connections[writer].send(request)
        took.append((time.perf_counter() - start) * 1000)

    per_second = await rate(send, len(connections), seconds)
    return Load(per_second, percentile(took, 50), percentile(took, 99))


async def main() -> None:
    """Measure whenever asked."""
    told = json.loads(sys.stdin.readline())
    request = bytes.fromhex(told["request"])
    connections = [await Connection.open(told["port"]) for _ in range(told["clients"])]
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(asdict(await load(connections, request, float(line)))), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
