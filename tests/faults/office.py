"""The whole office: four services as processes, and a line that can be cut between any two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import nats

from deploy.local.seed import seed
from deploy.local.servers import Servers
from deploy.provision import SERVICES, provision_nats
from shared.eventstore import now_utc
from shared.messaging.bus import PARKED
from tests.conftest import PASSWORD
from tests.faults.chaos import Wire, wire
from tests.faults.conftest import databases_on
from tests.faults.seeds import SEED
from tests.services import PLAIN, Process, environment, eventually, free_port, log_folder
from tests.tokens import Issuer, staff_id

DAY = 86_400  # seconds
TIRELESS = 5  # counselors
LEADER = """
    select a.application_name from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and a.datname = current_database()
      and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('sequencer', 0)"""
STORED = "select count(*) from es.events"
BEHIND = """
    select (select count(*) from es.events)
         - coalesce((select next_index from es.bookmarks where reader = 'relay'), 0)"""


@dataclass
class Replica:
    """One process of a service, and its lines: to both servers, and from those who ask it."""

    service: str
    name: str
    process: Process
    wires: dict[str, Wire]  # "postgres", "nats", "clients"

    @property
    def pid(self) -> int:
        return self.process.process.pid

    async def start(self, factory: str | None = None) -> None:
        """Start it again; ``factory`` may name one with a fault built in."""
        await self.process.start_again(factory or f"services.{self.service}.app:create_app")


@dataclass
class Place:
    """Where processes run and under which addresses they and the servers reach each other."""

    servers: str = "127.0.0.1"
    services: str = "127.0.0.1"
    before: tuple[str, ...] = ()  # the command that starts a program there


@dataclass
class Office:
    """Four services with fresh databases and empty streams."""

    servers: Servers
    issuer: Issuer
    databases: dict[str, str]  # address of each, as a superuser
    replicas: list[Replica] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)  # of load.Sent: what was ever asked of it

    def of(self, service: str) -> list[Replica]:
        """The processes of one service."""
        return [each for each in self.replicas if each.service == service]

    def headers(self, role: str, nth: int = 1) -> dict[str, str]:
        """A login that is good by every clock within a week of ours."""
        now = int(now_utc().timestamp())
        token = self.issuer.token(role, nth=nth, iat=now - 8 * DAY, exp=now + 8 * DAY)
        return {"Authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def admin(self, service: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """The database of a service, past all lines."""
        connection = await asyncpg.connect(self.databases[service])
        try:
            yield connection
        finally:
            await connection.close()

    async def leader(self, service: str, *, but: Replica | None = None) -> Replica:
        """The process that sequences and publishes for a service; waits until it is another."""

        async def ask() -> str | None:
            async with self.admin(service) as database:
                name: str | None = await database.fetchval(LEADER)
            return name

        former = but.name if but else None
        name = await eventually(ask, lambda name: name and name != former, within=60)
        (found,) = [each for each in self.replicas if each.name == name]
        return found

    async def backlog(self) -> dict[str, int]:
        """How much each service has to tell, how much to answer for, and what it did meanwhile."""
        before, waiting = await self._asked(STORED), await self._asked(BEHIND)
        async with await nats.connect(self.servers.nats_url) as client:
            for service in SERVICES:
                for each in await client.jetstream().consumers_info(service):
                    left = (each.num_pending or 0) + (each.num_ack_pending or 0)
                    waiting[each.name] = left
        for service, count in (await self._asked(STORED)).items():
            waiting[f"{service} just now"] = count - before[service]
        return {name: count for name, count in waiting.items() if count}

    async def _asked(self, question: str) -> dict[str, int]:
        counts = dict[str, int]()
        for service in SERVICES:
            async with self.admin(service) as database:
                counts[service] = await database.fetchval(question)
        return counts

    async def drained(self, within: float) -> None:
        """Wait until everybody has told everything, and answered for everything told."""
        await eventually(self.backlog, lambda left: not left, within)

    async def alarms(self) -> dict[str, Any]:
        """What the processes say is wrong with them."""
        found = dict[str, Any]()
        for each in self.replicas:
            said = (await each.process.client.get("/readyz")).json()
            del said["unpublished"]
            if said != FINE:
                found[each.name] = said
        return found

    async def parked(self) -> int:
        """How many messages were set aside."""
        async with await nats.connect(self.servers.nats_url) as client:
            return (await client.jetstream().stream_info(PARKED)).state.messages


FINE: dict[str, Any] = {"nats": "connected", "database": "connected", "parked": 0}
FINE |= {"failing": {}, "filling": {}, "gaps": {}}


@asynccontextmanager
async def open_office(
    servers: Servers,
    issuer: Issuer,
    folder: Path,
    *,
    each: int = 1,
    place: Place | None = None,
) -> AsyncIterator[Office]:
    """Start so many processes of every service, tell them who works here, and end them."""
    await _empty(servers.nats_url)
    pepper = folder / "pepper"
    pepper.write_bytes(b"p" * 32)
    pepper.chmod(0o600)
    place, chance = place or Place(), Random(SEED)  # noqa: S311 so that it can be repeated
    async with databases_on(servers) as make, AsyncExitStack() as stack:
        databases = {service: (await make(service)).admin_url for service in SERVICES}
        office = Office(servers, issuer, databases)
        ports = {service: free_port() for service in SERVICES}  # where the others ask the first
        for service in SERVICES:
            for nth in range(1, each + 1):
                replica = await _replica(stack, office, place, service, nth, pepper, chance, ports)
                office.replicas.append(replica)
        for service in SERVICES:  # one after the other: a machine has few processors
            await asyncio.gather(*(replica.start() for replica in office.of(service)))
        await _seed(office)
        yield office


async def _empty(url: str) -> None:
    async with await nats.connect(url) as client:
        jetstream = client.jetstream()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(stream.config.name or "")
    await provision_nats(url)


async def _replica(
    stack: AsyncExitStack,
    office: Office,
    place: Place,
    service: str,
    nth: int,
    pepper: Path,
    chance: Random,
    ports: dict[str, int],
) -> Replica:
    name, at = f"{service}-{nth}", urlsplit(office.databases[service])
    port, lines = ports[service] if nth == 1 else free_port(), dict[str, Wire]()
    ends = {
        "postgres": (at.hostname, at.port, place.servers),
        "nats": (*_address(office.servers.nats_url), place.servers),
        "clients": (place.services, port, "127.0.0.1"),
    }
    for to, (host, number, ours) in ends.items():
        lines[to] = await stack.enter_async_context(
            wire(str(host), int(number or 0), chance, host=ours)
        )
    login = f"aduan_{service}:{PASSWORD}@{place.servers}:{lines['postgres'].port}"
    told = environment(
        service,
        database=urlunsplit(at._replace(netloc=login, query=f"application_name={name}")),
        nats=_through(office.servers.nats_url, place.servers, lines["nats"].port),
        issuer=office.issuer.url,
        pepper=pepper if service == "intake" else None,
        peers={name: f"http://{place.services}:{port}" for name, port in ports.items()},
    )
    told[f"{service.upper()}_LOG_FOLDER"] = str(log_folder(office.databases[service]))
    client = await stack.enter_async_context(
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{lines['clients'].port}", timeout=10, verify=PLAIN
        )
    )
    command = (
        *("-m", "uvicorn", "--factory", f"services.{service}.app:create_app"),
        *("--host", place.services, "--port", str(port), "--no-access-log"),
        *("--timeout-graceful-shutdown", "5"),
    )
    nobody = await asyncio.create_subprocess_exec("true")
    process = Process(client, nobody, command, told, place.before)
    stack.push_async_callback(process.kill)
    return Replica(service, name, process, lines)


async def _seed(office: Office) -> None:
    """Enter the agencies and counselors of a fresh system, and counselors who are never full."""
    clients = {each.service: each.process.client for each in office.replicas}

    async def token(role: str) -> str:
        return office.headers(role)["Authorization"].removeprefix("Bearer ")

    await seed({service: str(each.base_url) for service, each in clients.items()}, token)
    for nth in range(1, TIRELESS + 1):
        entry = {
            "counselor_id": staff_id("counselor", nth),
            "skills": ["psychological", "female_counselor"],
            "sex": "P",
            "capacity": 200,
        }
        supervisor = office.headers("supervisor")
        answer = await clients["counseling"].put("/counselors", json=entry, headers=supervisor)
        answer.raise_for_status()


def _address(url: str) -> tuple[str, int]:
    at = urlsplit(url)
    return str(at.hostname), int(at.port or 0)


def _through(url: str, host: str, port: int) -> str:
    at = urlsplit(url)
    login = at.netloc.rpartition("@")[0]
    return urlunsplit(at._replace(netloc=f"{login}@{host}:{port}"))
