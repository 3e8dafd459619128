"""What a service has told the others, for whoever missed something of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from shared.contracts import Fact, partition_of
from shared.eventstore import Event, Recorded
from shared.eventstore.log import bookmark, pick
from shared.eventstore.postgres import Pool, PostgresEventStore
from shared.messaging.bus import headers

READER = "relay"
EARLIER = "*"  # stands for every kind of fact, where one index was kept for all of them
SCAN = 500  # events looked at in one step; a sixteenth of them belongs to one partition
MOST = 20_000  # events looked at for one answer
HEAD = "select next_index from es.sequencer"
BEFORE = "select index, correlation from es.log where index < $1 order by index desc limit $2"
AFTER = "select index, correlation from es.log where index > $1 order by index limit $2"
Published = Callable[[Event], Fact | None]
LastTold = defaultdict[int, dict[str, int]]  # by partition, then by name: the index of the last one


class ToldFact(BaseModel):
    """One fact, as it was put on NATS."""

    index: int
    subject: str = Field(pattern=r"^ppa(\.[^.]+){4}$")
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def name(self) -> str:
        """Return which kind of fact it is."""
        return self.subject.split(".")[2]


class Told(BaseModel):
    """Some facts of one partition, in order. All of it below ``next`` that was asked for is here.

    No event has the index ``head`` yet: who has come that far has everything.
    """

    facts: list[ToldFact]
    next: int
    head: int


class Latest(BaseModel):
    """Which index the last fact of each partition and name had that NATS has answered for.

    No event has the index ``head`` yet; whoever has come further heard what is no more.
    """

    partitions: dict[int, dict[str, int]]
    head: int | None = None  # not told by earlier versions


def last_told(state: Mapping[str, Any]) -> LastTold:
    """Return what the relay noted beside its bookmark; it once kept one index for all names."""
    return defaultdict(
        dict,
        {
            int(partition): {EARLIER: last} if isinstance(last, int) else last
            for partition, last in state.items()
        },
    )


async def latest(pool: Pool) -> Latest:
    """Return how far the relay has come."""
    _, state = await bookmark(pool, READER)
    head: int = await pool.fetchval(HEAD)  # afterwards: it is beyond all of them
    return Latest(partitions=last_told(state), head=head)


async def told(
    store: PostgresEventStore, published: Published, partition: int, after: int, limit: int
) -> Told:
    """Return facts of a partition that come after an index, whether NATS still has them or not."""
    pool, facts, at = store.pool, list[ToldFact](), after
    head: int = await pool.fetchval(HEAD)
    while len(facts) < limit and at + 1 < head and at - after < MOST:
        rows = await pool.fetch(AFTER, at, SCAN)
        if not rows:
            break
        for recorded, fact in await _told_of(store, published, partition, rows):
            if len(facts) == limit:
                break
            previous = facts[-1].index if facts else await _before(store, published, recorded)
            facts.append(_as_told(recorded, fact, previous))
            at = recorded.index
        else:
            at = rows[-1]["index"]
    return Told(facts=facts, next=at + 1, head=head)


async def _before(
    store: PostgresEventStore, published: Published, recorded: Recorded
) -> int | None:
    """Return the index of the partition's fact before this one, if there is one."""
    at, partition = recorded.index, partition_of(recorded.correlation)
    while rows := await store.pool.fetch(BEFORE, at, SCAN):
        if found := await _told_of(store, published, partition, rows):
            return found[-1][0].index
        at = rows[-1]["index"]
    return None


async def _told_of(
    store: PostgresEventStore, published: Published, partition: int, rows: list[Any]
) -> list[tuple[Recorded, Fact]]:
    mine = [row["index"] for row in rows if partition_of(row["correlation"]) == partition]
    events = await pick(store.pool, store.codec, mine) if mine else []
    return [(each, fact) for each in events if (fact := published(each.event))]


def _as_told(recorded: Recorded, fact: Fact, previous: int | None) -> ToldFact:
    before = {} if previous is None else {EARLIER: previous}
    partition = f"{partition_of(recorded.correlation):02d}"
    return ToldFact(
        index=recorded.index,
        subject=fact.subject(partition, str(recorded.correlation)),
        headers=headers(fact, recorded, before),
        body=fact.model_dump(mode="json"),
    )
