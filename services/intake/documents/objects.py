"""The folder of sealed files: whoever takes it all away has noise under names that say nothing.

A file is written under another name, is on the disk before it gets its own, and has its own before
the history speaks of it: what the history knows is there. What it does not know is swept away.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from shared.privacy import Personal
from shared.privacy.files import PIECE, FileSealer, open_file

DRAFT = ".new"
ORPHANED_AFTER = timedelta(days=1)  # far longer than any request lasts


@dataclass(frozen=True)
class Kept:
    """A file in the folder, and all there is to know to open it."""

    name: str
    key: str = field(repr=False)
    size: int
    sha256: str

    @property
    def file_key(self) -> Personal:
        """Return its key as the history keeps it."""
        return Personal(self.key)


class Altered(Exception):
    """What lies in the folder is not what was put there."""


async def keep(folder: Path, pieces: AsyncIterator[bytes]) -> Kept:
    """Seal a file as it comes, and return it when it is on the disk. At most one piece is waiting.

    Raises OSError where it cannot be written, and whatever the pieces raise; then nothing is left.
    """
    name = secrets.token_hex(16)
    sealer, digest, size, waiting = FileSealer(name), sha256(), 0, bytearray()
    draft = folder / f"{name}{DRAFT}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                waiting += piece
                while len(waiting) > PIECE:
                    sealed = sealer.seal(bytes(waiting[:PIECE]), last=False)
                    del waiting[:PIECE]
                    await _to_its_end(_write, file, sealed)
            await _to_its_end(_write, file, sealer.seal(bytes(waiting), last=True))
            await _to_its_end(os.fsync, file)
        finally:
            os.close(file)
        await _to_its_end(_name, draft, folder / name)
    except BaseException:
        for path in (draft, folder / name):
            path.unlink(missing_ok=True)
        raise
    return Kept(name, sealer.key, size, digest.hexdigest())


async def read(folder: Path, name: str, key: str, digest: str) -> bytes:
    """Return a whole file as it came.

    Raises FileNotFoundError, CannotOpen, and Altered where it is another than the history says.
    """
    sealed = await asyncio.to_thread((folder / name).read_bytes)
    opened = open_file(key, name, sealed)
    if sha256(opened).hexdigest() != digest:
        raise Altered(name)
    return opened


async def discard(folder: Path, names: Iterable[str]) -> None:
    """Remove files of which the history will never speak, or whose keys are destroyed."""
    for name in names:
        await asyncio.to_thread((folder / name).unlink, missing_ok=True)


def names_in(folder: Path) -> set[str]:
    """Return the names of all files, also of those that were never finished."""
    return set(os.listdir(folder))


def is_old(path: Path, now: datetime) -> bool:
    """Say whether a file was last written so long ago that no request can be at it."""
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return False
    return now - written > ORPHANED_AFTER


async def _to_its_end(work: Callable[..., None], *arguments: object) -> None:
    """Do something in a thread, and wait for its end also when nobody wants it any more.

    A file that is closed under a thread which writes: the next one to be opened would get it.
    """
    doing = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


def _write(file: int, sealed: bytes) -> None:
    left = memoryview(sealed)
    while left:
        left = left[os.write(file, left) :]


def _name(draft: Path, final: Path) -> None:
    draft.rename(final)
    folder = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
