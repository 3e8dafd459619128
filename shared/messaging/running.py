"""Work that goes on beside the web server for as long as it runs, and how it is doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

Work = Callable[[], Awaitable[None]]
PAUSE = 1.0  # seconds
RECENT = 5.0  # seconds
log = structlog.get_logger()


class Health:
    """What each piece of work is doing, for /readyz."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[str, float]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def note(self, name: str, kind: str, at: float) -> bool:
        """Remember a failure; say whether it is news."""
        is_news = self._failed.get(name, ("", 0.0))[0] != kind
        self._failed[name] = (kind, at)
        return is_news

    def failing(self, now: float) -> dict[str, str]:
        """Return the work that failed within the last few seconds, and how."""
        return {name: kind for name, (kind, at) in self._failed.items() if now - at < RECENT}

    @property
    def stopped(self) -> list[str]:
        """Return the work that has ended although it must not."""
        return [name for name, task in self.tasks.items() if task.done()]


@asynccontextmanager
async def running(work: Mapping[str, Work]) -> AsyncIterator[Health]:
    """Start the given work, start it again whenever it ends or fails, and stop it at the end."""
    health = Health()
    for name, each in work.items():
        health.tasks[name] = asyncio.create_task(_keep_going(name, each, health), name=name)
    try:
        yield health
    finally:
        await stop(*health.tasks.values())


async def stop(*tasks: asyncio.Task[None]) -> None:
    """Cancel until all have ended: Python 3.11 forgets a cancellation that meets an answer."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=PAUSE)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_going(name: str, work: Work, health: Health) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            kind = _kind(error)
            if health.note(name, kind, asyncio.get_running_loop().time()):  # once, not every second
                log.warning("failed, starting again", work=name, error=kind)
        await asyncio.sleep(PAUSE)


def _kind(error: BaseException) -> str:
    """Name an error by its class: its text may hold a value."""
    if isinstance(error, BaseExceptionGroup):
        return "+".join(sorted({_kind(each) for each in error.exceptions}))
    return type(error).__name__
