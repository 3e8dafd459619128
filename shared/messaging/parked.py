"""Messages that were set aside: look at them, and hand them to their policy again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.bus import PARKED, Bus
from shared.messaging.missed import forget
from shared.messaging.react import Heard, handle
from shared.problems import AlreadyHandled


@dataclass(frozen=True)
class Parked:
    """One message that waits for a person. It carries ids and codes only, like every fact."""

    sequence: int
    reader: str
    correlation: str
    subject: str
    reason: str
    parked_at: datetime | None
    headers: Mapping[str, str]
    data: bytes


async def parked(bus: Bus) -> list[Parked]:
    """Return what is parked, the oldest first."""
    jetstream = await bus.jetstream()
    info = await jetstream.stream_info(PARKED)
    found: list[Parked] = []
    sequence = info.state.first_seq
    while sequence <= info.state.last_seq:
        message = await _next(jetstream, sequence)
        if message is None:
            break
        found.append(message)
        sequence = message.sequence + 1
    return found


async def _next(jetstream: JetStreamContext, sequence: int) -> Parked | None:
    try:
        message = await jetstream.get_msg(PARKED, seq=sequence, next=True, direct=True, subject=">")
    except NotFoundError:
        return None
    headers = dict(message.headers or {})
    _, reader, correlation = (message.subject or "").split(".", 2)
    return Parked(
        sequence=message.seq or sequence,
        reader=reader,
        correlation=correlation,
        subject=headers.get("parked-subject", ""),
        reason=headers.get("parked-reason", ""),
        parked_at=message.time,
        headers=headers,
        data=message.data or b"",
    )


async def replay(
    bus: Bus, store: PostgresEventStore, heard: Heard, messages: list[Parked]
) -> tuple[int, Exception | None]:
    """Handle parked messages of one reader in order, and forget each that is done.

    Returns how many are done, and what stopped it: what follows must not overtake.
    """
    jetstream = await bus.jetstream()
    for done, message in enumerate(messages):
        try:
            await handle(message.subject, message.headers, message.data, store, heard)
        except AlreadyHandled:
            pass
        except Exception as error:
            return done, error
        if index := message.headers.get("ppa-index"):
            await forget(store.pool, message.reader, int(index))
        await jetstream.delete_msg(PARKED, message.sequence)
    return len(messages), None
