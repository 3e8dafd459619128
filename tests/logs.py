"""A log as a test wants it, honest or forged by whoever holds the database and the log's key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.history.bundle import Writing, with_lengths
from shared.history.notes import LOG, WITNESS, Checkpoint, cosign, public_key, sign
from shared.history.tree import TILE, bundled, leaf_hash, root_of, tile_path, tiles_of

BEGAN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
WITNESSES = ("polres.example/w1", "rsud.example/w1", "dinas.example/w1")
KEYS = {name: Ed25519PrivateKey.generate() for name in WITNESSES}  # never the forger's


@dataclass(frozen=True)
class Line:
    """One event, before it is chained."""

    stream: int
    name: str
    body: bytes
    at: datetime
    id: UUID

    def dated(self, at: datetime) -> Self:
        return replace(self, at=at)


def a_line(n: int, *, name: str = "ComplaintReceived", **body: Any) -> Line:
    at = BEGAN + timedelta(seconds=10 * n)
    said = {
        "actor": "staff:x",
        "cause": {"handler": "POST /complaints", "message": str(UUID(int=n + 2**64))},
        "correlation": str(UUID(int=n % 37 + 1)),
        "data": {},
        "salt": f"salt-{n}",
    } | body
    return Line(n % 37, name, json.dumps(said).encode(), at, UUID(int=n + 2**96))


@dataclass
class Log:
    """A log: its events, and the checkpoints that were signed on the way."""

    service: str = "intake"
    lines: list[Line] = field(default_factory=list)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    notes: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.service}.aduan.example/log1"

    @property
    def policy(self) -> str:
        told = [f"log {public_key(self.origin, LOG, self.key)}"]
        told += [f"witness {name} {public_key(name, WITNESS, KEYS[name])}" for name in WITNESSES]
        return "\n".join([*told, f"group agencies 2 {' '.join(WITNESSES)}", "quorum agencies", ""])

    def grow(self, count: int) -> Self:
        self.lines += [a_line(n) for n in range(len(self.lines), len(self.lines) + count)]
        return self

    def entries(self) -> list[bytes]:
        """Chain all events anew: whoever holds the database can."""
        streams: dict[int, tuple[int, bytes]] = {}
        found = list[bytes]()
        for each in self.lines:
            version, before = streams.get(each.stream, (0, b"-"))
            entry = entry_of(each, version + 1, before)
            streams[each.stream] = version + 1, base64.b64encode(leaf_hash(entry))
            found.append(entry)
        return found

    def checkpoint(self, witnesses: Sequence[str] = (), at: datetime | None = None) -> Self:
        """Sign what there is now, and let witnesses see it."""
        leaves = [leaf_hash(each) for each in self.entries()]
        text = Checkpoint(self.origin, len(leaves), root_of(leaves)).text
        when = int((at or self.now()).timestamp())
        lines = sign(text, self.origin, self.key)
        lines += "".join(cosign(text, name, KEYS[name], when) for name in witnesses)
        self.notes.append(f"{text}\n{lines}")
        return self

    def now(self) -> datetime:
        return self.lines[-1].at + timedelta(seconds=5) if self.lines else BEGAN

    def bundle(
        self,
        path: Path,
        *,
        entries: Sequence[bytes] | None = None,
        bodies: Mapping[int, bytes] | None = None,
    ) -> Path:
        """Write it to a file; ``entries`` and ``bodies`` put others in their place."""
        entries = list(entries or self.entries())
        told = [each.body for each in self.lines]
        for n, body in (bodies or {}).items():
            told[n] = body
        write(path, self.service, self.policy, self.notes, entries, told)
        return path


def entry_of(line: Line, version: int, before: bytes) -> bytes:
    body = base64.b64encode(hashlib.sha256(line.body).digest()).decode()
    lines = (
        *("ppa-event/v1", str(line.id), str(UUID(int=line.stream + 1)), str(version)),
        *(line.name, f"{line.at:%Y-%m-%dT%H:%M:%S.%fZ}", before.decode(), body),
    )
    return "".join(f"{each}\n" for each in lines).encode()


def write(
    path: Path,
    service: str,
    policy: str,
    notes: Iterable[str],
    entries: Sequence[bytes],
    bodies: Sequence[bytes],
) -> None:
    hashes: dict[int, list[bytes]] = {0: [leaf_hash(each) for each in entries]}
    with Writing(path, BEGAN) as bundle:
        bundle.describe(service, len(entries))
        bundle.add("policy", policy.encode())
        for n, note in enumerate(notes):
            bundle.note(n, note)
        for level, n, width in tiles_of(len(entries)):
            own = hashes[level][n * TILE : n * TILE + width]
            bundle.add(tile_path(level, n, width), b"".join(own))
            if width == TILE:
                hashes.setdefault(level + 1, []).append(root_of(own))
        for n in range(-(-len(entries) // TILE)):
            some, told = (each[n * TILE : (n + 1) * TILE] for each in (entries, bodies))
            bundle.add(tile_path("entries", n, len(some)), bundled(some))
            bundle.add(tile_path("bodies", n, len(told)), with_lengths(told))
