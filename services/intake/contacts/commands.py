"""What the counter can be asked to do, from the first moment of a contact to its handing over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.commands import complaint_id_of
from services.intake.domain import (
    AlreadyReceived,
    Caller,
    Circumstances,
    Complaint,
    Contact,
    Notes,
    Told,
    check_circumstances,
    registration_no,
    stays_unknown,
)
from services.intake.reading import places_of
from shared.clocks.keeping import started, stopped
from shared.contracts import person_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing

COUNTER = "counter"  # the clock: ten minutes (standard 2.a)
Numbers = Callable[[], Awaitable[int]]


async def open_contact(
    store: EventStore,
    cause: Cause,
    *,
    channel: str,
    sub_channel: str | None,
    operator_id: str,
    caller_number: Personal | None,
    circumstances: Circumstances,
    now: datetime,
) -> None:
    """Turn to somebody; the ten minutes begin. Its id is ``complaint_id_of`` the cause.

    A message that lay there a while stops its own clock: it is opened now (contracts 5).
    """
    await store.once(cause)
    check_circumstances(channel, sub_channel, circumstances, now)
    id = complaint_id_of(cause)
    caller = Caller(person_of(id, "reporter"), caller_number) if caller_number else None
    contact = Contact(
        complaint_id=id,
        channel=channel,
        sub_channel=sub_channel,
        operator_id=operator_id,
        caller=caller,
        circumstances=circumstances,
        opened_at=now,
    )
    complaint = Complaint(id=id, channel=channel, sub_channel=sub_channel, opened_at=now)
    clocks = [await started(store, COUNTER, id, now, complaint_id=id, staff_id=operator_id)]
    if since := circumstances.message_received_at:
        clocks.append(await started(store, "first_response", id, since, complaint_id=id))
        clocks[-1].stop(now)
    await store.save(complaint, contact, *clocks, cause=cause.about(id))


async def keep_draft(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    notes: Notes,
    operator_id: str,
    expect: int | None,
    numbers: Numbers,
    now: datetime,
) -> None:
    """Keep what is noted so far. What comes after she is gone is received as it is.

    Raises ContactClosed, ContactOfAnother, Stale, and AlreadyReceived once it is complete.
    """
    await store.once(cause)
    contact, complaint = await _both(store, id, expect)
    _not_complete(complaint)
    wish = contact.wish
    contact.keep(notes, operator_id, now)
    if complaint.told is not None:
        said, newest = notes.safe_contact, contact.wish
        if said and newest and newest != wish:  # it holds at once, in haste
            places = await places_of(store, complaint)  # her wish of today is kept, by her id too
            complaint.set_safe_contact(newest, now, places=places, keeps=said.unsaid)
        if contact.notes.in_danger and not complaint.told.in_danger:  # heard at once, too
            danger = Notes(in_danger=True)
            complaint.amend(danger, ("in_danger",), "further_details", operator_id, now)
        if stays_unknown(contact.notes):
            complaint.stay_unknown(now)
    elif contact.must_be_received:
        await receive_as_is(complaint, contact.notes, numbers, now)
    await store.save(contact, complaint, cause=cause.about(id))


async def drop(
    store: EventStore, cause: Cause, id: UUID, *, reason: str, numbers: Numbers, now: datetime
) -> None:
    """Note that she is gone. With anything to act on it is received and handed over as it is.

    The clock stops: it measures service to somebody who is there. It runs anew when she is back.
    """
    await store.once(cause)
    contact, complaint = await _both(store, id)
    contact.drop(reason, now)
    if complaint.told is not None:
        complaint.hand_over(contact.operator_id, now)
    elif contact.must_be_received:
        await receive_as_is(complaint, contact.notes, numbers, now)
    clocks = await stopped(store, COUNTER, id, now)
    await store.save(contact, complaint, *clocks, cause=cause.about(id))


async def resume(
    store: EventStore, cause: Cause, id: UUID, *, operator_id: str, now: datetime
) -> None:
    """Go on with a contact, as one's own. Raises ContactClosed, AlreadyReceived when complete."""
    await store.once(cause)
    contact, complaint = await _both(store, id)
    _not_complete(complaint)
    contact.resume(operator_id, now)
    clock = await started(store, COUNTER, id, now, complaint_id=id, staff_id=operator_id)
    await store.save(contact, clock, cause=cause.about(id))


async def receive_from_contact(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    told: Told,
    operator_id: str,
    numbers: Numbers,
    now: datetime,
) -> None:
    """Take down what was told, or the rest of what was received in haste.

    Raises ContactClosed, ContactOfAnother, and AlreadyReceived when it is complete: then it is
    amended.
    """
    await store.once(cause)
    contact, complaint = await _both(store, id)
    contact.goes_on(operator_id)
    _not_complete(complaint)
    clocks = []
    if complaint.told is None:
        number = registration_no(await numbers(), now)
        complaint.receive(number, told, now, handed_over=False)
    else:
        places = await places_of(store, complaint)
        complaint.complete(told, contact.notes, operator_id, now, places=places)
        clocks = await stopped(store, COUNTER, id, now)
    if complaint.stays_unknown:
        complaint.stay_unknown(now)  # the number she rang from goes too
    await store.save(complaint, *clocks, cause=cause.about(id))


async def hand_over(
    store: EventStore, cause: Cause, id: UUID, *, operator_id: str, now: datetime
) -> None:
    """Let an identification officer take it up; the ten minutes end. Raises NotReceived."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    complaint.hand_over(operator_id, now)
    clocks = await stopped(store, COUNTER, id, now)
    await store.save(complaint, *clocks, cause=cause.about(id))


async def close_service_complaint(
    store: EventStore, cause: Cause, id: UUID, *, information: str, operator_id: str, now: datetime
) -> None:
    """Close a complaint about the office itself, which is no case (ambiguity A24).

    Nothing of it leaves intake. Raises ContactOfAnother, and AlreadyReceived once it was taken
    down as one of violence.
    """
    await store.once(cause)
    contact, complaint = await _both(store, id)
    if complaint.told is not None:
        raise AlreadyReceived(complaint.registration_no)
    contact.close_as_service_complaint(information, operator_id, now)
    clocks = await stopped(store, COUNTER, id, now)
    await store.save(contact, *clocks, cause=cause.about(id))


async def receive_as_is(
    complaint: Complaint,
    notes: Notes,
    numbers: Numbers,
    now: datetime,
    *,
    in_danger: bool = False,
) -> None:
    """Receive what there is, handed over at once: an incomplete form holds up nothing (SK-02)."""
    told = notes.as_told(now)
    told = replace(told, in_danger=told.in_danger or in_danger)
    complaint.receive(registration_no(await numbers(), now), told, now, is_minimal=True)
    if stays_unknown(notes):
        complaint.stay_unknown(now)


def _not_complete(complaint: Complaint) -> None:
    if complaint.told is not None and not complaint.is_minimal:
        raise AlreadyReceived(complaint.registration_no)


async def _both(
    store: EventStore, id: UUID, expect: int | None = None
) -> tuple[Contact, Complaint]:
    try:
        contact = await store.load(Contact, Contact.create_id(id), expect=expect)
    except Missing:
        raise Missing(f"Contact {id}") from None
    return contact, await store.load(Complaint, id)
