"""Who the victims of a case are, by ids and codes, as triage tells it.

So the papers of each can be noted, and how each may be contacted is kept for her and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.contracts.victims import Places
from shared.eventstore import EventStore
from shared.problems import Missing, Stale

VICTIMS = UUID("7e2c9a51-0b64-5d3f-8c17-64f0d1b2a9e3")  # namespace of the ids of these


@dataclass(frozen=True)
class VictimCodes:
    """One of them: nothing that says who she is."""

    person_id: UUID
    age_band: str | None = None
    is_child: bool = False


class Victims(Aggregate):
    """The victims of one case, as its form of today names them."""

    @dataclass(frozen=True)
    class VictimsBegun(Aggregate.Created):
        """We hear for the first time who the victims of a case are."""

        case_id: UUID

    @dataclass(frozen=True)
    class VictimsNamed(Aggregate.Event):
        """The form of the case names these."""

        case_id: UUID
        victims: tuple[VictimCodes, ...]
        named_at: datetime

    @dataclass(frozen=True)
    class ComplaintCounted(Aggregate.Event):
        """A complaint is about the case: what it says of them counts in the others too."""

        case_id: UUID
        complaint_id: UUID

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive it from the case, so that there can only be one."""
        return uuid5(VICTIMS, str(case_id))

    @event(VictimsBegun)
    def __init__(self, case_id: UUID) -> None:
        self.case_id = case_id
        self.victims: tuple[VictimCodes, ...] = ()
        self.places = Places(case_id)  # also who stood in an earlier form only
        self.complaints: tuple[UUID, ...] = ()  # that are about it, or were

    def name(self, victims: tuple[VictimCodes, ...], at: datetime) -> None:
        """Note who is in the form. What is older, or the same, changes nothing."""
        is_new = not self.places.forms or at > self.places.forms[-1][0]
        if is_new and victims != self.victims:
            self._named(self.case_id, victims, at)

    @event(VictimsNamed)
    def _named(self, case_id: UUID, victims: tuple[VictimCodes, ...], named_at: datetime) -> None:
        form = named_at, tuple(each.person_id for each in victims)
        self.victims = victims
        self.places = replace(self.places, forms=(*self.places.forms, form))

    def count(self, complaint_id: UUID) -> None:
        """Note that a complaint is about the case. Twice is once."""
        if complaint_id not in self.complaints:
            self._counted(self.case_id, complaint_id)

    @event(ComplaintCounted)
    def _counted(self, case_id: UUID, complaint_id: UUID) -> None:
        self.complaints = (*self.complaints, complaint_id)


async def victims_of(store: EventStore, case_id: UUID) -> Victims:
    """Return the victims of a case; without any where nothing was heard of a form yet."""
    try:
        return await store.load(Victims, Victims.create_id(case_id))
    except Missing:
        return Victims(case_id=case_id)


def place_in(places: Places | None, n: int | None, person_id: UUID | None) -> int:
    """Return which place of the form of today is meant: by its number, or by who stands there.

    Raises Stale where she stands nowhere that is known here, or not at that number: whoever asks
    may see a newer form, in which another stands there.
    """
    if person_id is None:
        return n or 0
    at = places.place_of(person_id) if places else None
    if at is None or n not in (None, at):
        raise Stale(f"Person {person_id}")
    return at
