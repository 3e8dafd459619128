"""What a run was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import asyncpg
import nats

from deploy.local.servers import Servers


def machine() -> str:
    """Return cores, processor, memory and kernel."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores {_processor()}, {memory:.1f} GiB, {system}"


async def versions(servers: Servers) -> str:
    """Return the versions of both servers, and how they write."""
    connection = await asyncpg.connect(servers.postgres_admin_url)
    postgres = await connection.fetchval("show server_version")
    fsync = await connection.fetchval("show fsync")
    await connection.close()
    client = await nats.connect(servers.nats_url)
    version = client.connected_server_version
    number = f"{version.major}.{version.minor}.{version.patch}"
    await client.close()
    return f"PostgreSQL {postgres} (fsync {fsync}), NATS {number} (sync always)"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
