"""The `eventsourcing` library's own recorder, in a venv of its own: it needs a driver we do not."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench.ground import Ground
from bench.partner import partner

REQUIREMENTS = (
    "eventsourcing==9.5.6",
    "psycopg==3.3.9",
    "psycopg-binary==3.3.9",
    "psycopg-pool==3.3.3",
)
SCRIPT = Path(__file__).with_name("library_script.py")


class CannotInstall(Exception):
    """The library's driver cannot be installed here."""


@asynccontextmanager
async def recorder(
    ground: Ground, threads: int, name: str, body: str
) -> AsyncIterator[Callable[[float], Awaitable[float]]]:
    """Start it on the same PostgreSQL; what it yields measures for some seconds."""
    python = await _install(ground.folder / "library")
    await _database(ground)
    at = urlsplit(ground.servers.postgres_admin_url)
    told = {
        "threads": threads,
        "topic": name,
        "state": body,
        "environment": {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": "library",
            "POSTGRES_HOST": at.hostname,
            "POSTGRES_PORT": str(at.port),
            "POSTGRES_USER": at.username,
            "POSTGRES_PASSWORD": at.password,
        },
    }
    async with partner(python, SCRIPT, told=told) as other:

        async def measure(seconds: float) -> float:
            return float(await other.ask(str(seconds)))

        yield measure


async def _install(folder: Path) -> Path:
    await _run(sys.executable, "-m", "venv", str(folder))
    python = folder / "bin" / "python"
    await _run(str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS)
    return python


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode:
        lines = output.decode(errors="replace").strip().splitlines()
        raise CannotInstall(lines[-1] if lines else f"exit code {process.returncode}")


async def _database(ground: Ground) -> None:
    connection = await asyncpg.connect(ground.servers.postgres_admin_url)
    await connection.execute("create database library")
    await connection.close()
