"""What is written down when somebody asks how far a complaint is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.domain import Enquiries
from shared.eventstore import Cause, EventStore
from shared.problems import AlreadyHandled, Missing, Stale

TRIES = 5  # two who ask at once write one after the other


async def note_asked(store: EventStore, cause: Cause, complaint_id: UUID, now: datetime) -> None:
    """Note that the status was told; twice in a minute is one enquiry."""
    once = _in_the_minute(cause, "asked", complaint_id, now)
    await _note(store, once, complaint_id, lambda found: found.ask(now))


async def note_refused(
    store: EventStore, cause: Cause, complaint_id: UUID, now: datetime, *, was_locked: bool
) -> None:
    """Note that somebody was told nothing. Each wrong PIN counts; behind a lock, once a minute.

    No Idempotency-Key makes two wrong PINs one.
    """
    once = replace(cause, fingerprint=b"", fresh=True)
    if was_locked:
        once = _in_the_minute(cause, "refused", complaint_id, now)
    await _note(store, once, complaint_id, lambda found: found.refuse(now, was_locked=was_locked))


async def unlock(
    store: EventStore, cause: Cause, complaint_id: UUID, *, basis: str, by: str, now: datetime
) -> None:
    """Let the status of a complaint be asked again."""
    await store.once(cause)
    found = await enquiries_of(store, complaint_id)
    found.unlock(basis, by, now)
    await store.save(found, cause=cause.about(complaint_id))


async def enquiries_of(store: EventStore, complaint_id: UUID) -> Enquiries:
    """Return who asked about a complaint; a fresh stream where nobody did."""
    try:
        return await store.load(Enquiries, Enquiries.create_id(complaint_id))
    except Missing:
        return Enquiries(complaint_id=complaint_id)


def _in_the_minute(cause: Cause, what: str, complaint_id: UUID, now: datetime) -> Cause:
    minute = now.replace(second=0, microsecond=0).isoformat()
    id = f"{complaint_id}/{minute}"
    return replace(cause, handler=f"status-{what}", message_id=id, fingerprint=b"", fresh=False)


async def _note(
    store: EventStore, cause: Cause, complaint_id: UUID, act: Callable[[Enquiries], None]
) -> None:
    """Write it down, once. Raises Stale when others write all the time."""
    for attempt in range(TRIES):
        with suppress(AlreadyHandled):
            try:
                await store.once(cause)
                found = await enquiries_of(store, complaint_id)
                act(found)
                await store.save(found, cause=cause.about(complaint_id))
            except Stale:
                if attempt == TRIES - 1:
                    raise
                continue
        return
