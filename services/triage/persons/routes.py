"""The rights of persons over HTTP: forgetting, holding, and what they ask for."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.triage.domain import CaseOrComplaint
from services.triage.persons import commands, views
from services.triage.persons.deed import Deed, ErasureForm, HoldForm, PersonView, Place
from services.triage.persons.views import ErasureStatus, ErasureView, RequestView
from shared.contracts.codes import In
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["persons"])
PERSON = "/cases/{case_id}/persons/{person_id}"


class RequestForm(Form):
    """What somebody asks for."""

    kind: Annotated[str, In("privacy_request")]
    case_id: UUID | None = None
    complaint_id: UUID | None = Field(
        default=None, description="In place of a case: of whom nobody wrote a form."
    )
    person_id: UUID | None = None


class AnswerForm(Form):
    """How it ended."""

    outcome: Annotated[str, In("privacy_outcome")]


async def _deed(
    case_id: UUID,
    person_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> Deed:
    at = Place(store, reader, caller, case_id=case_id)
    return Deed(person_id, at, cause, now)


Asked = Annotated[Deed, Depends(_deed)]


@router.get(
    "/cases/{case_id}/persons", dependencies=[allowed("person.list")], responses=problems(404)
)
async def get_persons(
    case_id: UUID, store: Store, reader: Reading, caller: Caller
) -> list[PersonView]:
    """Return everybody in a case by codes, also who stands in earlier forms only.

    `place` says where in the form of today each stands, and `person_id` whom a better form means.
    """
    return await Place(store, reader, caller, case_id=case_id).persons("person.list")


@router.get(
    f"{PERSON}/erasure", dependencies=[allowed("person.erasure.read")], responses=problems(404)
)
async def get_erasure(
    case_id: UUID, person_id: UUID, store: Store, reader: Reading, caller: Caller
) -> ErasureView:
    """Return how far it is to forget somebody; once she is, the receipt, and who has done so."""
    await Place(store, reader, caller, case_id=case_id).ask("person.erasure.read", person_id)
    return await views.erasure(reader, person_id)


@router.post(
    f"{PERSON}/erasure",
    status_code=202,
    dependencies=[allowed("person.erase.request")],
    responses=problems(404, 409),
)
async def request_erasure(asked: Asked, form: ErasureForm) -> ErasureView:
    """Ask to forget somebody. What is known of her is closed at once, and destroyed later."""
    return await asked.done("person.erase.request", commands.request_erasure, ground=form.ground)


@router.post(
    f"{PERSON}/erasure/approval",
    status_code=202,
    dependencies=[allowed("person.erase.approve")],
    responses=problems(404, 409),
)
async def approve_erasure(asked: Asked) -> ErasureView:
    """Agree, as a second person. A day to think again begins; then it cannot be undone."""
    return await asked.approved()


@router.post(
    f"{PERSON}/erasure/withdrawal",
    dependencies=[allowed("person.erase.request")],
    responses=problems(404, 409),
)
async def withdraw_erasure(asked: Asked) -> ErasureView:
    """Think again: her data are open as before."""
    return await asked.done("person.erase.request", commands.withdraw_erasure)


@router.post(f"{PERSON}/hold", dependencies=[allowed("person.hold")], responses=problems(404, 409))
async def place_hold(asked: Asked, form: HoldForm) -> ErasureView:
    """Keep her data for a legal case: they cannot be destroyed meanwhile."""
    return await asked.done("person.hold", commands.place_hold, ground=form.ground)


@router.post(
    f"{PERSON}/hold/lifting", dependencies=[allowed("person.hold")], responses=problems(404, 409)
)
async def lift_hold(asked: Asked) -> ErasureView:
    """Say that the legal case is over."""
    return await asked.done("person.hold", commands.lift_hold)


@router.get("/privacy/erasures", dependencies=[allowed("person.erasure.read")])
async def get_erasures(
    reader: Reading,
    status: ErasureStatus = "requested",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ErasureView]:
    """Return who is to be forgotten, the oldest first: unless told, who waits for approval."""
    return await views.erasures(reader, status=status, limit=limit)


@router.get("/privacy/requests", dependencies=[allowed("privacy.request.list")])
async def get_requests(
    reader: Reading,
    open: bool = True,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[RequestView]:
    """Return what persons asked for, the most urgent first."""
    return await views.requests(reader, open_only=open, limit=limit)


@router.post(
    "/privacy/requests",
    status_code=201,
    dependencies=[allowed("privacy.request.record")],
    responses=problems(404, 409),
)
async def file_request(
    form: RequestForm, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> RequestView:
    """Take down that somebody uses a right of hers; 3 x 24 hours begin."""
    if (form.case_id is None) == (form.complaint_id is None):
        raise CaseOrComplaint("case_id")
    whose = {"case_id": form.case_id, "complaint_id": form.complaint_id}
    await Place(store, reader, caller, **whose).ask("privacy.request.record")
    with suppress(AlreadyHandled):
        await commands.file_request(store, cause, **dict(form), by=caller.id, now=now)
    return await views.request(reader, commands.request_id_of(cause))


@router.post(
    "/privacy/requests/{id}/answer",
    dependencies=[allowed("privacy.request.answer")],
    responses=problems(404, 409),
)
async def answer_request(
    id: UUID,
    form: AnswerForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> RequestView:
    """Answer it."""
    await views.request(reader, id)  # Missing for whoever is related to a party
    with suppress(AlreadyHandled):
        await commands.answer_request(
            store, cause, request_id=id, outcome=form.outcome, by=caller.id, now=now
        )
    return await views.request(reader, id)
