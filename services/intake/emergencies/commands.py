"""What intake can be asked to do when help must come before any form."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.contacts.commands import COUNTER, Numbers, receive_as_is
from services.intake.domain import Complaint, Emergency, Notes
from services.intake.reading import contact_of
from shared.clocks.keeping import stopped
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal


async def activate_emergency(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    services: tuple[str, ...],
    whereabouts: Personal | None,
    staff_id: str,
    numbers: Numbers,
    now: datetime,
) -> None:
    """Note that help was called, and let the case exist with whatever is known (SK-02).

    What is not received yet is received as it is, in danger; what was received before is in
    danger from now on. Either way an officer may take it up at once, and the ten minutes end.
    """
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    contact = await contact_of(store, id)
    emergency = Emergency(
        id=Emergency.create_id(cause.message_id),
        complaint_id=id,
        services=services,
        whereabouts=whereabouts,
        staff_id=staff_id,
        activated_at=now,
    )
    if complaint.told is None:
        notes = contact.notes if contact else Notes()
        await receive_as_is(complaint, notes, numbers, now, in_danger=True)
    else:
        if not complaint.told.in_danger:
            complaint.amend(Notes(in_danger=True), ("in_danger",), "emergency", staff_id, now)
        complaint.hand_over(staff_id, now)
    clocks = await stopped(store, COUNTER, id, now)
    await store.save(emergency, complaint, *clocks, cause=cause.about(id))


async def see_alert(
    store: EventStore, cause: Cause, id: UUID, *, supervisor_id: str, now: datetime
) -> None:
    """Note that a supervisor has seen an emergency."""
    await store.once(cause)
    emergency = await store.load(Emergency, id)
    emergency.see(supervisor_id, now)
    await store.save(emergency, cause=cause.about(emergency.complaint_id))
