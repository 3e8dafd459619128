"""What can be done with a complaint after it was received; nothing of it is ever deleted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain import (
    Acknowledgement,
    Complaint,
    Notes,
    NotReferred,
    OutgoingContact,
    SafeContact,
    check_basis,
    check_safe,
    wish_of,
)
from services.intake.reading import contact_of, places_of, whole
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def amend(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    notes: Notes,
    changed: tuple[str, ...],
    why: str,
    staff_id: str,
    now: datetime,
) -> None:
    """Correct or complete what was told. Raises NotReceived, ImpossibleDate, ChannelMismatch."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    complaint.amend(notes, changed, why, staff_id, now)
    await store.save(complaint, cause=cause.about(id))


async def set_safe_contact(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    safe_contact: SafeContact,
    whom: str,
    n: int,
    basis: str,
    staff_id: str,
    now: datetime,
) -> None:
    """Say how somebody may be contacted from now on. Raises NotReceived, NotHere, NobodyThere."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    check_basis(basis, complaint, await contact_of(store, id), staff_id)
    places = await places_of(store, complaint)
    complaint.set_safe_contact(safe_contact, now, whom=whom, n=n, basis=basis, places=places)
    await store.save(complaint, cause=cause.about(id))


async def withdraw(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    reason: str,
    words: Personal | None,
    basis: str,
    staff_id: str,
    now: datetime,
) -> None:
    """Note that she does not want it to go on. It goes on until a person decides.

    Raises NotReceived, NotHere.
    """
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    check_basis(basis, complaint, await contact_of(store, id), staff_id)
    complaint.withdraw(reason, words, basis, staff_id, now)
    await store.save(complaint, cause=cause.about(id))


async def attempt_contact(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    whom: str,
    n: int,
    medium: str,
    purpose: str,
    staff_id: str,
    now: datetime,
) -> None:
    """Note that somebody is about to be contacted. Raises ContactUnsafe: then nobody may be."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    contact = await contact_of(store, id)
    places = await places_of(store, complaint)
    wish = wish_of(whom, n, complaint, whole(complaint, contact), contact, places)
    check_safe(wish, medium, now)
    attempt = OutgoingContact(
        id=OutgoingContact.create_id(cause.message_id),
        complaint_id=id,
        medium=medium,
        purpose=purpose,
        staff_id=staff_id,
        attempted_at=now,
        whom=whom,
        n=n,
    )
    await store.save(attempt, cause=cause.about(id))


async def acknowledge(
    store: EventStore, cause: Cause, id: UUID, *, medium: str, staff_id: str, now: datetime
) -> None:
    """Note that the institution that sent it is told we have it. A sender is told once."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    told = whole(complaint, await contact_of(store, id))
    if told is None or told.referred_by is None:
        raise NotReferred(f"Complaint {id}")
    try:
        await store.load(Acknowledgement, Acknowledgement.create_id(id))
    except Missing:
        acknowledgement = Acknowledgement(
            id=Acknowledgement.create_id(id),
            complaint_id=id,
            medium=medium,
            staff_id=staff_id,
            acknowledged_at=now,
        )
        await store.save(acknowledgement, cause=cause.about(id))
    else:
        await store.save(cause=cause.about(id))
