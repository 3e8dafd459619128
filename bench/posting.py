"""`POST /complaints` of the real intake, beside a bare handler with one INSERT."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg

from bench.client import request
from bench.ground import Database, Ground
from bench.load import Load
from bench.measure import Pair, middle
from bench.partner import partner
from bench.table import Row, at_least
from tests.complaints import WALK_IN
from tests.services import Process, as_process, eventually
from tests.tokens import running_issuer

CLIENTS = 16
GOAL = 0.4
ALL_TOLD = """
    select coalesce((select next_index from es.bookmarks where reader = 'relay'), 0)
           = (select count(*) from es.events)"""
Measure = Callable[[float], Awaitable[Load]]


async def section(ground: Ground) -> list[Row]:
    """Measure both in turn, while both are up."""
    database, nats = await ground.database("intake"), await ground.nats()
    with running_issuer() as issuer:
        token = issuer.headers("operator")
        async with (
            intake(ground, database, nats, issuer.url) as process,
            _bare(database) as other,
            _load(process, token) as ours,
            _load(other, {}) as theirs,
        ):
            return await _compare(ours, theirs, database, ground)


def intake(
    ground: Ground, database: Database, nats: str, issuer: str
) -> AbstractAsyncContextManager[Process]:
    """Start intake as it runs in earnest."""
    pepper = ground.folder / "pepper"
    pepper.write_bytes(secrets.token_bytes(32))
    pepper.chmod(0o600)
    return as_process("intake", database=database.url, nats=nats, issuer=issuer, pepper=pepper)


def port_of(process: Process) -> int:
    """Return where a process listens."""
    return process.client.base_url.port or 0


def _bare(database: Database) -> AbstractAsyncContextManager[Process]:
    return as_process(
        "bare", factory="bench.bare:create_app", database=database.url, nats="", issuer=""
    )


@asynccontextmanager
async def _load(process: Process, headers: Mapping[str, str]) -> AsyncIterator[Measure]:
    told = {
        "port": port_of(process),
        "clients": CLIENTS,
        "request": request("/complaints", headers, WALK_IN).hex(),
    }
    async with partner(sys.executable, "-m", "bench.load", told=told) as sender:

        async def measure(seconds: float) -> Load:
            return Load(**json.loads(await sender.ask(str(seconds))))

        yield measure


async def _told(database: Database) -> None:
    """Wait until every event has reached NATS: what ours left to do must not slow theirs down."""
    connection = await asyncpg.connect(database.admin_url)
    await eventually(lambda: connection.fetchval(ALL_TOLD), bool, within=60)
    await connection.close()


async def _compare(ours: Measure, theirs: Measure, database: Database, ground: Ground) -> list[Row]:
    rounds = []
    for _ in range(1 + ground.pace.rounds):
        one = await ours(ground.pace.seconds)
        await _told(database)
        rounds.append((one, await theirs(ground.pace.seconds)))
    our, their = middle(rounds[1:], lambda both: both[0].rate / both[1].rate)
    what = f"POST /complaints, {CLIENTS} clients"
    return [
        at_least(what, Pair(our.rate, their.rate), "bare FastAPI", GOAL),
        Row(f"  {what}, p50", f"{our.p50:.1f} ms", f"{their.p50:.1f} ms"),
        Row(f"  {what}, p99", f"{our.p99:.1f} ms", f"{their.p99:.1f} ms"),
    ]
