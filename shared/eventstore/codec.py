"""Domain events to JSON and back, under names that outlive any refactoring."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, AggregateCreated, CanMutateAggregate
from eventsourcing.utils import get_topic
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from shared.eventstore import NOWHERE, A, Cause, Event
from shared.privacy import OPEN, Personal, Sealed
from shared.privacy.places import Place, follow, places, shape_of
from shared.privacy.sealing import Key, seal

ENVELOPE = {"originator_id", "originator_version", "timestamp", "originator_topic"}
BASES = {"Event", "Created"}  # eventsourcing gives every aggregate these two
Upcasts = Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]


def events_of(kind: type[Aggregate]) -> Iterator[tuple[str, type[Event]]]:
    """Yield each event of an aggregate with its stored name: the name of its class."""
    for name, event in vars(kind).items():
        if isinstance(event, type) and issubclass(event, CanMutateAggregate) and name not in BASES:
            yield name, event


@dataclass(frozen=True, slots=True)
class Draft:
    """An event on its way into the store: its data, still in the clear, and who is in it."""

    name: str
    event: Event
    data: dict[str, Any]
    places: tuple[Place, ...]


class Unreadable(Exception):
    """A stored event does not have the form that the code knows."""


class Codec:
    """Knows the events of the given aggregates, and no others.

    ``upcasts[name, n]`` turns the data of version n of an event into that of version n + 1.
    """

    def __init__(self, *kinds: type[Aggregate], upcasts: Upcasts | None = None) -> None:
        self._kinds: dict[str, type[Aggregate]] = {}
        self._types: dict[str, type[Event]] = {}
        for kind in kinds:
            for name, event in events_of(kind):
                if name in self._types:
                    raise ValueError(f"two events are called {name}")
                self._kinds[name], self._types[name] = kind, event
        self._topics = {name: get_topic(kind) for name, kind in self._kinds.items()}
        self._names = {event: name for name, event in self._types.items()}
        self._adapters: dict[str, TypeAdapter[Event]] = {
            name: TypeAdapter(event) for name, event in self._types.items()
        }
        self._shapes = {name: shape_of(event) for name, event in self._types.items()}
        self._upcasts = dict(upcasts or {})
        self._versions = Counter(name for name, _ in self._upcasts)  # before today's

    def kind_of(self, name: str) -> type[Aggregate]:
        """Return the aggregate an event belongs to."""
        return self._kinds[name]

    def name_of(self, event: Event) -> str:
        """Return the stored name of an event."""
        return self._names[type(event)]

    def draft(self, event: Event) -> Draft:
        """Return the event's data and the places of the personal texts in it."""
        name = self._names[type(event)]
        data = self._adapters[name].dump_python(event, mode="json", exclude=ENVELOPE, context=OPEN)
        found: tuple[Place, ...] = ()
        if shape := self._shapes[name]:
            found = tuple(places(shape, {"": data}, "", event.originator_id, ""))
        return Draft(name, event, data, found)

    def encode(
        self, draft: Draft, cause: Cause, event_id: UUID, keys: Mapping[UUID, Key], new: set[UUID]
    ) -> str:
        """Seal what is personal and return the body: the exact text that is hashed and kept.

        ``keys`` has one for each person and story in the draft. Those of ``new`` are published
        here, by their commitments, and so taken out of it.
        """
        if cause.correlation_id == NOWHERE:
            raise ValueError("a cause without a journey: say cause.about(complaint_id)")
        body: dict[str, Any] = {
            "actor": cause.actor,
            "at": draft.event.timestamp.isoformat(),
            "cause": {"handler": cause.handler, "message": cause.message_id},
            "correlation": str(cause.correlation_id),
            "data": draft.data,
            "salt": secrets.token_urlsafe(16),  # so that nobody guesses a short body from its hash
        }
        if draft.places:
            published = {}
            for each in draft.places:
                key = keys[each.subject]
                if key.id in new:
                    new.remove(key.id)
                    commitment = b64encode(key.commitment).decode()
                    published[key.name] = {"subject": str(each.subject), "commitment": commitment}
                each.box[each.at] = seal(
                    key, each.box[each.at], event_id=event_id, event_type=draft.name, path=each.path
                )
            body["sealed"] = [each.path for each in draft.places]
            if published:
                body["keys"] = published
        if (version := self._version(draft.name)) > 1:
            body["v"] = version
        return to_json(body).decode()

    def decode(
        self, name: str, body: str, stream: UUID, version: int, event_id: UUID
    ) -> tuple[Event, Any]:
        """Return the event that was stored, brought up to date, and the whole body.

        Personal texts stay sealed. They know their place from before any upcast.
        """
        if name not in self._types:  # of a newer version of the service, most likely
            raise Unreadable(f"{name} {stream} v{version}")
        parsed = from_json(body)
        data: dict[str, Any] = parsed["data"]
        for path in parsed.get("sealed", ()):
            found = follow(data, path, stream)
            found.box[found.at] = Personal(
                Sealed(found.box[found.at], event_id, name, path, found.subject)
            )
        for n in range(parsed.get("v", 1), self._version(name)):
            data = self._upcasts[name, n](data)
        envelope = {
            "originator_id": stream,
            "originator_version": version,
            "timestamp": datetime.fromisoformat(parsed["at"]),
        }
        if issubclass(self._types[name], AggregateCreated):
            envelope["originator_topic"] = self._topics[name]
        try:
            return self._adapters[name].validate_python({**data, **envelope}), parsed
        except ValidationError:  # its text holds what was told
            raise Unreadable(f"{name} {stream} v{version}") from None

    def masked(self, event: Event) -> dict[str, Any]:
        """Return the event's own data for people to read: personal texts stay covered."""
        adapter = self._adapters[self._names[type(event)]]
        data: dict[str, Any] = adapter.dump_python(event, mode="json", exclude=ENVELOPE)
        return data

    def _version(self, name: str) -> int:
        return 1 + self._versions[name]


def replay(kind: type[A], events: Iterable[Event]) -> A:
    """Rebuild an aggregate from its history."""
    aggregate: A | None = None
    for event in events:
        aggregate = event.mutate(aggregate)
    if aggregate is None:
        raise ValueError(f"{kind.__name__} without a history")
    return aggregate
