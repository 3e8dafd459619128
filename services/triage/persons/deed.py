"""A deed about somebody's data: who asks, whether she may, and how far it is afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.triage.persons import commands, views
from services.triage.persons.reach import Dossier, dossier_of
from services.triage.persons.views import ErasureView
from shared.access import Subject, may
from shared.access.wall import Reader, case_resource
from shared.contracts.codes import In
from shared.eventstore import Cause, EventStore
from shared.problems import AlreadyHandled, Missing
from shared.web.forms import Form


class ErasureForm(Form):
    """Why somebody is to be forgotten, as a code."""

    ground: Annotated[str, In("erasure_ground")]


class HoldForm(Form):
    """Why what is known of somebody is needed, as a code."""

    ground: Annotated[str, In("hold_ground")]


class PersonView(BaseModel):
    """Somebody in a case: codes only, nothing that says who she is."""

    person_id: UUID
    role: str
    age_band: str | None
    sex: str | None
    current: bool  # stands in the form of today
    place: str | None  # where, as the fields that are opened of it are named
    status: str | None  # how far it is to forget her, for whoever sees to that


@dataclass(frozen=True)
class Place:
    """Somebody asks about the persons of a case, or of one complaint."""

    store: EventStore
    reader: Reader
    caller: Subject
    case_id: UUID | None = None
    complaint_id: UUID | None = None

    async def persons(self, action: str) -> list[PersonView]:
        """Return everybody in it. Raises Missing for whoever is related to a party."""
        cards = (await self.ask(action)).persons
        far = await views.statuses(self.reader, cards)
        return [PersonView(**vars(card), status=far.get(id)) for id, card in cards.items()]

    async def ask(
        self, action: str, person_id: UUID | None = None, *, staff_id: str | None = None
    ) -> Dossier:
        """Return who is in it, if she may do this.

        Raises Missing for whoever is related to a party, and where that person is not in it.
        ``staff_id`` is whom it is about, if not herself.
        """
        name = f"Complaint {self.complaint_id}" if self.complaint_id else f"Case {self.case_id}"
        try:
            dossier = await dossier_of(self.store, self.case_id, self.complaint_id)
        except Missing:
            raise Missing(name) from None
        whose = self.caller.id if staff_id is None else staff_id
        case_id = dossier.case.id if dossier.case else None
        about = await case_resource(self.reader, name, case_id, whose, self.complaint_id)
        officers, counselor = await views.answering(self.reader, case_id, self.complaint_id)
        about = replace(about, officer_ids=officers, counselor_id=counselor)
        may(self.caller, action, about)
        if person_id and person_id not in dossier.persons:
            raise Missing(f"Person {person_id}")
        return dossier


@dataclass(frozen=True)
class Deed:
    """Somebody asks that something is done with the data of one person."""

    person_id: UUID
    place: Place
    cause: Cause
    now: datetime

    async def done(
        self,
        action: str,
        command: Callable[..., Awaitable[None]],
        *,
        staff_id: str | None = None,
        **more: object,
    ) -> ErasureView:
        """Do it, once, if she may, and return how far it is to forget her."""
        place = self.place
        await place.ask(action, self.person_id, staff_id=staff_id)
        with suppress(AlreadyHandled):
            await command(
                place.store,
                self.cause,
                case_id=place.case_id,
                complaint_id=place.complaint_id,
                person_id=self.person_id,
                by=place.caller.id,
                now=self.now,
                **more,
            )
        return await views.erasure(place.reader, self.person_id)

    async def approved(self) -> ErasureView:
        """Agree that she is forgotten. Raises Forbidden for who asked for it herself."""
        asker = (await views.erasure(self.place.reader, self.person_id)).requested_by or ""
        agreed = await views.agreed_within_a_day(self.place.reader, self.now)
        return await self.done(
            "person.erase.approve", commands.approve_erasure, staff_id=asker, agreed=agreed
        )
