"""The event store that unit tests run on. It keeps the promises of the real one."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.eventstore import NOWHERE, A, Cause, Event, KeyReused, Keys, Receipt, new_id
from shared.eventstore.codec import Codec, Draft, Upcasts, replay
from shared.privacy.sealing import KEY_SIZE, Key, Restricted, make_key
from shared.problems import AlreadyHandled, Missing, Refused, Stale


class MemoryKeys:
    """Keys that are gone when the program ends: for tests, and for nothing that must be kept."""

    def __init__(self) -> None:
        self._keys: dict[UUID, Key | None] = {}
        self._restricted: set[UUID] = set()
        self._held: set[UUID] = set()

    def take(self) -> Key:
        """Return a key that nobody has."""
        key = make_key(new_id(), secrets.token_bytes(KEY_SIZE))
        self._keys[key.id] = key
        return key

    async def to_seal(self, ids: Iterable[UUID]) -> dict[UUID, Key | None]:
        """Return each key, None if it was destroyed."""
        return {id: self._keys[id] for id in ids}

    async def keys(self, ids: Iterable[UUID]) -> dict[UUID, Key | None]:
        """Return each key, None if it was destroyed. Raises Forbidden while one is restricted."""
        wanted = set(ids)
        if closed := wanted & self._restricted:
            raise Restricted(closed)
        return await self.to_seal(wanted)

    def forget(self, ids: Iterable[UUID]) -> None:
        """Do nothing: there is no other process."""

    async def restrict(self, ids: Sequence[UUID]) -> None:
        """Let nobody open these for now."""
        self._restricted |= set(ids)

    async def unrestrict(self, ids: Sequence[UUID]) -> None:
        """Let them be opened again."""
        self._restricted -= set(ids)

    async def hold(self, ids: Sequence[UUID]) -> None:
        """Let nobody destroy these."""
        self._held |= set(ids)

    async def unhold(self, ids: Sequence[UUID]) -> None:
        """Let them be destroyed again."""
        self._held -= set(ids)

    async def destroy(self, ids: Sequence[UUID], event_id: UUID, at: datetime) -> None:
        """Destroy these, or raise Refused under legal hold."""
        if self._held & set(ids):
            raise Refused("under legal hold")
        self._keys |= dict.fromkeys(ids)


@dataclass(frozen=True)
class Row:
    """One stored event."""

    stream: UUID
    version: int
    event_id: UUID
    name: str
    body: str
    recorded_at: datetime
    event: Event


class MemoryEventStore:
    """Keeps encoded events in a list, so that what cannot be stored fails here too."""

    def __init__(self, *kinds: type[Aggregate], upcasts: Upcasts | None = None) -> None:
        self.codec = Codec(*kinds, upcasts=upcasts)
        self.keys: Keys = MemoryKeys()
        self.rows: list[Row] = []
        self._key_of: dict[UUID, UUID] = {}
        self._handled: dict[tuple[str, str], bytes] = {}
        self.closed: set[UUID] = set()  # it has no views: whoever tests with it says what is closed

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
            self.codec.decode(row.name, row.body, row.stream, row.version, row.event_id)[0]
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
                row_id, draft = new_id(), self.codec.draft(event)
                body = self.codec.encode(draft, cause, row_id, *await self._keys_for(draft))
                new.append(Row(*place, row_id, draft.name, body, datetime.now(UTC), event))  # noqa: TID251 plays the database's clock
                before = (place[0], place[1] - 1)
                if place in known or (place[1] > 1 and before not in known):
                    raise Stale(f"{type(aggregate).__name__} {aggregate.id}")
                known.add(place)
        self.rows += new
        self._handled[cause.handler, cause.message_id] = cause.fingerprint
        return [
            Receipt(row.event_id, hashlib.sha256(row.body.encode()).digest(), row.event)
            for row in new
        ]

    async def _keys_for(self, draft: Draft) -> tuple[dict[UUID, Key], set[UUID]]:
        subjects = {place.subject for place in draft.places}
        there = await self.keys.to_seal(self._key_of[s] for s in subjects if s in self._key_of)
        had = {who: key for who in subjects if (key := there.get(self._key_of.get(who, NOWHERE)))}
        taken = {who: self.keys.take() for who in subjects - had.keys()}
        self._key_of |= {who: key.id for who, key in taken.items()}
        return had | taken, {key.id for key in taken.values()}

    async def kept(
        self, why: str, subjects: Collection[UUID], *, but_for: UUID | None = None
    ) -> set[UUID]:
        """Return which of these are closed."""
        return self.closed & set(subjects) if why == "closed" else set()

    async def forgotten(self, persons: Collection[UUID]) -> set[UUID]:
        """Return nobody: here no keys are destroyed."""
        return set()

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
