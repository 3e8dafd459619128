"""Runs the whole system: start it in order, show it, watch over it, stop it in order."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local import folder, logins
from deploy.local.ledger import end_leftovers
from deploy.local.login import token_as
from deploy.local.parts import Parts
from deploy.local.problems import CannotRun
from deploy.local.running import Running, announced
from deploy.local.settings import Options
from deploy.local.system import System
from deploy.local.watch import Say, tell_of_disk, watch

SOON = 5.0  # seconds; a slower start says where the time went
Show = Callable[[Running], None]


class Stopwatch:
    """Where the time goes between the start and being ready."""

    def __init__(self) -> None:
        self._last = self._start = time.monotonic()
        self._laps: list[str] = []

    def lap(self, what: str) -> None:
        """Note how long something took."""
        now = time.monotonic()
        self._laps.append(f"{what} {now - self._last:.1f} s")
        self._last = now

    def report(self, say: Say) -> None:
        """Say how long it took, and of what, if that was long."""
        total = self._last - self._start
        details = f" ({', '.join(self._laps)})" if total > SOON else ""
        say(f"ready after {total:.1f} s{details}")


def main(options: Options, parts: Parts | None, show: Show, say: Say) -> int:
    """Run until told to stop, and return the exit code."""
    try:
        asyncio.run(_until_signal(options, parts, show, say))
    except CannotRun as problem:
        say(str(problem))
        return 1
    return 0


async def _until_signal(options: Options, parts: Parts | None, show: Show, say: Say) -> None:
    task = asyncio.ensure_future(run(options, parts, show, say))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def run(options: Options, parts: Parts | None, show: Show, say: Say) -> None:
    """Start everything, show it, and watch over it until cancelled."""
    with ExitStack() as stack:
        data = stack.enter_context(_place(options))
        stack.enter_context(folder.held(data))
        for name in end_leftovers(data):
            say(f"ended {name}, left behind by a run that was killed")
        stopwatch = Stopwatch()
        system = System(data, options.port_base, parts, durable=not options.ephemeral)
        stack.callback(system.stop)
        running = await _start(system, parts, stopwatch)
        stack.enter_context(announced(running))
        stopwatch.report(say)
        show(running)
        async with asyncio.TaskGroup() as group:
            group.create_task(tell_of_disk(data, say))
            if options.restart:
                watching = watch(system.servers, system.services, system.provision_nats, say)
                group.create_task(watching)


async def _start(system: System, parts: Parts | None, stopwatch: Stopwatch) -> Running:
    staff = logins.make(system.data) if parts else ()
    running = Running(
        urls=system.urls,
        nats=system.nats_url,
        postgres=system.postgres_url,
        data=system.data,
        logins=staff,
    )
    if parts:
        system.launch_issuer()
        stopwatch.lap("logins")
    await system.start_servers()
    stopwatch.lap("servers")
    if parts:
        await system.start_services()
        stopwatch.lap("provisioning")
        await system.until_ready()
        stopwatch.lap("services")
        await parts.seed(system.urls, lambda role: token_as(running, role))
        stopwatch.lap("seed")
    return running


@contextmanager
def _place(options: Options) -> Iterator[Path]:
    """Return the data folder; a temporary one is removed at the end."""
    if not options.ephemeral:
        yield options.data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="aduan-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()
