"""A server that is there and does nothing: every process of it stopped, every connection open."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Freeze a process and its children, and let them go on at the end."""
    stopped: list[int] = []
    try:
        for each in family(pid):
            _send(signal.SIGSTOP, each)
            stopped.append(each)
        yield
    finally:
        for each in stopped:
            _send(signal.SIGCONT, each)


def family(pid: int) -> Iterator[int]:
    """The process and what it started, the parent first: a frozen parent starts no more."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it may end while we look
            for child in children.read_text().split():
                yield from family(int(child))


def _send(number: signal.Signals, pid: int) -> None:
    with suppress(ProcessLookupError):  # or end now
        os.kill(pid, number)
