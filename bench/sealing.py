"""What sealing costs: an event with two texts about a person, beside the same with plain texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from bench.ground import Ground
from bench.measure import Act, writers_side_by_side
from bench.table import Row, at_least
from shared.eventstore import Cause, new_id
from shared.eventstore.codec import Codec
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import Pool, PostgresEventStore, open_pool
from shared.privacy import Personal

GOAL = 0.9  # sealing two fields may cost a tenth
NAME, NARRATIVE = "Sumarni", "Suami saya memukul saya. " * 20
WRITERS, LENGTH = 8, 10


class Covered(Aggregate):
    """Somebody tells us something, again and again."""

    @dataclass(frozen=True)
    class Began(Aggregate.Created):
        """It begins."""

    @dataclass(frozen=True)
    class ToldCovered(Aggregate.Event):
        """It is about a person."""

        name: Personal
        narrative: Personal

    @event(Began)
    def __init__(self, id: UUID) -> None:
        self.heard = 0

    @event(ToldCovered)
    def tell(self, name: Personal, narrative: Personal) -> None:
        """Tell it."""
        self.heard += 1


class Plain(Aggregate):
    """Something that is about nobody."""

    @dataclass(frozen=True)
    class BeganPlain(Aggregate.Created):
        """It begins."""

    @dataclass(frozen=True)
    class ToldPlain(Aggregate.Event):
        """It is about nobody."""

        name: str
        narrative: str

    @event(BeganPlain)
    def __init__(self, id: UUID) -> None:
        self.heard = 0

    @event(ToldPlain)
    def tell(self, name: str, narrative: str) -> None:
        """Tell it."""
        self.heard += 1


async def section(ground: Ground) -> list[Row]:
    """Measure saving an event with two texts, sealed and plain."""
    database = await ground.database("triage")
    async with open_pool(database.url) as pool:
        pair = await writers_side_by_side(
            _save(pool, Covered, (Personal(NAME), Personal(NARRATIVE))),
            _save(pool, Plain, (NAME, NARRATIVE)),
            WRITERS,
            ground.pace,
        )
    return [at_least(f"two texts sealed, {WRITERS} writers", pair, "the same, plain", GOAL)]


def _save(pool: Pool, kind: Any, texts: tuple[Any, Any]) -> Act:
    async def project(*_: object) -> None:
        """No views."""

    store = PostgresEventStore(pool, Codec(Covered, Plain), project, MemoryKeys())
    streams: dict[int, Any] = {}

    async def save(writer: int) -> None:
        stream = streams.get(writer)
        if stream is None or stream.heard == LENGTH:
            stream = streams[writer] = kind(new_id())
        stream.tell(*texts)
        cause = Cause(handler="bench", message_id=str(new_id()), actor="policy:bench")
        await store.save(stream, cause=cause.about(new_id()))

    return save
