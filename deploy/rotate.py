"""Begin a new epoch of the key that wraps persons' keys, and end the old ones.

`make rotate` wraps every key anew. Copies of a keyring from before can still be read, until
`make rotate destroy=yes` destroys the earlier epochs: do that once there is a backup of this one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.local.problems import CannotRun
from deploy.local.running import Running, read_running
from deploy.provision import SERVICES
from shared.eventstore.postgres import open_pool
from shared.privacy.kek import FileKek
from shared.privacy.keyring import Keyring


async def rotate(running: Running, service: str, *, destroy: bool) -> None:
    """Do it for one service, while it runs."""
    at = urlsplit(running.postgres)
    async with open_pool(urlunsplit(at._replace(path=f"/{service}_keys")), size=2) as pool:
        keyring = Keyring(pool, FileKek(running.data / "kek" / service))
        epoch = await keyring.rewrap_all()
        if destroy:
            await keyring.destroy_epochs_before(epoch)
    print(f"{service}: epoch {epoch}{', the earlier ones are destroyed' if destroy else ''}")


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser("deploy.rotate", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--destroy", action="store_true", help="also destroy the earlier epochs")
    options = parser.parse_args()
    try:
        running = read_running(options.data)
        for service in SERVICES:
            asyncio.run(rotate(running, service, destroy=options.destroy))
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
