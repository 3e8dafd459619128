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


async def load(port: int, clients: int, request: bytes, seconds: float) -> Load:
    """Keep every client busy for so long, each on a connection that stays open."""
    connections = [await Connection.open(port) for _ in range(clients)]
    await connections[0].send(request)  # the first one fetches the issuer's keys
    took: list[float] = []

    async def send(writer: int) -> None:
        start = time.perf_counter()
        await connections[writer].send(request)
        took.append((time.perf_counter() - start) * 1000)

    per_second = await rate(send, clients, seconds)
    for connection in connections:
        connection.close()
    return Load(per_second, percentile(took, 50), percentile(took, 99))


async def main() -> None:
    """Measure whenever asked."""
    told = json.loads(sys.stdin.readline())
    request = bytes.fromhex(told["request"])
    while line := await asyncio.to_thread(sys.stdin.readline):
        measured = await load(told["port"], told["clients"], request, float(line))
        print(json.dumps(asdict(measured)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
