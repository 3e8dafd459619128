"""What dies is started again, at once the first time and more slowly when it dies again.

And what NATS has lost of its streams is made anew; what was in them the services ask one another.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from nats.errors import Error as NatsError

from deploy.local.processes import Process, Server

AGAIN = 0.2  # seconds before the first new start; twice as long each time
AT_MOST = 10.0
CALM = 30.0  # who has run that long is forgiven
EVERY = 0.1
PROVISION = 15.0  # seconds; doing it when nothing is missing changes nothing

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


async def watch(
    servers: Iterable[Server],
    services: Iterable[Process],
    provision: Callable[[], Awaitable[None]],
    say: Say,
) -> None:
    """Look after them until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_running(servers, services, say))
        group.create_task(_keep_provisioned(provision, say))


async def _keep_provisioned(provision: Callable[[], Awaitable[None]], say: Say) -> None:
    while True:
        await asyncio.sleep(PROVISION)
        try:
            with suppress(OSError, TimeoutError, NatsError):  # NATS is away, and comes back
                async with asyncio.timeout(PROVISION):
                    await provision()
        except Exception as error:
            say(f"cannot make the streams of NATS: {type(error).__name__}")


async def _keep_running(servers: Iterable[Server], services: Iterable[Process], say: Say) -> None:
    watched = [Watched(server.process, server.launch) for server in servers]
    watched += [Watched(service, service.launch) for service in services]
    while True:
        for each in watched:
            each.look(time.monotonic(), say)
        await asyncio.sleep(EVERY)
