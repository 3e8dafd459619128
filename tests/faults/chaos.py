"""A line between two programs that can be made worse while they talk: slow, silent, cut, forgetful.

It is a TCP proxy of our own because none of the kept ones runs on Python 3.11, and this kernel has
no netem. Faults are switched on for as long as a ``with`` lasts.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

AT_ONCE = 65_536  # bytes read in one go
AT_ONCE_GONE = struct.pack("ii", 1, 0)  # SO_LINGER: what closes now is reset, not ended
OFTEN = 0.2  # of the pieces end in a reset while a line is resetting


@dataclass(eq=False)
class Call:
    """One connection: our ends of it, towards who called and towards who was called."""

    ends: list[asyncio.StreamWriter]
    is_dead: bool = False  # something of it was swallowed: it can never be right again

    def reset(self) -> None:
        """Break it off as a machine does that knows nothing of it."""
        for end in self.ends:
            with suppress(OSError):
                about: socket.socket = end.get_extra_info("socket")
                about.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_GONE)
            end.transport.abort()


@dataclass
class Wire:
    """Listens at one address and passes everything on to another, both ways."""

    to_host: str
    to_port: int
    chance: Random
    port: int = 0
    calls: set[Call] = field(default_factory=set)
    _delay: float = 0.0  # seconds for each piece
    _rate: float = float("inf")  # bytes a second, each way
    _swallows: tuple[bool, ...] = ()  # True: what is asked gets lost, False: what is answered
    _resets: bool = False
    _is_cut: bool = False
    _passes: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def slow(self, seconds: float, rate: float = float("inf")) -> Iterator[None]:
        """Every piece takes so long, and no more than ``rate`` bytes a second get through."""
        self._delay, self._rate = seconds, rate
        yield
        self._delay, self._rate = 0.0, float("inf")

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Nothing arrives, and at the end all of it does: the network was parted for a while."""
        self._passes.clear()
        yield
        self._passes.set()

    @contextmanager
    def half_open(self, *, answers_only: bool = False, forgotten: bool = False) -> Iterator[None]:
        """What is sent is lost, and nobody is told.

        At the end those connections are reset; ``forgotten`` leaves them as dead as they are, as
        a firewall does: then only who called can notice.
        """
        self._swallows = (False,) if answers_only else (True, False)
        yield
        self._swallows = ()
        for call in [each for each in self.calls if each.is_dead and not forgotten]:
            call.reset()

    @contextmanager
    def resetting(self) -> Iterator[None]:
        """Every connection is reset now, and new ones are after a few pieces, either way."""
        self._resets = True
        self.reset()
        yield
        self._resets = False

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Every connection is reset now, and new ones at once."""
        self._is_cut = True
        self.reset()
        yield
        self._is_cut = False

    def reset(self) -> None:
        """Break off all connections there are."""
        for call in list(self.calls):
            call.reset()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side has ended it."""
        call = Call([writer])
        self.calls.add(call)
        try:
            if self._is_cut:
                raise ConnectionResetError
            answers, asked = await asyncio.open_connection(self.to_host, self.to_port)
            call.ends.append(asked)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(call, reader, asked, asking=True))
                group.create_task(self._pump(call, answers, writer, asking=False))
        except (OSError, ExceptionGroup):
            call.reset()
        finally:
            self.calls.discard(call)
            for end in call.ends:
                end.close()

    async def _pump(
        self, call: Call, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, asking: bool
    ) -> None:
        while piece := await source.read(AT_ONCE):
            if self._delay:
                await asyncio.sleep(self._delay + len(piece) / self._rate)
            await self._passes.wait()
            if call.is_dead or asking in self._swallows:
                call.is_dead = True
                continue
            if self._resets and self.chance.random() < OFTEN:
                raise ConnectionResetError
            to.write(piece)
            await to.drain()
        if call.is_dead:  # that it ended is lost, too
            await asyncio.Event().wait()
        to.write_eof()


@asynccontextmanager
async def wire(
    to_host: str, to_port: int, chance: Random, *, host: str = "127.0.0.1"
) -> AsyncIterator[Wire]:
    """Open a line to an address, and break off what is left of it at the end."""
    made = Wire(to_host, to_port, chance)
    made._passes.set()
    carrying: set[asyncio.Task[None]] = set()

    def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying.add(task := asyncio.create_task(made.carry(reader, writer)))
        task.add_done_callback(carrying.discard)

    server = await asyncio.start_server(carry, host, 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.reset()
        for task in list(carrying):
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
