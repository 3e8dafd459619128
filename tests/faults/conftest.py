"""Servers that only the tests in here use, because these tests stop, freeze and kill."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import nats
import pytest

from deploy.local.ports import is_free
from deploy.local.servers import Servers, local_servers_blocking
from deploy.provision import SERVICES, provision_nats, provision_postgres
from shared.addresses import each_of
from shared.eventstore import new_id
from shared.eventstore.postgres import connect
from shared.messaging.bus import PARKED
from tests.complaints import WEBSITE
from tests.conftest import PASSWORD, Database, MakeDatabase
from tests.faults.seeds import SEED
from tests.services import Process, as_process, eventually, free_port
from tests.tokens import Issuer


def pytest_report_header() -> str:
    return f"faults: seed={SEED} (SEED={SEED} makes the same choices again)"


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    """What chooses in a test: from the seed and its name, whatever ran before it."""
    print(f"SEED={SEED} makes the choices of this test again")  # noqa: T201 seen when it fails
    return Random(f"{SEED} {request.node.name}")  # noqa: S311 so that it can be repeated


@pytest.fixture(scope="package")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with local_servers_blocking(tmp_path_factory.mktemp("faults")) as running:
        asyncio.run(_provision(running.postgres_admin_url))
        yield running


async def _provision(admin_url: str) -> None:
    for service in SERVICES:
        await provision_postgres(admin_url, service, PASSWORD)


@pytest.fixture(autouse=True)
def servers_run_again(servers: Servers) -> Iterator[None]:
    """A test that fails half way must not take the others with it."""
    yield
    for server in (servers.postgres, servers.nats):
        if not server.process.is_running:
            server.start()


@pytest.fixture
async def make_database(servers: Servers) -> AsyncIterator[MakeDatabase]:
    """As elsewhere, but holding no connection: the server may be stopped meanwhile."""
    async with databases_on(servers) as make:
        yield make


@asynccontextmanager
async def databases_on(servers: Servers) -> AsyncIterator[MakeDatabase]:
    """Copies of the services' databases, dropped at the end."""
    made: list[str] = []
    at = urlsplit(servers.postgres_admin_url)

    async def make(service: str) -> Database:
        name = f"test_{new_id().hex}"
        for beside in ("", "_keys"):
            made.append(f"{name}{beside}")
            await _execute(
                servers.postgres_admin_url,
                f"create database {name}{beside} template {service}{beside}",
                f"grant connect on database {name}{beside} to aduan_{service}{beside}",
            )
        login = f"aduan_{service}:{PASSWORD}@{at.hostname}:{at.port}"
        return Database(
            urlunsplit(at._replace(netloc=login, path=f"/{name}")),
            urlunsplit(at._replace(path=f"/{name}")),
        )

    try:
        yield make
    finally:
        drops = [f"drop database {name} with (force)" for name in made]
        await _execute(servers.postgres_admin_url, *drops)


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@dataclass(frozen=True)
class City:
    """Intake and triage with fresh databases and empty streams. Neither is started yet."""

    servers: Servers
    issuer: Issuer
    pepper: Path
    databases: dict[str, Database]
    ports: dict[str, int] = field(  # where the first process of each listens, and the others ask
        default_factory=lambda: {each: free_port() for each in ("intake", "triage")}
    )

    def started(
        self, service: str, fault: str | None = None
    ) -> AbstractAsyncContextManager[Process]:
        """A service as a process; ``fault`` names one of those in ``crashing``."""
        port = self.ports[service]
        return as_process(
            service,
            factory=fault and f"tests.faults.crashing:{fault}",
            database=self.databases[service].url,
            nats=self.servers.nats_url,
            issuer=self.issuer.url,
            pepper=self.pepper,
            port=port if is_free(port) else None,  # a second process takes any
            peers={name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()},
        )

    async def complaints(self) -> list[str]:
        """The complaints that intake has stored, by their ids."""
        return [each["stream_id"] for each in await self.happened("intake", "ComplaintReceived")]

    async def identifications(self) -> list[str]:
        """The complaints that wait in triage, by their ids; one that waits twice is there twice."""
        queued = await self.happened("triage", "ComplaintQueued")
        return [each["data"]["complaint_id"] for each in queued]

    async def settled(self) -> None:
        """Wait until everything intake stored has reached triage and was answered for."""
        await self.published()
        await self.answered("intake", "triage")

    async def answered(self, stream: str, reader: str) -> None:
        """Wait until a service has answered for everything that another told it."""

        async def waiting() -> int:
            async with await nats.connect(each_of(self.servers.nats_url)) as client:
                readers = await client.jetstream().consumers_info(stream)
            mine = [each for each in readers if each.name.startswith(f"{reader}-")]
            return sum((each.num_pending or 0) + (each.num_ack_pending or 0) for each in mine)

        await eventually(waiting, lambda count: count == 0, within=40)

    async def wipe_nats(self) -> None:
        """Pull NATS's plug, take its disk away, and set it up anew as the watcher would."""
        nats = self.servers.nats
        nats.kill()
        shutil.rmtree(nats.store)
        nats.start()
        await provision_nats(self.servers.nats_url)

    async def caught_up(self) -> None:
        """Wait until everybody whom intake told of a complaint has heard of it."""
        await self.published()
        told = set(await self.complaints())
        await eventually(self.identifications, lambda heard: told <= set(heard), within=60)

    async def published(self) -> None:
        """Wait until NATS has everything that intake stored."""
        await eventually(self._unpublished, lambda count: count == 0, within=40)

    async def _unpublished(self) -> int:
        count: int = await self._asked(
            "intake",
            "select (select count(*) from es.events)"
            " - coalesce((select next_index from es.bookmarks where reader = 'relay'), 0)",
        )
        return count

    async def _asked(self, service: str, question: str) -> Any:
        connection = await connect(self.databases[service].url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    async def parked(self) -> int:
        """How many messages were set aside."""
        async with await nats.connect(each_of(self.servers.nats_url)) as client:
            return (await client.jetstream().stream_info(PARKED)).state.messages

    async def happened(self, service: str, name: str) -> list[dict[str, Any]]:
        """Every event with a name, in the order of storing: its stream and what it says."""
        found = await self._asked(
            service,
            "select coalesce(json_agg(json_build_object("  # noqa: S608 a name of ours
            "'stream_id', stream_id, 'data', body -> 'data') order by tx_id, position), '[]')::text"
            f" from es.events where name = '{name}'",
        )
        events: list[dict[str, Any]] = json.loads(found)
        return events


@pytest.fixture
async def city(
    servers: Servers, issuer: Issuer, pepper: Path, empty_nats: str, make_database: MakeDatabase
) -> City:
    databases = {service: await make_database(service) for service in ("intake", "triage")}
    return City(servers, issuer, pepper, databases)


async def complain(client: httpx.AsyncClient, key: str | None = None) -> httpx.Response:
    """Send a complaint from the website, with an Idempotency-Key."""
    headers = {"Idempotency-Key": key or new_id().hex}
    return await client.post("/complaints", json=WEBSITE, headers=headers)


async def complain_until_answered(client: httpx.AsyncClient, key: str) -> str:
    """Send a complaint, if need be again with the same key, as a client should."""
    answer = await eventually(lambda: complain(client, key), lambda a: a.status_code == 201)
    return str(answer.json()["complaint_id"])
