"""What triage can be asked to do with the data of a person."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from services.triage.domain import HasForm, Person, PrivacyRequest
from services.triage.domain.privacy_request import LIMIT
from services.triage.persons.reach import Dossier, dossier_of, reach_of
from services.triage.persons.recognising import ids_of
from shared.eventstore import Cause, EventStore, Receipt
from shared.problems import Missing

REQUESTS = UUID("9a6b1d0e-7c35-5f28-b1d4-3e8f2a5c6b09")  # namespace of requests


async def request_erasure(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID,
    ground: str,
    by: str,
    now: datetime,
) -> None:
    """Ask to forget a person; what is known of her is closed as soon as every service hears it."""
    dossier, person = await _loaded(store, cause, case_id, complaint_id, person_id)
    reach = await reach_of(store, cause, dossier, person, now)
    person.request_erasure(reach, ground=ground, by=by, now=now, complaint_id=dossier.complaint_id)
    await store.save(person, cause=cause.about(dossier.journey))


async def approve_erasure(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID,
    by: str,
    agreed: int,
    now: datetime,
) -> None:
    """Agree, as another person, that somebody is forgotten; ``agreed`` counts those of today."""
    dossier, person = await _loaded(store, cause, case_id, complaint_id, person_id)
    person.approve_erasure(by, now, agreed=agreed)
    await store.save(person, cause=cause.about(dossier.journey))


async def place_hold(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID,
    ground: str,
    by: str,
    now: datetime,
) -> None:
    """Keep her data for a legal case."""
    dossier, person = await _loaded(store, cause, case_id, complaint_id, person_id)
    # The story is evidence about everybody, so whoever is held keeps it.
    hers = [person.id]
    if dossier.case and not dossier.complaint_id:
        hers = await ids_of(store, cause, dossier.case, person.id, now)
    reach = replace(dossier.reach, persons=tuple(hers), role=person.role, story=True)
    person.place_hold(reach, ground=ground, by=by, now=now)
    await store.save(person, cause=cause.about(dossier.journey))


async def lift_hold(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID,
    by: str,
    now: datetime,
) -> None:
    """Say that the legal case is over."""
    dossier, person = await _loaded(store, cause, case_id, complaint_id, person_id)
    person.lift_hold(by, now)
    await store.save(person, cause=cause.about(dossier.journey))


async def withdraw_erasure(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID,
    by: str,
    now: datetime,
) -> None:
    """Think again: open what nobody else's wish closes."""
    dossier, person = await _loaded(store, cause, case_id, complaint_id, person_id)
    person.withdraw_erasure(by, now)
    await store.save(person, cause=cause.about(dossier.journey))


async def erase(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID,
    now: datetime,
) -> Receipt | None:
    """Forget a person whose day to think again is over; return the proof, None if it is done.

    One at a time (the clock of erasures has one leader): of two victims the second takes the story.
    """
    dossier = await dossier_of(store, case_id, complaint_id)
    person = await _person(store, dossier, person_id)
    person.erase(await reach_of(store, cause, dossier, person, now), now)
    receipts = await store.save(person, cause=cause.about(dossier.journey))
    return receipts[-1] if receipts else None


async def note_blocked(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID | None,
    complaint_id: UUID | None,
    person_id: UUID,
    reason: str,
    now: datetime,
) -> None:
    """Note what stands against an erasure that is due."""
    dossier, person = await _loaded(store, cause, case_id, complaint_id, person_id)
    person.note_blocked(reason, now)
    await store.save(person, cause=cause.about(dossier.journey))


async def note_forgotten(
    store: EventStore, cause: Cause, *, person_id: UUID, service: str, keys: int
) -> None:
    """Note that a service has destroyed its keys of a person."""
    person = await store.load(Person, person_id)
    person.note_forgotten(service, keys)
    await store.save(person, cause=cause)


async def note_refused(store: EventStore, cause: Cause, *, person_id: UUID, service: str) -> None:
    """Note that a service did not forget a person, because of a legal hold."""
    person = await store.load(Person, person_id)
    person.note_refused(service)
    await store.save(person, cause=cause)


def request_id_of(cause: Cause) -> UUID:
    """Derive a request from what asked for it: a client must not choose the id of a stream."""
    return uuid5(REQUESTS, cause.message_id)


async def file_request(
    store: EventStore,
    cause: Cause,
    *,
    kind: str,
    case_id: UUID | None = None,
    complaint_id: UUID | None = None,
    person_id: UUID | None,
    by: str,
    now: datetime,
) -> None:
    """Take down that somebody uses a right of hers; its id is ``request_id_of`` the cause.

    Raises Missing when she is not in the case, or the complaint.
    """
    await store.once(cause)
    dossier = await dossier_of(store, case_id, complaint_id)
    if person_id is not None and person_id not in dossier.persons:
        raise Missing(f"Person {person_id}")
    request = PrivacyRequest(
        id=request_id_of(cause),
        kind=kind,
        case_id=dossier.case.id if dossier.case else None,
        complaint_id=complaint_id,
        person_id=person_id,
        filed_by=by,
        filed_at=now,
        due_at=now + LIMIT,
    )
    await store.save(request, cause=cause.about(dossier.journey))


async def answer_request(
    store: EventStore, cause: Cause, *, request_id: UUID, outcome: str, by: str, now: datetime
) -> None:
    """Answer what somebody asked for.

    Raises UnderLegalHold where it is said that she is forgotten, and a hold keeps what she asked
    to forget.
    """
    await store.once(cause)
    request = await store.load(PrivacyRequest, request_id)
    dossier = await dossier_of(store, request.case_id, request.complaint_id)
    if request.kind == "ERASURE" and outcome == "DONE":
        for id in [request.person_id] if request.person_id else dossier.persons:
            person = await _person(store, dossier, id)
            with suppress(HasForm):  # the persons of the form are asked one by one
                if not person.erased_at:
                    await reach_of(store, cause, dossier, person, now)
    request.answer(outcome, by, now)
    await store.save(request, cause=cause.about(dossier.journey))


async def _loaded(
    store: EventStore,
    cause: Cause,
    case_id: UUID | None,
    complaint_id: UUID | None,
    person_id: UUID,
) -> tuple[Dossier, Person]:
    """Return where somebody is known from, and her. Raises AlreadyHandled when it is done."""
    await store.once(cause)
    dossier = await dossier_of(store, case_id, complaint_id)
    return dossier, await _person(store, dossier, person_id)


async def _person(store: EventStore, dossier: Dossier, person_id: UUID) -> Person:
    """Return somebody in it; her stream begins when something is done with her data."""
    card = dossier.persons.get(person_id)
    if card is None:
        raise Missing(f"Person {person_id}")
    try:
        return await store.load(Person, person_id)
    except Missing:
        return Person(
            id=person_id,
            case_id=dossier.case.id if dossier.case else None,
            role=card.role,
            complaint_id=dossier.complaint_id,
        )
