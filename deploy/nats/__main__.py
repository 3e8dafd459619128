"""Make the seeds of all users and the file that tells NATS about them: `python -m deploy.nats DIR`.

Doing it again keeps the seeds that are there and writes `users.conf` anew. Each seed goes to its
service as a secret and to nobody else; `users.conf` holds public keys and goes to the server.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from deploy.local import folder
from deploy.nats.users import authorization, keep_seeds


def write(at: Path) -> None:
    """Make what is missing in the folder."""
    at.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.write(at / "users.conf", authorization(keep_seeds(at)).encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser("deploy.nats", description=__doc__)
    parser.add_argument("folder", type=Path)
    write(parser.parse_args().folder)
