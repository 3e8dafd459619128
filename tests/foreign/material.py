"""A log of ours as files, always the same ones: for programs of other people to check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.history.notes import LOG, WITNESS, Checkpoint, cosign, public_key, sign, to_base64
from shared.history.tree import (
    TILE,
    bundled,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    tile_path,
    tiles_of,
)
from tests.logs import BEGAN, WITNESSES, Log

ORIGIN = "intake.aduan.example/log1"
OLD, NEW = 300, 700  # events: one tile is full and one is not, then two and one
CHANGED = ("checkpoint", "tile/0/001", "tile/entries/002.p/188")  # each by one bit, in turn
PROVEN = (0, 1, 255, 256, 299, 300, 511, 512, 699)


def key(name: str) -> Ed25519PrivateKey:
    """Return a key that everybody can know: nothing but these files is signed with it."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


@dataclass(frozen=True)
class Tree:
    """The leaves of a log."""

    leaves: Sequence[bytes]

    def over(self, low: int, high: int) -> bytes:
        return root_of(self.leaves[low:high])

    def note(self, size: int) -> str:
        text = Checkpoint(ORIGIN, size, self.over(0, size)).text
        seen = int((BEGAN + timedelta(seconds=size)).timestamp())
        lines = sign(text, ORIGIN, key(ORIGIN))
        return f"{text}\n{lines}{''.join(cosign(text, w, key(w), seen) for w in WITNESSES)}"


def write(folder: Path) -> Path:
    """Write the log into a folder, as C2SP's tlog-tiles lays it out, with proofs beside it."""
    entries = Log().grow(NEW).entries()
    tree = Tree([leaf_hash(each) for each in entries])
    proofs = {
        "inclusion": {
            n: [to_base64(each) for each in inclusion_proof(n, NEW, tree.over)] for n in PROVEN
        },
        "consistency": [to_base64(each) for each in consistency_proof(OLD, NEW, tree.over)],
    }
    files = {
        "log.vkey": f"{public_key(ORIGIN, LOG, key(ORIGIN))}\n",
        "witness.vkeys": "".join(f"{public_key(w, WITNESS, key(w))}\n" for w in WITNESSES),
        "older.note": tree.note(OLD),
        "checkpoint": tree.note(NEW),
        "proofs.json": json.dumps(proofs),
    }
    put = {path: text.encode() for path, text in files.items()}
    hashes = {0: list(tree.leaves)}
    for level, n, width in tiles_of(NEW):
        own = hashes[level][n * TILE : n * TILE + width]
        put[tile_path(level, n, width)] = b"".join(own)
        if width == TILE:
            hashes.setdefault(level + 1, []).append(root_of(own))
    for n in range(-(-NEW // TILE)):
        some = entries[n * TILE : (n + 1) * TILE]
        put[tile_path("entries", n, len(some))] = bundled(some)
    for path, data in put.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def digest(folder: Path) -> str:
    """Return one hash over all the files in a folder."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder)}\n{path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def change(folder: Path, path: str) -> None:
    """Turn one bit of a file round."""
    data = bytearray((folder / path).read_bytes())
    data[-40] ^= 1
    (folder / path).write_bytes(data)
