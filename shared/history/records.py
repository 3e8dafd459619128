"""The log in PostgreSQL: hashes, entries, signed checkpoints and what witnesses said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias
from uuid import UUID

import asyncpg

from shared.eventstore.postgres import Connection, Pool
from shared.history.bundle import Row
from shared.history.notes import Checkpoint, Signed
from shared.history.tree import (
    TILE,
    Edge,
    Range,
    consistency_proof,
    inclusion_proof,
    node_hash,
    root_of,
)

Source: TypeAlias = "Pool | Connection | asyncpg.Connection[asyncpg.Record]"
LEAVES = "select leaf from es.log where index >= $1 and index < $2 order by index"
NODES = "select hash from es.nodes where level = $1 and n >= $2 and n < $3 order by n"
ENTRIES = """
    select es.entry(e.event_id, e.stream_id, e.version, e.name, e.recorded_at, previous.leaf,
                    e.body::text) as entry, e.body::text as body
    from es.log l join es.events e using (stream_id, version)
    left join es.events previous
           on previous.stream_id = e.stream_id and previous.version = e.version - 1
    where l.index >= $1 and l.index < $2 order by l.index"""
NEWEST = "select size, root, note from es.checkpoints order by n desc limit 1"
NOTES = """
    select c.note || coalesce(
        (select string_agg(s.line, '' order by s.at) from es.cosignatures s
         where s.size = c.size and s.root = c.root), '') as note
    from es.checkpoints c where c.size <= $1 order by c.n"""
COSIGNED = """
    select coalesce(string_agg(line, '' order by at), '') from es.cosignatures
    where size = $1 and root = $2"""


@dataclass(frozen=True)
class Tip:
    """The newest checkpoint of a log: what it says, and the note that says it."""

    size: int
    root: bytes
    note: str


async def hashes(source: Source, level: int, low: int, high: int) -> list[bytes]:
    """Return the hashes of a level of tiles from … up to …, as many as there are."""
    if level == 0:
        return [row["leaf"] for row in await source.fetch(LEAVES, low, high)]
    return [row["hash"] for row in await source.fetch(NODES, level, low, high)]


async def rows(source: Source, low: int, high: int) -> list[Row]:
    """Return the events from … up to …, as they are hashed."""
    found = await source.fetch(ENTRIES, low, high)
    return [Row(row["entry"].encode(), row["body"].encode()) for row in found]


async def edge_at(source: Source, size: int) -> Edge:
    """Return the right edge of the tree over so many leaves; reads 256 hashes a level at most."""
    return Edge(size, [hash for _, hash in await _subtrees(source, 0, size)])


async def over(source: Source, low: int, high: int) -> bytes:
    """Return the hash over a range of leaves that RFC 6962 speaks of: it begins a subtree."""
    return Edge(high - low, [hash for _, hash in await _subtrees(source, low, high)]).root()


async def _subtrees(source: Source, low: int, high: int) -> list[tuple[int, bytes]]:
    """Return the full subtrees that a range consists of, the largest first, by size and hash."""
    found = list[tuple[int, bytes]]()
    while low < high:
        level, step = 0, 1
        while step * TILE <= high - low:
            level, step = level + 1, step * TILE
        count = (high - low) // step
        for each in await hashes(source, level, low // step, low // step + count):
            size, hash = step, each
            while found and found[-1][0] == size:
                hash = node_hash(found.pop()[1], hash)
                size *= 2
            found.append((size, hash))
        low += count * step
    return found


async def inclusion(source: Source, index: int, size: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree."""
    return await _proven(source, partial(inclusion_proof, index, size))


async def consistency(source: Source, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree only grew."""
    return await _proven(source, partial(consistency_proof, old, new))


async def _proven(source: Source, prove: Callable[[Range], list[bytes]]) -> list[bytes]:
    """Ask which ranges a proof is made of, read them, and make it."""
    known: dict[tuple[int, int], bytes] = {}

    def note(low: int, high: int) -> bytes:
        known[low, high] = b""
        return b""

    prove(note)
    for low, high in known:
        known[low, high] = await over(source, low, high)
    return prove(lambda low, high: known[low, high])


async def tip(source: Source) -> Tip | None:
    """Return the newest checkpoint, as the log signed it; None before the first."""
    row = await source.fetchrow(NEWEST)
    return Tip(row["size"], row["root"], row["note"]) if row else None


async def cosigned(source: Source, tip: Tip) -> str:
    """Return a checkpoint's note with what witnesses said of it."""
    return tip.note + str(await source.fetchval(COSIGNED, tip.size, tip.root))


async def notes_up_to(source: Source, size: int) -> list[str]:
    """Return every signed checkpoint, oldest first, with what witnesses said of it."""
    return [row["note"] for row in await source.fetch(NOTES, size)]


async def grow(source: Source, edge: Edge, limit: int) -> int:
    """Add what the log has beyond the edge, and keep the roots of tiles that are full."""
    before = edge.size
    new = await hashes(source, 0, before, before + limit)
    for each in new:
        edge.add(each)
    full: list[tuple[int, int, bytes]] = []
    level, low, high = 1, before // TILE, edge.size // TILE
    under = [*(await hashes(source, 0, low * TILE, before)), *new]
    while low < high:
        made = [root_of(under[each * TILE : (each + 1) * TILE]) for each in range(high - low)]
        full += [(level, low + n, each) for n, each in enumerate(made)]
        start = low // TILE * TILE
        under = [*(await hashes(source, level, start, low)), *made]
        level, low, high = level + 1, low // TILE, high // TILE
    if full:
        await source.executemany(
            "insert into es.nodes values ($1, $2, $3) on conflict do nothing", full
        )
    return len(new)


async def keep_checkpoint(source: Source, checkpoint: Checkpoint, note: str) -> None:
    """Keep what the log signed."""
    await source.execute(
        "insert into es.checkpoints (size, root, note) values ($1, $2, $3)",
        *(checkpoint.size, checkpoint.root, note),
    )


async def keep_cosignature(
    source: Source, checkpoint: Checkpoint, signed: Signed, line: str
) -> None:
    """Keep what a witness said of a checkpoint. Twice is as once."""
    await source.execute(
        "insert into es.cosignatures values ($1, $2, $3, $4, $5) on conflict do nothing",
        *(checkpoint.size, checkpoint.root, signed.name),
        *(datetime.fromtimestamp(signed.at or 0, UTC), line),
    )


async def index_of(source: Source, event_id: UUID) -> tuple[int, bytes] | None:
    """Return the index and the leaf of an event, once it has one."""
    row = await source.fetchrow("select index, leaf from es.log where event_id = $1", event_id)
    return (row["index"], row["leaf"]) if row else None
