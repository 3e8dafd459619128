"""Drop every view of a service and make it anew from its events: `make rebuild service=triage`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from deploy.local.problems import CannotRun, NotRunning
from deploy.local.running import read_running
from deploy.local.servers import local_servers_blocking
from deploy.provision import SERVICES, rebuild_views


def rebuild(admin_url: str, service: str) -> None:
    """Rebuild, and say how much that was."""
    began = time.perf_counter()
    count = asyncio.run(rebuild_views(admin_url, service))
    print(f"{service}: views made anew from {count} events in {time.perf_counter() - began:.2f} s")


def main() -> int:
    """Use the running PostgreSQL, or start it for as long as it takes."""
    parser = argparse.ArgumentParser("deploy.rebuild", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    options = parser.parse_args()
    try:
        rebuild(read_running(options.data).postgres, options.service)
    except NotRunning:
        if not options.data.exists():
            print(f"there is nothing in {options.data}", file=sys.stderr)
            return 1
        with local_servers_blocking(options.data, durable=True) as servers:
            rebuild(servers.postgres_admin_url, options.service)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
