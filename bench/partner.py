"""A process that measures when it is asked: a line to its stdin, a line from its stdout."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Partner:
    """The other end of the pipes."""

    def __init__(self, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
        self._stdin, self._stdout = stdin, stdout

    def tell(self, line: str) -> None:
        """Say something that needs no answer."""
        self._stdin.write(f"{line}\n".encode())

    async def ask(self, line: str) -> str:
        """Say something, and return the answer."""
        self.tell(line)
        answer = (await self._stdout.readline()).decode().strip()
        if not answer:
            raise RuntimeError("the measuring process ended; see above")
        return answer


@asynccontextmanager
async def partner(*command: str | Path, told: object) -> AsyncIterator[Partner]:
    """Start a process, tell it what to measure, and stop it at the end."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes")
    talk = Partner(process.stdin, process.stdout)
    talk.tell(json.dumps(told))
    try:
        yield talk
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
