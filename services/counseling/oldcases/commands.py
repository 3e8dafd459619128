"""What an officer can do about the old case of a complaint that she identifies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from services.counseling.domain import Casework, CounselorCard, Lookup, reachable
from services.counseling.saving import complaint_of
from shared.access.standing import standing_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def record_contact(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    complaint_id: UUID,
    medium: str,
    answered: bool,
    note: Personal | None,
    staff_id: str,
    roster: Sequence[CounselorCard],
    now: datetime,
) -> None:
    """Note that whoever is to be told of a further complaint was contacted (standard 3.3.c2).

    It is the counselor who handles the case; where she is away or did not answer, a coordinator.
    Raises Missing unless the officer identifies that complaint and it is about that case.
    """
    await store.once(cause)
    casework = await _linked_by(store, case_id, complaint_id, staff_id)
    related = (await standing_of(store, case_id)).conflicted
    whom = reachable(casework.counselor_id or casework.handled_by, roster, related)
    lookup = await lookup_of(store, case_id, complaint_id)
    lookup.contact(whom, medium, note, staff_id, now, answered=answered)
    await store.save(lookup, cause=cause.about(complaint_id))


async def retrieve_record(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    complaint_id: UUID,
    purpose: str,
    hours: int,
    folder: Personal | None,
    staff_id: str,
    now: datetime,
) -> None:
    """Open the record of an old case to the officer for a time (standard 3.3.c2).

    Raises Missing unless the officer identifies that complaint and it is about that case.
    """
    await store.once(cause)
    await _linked_by(store, case_id, complaint_id, staff_id)
    lookup = await lookup_of(store, case_id, complaint_id)
    until = now + timedelta(hours=hours)
    id = retrieval_id_of(lookup, cause)
    lookup.retrieve(id, purpose, folder, staff_id, now, until)
    standing = await standing_of(store, case_id)
    standing.grant_record(staff_id, until)
    await store.save(lookup, standing, cause=cause.about(complaint_id))


async def return_record(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    complaint_id: UUID,
    retrieval_id: UUID,
    now: datetime,
) -> None:
    """Note that the paper folder is back in its place."""
    await store.once(cause)
    lookup = await lookup_of(store, case_id, complaint_id)
    lookup.give_back(retrieval_id, now)
    await store.save(lookup, cause=cause.about(complaint_id))


async def lookup_of(store: EventStore, case_id: UUID, complaint_id: UUID) -> Lookup:
    """Return what was done to learn of an old case for a complaint; a fresh one before that."""
    try:
        return await store.load(Lookup, Lookup.create_id(case_id, complaint_id))
    except Missing:
        return Lookup(case_id=case_id, complaint_id=complaint_id)


def retrieval_id_of(lookup: Lookup, cause: Cause) -> UUID:
    """Derive the retrieval from the request, so that a repeated request is the same retrieval."""
    return uuid5(lookup.id, cause.message_id)


async def _linked_by(
    store: EventStore, case_id: UUID, complaint_id: UUID, staff_id: str
) -> Casework:
    casework = await store.load(Casework, Casework.create_id(case_id))
    is_linked = complaint_id in casework.complaints.reported
    if not is_linked or (await complaint_of(store, complaint_id)).officer_id != staff_id:
        raise Missing(f"Casework {case_id}")
    return casework
