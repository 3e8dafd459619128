"""The whole system on one machine: what it consists of, how it starts and stops."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes

import httpx
from pydantic import NatsDsn, PostgresDsn

from deploy.keys import keys_beside
from deploy.local import clients, folder, ports
from deploy.local.ledger import Ledger
from deploy.local.nats import Nats
from deploy.local.parts import ISSUER, Parts
from deploy.local.ports import HOST
from deploy.local.postgres import Postgres
from deploy.local.problems import CannotRun
from deploy.local.processes import Process, Program, Server, failure, stop_all
from deploy.local.settings import given
from shared.history.signer import LogFolder
from shared.privacy.kek import FileKek

PATIENCE = 60.0  # seconds for anything to become ready
PROMPTLY = 5.0
POSTGRES_PORT = 5432
UVICORN = (
    *("-m", "uvicorn", "--host", HOST, "--no-access-log", "--timeout-graceful-shutdown", "5"),
    *("--no-server-header", "--http", "shared.web.wire:BoundedHttp"),
)


class System:
    """Servers and services, with all they need to find each other."""

    def __init__(self, data: Path, port_base: int, parts: Parts | None, *, durable: bool) -> None:
        """Choose ports and servers; nothing is started. Without parts there are only servers."""
        self.data = data
        self._given = given()
        self.servers: list[Server] = []
        self.services: list[Process] = []
        self._parts = parts
        self._ledger = Ledger(data)
        self._ports = ports.choose(port_base)
        self.postgres_url, self.nats_url = self._choose_servers(durable)
        names = ["issuer", *parts.services] if parts else []
        self.urls = {name: self._ports.url(name) for name in names}
        names += [server.process.name for server in self.servers]
        ports.check(self._ports, [*names, "monitor"] if "nats" in names else names)

    async def start_servers(self) -> None:
        """Start PostgreSQL and NATS, those of them that are ours; the others must be there."""
        for server in self.servers:
            server.launch()
        await asyncio.gather(*(_until_ready(server) for server in self.servers))
        await _reach("DATABASE_URL", self._given.database_url)
        await _reach("NATS_URL", self._given.nats_url)

    def launch_issuer(self) -> None:
        """Start the issuer, which needs no server, and do not wait for it."""
        for name in self._parts.services if self._parts else ():
            clients.keep_secret(self.data, name)
        environment = {"ISSUER_URL": self.urls["issuer"], "ISSUER_DATA": str(self.data)}
        self._launch("issuer", ISSUER, environment)

    async def start_services(self) -> None:
        """Prepare the servers and start each service as soon as its database is there.

        Streams and durables are made meanwhile: a service takes longer to start than they do,
        and one that finds none yet looks again.
        """
        if self._parts:
            await asyncio.gather(
                self._parts.provision_nats(self.nats_url), self._launch_services(self._parts)
            )

    async def provision_nats(self) -> None:
        """Make what is missing of streams and durables: a server that lost its folder has none."""
        if self._parts:
            await self._parts.provision_nats(self.nats_url)

    async def until_ready(self) -> None:
        """Wait until all services are ready."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            await asyncio.gather(
                *(
                    _until(process, _answers(client, f"{self.urls[process.name]}/readyz"))
                    for process in self.services
                )
            )

    def stop(self) -> None:
        """Stop the services, then NATS, then PostgreSQL."""
        stop_all(self.services)
        for server in reversed(self.servers):
            server.stop()

    def _choose_servers(self, durable: bool) -> tuple[str, str]:
        given, ports, ledger = self._given, self._ports, self._ledger
        postgres_url, nats_url = str(given.database_url), str(given.nats_url)
        if given.database_url is None:
            port = ports.of("postgres")
            postgres = Postgres(self.data, port, ledger=ledger, durable=durable)
            self.servers.append(postgres)
            postgres_url = postgres.url
        if given.nats_url is None:
            nats = Nats(self.data, ports.of("nats"), ports.of("monitor"), ledger=ledger)
            self.servers.append(nats)
            nats_url = nats.url
        return postgres_url, nats_url

    async def _launch_services(self, parts: Parts) -> None:
        for name, factory in parts.services.items():
            password = folder.password(self.data, name)
            database_url = await parts.provision_postgres(self.postgres_url, name, password)
            self._launch(name, factory, self._environment(name, database_url, parts))

    def _environment(self, name: str, database_url: str, parts: Parts) -> dict[str, str]:
        prefix = name.upper()
        environment = {
            f"{prefix}_DATABASE_URL": database_url,
            f"{prefix}_KEYS_URL": keys_beside(database_url),
            f"{prefix}_KEK_FOLDER": str(FileKek.create(self.data / "kek" / name).folder),
            f"{prefix}_LOG_FOLDER": str(_log_folder(self.data, name)),
            f"{prefix}_NATS_URL": self.nats_url,
            f"{prefix}_ISSUER_URL": self.urls["issuer"],
            f"{prefix}_PEERS": json.dumps({peer: self.urls[peer] for peer in parts.services}),
            f"{prefix}_CLIENT_ID": clients.client_id(name),
            f"{prefix}_CLIENT_SECRET_FILE": str(clients.keep_secret(self.data, name)),
        }
        for nats in (server for server in self.servers if isinstance(server, Nats)):
            environment[f"{prefix}_NATS_URL"] = nats.address  # its own user, and not ours
            environment[f"{prefix}_NATS_SEED_FILE"] = str(nats.seeds[name])
        if name == "intake":
            pepper = self.data / "secrets" / "pepper"
            folder.kept(pepper, lambda: token_bytes(32))
            environment["INTAKE_PEPPER_FILE"] = str(pepper)
            objects = self.data / "objects"
            objects.mkdir(mode=0o700, exist_ok=True)
            environment["INTAKE_OBJECTS_FOLDER"] = str(objects)
        return environment

    def _launch(self, name: str, factory: str, environment: dict[str, str]) -> None:
        port = str(self._ports.of(name))
        command = (sys.executable, *UVICORN, "--port", port, "--factory", factory)
        process = Process(Program(name, command, environment), self.data, self._ledger)
        self.services.append(process)
        process.launch()


def _log_folder(data: Path, name: str) -> Path:
    return LogFolder.create(data / "log-keys" / name, f"{name}.aduan/log1").folder


async def _reach(name: str, url: PostgresDsn | NatsDsn | None) -> None:
    """Insist that a server which was given to us takes connections, on one of its hosts."""
    if url is None:
        return
    for at in url.hosts():
        opening = asyncio.open_connection(at["host"], at["port"] or POSTGRES_PORT)
        with suppress(OSError, TimeoutError):
            _, writer = await asyncio.wait_for(opening, PROMPTLY)
            writer.close()
            return
    raise CannotRun(f"nobody answers at the address in {name}")


async def _until_ready(server: Server) -> None:
    async def answers() -> bool:
        return server.is_ready()

    await _until(server.process, answers, every=0.01)


def _answers(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        try:
            return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    return answers


async def _until(
    process: Process, ready: Callable[[], Awaitable[bool]], every: float = 0.1
) -> None:
    """Wait until it is ready; not when it has ended, and not for ever."""
    end = time.monotonic() + PATIENCE
    while not await ready():
        if not process.is_running or time.monotonic() > end:
            raise CannotRun(failure(process))
        await asyncio.sleep(every)
