"""Takes a file in: sealed as it comes, looked at in the sandbox, and never lost for its looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from services.intake.documents import objects
from services.intake.documents.copying import HOW, Copied, Copier, kind_of
from services.intake.documents.objects import Kept
from services.intake.domain import (
    FileIncomplete,
    FileTooLarge,
    KindNotAccepted,
    Scan,
    ScanType,
    SealedFile,
    ViewingCopy,
)

LARGEST = 10 * 1024 * 1024
HEAD = 8_192  # bytes that tell what a file is


@dataclass(frozen=True)
class Received:
    """A file that lies sealed in the folder, of a kind that we take."""

    original: Kept
    media_type: str


@dataclass(frozen=True)
class Viewable:
    """The copy that was made of a file, sealed beside it."""

    kept: Kept
    copied: Copied


async def receive(
    folder: Path,
    stream: AsyncIterator[bytes],
    *,
    promised: int | None,
    read: Callable[[bytes], None],
) -> Received:
    """Seal a file as it comes, and return it. ``read`` sees every piece of it.

    Raises FileTooLarge, KindNotAccepted or FileIncomplete, and then nothing of it is left.
    """
    if promised is not None and promised > LARGEST:
        raise FileTooLarge(f"most: {LARGEST} bytes")
    found: list[str] = []

    async def checked() -> AsyncIterator[bytes]:
        head, size = b"", 0
        async for piece in stream:
            size += len(piece)
            if size > LARGEST:  # whatever was promised
                raise FileTooLarge(f"most: {LARGEST} bytes")
            read(piece)
            if found:
                yield piece
            elif len(head := head + piece) >= HEAD:
                found.append(_kind(head))
                yield head
        if size == 0 or promised not in (None, size):
            raise FileIncomplete("body")
        if not found:
            found.append(_kind(head))
            yield head

    original = await objects.keep(folder, checked())
    return Received(original, found[0])


async def viewable(folder: Path, copier: Copier, received: Received) -> Viewable | None:
    """Return a copy for viewing, sealed; None where there is none to be had."""
    if received.media_type not in HOW:
        return None
    kept = received.original
    original = await objects.read(folder, kept.name, kept.key, kept.sha256)
    copied = await copier.copy(original, received.media_type)
    if copied is None:
        return None
    return Viewable(await objects.keep(folder, _in_one(copied.content)), copied)


def scan_of(
    type: ScanType, person_id: UUID | None, received: Received, copy: Viewable | None
) -> Scan:
    """Return what the history keeps of a file: never a byte of it."""
    kept = received.original
    return Scan(
        type=type,
        media_type=received.media_type,
        size=kept.size,
        sha256=kept.sha256,
        original=SealedFile(kept.name, kept.file_key, person_id),
        copy=_copy(copy, person_id) if copy else None,
        quarantined=copy is None and received.media_type in HOW,
    )


def _copy(copy: Viewable, person_id: UUID | None) -> ViewingCopy:
    return ViewingCopy(
        file=SealedFile(copy.kept.name, copy.kept.file_key, person_id),
        media_type=copy.copied.media_type,
        size=copy.kept.size,
        sha256=copy.kept.sha256,
        pages=copy.copied.pages,
        of_pages=copy.copied.of_pages,
    )


def _kind(head: bytes) -> str:
    if kind := kind_of(head):
        return kind
    raise KindNotAccepted("media type")


async def _in_one(content: bytes) -> AsyncIterator[bytes]:
    yield content
