"""Look at messages that were set aside, and hand them to their service again.

`make parked` lists them; `make parked replay=<correlation>` or `replay=all` tries them again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.local.problems import CannotRun
from deploy.local.running import Running, read_running
from deploy.provision import parts_of
from shared.eventstore.postgres import open_pool, open_store
from shared.messaging import open_bus
from shared.messaging.bus import Bus
from shared.messaging.parked import Parked, parked, replay
from shared.messaging.react import heard_by
from shared.privacy.kek import FileKek
from shared.privacy.keyring import Keyring
from shared.web.service import open_keyring


async def run(running: Running, wanted: str | None) -> int:
    """List what is parked, or replay it; return 1 when something stays parked."""
    async with open_bus(running.nats, name="parked") as bus:
        found = await parked(bus)
        if wanted is None:
            for each in found:
                print(
                    f"{each.parked_at:%Y-%m-%d %H:%M:%S}  {each.reader:24}{each.reason:18}"
                    f"{each.correlation}  {each.subject}"
                )
            print(f"{len(found)} parked")
            return 0
        chosen = [each for each in found if wanted in ("all", each.correlation)]
        print(f"{len(chosen)} to replay")
        by_case = sorted(chosen, key=lambda each: (each.reader, each.correlation, each.sequence))
        return max(
            [
                await _replay(running, bus, list(messages))
                for _, messages in groupby(by_case, lambda each: (each.reader, each.correlation))
            ],
            default=0,
        )


async def _replay(running: Running, bus: Bus, messages: list[Parked]) -> int:
    service = messages[0].reader.split("-")[0]
    parts = parts_of(service)
    dsn = urlunsplit(urlsplit(running.postgres)._replace(path=f"/{service}"))
    reader, correlation, done, error = messages[0].reader, messages[0].correlation, 0, None
    async with (
        open_pool(f"{dsn}_keys", size=2) as keys,
        open_keyring(Keyring(keys, FileKek(running.data / "kek" / service), size=20)) as keyring,
        open_store(dsn, parts.codec, project=parts.project, keys=keyring) as store,
    ):
        while messages and error is None:  # what came meanwhile has been parked behind them
            count, error = await replay(bus, store, heard_by(parts.policies), messages)
            done += count
            left = await parked(bus)
            messages = [m for m in left if (m.reader, m.correlation) == (reader, correlation)]
    stopped = f"; {type(error).__name__}, {len(messages)} still parked" if error else ""
    print(f"{reader} {correlation}: {done} done{stopped}")
    return 1 if error else 0


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser("deploy.parked", description=__doc__)
    parser.add_argument("--replay", metavar="CORRELATION", help="or: all")
    parser.add_argument("--data", type=Path, default=Path(".data"))
    options = parser.parse_args()
    try:
        return asyncio.run(run(read_running(options.data), options.replay or None))
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
