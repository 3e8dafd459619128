"""What dies is started again, at once the first time and more slowly when it dies again.

A server that runs and whom only a new start helps is ended, and then it is one that died. A disk
that fills is told of while there is time. What NATS has lost of its streams is made anew; what was
in them the services ask one another.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from nats.errors import Error as NatsError

from deploy.local.problems import CannotRun
from deploy.local.processes import Process, Server

AGAIN = 0.2  # seconds before the first new start; twice as long each time
AT_MOST = 10.0
CALM = 30.0  # who has run that long is forgiven
EVERY = 0.1
LOOKS = 1.0  # seconds between two questions to a server
ILL = 3  # answers in a row that it is ill, before it is ended
FILLING = 0.8  # of a disk in use
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
            try:
                self._launch()
            except (OSError, CannotRun) as error:  # a full disk, say: there is a next time
                say(f"{self._process.name} cannot be started: {error}")


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
    servers = tuple(servers)
    watched = [Watched(server.process, server.launch) for server in servers]
    watched += [Watched(service, service.launch) for service in services]
    async with asyncio.TaskGroup() as group:
        for server in servers:
            group.create_task(_end_when_ill(server, say))
        while True:
            for each in watched:
                each.look(time.monotonic(), say)
            await asyncio.sleep(EVERY)


async def _end_when_ill(server: Server, say: Say) -> None:
    answers = 0
    while True:
        is_ill = server.process.is_running and await asyncio.to_thread(server.is_ill)
        answers = answers + 1 if is_ill else 0
        if answers == ILL:
            say(f"{server.process.name} does not write any more although it could; ending it")
            server.kill()
        await asyncio.sleep(LOOKS)


async def tell_of_disk(data: Path, say: Say, every: float = 60.0) -> None:
    """Say so when the disk of our data becomes four fifths full, and when it no longer is."""
    was_filling = False
    while True:
        about = shutil.disk_usage(data)
        share = about.used / (about.used + about.free)
        if share >= FILLING and not was_filling:
            say(f"the disk of {data} is {share:.0%} full; when it is full, nothing can be stored")
        elif share < FILLING and was_filling:
            say(f"the disk of {data} has space again")
        was_filling = share >= FILLING
        await asyncio.sleep(every)
