"""From an accepted complaint to triage's queue, beside the disk and network that takes at least."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import nats
from nats.js.api import AckPolicy, ConsumerConfig, StorageType, StreamConfig

from bench.append import encoded
from bench.client import Connection, request
from bench.ground import BARE_EVENT, Database, Ground
from bench.measure import percentile
from bench.posting import intake, port_of
from bench.table import Row, at_most
from shared.eventstore import new_id
from tests.complaints import WALK_IN
from tests.services import as_process
from tests.tokens import running_issuer

A_SECOND = 20  # complaints
CONNECTIONS = 8
COMMITS = 3  # the complaint, its place in the log, and triage's own event
P50, P99 = 30.0, 200.0  # milliseconds
LONGEST = 10.0  # seconds
GLANCE = 0.001  # seconds between two looks at triage's queue
Arrivals = dict[UUID, asyncio.Future[float]]
SEEN = "select complaint_id from views.identifications where complaint_id = any($1::uuid[])"


async def section(ground: Ground) -> list[Row]:
    """Measure the whole way and its bare parts in turn."""
    received, queued = await ground.database("intake"), await ground.database("triage")
    address = await ground.nats()
    with running_issuer() as issuer:
        wire = request("/complaints", issuer.headers("operator"), WALK_IN)
        async with (
            intake(ground, received, address, issuer.url) as process,
            as_process("triage", database=queued.url, nats=address, issuer=issuer.url),
        ):
            connections = [await Connection.open(port_of(process)) for _ in range(CONNECTIONS)]
            whole = _Whole(connections, wire, queued)
            async with _Bare(received, address) as bare:
                return await _compare(whole.measure, bare.measure, ground)


Measure = Callable[[int], Awaitable[list[float]]]


async def _compare(ours: Measure, theirs: Measure, ground: Ground) -> list[Row]:
    count = int(2 * ground.pace.seconds * A_SECOND)
    for each in (ours, theirs):
        await each(A_SECOND)
    whole: list[float] = []
    bare: list[float] = []
    for _ in range(ground.pace.rounds):
        whole += await ours(count)
        bare += await theirs(count)
    what = f"accepted to triage's queue, {A_SECOND}/s"
    return [
        at_most(
            f"{what}, p{percent}",
            percentile(whole, percent),
            "ms",
            limit,
            other=percentile(bare, percent),
        )
        for percent, limit in ((50, P50), (99, P99))
    ]


class _Whole:
    """Sends complaints at a steady pace, and looks for each of them in triage's table."""

    def __init__(self, connections: list[Connection], wire: bytes, queued: Database) -> None:
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in connections:
            self._free.put_nowait(connection)
        self._wire, self._queued = wire, queued
        self._awaited: Arrivals = {}

    async def measure(self, count: int) -> list[float]:
        """Return how long each complaint took, in milliseconds."""
        looking = asyncio.create_task(self._look())
        async with asyncio.TaskGroup() as group:
            tasks = []
            for _ in range(count):
                tasks.append(group.create_task(self._one()))
                await asyncio.sleep(1 / A_SECOND)
        looking.cancel()
        return [task.result() for task in tasks]

    async def _one(self) -> float:
        connection = await self._free.get()
        answer = await connection.send(self._wire)
        accepted = time.perf_counter()
        self._free.put_nowait(connection)
        seen = asyncio.get_running_loop().create_future()
        self._awaited[UUID(json.loads(answer)["complaint_id"])] = seen
        at: float = await asyncio.wait_for(seen, LONGEST)
        return (at - accepted) * 1000

    async def _look(self) -> None:
        connection = await asyncpg.connect(self._queued.admin_url)
        try:
            while True:
                if self._awaited:
                    rows = await connection.fetch(SEEN, list(self._awaited))
                    now = time.perf_counter()
                    for row in rows:
                        self._awaited.pop(row["complaint_id"]).set_result(now)
                await asyncio.sleep(GLANCE)
        finally:
            connection.terminate()


class _Bare:
    """What the way cannot do without: three commits, a publish and a pull, one after the other."""

    def __init__(self, database: Database, address: str) -> None:
        self._database, self._address = database, address
        self._event = encoded()

    async def __aenter__(self) -> _Bare:
        """Connect, and make a stream like the others."""
        self._connection = await asyncpg.connect(self._database.admin_url)
        self._nats = await nats.connect(self._address)
        self._jetstream = self._nats.jetstream()
        stream = StreamConfig(name="bare", subjects=["bare"], storage=StorageType.FILE)
        await self._jetstream.add_stream(stream)
        durable = ConsumerConfig(
            durable_name="bare", ack_policy=AckPolicy.EXPLICIT, max_ack_pending=1
        )
        await self._jetstream.add_consumer("bare", durable)
        self._pull = await self._jetstream.pull_subscribe_bind(durable="bare", stream="bare")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._nats.close()
        await self._connection.close()

    async def measure(self, count: int) -> list[float]:
        """Return how long they took each time, in milliseconds."""
        took = []
        for _ in range(count):
            start = time.perf_counter()
            for _ in range(COMMITS):
                await self._connection.execute(BARE_EVENT, new_id(), 1, new_id(), *self._event)
            await self._jetstream.publish("bare", self._event[1].encode(), stream="bare")
            (message,) = await self._pull.fetch(1)
            took.append((time.perf_counter() - start) * 1000)
            await message.ack_sync()
            await asyncio.sleep(1 / A_SECOND)
        return took
