"""Put a service's whole history into one file for an auditor: `make bundle service=intake`.

The file is checked with ``python -m shared.history.verify``, on any machine, without this database.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import asyncpg

from deploy.local.problems import CannotRun, NotRunning
from deploy.local.running import read_running
from deploy.local.servers import local_servers_blocking
from deploy.provision import SERVICES, as_owner
from shared.eventstore import now_utc
from shared.history import records
from shared.history.bundle import Writing, with_lengths
from shared.history.signer import LogFolder
from shared.history.tree import TILE, bundled, root_of, tile_path, tiles_of


async def bundle(
    connection: asyncpg.Connection[asyncpg.Record],
    service: str,
    policy: str,
    out: Path,
    made_at: datetime,
) -> int:
    """Write everything that is signed to a file, and return how many events that is.

    What came after the newest checkpoint is left for the next bundle: nobody has signed it yet.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        newest = await records.tip(connection)
        if newest is None:
            raise CannotRun(f"{service} has signed nothing yet")
        with Writing(out, made_at) as writing:
            writing.describe(service, newest.size)
            writing.add("policy", policy.encode())
            for n, note in enumerate(await records.notes_up_to(connection, newest.size)):
                writing.note(n, note)
            await _events(connection, writing, newest.size)
            await _hashes(connection, writing, newest.size)
        return newest.size


async def _events(connection: records.Source, writing: Writing, size: int) -> None:
    for low in range(0, size, TILE):
        rows = await records.rows(connection, low, min(low + TILE, size))
        n, width = low // TILE, len(rows)
        writing.add(tile_path("entries", n, width), bundled(row.entry for row in rows))
        writing.add(tile_path("bodies", n, width), with_lengths(row.body for row in rows))


async def _hashes(connection: records.Source, writing: Writing, size: int) -> None:
    """Write the tiles of hashes, each level from the one below."""
    levels: dict[int, list[bytes]] = defaultdict(list)
    for level, n, width in tiles_of(size):
        low = n * TILE
        own = (
            levels[level][low : low + width]
            if level
            else await records.hashes(connection, 0, low, low + width)
        )
        writing.add(tile_path(level, n, width), b"".join(own))
        if width == TILE:
            levels[level + 1].append(root_of(own))


def main() -> int:
    """Use the running PostgreSQL, or start it for as long as it takes."""
    parser = argparse.ArgumentParser("deploy.bundle", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    service: str = options.service
    out: Path = options.out or Path(f"{service}.bundle.tar")
    try:
        try:
            count = _run(read_running(options.data).postgres, service, options.data, out)
        except NotRunning:
            if not options.data.exists():
                raise CannotRun(f"there is nothing in {options.data}") from None
            with local_servers_blocking(options.data, durable=True) as servers:
                count = _run(servers.postgres_admin_url, service, options.data, out)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{count} events of {service} in {out}; check them with make verify bundles={out}")
    return 0


def _run(admin_url: str, service: str, data: Path, out: Path) -> int:
    folder = LogFolder(data / "log-keys" / service, f"{service}.aduan/log1")
    return asyncio.run(_bundle(admin_url, service, folder.policy(), out))


async def _bundle(admin_url: str, service: str, policy: str, out: Path) -> int:
    connection = await as_owner(admin_url, service)
    try:
        return await bundle(connection, service, policy, out, now_utc())
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.exit(main())
