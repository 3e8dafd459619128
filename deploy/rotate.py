"""Begin a new epoch of the key that wraps persons' keys, and end the old ones.

`make rotate` wraps every key anew. Copies of a keyring from before can still be read, until
`make rotate destroy=yes` destroys the earlier epochs: do that once there is a backup of this one.
With `--service` the service's own settings say where its keyring and that key are, in OpenBao too.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.local.problems import CannotRun
from deploy.local.running import Running, read_running
from deploy.provision import SERVICES
from shared.eventstore.postgres import open_pool
from shared.privacy.kek import FileKek, Kek
from shared.privacy.keyring import Keyring
from shared.privacy.transit import TransitKek
from shared.web.settings import ServiceSettings


async def rotate(running: Running, service: str, *, destroy: bool) -> None:
    """Do it for one service of this machine, while it runs."""
    at = urlsplit(running.postgres)
    keys = urlunsplit(at._replace(path=f"/{service}_keys"))
    await rotate_keyring(keys, FileKek(running.data / "kek" / service), service, destroy=destroy)


async def rotate_keyring(keys: str, kek: Kek, service: str, *, destroy: bool) -> None:
    """Do it in the keyring at this address, wherever the key of its keys is."""
    async with open_pool(keys, size=2) as pool:
        keyring = Keyring(pool, kek)
        epoch = await keyring.rewrap_all()
        if destroy:
            await keyring.destroy_epochs_before(epoch)
    print(f"{service}: epoch {epoch}{', the earlier ones are destroyed' if destroy else ''}")


async def rotate_as_set(service: str, *, destroy: bool) -> None:
    """Do it for one service by its own settings, as they are in the environment."""
    settings: ServiceSettings = import_module(f"services.{service}.settings").Settings()
    kek = settings.kek()
    try:
        await rotate_keyring(settings.keys_dsn, kek, service, destroy=destroy)
    finally:
        if isinstance(kek, TransitKek):
            await kek.close()


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser("deploy.rotate", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--destroy", action="store_true", help="also destroy the earlier epochs")
    parser.add_argument("--service", choices=SERVICES, help="by its settings, not what runs here")
    options = parser.parse_args()
    try:
        if options.service:
            asyncio.run(rotate_as_set(options.service, destroy=options.destroy))
            return 0
        running = read_running(options.data)
        for service in SERVICES:
            asyncio.run(rotate(running, service, destroy=options.destroy))
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
