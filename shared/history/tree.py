"""The tree of hashes over a log: RFC 6962, and the tiles in which C2SP's tlog-tiles keeps it.

This module needs only Python: auditors and witnesses use it on its own.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
TILE = 256  # hashes or entries


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash above two (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a tree: all that is needed to add leaves and to name the root."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)  # of the full subtrees, the largest first

    def add(self, leaf: bytes) -> None:
        """Add a leaf."""
        size, hashes = self.size, self.hashes
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        if not self.hashes:
            return EMPTY
        root = self.hashes[-1]
        for each in reversed(self.hashes[:-1]):
            root = node_hash(each, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over these leaves."""
    edge = Edge()
    for each in leaves:
        edge.add(each)
    return edge.root()


Range = Callable[[int, int], bytes]  # the hash of the tree over leaves from … up to …


def inclusion_proof(index: int, size: int, over: Range) -> list[bytes]:
    """Return what proves that a leaf is in a tree (RFC 6962 §2.1.1), from the leaf upwards."""
    found, low, high = list[bytes](), 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            found.append(over(middle, high))
            high = middle
        else:
            found.append(over(low, middle))
            low = middle
    return found[::-1]


def consistency_proof(old: int, new: int, over: Range) -> list[bytes]:
    """Return what proves that a tree only grew (RFC 6962 §2.1.2)."""
    if old in (0, new):
        return []
    found, low, high, is_whole = list[bytes](), 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            found.append(over(middle, high))
            high = middle
        else:
            found.append(over(low, middle))
            low, is_whole = middle, False
    if not is_whole:
        found.append(over(low, high))
    return found[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)


def is_included(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the proof shows that the leaf has this index under the root (RFC 9162 2.1.3)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(each, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def only_grew(old: int, new: int, before: bytes, after: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the proof shows that the larger tree begins with the smaller (RFC 9162 2.1.4)."""
    if old > new or old < 0:
        return False
    if old in (0, new):
        return not proof and (old == 0 or before == after)
    path = [before, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, each)
        at, last = at >> 1, last >> 1
    return last == 0 and first == before and second == after


def tile_path(level: int | str, n: int, width: int = TILE) -> str:
    """Return where a tile is: ``tile/0/x001/x234/067``, and ``.p/112`` for one that is not full.

    >>> tile_path(0, 1234067), tile_path("entries", 3, 112)
    ('tile/0/x001/x234/067', 'tile/entries/003.p/112')
    """
    parts = [f"{n % 1000:03d}"]
    while n := n // 1000:
        parts.insert(0, f"x{n % 1000:03d}")
    partial = f".p/{width}" if width < TILE else ""
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def tiles_of(size: int) -> Iterable[tuple[int, int, int]]:
    """Yield level, number and width of every tile of hashes of a tree."""
    level = 0
    while size:
        yield from ((level, n, min(TILE, size - n * TILE)) for n in range(-(-size // TILE)))
        size //= TILE
        level += 1


def bundled(entries: Iterable[bytes]) -> bytes:
    """Return entries as a tile of entries has them: each after its length."""
    return b"".join(struct.pack(">H", len(each)) + each for each in entries)


def unbundled(data: bytes, lengths: str = ">H") -> list[bytes]:
    """Return the entries in a tile. Raises ValueError when it is cut off."""
    found, at, step = list[bytes](), 0, struct.calcsize(lengths)
    try:
        while at < len(data):
            (length,) = struct.unpack_from(lengths, data, at)
            at += step + length
            if at > len(data):
                raise ValueError("a tile that is cut off")
            found.append(data[at - length : at])
    except struct.error as error:
        raise ValueError("a tile that is cut off") from error
    return found
