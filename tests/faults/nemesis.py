"""What can go wrong, each for as long as a ``with`` lasts, and the trial of an office by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic

from deploy.local.processes import Server
from deploy.provision import SERVICES
from tests.faults.chaos import Wire
from tests.faults.figures import note
from tests.faults.frozen import frozen
from tests.faults.invariants import hold
from tests.faults.load import under_load
from tests.faults.office import Office, Replica

Fault = Callable[[Office, Random], AbstractAsyncContextManager[None]]
Harm = Callable[[Wire], AbstractContextManager[None]]
LONG = 3.0  # seconds that a fault lasts: longer than a service waits for an answer
PATIENCE = 90.0  # seconds until everything that waited is done


async def trial(
    office: Office,
    name: str,
    fault: Fault,
    chance: Random,
    folder: Path,
    *,
    long: float = LONG,
    but: tuple[int, ...] = (),
) -> None:
    """Let something go wrong while people use the office; then everything must be right again.

    ``but`` names what an auditor must find wrong for ever, by the number of his rule.
    """
    async with under_load(office, chance, within=PATIENCE) as load:
        await asyncio.sleep(chance.uniform(0.3, 1.3))
        async with fault(office, chance):
            await asyncio.sleep(long)
        healed = monotonic()
    await office.drained(PATIENCE)
    took = monotonic() - healed
    await hold(office, folder, within=PATIENCE, but=but)
    note(name, load.sent, took)


# Processes


@asynccontextmanager
async def killed(replica: Replica) -> AsyncIterator[None]:
    await replica.process.kill()
    yield
    await replica.start()


@asynccontextmanager
async def stopped(pid: int) -> AsyncIterator[None]:
    with frozen(pid):
        yield


@asynccontextmanager
async def server_killed(server: Server) -> AsyncIterator[None]:
    await asyncio.to_thread(server.kill)
    yield
    await started(server)


async def started(server: Server) -> None:
    """Start it, and carry what goes over the lines meanwhile.

    A child dies with the thread that started it, so that is ours; only the waiting is not.
    """
    server.launch()
    await asyncio.to_thread(server.wait)


def kill(service: str) -> Fault:
    return lambda office, chance: killed(chance.choice(office.of(service)))


def freeze(service: str) -> Fault:
    return lambda office, chance: stopped(chance.choice(office.of(service)).pid)


# Lines


@contextmanager
def on_all(harm: Harm, wires: Iterable[Wire]) -> Iterator[None]:
    with ExitStack() as stack:
        for wire in wires:
            stack.enter_context(harm(wire))
        yield


def lines(harm: Harm, *ends: str) -> Fault:
    """Harm the lines of every process to these ends: postgres, nats, clients."""

    @asynccontextmanager
    async def fault(office: Office, _: Random) -> AsyncIterator[None]:
        with on_all(harm, [each.wires[end] for each in office.replicas for end in ends]):
            yield

    return fault


def a_line(harm: Harm) -> Fault:
    """Harm one line of one process."""

    @asynccontextmanager
    async def fault(office: Office, chance: Random) -> AsyncIterator[None]:
        with harm(chance.choice(list(chance.choice(office.replicas).wires.values()))):
            yield

    return fault


HARMS: dict[str, Harm] = {
    "slow": lambda wire: wire.slow(0.1, rate=100_000),
    "reset": Wire.resetting,
    "half open": Wire.half_open,
    "answers lost": partial(Wire.half_open, answers_only=True),
    "stalled": Wire.stalled,
    "cut": Wire.cut,
}
FORGOTTEN: Harm = partial(Wire.half_open, forgotten=True)
EVERYWHERE = ("postgres", "nats", "clients")
FAULTS: dict[str, Fault] = {
    **{f"{service} killed": kill(service) for service in SERVICES},
    **{f"{service} frozen": freeze(service) for service in SERVICES},
    "PostgreSQL killed": lambda office, _: server_killed(office.servers.postgres),
    "PostgreSQL frozen": lambda office, _: stopped(office.servers.postgres.process.pid),
    "NATS killed": lambda office, _: server_killed(office.servers.nats),
    "NATS frozen": lambda office, _: stopped(office.servers.nats.process.pid),
    **{f"all lines {name}": lines(HARMS[name], *EVERYWHERE) for name in list(HARMS)[:4]},
    "lines to PostgreSQL forgotten": lines(FORGOTTEN, "postgres"),
}
LASTING: dict[str, Fault] = {  # half a minute, until the client of NATS misses its pongs
    "lines to NATS forgotten": lines(FORGOTTEN, "nats"),
}


# Several at once


def at_random(seconds: float, faults: dict[str, Fault], say: Callable[[str], None]) -> Fault:
    """One fault after the other, and often two at once, chosen by chance, for so long."""
    single = faults | {f"a line {name}": a_line(harm) for name, harm in HARMS.items()}

    @asynccontextmanager
    async def fault(office: Office, chance: Random) -> AsyncIterator[None]:
        until = monotonic() + seconds
        while monotonic() < until:
            names = chance.sample(list(single), chance.choice([1, 2]))
            names.sort(key=list(single).index)  # whoever was killed starts when the others are well
            if len({name.split()[0] for name in names}) < len(names):
                continue
            say(" and ".join(names))
            async with AsyncExitStack() as stack:
                for name in names:
                    await stack.enter_async_context(single[name](office, chance))
                await asyncio.sleep(chance.uniform(0.5, LONG))
            await asyncio.sleep(chance.uniform(0, 1.5))
        yield

    return fault
