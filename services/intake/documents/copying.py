"""Has a copy made of a file in a process apart (sandbox.py), and believes it only what it must."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import filetype
from pydantic import BaseModel, Field, ValidationError

SANDBOX = Path(__file__).with_name("sandbox.py")
HOW = {  # what we make copies of: what the program is told, and what must come out
    "image/jpeg": ("picture", "image/jpeg"),
    "image/png": ("picture", "image/jpeg"),
    "image/webp": ("picture", "image/jpeg"),
    "application/pdf": ("pdf", "application/pdf"),
}
SOUND = {"audio/mp4", "audio/mpeg", "audio/ogg", "video/mp4"}  # kept as it is, never decoded here
ACCEPTED = HOW.keys() | SOUND
LARGEST_COPY = 20 * 1024 * 1024
PATIENCE = 20.0  # seconds for one copy
QUEUE = 6.0  # seconds to wait for one's turn
AT_ONCE = 2


@dataclass(frozen=True)
class Copied:
    """A copy for viewing: so many of the original's pages."""

    content: bytes
    media_type: str
    pages: int
    of_pages: int


class About(BaseModel):
    """What the program says of its copy."""

    pages: int = Field(ge=1, le=1_000)
    of_pages: int = Field(ge=1, le=1_000_000)


class Copier:
    """Makes copies, a few at a time: each may take a gigabyte for a moment."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def copy(self, original: bytes, media_type: str) -> Copied | None:
        """Return a harmless copy of a picture or PDF; None where it cannot be made of it."""
        kind, wanted = HOW[media_type]
        try:
            async with asyncio.timeout(QUEUE):
                await self._turns.acquire()
        except TimeoutError:
            return None
        try:
            said = await _run(kind, original)
        finally:
            self._turns.release()
        return _believed(said, wanted)


def kind_of(beginning: bytes) -> str | None:
    """Return the media type that the first bytes of a file say, if it is one that we take."""
    guessed = filetype.guess(beginning)
    return guessed.mime if guessed and guessed.mime in ACCEPTED else None


async def _run(kind: str, original: bytes) -> bytes:
    """Return what the program says; nothing where it failed or took too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", str(SANDBOX), kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # may repeat what is in the file
            env={},
            cwd="/",
        )
    except OSError:  # no memory, no process left: the original is kept all the same
        return b""
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate(original)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said if process.returncode == 0 else b""


def _believed(said: bytes, wanted: str) -> Copied | None:
    head, _, content = said.partition(b"\n")
    try:
        about = About.model_validate_json(head)
    except ValidationError:
        return None
    guessed = filetype.guess(content)
    if len(content) > LARGEST_COPY or guessed is None or guessed.mime != wanted:
        return None
    return Copied(content, wanted, about.pages, about.of_pages)
