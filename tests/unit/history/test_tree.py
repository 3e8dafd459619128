"""The tree of hashes proves what it holds and that it only grew, and nothing else."""

from __future__ import annotations

import hashlib
from functools import partial
from itertools import product

import pytest

from shared.history.tree import (
    EMPTY,
    Edge,
    bundled,
    consistency_proof,
    inclusion_proof,
    is_included,
    leaf_hash,
    node_hash,
    only_grew,
    root_of,
    tile_path,
    tiles_of,
    unbundled,
)

LEAVES = [leaf_hash(str(n).encode()) for n in range(70)]
ROOTS = [root_of(LEAVES[:n]) for n in range(len(LEAVES) + 1)]
SIZES = range(1, 66)


def over(low: int, high: int) -> bytes:
    return root_of(LEAVES[low:high])


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(by_definition(leaves[:k]), by_definition(leaves[k:]))


def test_the_root_is_that_of_the_standard() -> None:
    assert [by_definition(LEAVES[:n]) for n in range(len(LEAVES))] == ROOTS[:-1]
    assert ROOTS[0] == EMPTY


def test_a_known_tree_has_its_known_root() -> None:
    """The test vectors of Certificate Transparency's reference implementation."""
    entries = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43"]
    entries += [bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]
    root = root_of(map(leaf_hash, entries))
    assert root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_an_edge_goes_on_where_it_was_left() -> None:
    edge = Edge()
    for n, leaf in enumerate(LEAVES):
        edge = Edge(edge.size, edge.hashes)
        assert edge.root() == ROOTS[n]
        edge.add(leaf)


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proven_to_be_in_every_tree(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, over)
        proven = partial(is_included, LEAVES[index])
        assert proven(index, size, ROOTS[size], proof)
        assert not proven(index + 1, size, ROOTS[size], proof)
        assert not proven(index, size, ROOTS[size - 1], proof)
        assert not proven(index, size, ROOTS[size], [*proof, EMPTY])
        assert not is_included(LEAVES[index + 1], index, size, ROOTS[size], proof)


@pytest.mark.parametrize("new", SIZES)
def test_every_tree_is_proven_to_begin_with_every_smaller_one(new: int) -> None:
    for old in range(1, new + 1):
        proof = consistency_proof(old, new, over)
        assert only_grew(old, new, ROOTS[old], ROOTS[new], proof)
        assert not only_grew(old, new, ROOTS[old - 1], ROOTS[new], proof)
        assert not only_grew(old, new, ROOTS[old], ROOTS[new + 1], proof)
        if proof:
            assert not only_grew(old, new, ROOTS[old], ROOTS[new], proof[:-1])


def test_a_tree_never_shrinks() -> None:
    for old, new in product(SIZES, SIZES):
        if old > new:
            assert not only_grew(old, new, ROOTS[old], ROOTS[new], [])


def test_tiles_lie_where_the_standard_says() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 0, 3) == "tile/entries/000.p/3"
    found = list(tiles_of(70_000))
    assert len([each for each in found if each[0] == 0]) == 274
    assert found[273] == (0, 273, 112)
    assert found[-1] == (2, 0, 1)


def test_entries_come_out_of_a_tile_as_they_went_in() -> None:
    entries = [b"", b"one", b"x" * 65_535]
    assert unbundled(bundled(entries)) == entries
    for cut in (1, 3, len(bundled(entries)) - 1):
        with pytest.raises(ValueError, match="cut off"):
            unbundled(bundled(entries)[:cut])
