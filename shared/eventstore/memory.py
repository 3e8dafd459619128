"""The event store that unit tests run on. It keeps the promises of the real one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.eventstore import A, Cause, Event, KeyReused, Receipt, new_id
from shared.eventstore.codec import Codec, Upcasts, replay
from shared.problems import AlreadyHandled, Missing, Stale


@dataclass(frozen=True)
class Row:
    """One stored event."""

    stream: UUID
    version: int
    name: str
    body: str
    recorded_at: datetime
    event: Event


class MemoryEventStore:
    """Keeps encoded events in a list, so that what cannot be stored fails here too."""

    def __init__(self, *kinds: type[Aggregate], upcasts: Upcasts | None = None) -> None:
        self.codec = Codec(*kinds, upcasts=upcasts)
        self.rows: list[Row] = []
        self._handled: dict[tuple[str, str], bytes] = {}

    @property
    def names(self) -> list[str]:
        """Return what happened, in order."""
        return [row.name for row in self.rows]

    @property
    def data(self) -> list[dict[str, Any]]:
        """Return what each event says, in order."""
        return [json.loads(row.body)["data"] for row in self.rows]

    async def load(
        self,
        kind: type[A],
        id: UUID,
        *,
        version: int | None = None,
        as_of: datetime | None = None,
        expect: int | None = None,
    ) -> A:
        """Rebuild an aggregate from its events, or raise Missing."""
        history = [
            self.codec.decode(row.name, row.body, row.stream, row.version)[0]
            for row in self.rows
            if row.stream == id
            and self.codec.kind_of(row.name) is kind
            and (version is None or row.version <= version)
            and (as_of is None or row.recorded_at <= as_of)
        ]
        if not history:
            raise Missing(f"{kind.__name__} {id}")
        if expect is not None and history[-1].originator_version != expect:
            raise Stale(f"{kind.__name__} {id} is at version {history[-1].originator_version}")
        return replay(kind, history)

    async def save(self, *aggregates: Aggregate, cause: Cause) -> list[Receipt]:
        """Store the new events of all aggregates and remember the cause, all or nothing."""
        await self.once(cause)
        known = {(row.stream, row.version) for row in self.rows}
        new: list[Row] = []
        for aggregate in aggregates:
            for event in aggregate.collect_events():
                place = event.originator_id, event.originator_version
                name, body = self.codec.encode(event, cause)
                new.append(Row(*place, name, body, datetime.now(UTC), event))  # noqa: TID251 plays the database's clock
                before = (place[0], place[1] - 1)
                if place in known or (place[1] > 1 and before not in known):
                    raise Stale(f"{type(aggregate).__name__} {aggregate.id}")
                known.add(place)
        self.rows += new
        self._handled[cause.handler, cause.message_id] = cause.fingerprint
        return [
            Receipt(new_id(), hashlib.sha256(row.body.encode()).digest(), row.event) for row in new
        ]

    async def handled(self, cause: Cause) -> bool:
        """Say whether this cause has had its effect."""
        known = self._handled.get((cause.handler, cause.message_id))
        if known is not None and known != cause.fingerprint:
            raise KeyReused(cause.handler)
        return known is not None

    async def once(self, cause: Cause) -> None:
        """Raise AlreadyHandled when this cause has had its effect."""
        if await self.handled(cause):
            raise AlreadyHandled(cause.handler)
