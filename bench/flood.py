"""A flood of the public form, ten times the usual load: what everybody else notices of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from bench.client import Connection, request
from bench.ground import Ground
from bench.measure import percentile
from bench.posting import CLIENTS, intake, port_of
from bench.table import Row, at_most
from tests.complaints import WALK_IN, WEBSITE
from tests.tokens import running_issuer

FLOOD = 10 * CLIENTS
GENUINE_EVERY = 0.1  # seconds; each from another network
STAFF_EVERY = 0.2
P99 = 2_000.0  # milliseconds


@dataclass
class Sent:
    """How long each request took, in milliseconds, and how many were not taken."""

    took: list[float] = field(default_factory=list)
    refused: int = 0


async def section(ground: Ground) -> list[Row]:
    """Measure people and staff while one network sends ten times as much as all clients usually."""
    database, nats = await ground.database("intake"), await ground.nats()
    flood, genuine, staff = Sent(), Sent(), Sent()
    with running_issuer() as issuer:
        async with intake(ground, database, nats, issuer.url) as process:
            port = port_of(process)
            token = issuer.headers("operator")
            await _send(port, request("/complaints", token, WALK_IN), "127.0.0.1", Sent())
            until = time.perf_counter() + 4 * ground.pace.seconds
            async with asyncio.TaskGroup() as group:
                for _ in range(FLOOD):
                    group.create_task(_flood(port, until, flood))
                group.create_task(_steadily(port, until, {}, WEBSITE, GENUINE_EVERY, genuine))
                group.create_task(_steadily(port, until, token, WALK_IN, STAFF_EVERY, staff))
    what = f"flood of {FLOOD} clients"
    refused = flood.refused + genuine.refused + staff.refused
    return [
        at_most(f"{what}, genuine p99", percentile(genuine.took, 99), "ms", P99),
        at_most(f"{what}, staff p99", percentile(staff.took, 99), "ms", P99),
        at_most(f"{what}, refused", float(refused), "", 0.0),
        Row(f"  {what}, stored", f"{len(flood.took) + len(genuine.took) + len(staff.took)}"),
        Row(f"  {what}, the flood's own p50", f"{percentile(flood.took, 50):.0f} ms"),
    ]


async def _flood(port: int, until: float, sent: Sent) -> None:
    while time.perf_counter() < until:
        key = {"Idempotency-Key": str(uuid4())}  # or the same words would be the same complaint
        await _send(port, request("/complaints", key, WEBSITE), "127.0.1.1", sent)


async def _steadily(
    port: int,
    until: float,
    headers: Mapping[str, str],
    body: object,
    every: float,
    sent: Sent,
) -> None:
    n = 0
    async with asyncio.TaskGroup() as group:
        while time.perf_counter() < until:
            n += 1
            wire = request("/complaints", {**headers, "Idempotency-Key": str(uuid4())}, body)
            group.create_task(_send(port, wire, f"127.1.{n % 250}.1", sent))
            await asyncio.sleep(every)


async def _send(port: int, wire: bytes, source: str, sent: Sent) -> None:
    start = time.perf_counter()
    try:
        connection = await Connection.open(port, source)
        await connection.send(wire)
    except (RuntimeError, OSError, EOFError):
        sent.refused += 1
        return
    connection.close()
    sent.took.append((time.perf_counter() - start) * 1000)
