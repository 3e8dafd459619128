"""Real PostgreSQL and NATS for the tests, started once; a fresh database for whoever asks."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import nats
import pytest

from deploy.local.servers import Servers, local_servers_blocking
from deploy.provision import SERVICES, provision_nats, provision_postgres
from shared.eventstore import new_id
from tests.tokens import Issuer, running_issuer

PASSWORD = "test"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing but the folders of this run
ENOUGH = 6 * 2**30  # bytes; a whole run leaves less than two
MakeDatabase = Callable[[str], Awaitable["Database"]]


def pytest_configure() -> None:
    """Put the files of servers that live for a minute into memory: half of our time were syncs.

    What no machine forgets is shown by tests that bring a disk of their own (tests/faults).
    """
    if has_room(IN_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


def has_room(folder: Path) -> bool:
    """Say whether a folder in memory may hold our servers and the programs they copy there."""
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(told["MemAvailable"].split()[0]) * 1024
    return min(available, shutil.disk_usage(folder).free) > ENOUGH


class Database:
    """A fresh copy of a service's database: as the service sees it, and as a superuser does."""

    def __init__(self, url: str, admin_url: str) -> None:
        self.url, self.admin_url = url, admin_url


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder: Path = tmp_path_factory.mktemp("servers")
    with local_servers_blocking(folder) as running:
        asyncio.run(_provision(running))
        yield running


async def _provision(running: Servers) -> None:
    for service in SERVICES:
        await provision_postgres(running.postgres_admin_url, service, PASSWORD)


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture
async def make_database(servers: Servers) -> AsyncIterator[MakeDatabase]:
    """Copy a service's provisioned database; the copy is dropped at the end."""
    made: list[str] = []
    admin = await asyncpg.connect(servers.postgres_admin_url)

    async def make(service: str) -> Database:
        name = f"test_{new_id().hex}"
        for beside in ("", "_keys"):
            await admin.execute(
                f"create database {name}{beside} template {service}{beside} strategy file_copy"
            )
            await admin.execute(
                f"grant connect, temporary on database {name}{beside} to aduan_{service}{beside}"
            )
            made.append(f"{name}{beside}")
        at = urlsplit(servers.postgres_admin_url)
        login = f"aduan_{service}:{PASSWORD}@{at.hostname}:{at.port}"
        return Database(
            urlunsplit(at._replace(netloc=login, path=f"/{name}")),
            urlunsplit(at._replace(path=f"/{name}")),
        )

    yield make
    for name in made:
        await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
async def empty_nats(servers: Servers) -> str:
    """Every stream and durable anew; returns the address."""
    connection = await nats.connect(servers.nats_url)
    jetstream = connection.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(stream.config.name or "")
    await connection.close()
    await provision_nats(servers.nats_url)
    return servers.nats_url


@pytest.fixture
def pepper(tmp_path: Path) -> Path:
    file = tmp_path / "pepper"
    file.write_bytes(b"p" * 32)
    file.chmod(0o600)
    return file


def a_journey() -> UUID:
    return new_id()
