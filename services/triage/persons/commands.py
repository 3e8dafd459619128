"""What triage can be asked to do with the data of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from services.triage.domain import (
    Case,
    Identification,
    Person,
    PrivacyRequest,
    Reach,
    UnderLegalHold,
)
from services.triage.domain.privacy_request import LIMIT
from shared.contracts import person_of
from shared.eventstore import Cause, EventStore, Receipt
from shared.problems import Missing

REQUESTS = UUID("9a6b1d0e-7c35-5f28-b1d4-3e8f2a5c6b09")  # namespace of requests


@dataclass(frozen=True)
class PersonCard:
    """Somebody in a case: her role, and nothing that says who she is."""

    person_id: UUID
    role: str
    age_band: str | None = None
    sex: str | None = None


def persons_of(case: Case) -> dict[UUID, PersonCard]:
    """Return everybody in a case: victims, alleged perpetrators, and who told us of it."""
    cards = [PersonCard(person_of(id, "reporter"), "reporter") for id in case.complaint_ids]
    for form in case.forms:  # also who stands only in an earlier one
        cards += [
            PersonCard(v.person_id, "victim", v.age_band, v.sex)
            for v in form.victims
            if v.person_id
        ]
        cards += [
            PersonCard(p.person_id, "perpetrator", None, p.sex)
            for p in form.perpetrators
            if p.person_id
        ]
    return {card.person_id: card for card in cards}


async def request_erasure(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    person_id: UUID,
    ground: str,
    by: str,
    now: datetime,
) -> None:
    """Ask to forget a person; what is known of her is closed as soon as every service hears it."""
    case, person = await _loaded(store, cause, case_id, person_id)
    reach = await _reach(store, case, person)
    person.request_erasure(reach, ground=ground, by=by, now=now)
    await store.save(person, cause=cause.about(case.complaint_ids[0]))


async def approve_erasure(
    store: EventStore, cause: Cause, *, case_id: UUID, person_id: UUID, by: str, now: datetime
) -> None:
    """Agree, as another person, that somebody is forgotten."""
    case, person = await _loaded(store, cause, case_id, person_id)
    person.approve_erasure(by, now)
    await store.save(person, cause=cause.about(case.complaint_ids[0]))


async def place_hold(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    person_id: UUID,
    ground: str,
    by: str,
    now: datetime,
) -> None:
    """Keep her data for a legal case."""
    case, person = await _loaded(store, cause, case_id, person_id)
    # The story is evidence about everybody, so whoever is held keeps it.
    reach = Reach(case.id, case.complaint_ids, (person.id,), person.role, story=True)
    person.place_hold(reach, ground=ground, by=by, now=now)
    await store.save(person, cause=cause.about(case.complaint_ids[0]))


async def lift_hold(
    store: EventStore, cause: Cause, *, case_id: UUID, person_id: UUID, by: str, now: datetime
) -> None:
    """Say that the legal case is over."""
    case, person = await _loaded(store, cause, case_id, person_id)
    person.lift_hold(by, now)
    await store.save(person, cause=cause.about(case.complaint_ids[0]))


async def withdraw_erasure(
    store: EventStore, cause: Cause, *, case_id: UUID, person_id: UUID, by: str, now: datetime
) -> None:
    """Think again: open what nobody else's wish closes."""
    case, person = await _loaded(store, cause, case_id, person_id)
    person.withdraw_erasure(by, now)
    await store.save(person, cause=cause.about(case.complaint_ids[0]))


async def erase(
    store: EventStore, cause: Cause, *, case_id: UUID, person_id: UUID, now: datetime
) -> Receipt | None:
    """Forget a person whose day to think again is over; return the proof, None if it is done.

    One at a time (the clock of erasures has one leader): of two victims the second takes the story.
    """
    case = await store.load(Case, case_id)
    person = await _person(store, case, person_id)
    person.erase(await _reach(store, case, person), now)
    receipts = await store.save(person, cause=cause.about(case.complaint_ids[0]))
    return receipts[-1] if receipts else None


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
    case_id: UUID,
    person_id: UUID | None,
    by: str,
    now: datetime,
) -> None:
    """Take down that somebody uses a right of hers; its id is ``request_id_of`` the cause.

    Raises Missing when she is not in the case.
    """
    await store.once(cause)
    case = await store.load(Case, case_id)
    if person_id is not None and person_id not in persons_of(case):
        raise Missing(f"Person {person_id}")
    request = PrivacyRequest(
        id=request_id_of(cause),
        kind=kind,
        case_id=case_id,
        person_id=person_id,
        filed_by=by,
        filed_at=now,
        due_at=now + LIMIT,
    )
    await store.save(request, cause=cause.about(case.complaint_ids[0]))


async def answer_request(
    store: EventStore, cause: Cause, *, request_id: UUID, outcome: str, by: str, now: datetime
) -> None:
    """Answer what somebody asked for."""
    await store.once(cause)
    request = await store.load(PrivacyRequest, request_id)
    case = await store.load(Case, request.case_id)
    request.answer(outcome, by, now)
    await store.save(request, cause=cause.about(case.complaint_ids[0]))


async def _reach(store: EventStore, case: Case, person: Person) -> Reach:
    """Return how far forgetting her reaches. Raises UnderLegalHold when it reaches what is held."""
    story = await _takes_the_story(store, case, person)
    persons = [person.id]
    if story:
        persons += [id for id, each in persons_of(case).items() if each.role == "victim"]
        if await _told_by_a_victim(store, case.complaint_ids[0]):
            persons.append(person_of(case.complaint_ids[0], "reporter"))
    for id in persons_of(case) if story else persons:  # the story is evidence about everybody
        if hold := await _hold(store, id):
            raise UnderLegalHold(hold)
    return Reach(case.id, case.complaint_ids, tuple(dict.fromkeys(persons)), person.role, story)


async def _takes_the_story(store: EventStore, case: Case, person: Person) -> bool:
    """Say whether what was told goes with this person: she is the last victim we know of.

    Who told of it first as a victim is taken for one of the form. Who did so in a linked complaint
    is another, until somebody forgets her too: that two are one is for a human to say.
    """
    first, *linked = case.complaint_ids
    if person.role == "reporter" and not case.forms and not linked:
        return await _told_by_a_victim(store, first)  # nobody wrote a form: she is all we know of
    if person.role != "victim":
        return False
    others = {each.person_id for each in (case.form.victims if case.form else ())} - {person.id}
    for id in linked:
        if await _told_by_a_victim(store, id):
            others.add(person_of(id, "reporter"))
    for other in others:
        if other and not await _is_forgotten(store, other):
            return False
    return True


async def _told_by_a_victim(store: EventStore, complaint_id: UUID) -> bool:
    identification = await store.load(Identification, Identification.create_id(complaint_id))
    return identification.reporter_role == "victim"


async def _is_forgotten(store: EventStore, person_id: UUID) -> bool:
    try:
        return (await store.load(Person, person_id)).erased_at is not None
    except Missing:
        return False


async def _hold(store: EventStore, person_id: UUID) -> str | None:
    try:
        return (await store.load(Person, person_id)).hold
    except Missing:
        return None


async def _loaded(
    store: EventStore, cause: Cause, case_id: UUID, person_id: UUID
) -> tuple[Case, Person]:
    """Return a case and somebody in it. Raises AlreadyHandled when this was done before."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    return case, await _person(store, case, person_id)


async def _person(store: EventStore, case: Case, person_id: UUID) -> Person:
    """Return a person of a case; her stream begins when something is done with her data."""
    card = persons_of(case).get(person_id)
    if card is None:
        raise Missing(f"Person {person_id}")
    try:
        return await store.load(Person, person_id)
    except Missing:
        return Person(id=person_id, case_id=case.id, role=card.role)
