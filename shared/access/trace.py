"""The trace of who wanted to read what is not theirs: an event, so that nobody can take it away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.eventstore import Cause, EventStore
from shared.problems import AlreadyHandled

TRACES = UUID("4d8f1f0e-7b52-5c0a-9f6e-31c2a7d94b60")  # namespace of the ids of traces


class RefusedOpening(Aggregate):
    """Somebody wanted to read personal data that are not there for them."""

    @dataclass(frozen=True)
    class PersonalDataRefused(Aggregate.Created):
        """Personal data were asked for in vain; again within the minute is the same asking."""

        about: UUID  # what they asked for, whether or not there is such a thing
        call: str
        refused_at: datetime

    @event(PersonalDataRefused)
    def __init__(self, id: UUID, about: UUID, call: str, refused_at: datetime) -> None:
        self.about = about


async def note_refused(
    store: EventStore, *, actor: str, about: UUID, call: str, now: datetime
) -> None:
    """Write down that somebody asked in vain. Its journey is what they named."""
    minute = now.replace(second=0, microsecond=0).isoformat()
    id = uuid5(TRACES, f"{actor}|{call}|{about}|{minute}")
    trace = RefusedOpening(id=id, about=about, call=call, refused_at=now)
    cause = Cause(handler="refuse", message_id=str(id), actor=actor, at=now)
    with suppress(AlreadyHandled):
        await store.save(trace, cause=cause.about(about))
