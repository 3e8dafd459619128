"""A bundle: the whole history of one service in one file, as an auditor takes it home.

A tar with ``manifest.json``, ``policy``, ``checkpoints/…`` (signed notes), ``tile/…`` (hashes and
entries, as C2SP's tlog-tiles) and ``tile/bodies/…``: the bodies, each after four bytes of length.
Personal texts lie in the bodies as they lie in the database: sealed.
"""

from __future__ import annotations

import io
import json
import struct
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shared.history.tree import TILE, tile_path, unbundled

FORMAT = "aduan-bundle/1"
LENGTHS = ">I"  # before each body


class NoBundle(Exception):
    """This file is no bundle, or a part of it is missing. Says which part."""


@dataclass(frozen=True)
class Row:
    """One event as it lies in a log: its entry, and its body."""

    entry: bytes
    body: bytes


class Reading:
    """A bundle that is read."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise NoBundle(path.name) from error
        try:
            self._tar = tarfile.open(fileobj=self._file)  # noqa: SIM115 closed with the file
            self._names = {each.name: each for each in self._tar.getmembers()}
            self.manifest: dict[str, Any] = json.loads(self.read("manifest.json"))
            self.size = int(self.manifest["size"])
        except (NoBundle, tarfile.TarError, OSError, ValueError, KeyError, TypeError) as error:
            self._file.close()
            raise NoBundle(path.name) from error
        if self.manifest.get("format") != FORMAT:
            raise NoBundle("manifest.json")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def service(self) -> str:
        """Return whose history it is."""
        return str(self.manifest.get("service", ""))

    def read(self, name: str) -> bytes:
        """Return one part, or raise NoBundle."""
        found = self._tar.extractfile(self._names[name]) if name in self._names else None
        if found is None:
            raise NoBundle(name)
        return found.read()

    def policy(self) -> str:
        """Return the trust policy that came with it: not one to trust blindly."""
        return self.read("policy").decode()

    def notes(self) -> list[str]:
        """Return every signed checkpoint, oldest first, the newest last."""
        names = sorted(name for name in self._names if name.startswith("checkpoints/"))
        return [self.read(name).decode() for name in names]

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return a tile of hashes."""
        return self.read(tile_path(level, n, width))

    def tiles(self) -> Iterator[list[Row]]:
        """Yield the events, a tile at a time. Raises NoBundle when entries and bodies differ."""
        for n in range(-(-self.size // TILE)):
            width = min(TILE, self.size - n * TILE)
            name = tile_path("entries", n, width)
            try:
                entries = unbundled(self.read(name))
                bodies = unbundled(self.read(tile_path("bodies", n, width)), LENGTHS)
            except ValueError as error:
                raise NoBundle(name) from error
            if not len(entries) == len(bodies) == width:
                raise NoBundle(name)
            yield [Row(*each) for each in zip(entries, bodies, strict=True)]


class Writing:
    """A bundle that is made."""

    def __init__(self, path: Path, made_at: datetime) -> None:
        self._tar = tarfile.open(path, "w")  # noqa: SIM115 closed by the one who opened it
        self._made_at = int(made_at.timestamp())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tar.close()

    def add(self, name: str, data: bytes) -> None:
        """Add one part."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(data), self._made_at
        self._tar.addfile(info, io.BytesIO(data))

    def describe(self, service: str, size: int) -> None:
        """Say whose history it is, and how many events it has."""
        about = {"format": FORMAT, "service": service, "size": size, "made_at": self._made_at}
        self.add("manifest.json", json.dumps(about, indent=1).encode())

    def note(self, n: int, note: str) -> None:
        """Add a signed checkpoint; ``n`` counts them."""
        self.add(f"checkpoints/{n:09d}.note", note.encode())


def with_lengths(bodies: Iterable[bytes]) -> bytes:
    """Return bodies as a tile has them."""
    return b"".join(struct.pack(LENGTHS, len(each)) + each for each in bodies)
