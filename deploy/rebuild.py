"""Make a service's views anew from its events while it runs: `make rebuild service=triage`.

Says of each view whether it was what the events say. With `view=cases` all are built beside, and
only that one is put right: its rows that differ are replaced, and writers wait while it is read.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from deploy.local.problems import CannotRun, NotRunning
from deploy.local.running import read_running
from deploy.local.servers import local_servers_blocking
from deploy.provision import SERVICES, rebuild_and_compare
from shared.eventstore.rebuild import Busy, NoSuchView


def rebuild(admin_url: str, service: str, view: str | None) -> None:
    """Rebuild, and say how much that was and which views were not what they must be."""
    began = time.perf_counter()
    done = asyncio.run(rebuild_and_compare(admin_url, service, view))
    seconds = time.perf_counter() - began
    print(
        f"{service}: {view or 'views'} made anew from {done.events} events in {seconds:.2f} s;"
        f" writers waited {done.held_back * 1e3:.0f} ms"
    )
    for line in (
        *map(str, done.compared),
        *(f"{each:<20} is new" for each in done.added),
        *(f"{each:<20} is gone" for each in done.gone),
    ):
        print(f"  {line}")


def main() -> int:
    """Use the running PostgreSQL, or start it for as long as it takes."""
    parser = argparse.ArgumentParser("deploy.rebuild", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--view", help="put only this one right; all are built to know how")
    parser.add_argument("--data", type=Path, default=Path(".data"))
    options = parser.parse_args()
    try:
        rebuild(read_running(options.data).postgres, options.service, options.view)
    except NotRunning:
        if not options.data.exists():
            print(f"there is nothing in {options.data}", file=sys.stderr)
            return 1
        with local_servers_blocking(options.data, durable=True) as servers:
            rebuild(servers.postgres_admin_url, options.service, options.view)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    except NoSuchView:
        print(
            f"{options.service} has no view {options.view}, or its views are of another schema"
            " than this code: make all of them anew",
            file=sys.stderr,
        )
        return 1
    except Busy:
        print("somebody writes all the time: nothing was changed, try again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
