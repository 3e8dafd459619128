"""Forgetting who is known of one complaint alone: it has no case, or its case has no form."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.triage.persons import commands, views
from services.triage.persons.deed import Deed, ErasureForm, HoldForm, PersonView, Place
from services.triage.persons.views import ErasureView
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["persons"])
PERSON = "/complaints/{complaint_id}/persons/{person_id}"


async def _deed(
    complaint_id: UUID,
    person_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> Deed:
    at = Place(store, reader, caller, complaint_id=complaint_id)
    return Deed(person_id, at, cause, now)


Asked = Annotated[Deed, Depends(_deed)]


@router.get(
    "/complaints/{complaint_id}/persons",
    dependencies=[allowed("person.list")],
    responses=problems(404),
)
async def get_persons_of_complaint(
    complaint_id: UUID, store: Store, reader: Reading, caller: Caller
) -> list[PersonView]:
    """Return who is in a complaint: who told of it, and the victim, to whom the story belongs."""
    return await Place(store, reader, caller, complaint_id=complaint_id).persons("person.list")


@router.get(
    f"{PERSON}/erasure", dependencies=[allowed("person.erasure.read")], responses=problems(404)
)
async def get_erasure_of_complaint(
    complaint_id: UUID, person_id: UUID, store: Store, reader: Reading, caller: Caller
) -> ErasureView:
    """Return how far it is to forget somebody; once she is, the receipt, and who has done so."""
    at = Place(store, reader, caller, complaint_id=complaint_id)
    await at.ask("person.erasure.read", person_id)
    return await views.erasure(reader, person_id)


@router.post(
    f"{PERSON}/erasure",
    status_code=202,
    dependencies=[allowed("person.erase.request")],
    responses=problems(404, 409),
)
async def request_erasure_of_complaint(asked: Asked, form: ErasureForm) -> ErasureView:
    """Ask to forget somebody. Refused where a form says more of her: then by her case."""
    return await asked.done("person.erase.request", commands.request_erasure, ground=form.ground)


@router.post(
    f"{PERSON}/erasure/approval",
    status_code=202,
    dependencies=[allowed("person.erase.approve")],
    responses=problems(404, 409),
)
async def approve_erasure_of_complaint(asked: Asked) -> ErasureView:
    """Agree, as a second person. A day to think again begins; then it cannot be undone."""
    return await asked.approved()


@router.post(
    f"{PERSON}/erasure/withdrawal",
    dependencies=[allowed("person.erase.request")],
    responses=problems(404, 409),
)
async def withdraw_erasure_of_complaint(asked: Asked) -> ErasureView:
    """Think again: her data are open as before."""
    return await asked.done("person.erase.request", commands.withdraw_erasure)


@router.post(f"{PERSON}/hold", dependencies=[allowed("person.hold")], responses=problems(404, 409))
async def place_hold_on_complaint(asked: Asked, form: HoldForm) -> ErasureView:
    """Keep what was told for a legal case: it cannot be destroyed meanwhile."""
    return await asked.done("person.hold", commands.place_hold, ground=form.ground)


@router.post(
    f"{PERSON}/hold/lifting", dependencies=[allowed("person.hold")], responses=problems(404, 409)
)
async def lift_hold_on_complaint(asked: Asked) -> ErasureView:
    """Say that the legal case is over."""
    return await asked.done("person.hold", commands.lift_hold)
