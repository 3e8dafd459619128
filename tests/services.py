"""A service for tests: in this process, or as a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from deploy.keys import keys_beside
from shared.history.signer import LogFolder
from shared.privacy.kek import FileKek
from tests.tokens import SECRET

T = TypeVar("T")
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no TLS in here: no client need read certificates
PROJECT = Path(__file__).parent.parent


@cache
def kek_folder() -> Path:
    """Where the key of the keys is, one for all services of this test run."""
    above = Path(tempfile.mkdtemp(prefix="aduan-kek-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    return FileKek.create(above / "kek").folder


@cache
def log_folder(database: str) -> Path:
    """Where the log of one database signs: what is signed belongs to this past and no other."""
    above = Path(tempfile.mkdtemp(prefix="aduan-log-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    return LogFolder.create(above / "log", "test.example/log1").folder


@cache
def secret_file() -> Path:
    """With what a service shows the test issuer that it is one."""
    file = kek_folder().parent / "client-secret"
    file.write_text(SECRET)
    file.chmod(0o600)
    return file


def objects_folder() -> Path:
    """A folder for the scans of one service: what nobody asks for stays empty."""
    return Path(tempfile.mkdtemp(prefix="objects-", dir=kek_folder().parent))


def environment(
    service: str,
    *,
    database: str,
    nats: str,
    issuer: str,
    pepper: Path | None = None,
    peers: dict[str, str] | None = None,
) -> dict[str, str]:
    """What a service must be told, as its settings read it. Without peers it can ask nobody."""
    prefix = service.upper()
    told = {
        f"{prefix}_DATABASE_URL": database,
        f"{prefix}_KEYS_URL": keys_beside(database),
        f"{prefix}_KEK_FOLDER": str(kek_folder()),
        f"{prefix}_LOG_FOLDER": str(log_folder(database)),
        f"{prefix}_NATS_URL": nats,
        f"{prefix}_ISSUER_URL": issuer,
    }
    if service == "intake":
        told["INTAKE_OBJECTS_FOLDER"] = str(objects_folder())
    if peers:
        told |= {
            f"{prefix}_PEERS": json.dumps(peers),
            f"{prefix}_PEERS_EVERY": "1",
            f"{prefix}_CLIENT_ID": service,
            f"{prefix}_CLIENT_SECRET_FILE": str(secret_file()),
        }
    return told | ({f"{prefix}_PEPPER_FILE": str(pepper)} if pepper else {})


@asynccontextmanager
async def in_process(service: str, **told: Any) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    """A service with its background work, spoken to without a network."""
    settings = import_module(f"services.{service}.settings").Settings
    names = {"database": "database_url", "nats": "nats_url", "issuer": "issuer_url"}
    names |= {"pepper": "pepper_file"}
    given = {names.get(name, name): value for name, value in told.items()}
    given |= {"keys_url": keys_beside(told["database"]), "kek_folder": kek_folder()}
    given |= {"log_folder": log_folder(told["database"])}
    if told.get("peers"):
        given |= {"client_id": service, "client_secret_file": secret_file(), "peers_every": 1}
    if service == "intake":
        given.setdefault("objects_folder", objects_folder())
    app: FastAPI = import_module(f"services.{service}.app").create_app(settings(**given))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test", verify=PLAIN
        ) as client,
    ):
        yield client, app


@dataclass
class Process:
    """A service as a process of its own."""

    client: httpx.AsyncClient
    process: asyncio.subprocess.Process
    command: tuple[str, ...]
    environment: dict[str, str]
    before: tuple[str, ...] = ()  # what starts it somewhere else, in a namespace say

    async def kill(self) -> None:
        """Pull the plug."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def start_again(self, factory: str | None = None) -> None:
        """Plug it in again, on the same port."""
        command = list(self.command)
        if factory:
            command[3] = factory
        self.process = await asyncio.create_subprocess_exec(
            *self.before, sys.executable, *command, env=os.environ | self.environment, cwd=PROJECT
        )
        await eventually(lambda: self.client.get("/readyz"), lambda a: a.status_code == 200, 90)


@asynccontextmanager
async def as_process(
    service: str, *, factory: str | None = None, port: int | None = None, **told: Any
) -> AsyncIterator[Process]:
    """Start a service as it runs in earnest; ``factory`` may name one with a fault built in."""
    port = port or free_port()
    told["pepper"] = told.get("pepper") if service == "intake" else None
    factory = factory or f"services.{service}.app:create_app"
    command = (
        *("-m", "uvicorn", "--factory", factory, "--port", str(port)),
        *("--no-access-log", "--timeout-graceful-shutdown", "5"),
    )
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=10, verify=PLAIN
    ) as client:
        running = Process(
            client=client,
            process=await asyncio.create_subprocess_exec("true"),
            command=command,
            environment=environment(service, **told),
        )
        try:
            await running.start_again()
            yield running
        finally:
            if running.process.returncode is None:
                running.process.terminate()
            await running.process.wait()


async def eventually(
    ask: Callable[[], Coroutine[Any, Any, T]],
    satisfied: Callable[[T], object] = lambda _: True,
    within: float = 20,
) -> T:
    """Ask again until the answer satisfies. Tests wait for outcomes; they never sleep."""
    last: T | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    answer = await ask()
                    if satisfied(answer):
                        return answer
                    last = answer
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within} s; the last answer was {last!r}") from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
