"""Two lanes for those who complain without an account, so that a flood holds up nobody else.

Nobody is turned away. All of them together leave connections to the staff, and whoever sends very
many from one network waits in a lane of their own behind the others (security research 6).
"""

from __future__ import annotations

from asyncio import CancelledError, Semaphore, Task, create_task, shield, timeout
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request

from shared.access import PUBLIC, Subject
from shared.eventstore.postgres import OUTAGES, may_be_stored
from shared.web.problems import may_wait

T = TypeVar("T")

AT_ONCE = 6  # of the 12 connections of a service
SOON = 4.0  # seconds for one of them, before the request itself ends: somebody waits in line
SLOWLY = 2  # of these 6, however many networks send too much


@dataclass(frozen=True)
class Lanes:
    """How many may be stored at once."""

    public: Semaphore = field(default_factory=lambda: Semaphore(AT_ONCE))
    slow: Semaphore = field(default_factory=lambda: Semaphore(SLOWLY))
    waiting: set[Task[bool]] = field(default_factory=set)

    async def turn(self, lane: Semaphore, stack: AsyncExitStack) -> None:
        """Wait for a place in a lane. Raises TimeoutError when nobody in line can be served now."""
        place = create_task(lane.acquire())
        self.waiting.add(place)
        try:
            await shield(place)
        except CancelledError:
            if place.cancelled():  # and not we ourselves
                raise TimeoutError from None
            if not place.cancel():
                lane.release()
            raise
        finally:
            self.waiting.discard(place)
        stack.callback(lane.release)

    def send_away(self) -> None:
        """Tell everybody in line at once that nothing can be stored: it would only be later."""
        for place in self.waiting:
            place.cancel()


async def in_line(request: Request, caller: Subject, store: Callable[[], Awaitable[T]]) -> T:
    """Store a complaint when it is one's turn, and return what that returns. Staff do not wait.

    A database that is only slow to begin gets a second chance: somebody who is told to send it
    again may not. One that is away is told to everybody in line, and nobody waits for nothing.
    """
    if caller != PUBLIC:
        return await store()
    lanes: Lanes = request.app.state.lanes
    host = request.client.host if request.client else ""
    async with AsyncExitStack() as stack:
        with may_wait(request):
            if request.app.state.limits.floods(host):
                await lanes.turn(lanes.slow, stack)
            await lanes.turn(lanes.public, stack)
        try:
            async with timeout(SOON):
                return await _twice(store)
        except OUTAGES:
            lanes.send_away()
            raise


async def _twice(store: Callable[[], Awaitable[T]]) -> T:
    try:
        return await store()
    except TimeoutError:
        if may_be_stored():
            raise
        return await store()
