"""What dies is started again, at once the first time and more slowly when it dies again."""

import asyncio
import time
from collections.abc import Callable, Iterable

from deploy.local.processes import Process, Server

AGAIN = 0.2  # seconds before the first new start; twice as long each time
AT_MOST = 10.0
CALM = 30.0  # who has run that long is forgiven
EVERY = 0.1

Say = Callable[[str], None]


class Watched:
    """One process under watch."""

    def __init__(self, process: Process, launch: Callable[[], None]) -> None:
        self._process = process
        self._launch = launch
        self._failures = 0
        self._due: float | None = None

    def look(self, now: float, say: Say) -> None:
        """Start it again if it ended, when its time has come."""
        if self._process.is_running:
            if now - self._process.started > CALM:
                self._failures = 0
        elif self._due is None:
            pause = min(AGAIN * 2**self._failures, AT_MOST)
            self._failures += 1
            self._due = now + pause
            name, how = self._process.name, self._process.how_it_ended
            say(f"{name} {how}; starting it again in {pause:.1f} s")
        elif now >= self._due:
            self._due = None
            self._launch()


async def watch(servers: Iterable[Server], services: Iterable[Process], say: Say) -> None:
    """Look after them until cancelled."""
    watched = [Watched(server.process, server.launch) for server in servers]
    watched += [Watched(service, service.launch) for service in services]
    while True:
        for each in watched:
            each.look(time.monotonic(), say)
        await asyncio.sleep(EVERY)
