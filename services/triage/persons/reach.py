"""Who is in a case or a complaint, and how far forgetting one of them reaches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.triage.domain import (
    Case,
    CaseForm,
    HasForm,
    Identification,
    Person,
    Reach,
    UnderLegalHold,
)
from services.triage.persons.recognising import ids_of
from shared.contracts import person_of
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


@dataclass(frozen=True)
class PersonCard:
    """Somebody in a case: her role, and nothing that says who she is.

    ``place`` is where she stands in the form of today, as what is opened of it names her. Whoever
    is not ``current`` stood in an earlier form only.
    """

    person_id: UUID
    role: str
    age_band: str | None = None
    sex: str | None = None
    current: bool = True
    place: str | None = None


def persons_of(case: Case) -> dict[UUID, PersonCard]:
    """Return everybody in a case: victims, alleged perpetrators, and who told us of it."""
    cards = [PersonCard(person_of(id, "reporter"), "reporter") for id in case.complaint_ids]
    for form in case.forms:  # also who stands only in an earlier one
        cards += _cards(form, is_of_today=form is case.form)
    return {card.person_id: card for card in cards}


def _cards(form: CaseForm, *, is_of_today: bool) -> list[PersonCard]:
    """Return everybody in a form who has an id: those of the first days name nobody by it."""
    victims = [
        PersonCard(
            *(v.person_id, "victim", v.age_band, v.sex),
            current=is_of_today,
            place=f"form.victims.{n}" if is_of_today else None,
        )
        for n, v in enumerate(form.victims)
        if v.person_id
    ]
    return victims + [
        PersonCard(
            *(p.person_id, "perpetrator", None, p.sex),
            current=is_of_today,
            place=f"form.perpetrators.{n}" if is_of_today else None,
        )
        for n, p in enumerate(form.perpetrators)
        if p.person_id
    ]


def persons_of_complaint(complaint_id: UUID) -> dict[UUID, PersonCard]:
    """Return who is in a complaint of which nobody wrote a form.

    Who told of it, and the victim of whom it was told, whoever she is: the story is hers.
    """
    return {
        id: PersonCard(id, role)
        for role in ("reporter", "victim")
        if (id := person_of(complaint_id, role))
    }


@dataclass(frozen=True)
class Dossier:
    """Where somebody is known from: a case; or one complaint alone, whatever case it has."""

    case: Case | None
    complaint_id: UUID | None = None  # none: all of the case

    @property
    def persons(self) -> dict[UUID, PersonCard]:
        """Return who is in it."""
        if self.complaint_id:
            return persons_of_complaint(self.complaint_id)
        return persons_of(self.case) if self.case else {}

    @property
    def complaint_ids(self) -> tuple[UUID, ...]:
        """Return the complaints that tell of it."""
        if self.complaint_id:
            return (self.complaint_id,)
        return self.case.complaint_ids if self.case else ()

    @property
    def journey(self) -> UUID:
        """Return of which journey it is a part."""
        return self.complaint_ids[0]

    @property
    def reach(self) -> Reach:
        """Return how far it reaches itself."""
        case_id = self.case.id if self.case and not self.complaint_id else None
        return Reach(case_id, self.complaint_ids, (), "", story=True)


async def dossier_of(
    store: EventStore, case_id: UUID | None = None, complaint_id: UUID | None = None
) -> Dossier:
    """Return a case, or a complaint alone with the case it belongs to; or raise Missing."""
    if complaint_id:
        found = await store.load(Identification, Identification.create_id(complaint_id))
        case_id = found.case_id
    elif case_id is None:
        raise Missing("Case")
    return Dossier(await store.load(Case, case_id) if case_id else None, complaint_id)


async def reach_of(
    store: EventStore, cause: Cause, dossier: Dossier, person: Person, now: datetime
) -> Reach:
    """Return how far forgetting her reaches: to her in every version of the form, whatever her id.

    Raises UnderLegalHold when it reaches what is held, HasForm when a form says more of her.
    """
    if dossier.complaint_id:
        reach = await _in_complaint(store, dossier.case, dossier.complaint_id, person)
    elif dossier.case:
        hers = await ids_of(store, cause, dossier.case, person.id, now)
        reach = await _in_case(store, dossier.case, person, hers)
    else:
        raise Missing(f"Person {person.id}")
    # The story is evidence about everybody.
    for id in {*_everybody(dossier), *reach.persons} if reach.story else reach.persons:
        if hold := await _hold(store, id):
            raise UnderLegalHold(hold)
    return reach


def _everybody(dossier: Dossier) -> set[UUID]:
    ids = {*dossier.complaint_ids, *(dossier.case.complaint_ids if dossier.case else ())}
    found = set(persons_of(dossier.case)) if dossier.case else set()
    return found.union(*(persons_of_complaint(id) for id in ids))


async def _in_complaint(
    store: EventStore, case: Case | None, complaint_id: UUID, person: Person
) -> Reach:
    """The victim takes what one complaint told, and so does who told it as one: she is all we know.

    Of several complaints without a form the last one takes what was decided about their case.
    """
    if case and case.forms:
        raise HasForm(str(case.id))
    persons, story = [person.id], person.role == "victim"
    if await _told_by_a_victim(store, complaint_id):
        persons += persons_of_complaint(complaint_id)
        story = True
    reach = Reach(None, (complaint_id,), tuple(dict.fromkeys(persons)), person.role, story)
    if not (case and story):
        return reach
    for other in set(case.complaint_ids) - {complaint_id}:
        if not await _story_is_forgotten(store, other):
            return reach
    return replace(reach, case_id=case.id, complaint_ids=case.complaint_ids)


async def _story_is_forgotten(store: EventStore, complaint_id: UUID) -> bool:
    ids = [person_of(complaint_id, "victim")]
    if await _told_by_a_victim(store, complaint_id):
        ids.append(person_of(complaint_id, "reporter"))
    return any([await _is_forgotten(store, id) for id in ids])


async def _in_case(store: EventStore, case: Case, person: Person, hers: Collection[UUID]) -> Reach:
    story = await _takes_the_story(store, case, person, hers)
    persons = [*hers]
    if story:
        persons += [id for id, each in persons_of(case).items() if each.role == "victim"]
        if await _told_by_a_victim(store, case.complaint_ids[0]):
            persons.append(person_of(case.complaint_ids[0], "reporter"))
    return Reach(case.id, case.complaint_ids, tuple(dict.fromkeys(persons)), person.role, story)


async def _takes_the_story(
    store: EventStore, case: Case, person: Person, hers: Collection[UUID]
) -> bool:
    """Say whether what was told goes with this person: she is the last victim we know of.

    Who told of it first as a victim is taken for one of the form. Who did so in a linked complaint
    is another, until somebody forgets her too: that two are one is for a human to say.
    """
    first, *linked = case.complaint_ids
    if person.role == "reporter" and not case.forms and not linked:
        return await _told_by_a_victim(store, first)  # nobody wrote a form: she is all we know of
    if person.role != "victim":
        return False
    others = {each.person_id for each in (case.form.victims if case.form else ())} - {*hers}
    for id in linked:
        if await _told_by_a_victim(store, id):
            others.add(person_of(id, "reporter"))
    if not others:
        return True
    forgotten = set[UUID | None]()
    for id in persons_of(case):
        forgotten.update(await _forgotten_with(store, id))
    return others - {None} <= forgotten


async def _told_by_a_victim(store: EventStore, complaint_id: UUID) -> bool:
    identification = await store.load(Identification, Identification.create_id(complaint_id))
    return identification.reporter_role == "victim"


async def _is_forgotten(store: EventStore, person_id: UUID) -> bool:
    return person_id in await _forgotten_with(store, person_id)


async def _forgotten_with(store: EventStore, person_id: UUID) -> tuple[UUID, ...]:
    """Return who was forgotten with somebody, herself first; nobody while she is not."""
    try:
        return (await store.load(Person, person_id)).forgotten
    except Missing:
        return ()


async def _hold(store: EventStore, person_id: UUID) -> str | None:
    try:
        return (await store.load(Person, person_id)).hold
    except Missing:
        return None
