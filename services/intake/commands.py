"""What intake can be asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from services.intake.domain import Complaint, Procedure, Status, Told, registration_no
from shared.access.standing import standing_of
from shared.access.victims import Victims, victims_of
from shared.eventstore import Cause, EventStore, Receipt

COMPLAINTS = UUID("0b0d5f2e-3c0e-5a51-9d4e-4d5c4f1f6a01")  # namespace of complaint ids


def complaint_id_of(cause: Cause) -> UUID:
    """Derive the complaint from the request, so that a repeated request is the same complaint."""
    return uuid5(COMPLAINTS, cause.message_id)


async def receive_complaint(
    store: EventStore,
    cause: Cause,
    *,
    number: int,
    channel: str,
    sub_channel: str | None,
    told: Told,
    now: datetime,
) -> tuple[Complaint, Receipt]:
    """Take down a complaint, and return it with the receipt of what was told.

    Raises AlreadyHandled when the same request was taken before.
    """
    id = complaint_id_of(cause)
    complaint = Complaint(id=id, channel=channel, sub_channel=sub_channel, opened_at=now)
    complaint.receive(registration_no(number, now), told, now)
    stored = await store.save(complaint, cause=cause.about(id))
    return complaint, stored[1]  # opened, received


async def note_progress(
    store: EventStore,
    cause: Cause,
    *complaint_ids: UUID,
    status: Status,
    case_id: UUID,
    at: datetime | None = None,
    steps: Sequence[Procedure] = (),
    child: bool | None = None,
    is_first: bool = False,
) -> None:
    """Note how far complaints have come elsewhere, when that was, and the steps it took."""
    complaints = [await store.load(Complaint, id) for id in complaint_ids]
    for complaint in complaints:
        complaint.progress(status, case_id, at, child, is_first=is_first)
    counted = await _counted(store, case_id, complaints)
    await store.save(*complaints, *counted, *steps, cause=cause)


async def note_reconsidered(
    store: EventStore,
    cause: Cause,
    *complaint_ids: UUID,
    by_route: tuple[Status, ...],
    case_id: UUID,
    at: datetime,
) -> None:
    """Note that the case of complaints was decided anew."""
    complaints = [await store.load(Complaint, id) for id in complaint_ids]
    for complaint in complaints:
        complaint.reconsider(by_route, case_id, at)
    await store.save(*complaints, *await _counted(store, case_id, complaints), cause=cause)


async def note_unlinked(
    store: EventStore, cause: Cause, complaint_id: UUID, *, case_id: UUID, at: datetime
) -> None:
    """Note that a complaint is not about a case after all."""
    complaint = await store.load(Complaint, complaint_id)
    complaint.unlink(case_id, at)
    await store.save(complaint, cause=cause)


async def note_taken_up(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *steps: Procedure,
    officer_id: str,
    taken_at: datetime,
) -> None:
    """Note which officer identifies a complaint."""
    complaint = await store.load(Complaint, complaint_id)
    complaint.take_up(officer_id, taken_at)
    await store.save(complaint, *steps, cause=cause)


async def note_released(
    store: EventStore, cause: Cause, complaint_id: UUID, *, officer_id: str, released_at: datetime
) -> None:
    """Note that an officer identifies a complaint no more."""
    complaint = await store.load(Complaint, complaint_id)
    complaint.release(officer_id, released_at)
    await store.save(complaint, cause=cause)


async def note_assignment(
    store: EventStore,
    cause: Cause,
    *complaint_ids: UUID,
    counselor_id: UUID,
    case_id: UUID,
    at: datetime | None = None,
    steps: Sequence[Procedure] = (),
) -> None:
    """Note who answers for a case, on the case and on everything complained of about it."""
    standing = await standing_of(store, case_id)
    standing.hear_counselor(counselor_id)
    complaints = [await store.load(Complaint, id) for id in complaint_ids]
    for complaint in complaints:
        complaint.progress(Status.COUNSELOR_ASSIGNED, case_id, at)
    counted = await _counted(store, case_id, complaints)
    await store.save(*complaints, *counted, standing, *steps, cause=cause)


async def _counted(
    store: EventStore, case_id: UUID, complaints: Sequence[Complaint]
) -> list[Victims]:
    """Return the victims of a case with what is complained of it, if there is anything."""
    about = [each.id for each in complaints if each.case_id == case_id]
    if not about:
        return []
    victims = await victims_of(store, case_id)
    for id in about:
        victims.count(id)
    return [victims]
