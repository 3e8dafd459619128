"""The rights of persons over HTTP: forgetting, holding, and what they ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.triage.domain import Case
from services.triage.persons import commands, views
from services.triage.persons.views import ErasureView, RequestView
from shared.access import Subject, may
from shared.access.wall import Reader, case_resource
from shared.contracts.codes import In
from shared.eventstore import Cause, EventStore
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["persons"])
PERSON = "/cases/{case_id}/persons/{person_id}"


class GroundForm(Form):
    """Why, as a code."""

    ground: Annotated[str, In("privacy_ground")]


class RequestForm(Form):
    """What somebody asks for."""

    kind: Annotated[str, In("privacy_request")]
    case_id: UUID
    person_id: UUID | None = None


class AnswerForm(Form):
    """How it ended."""

    outcome: Annotated[str, In("privacy_outcome")]


class PersonView(BaseModel):
    """Somebody in a case: codes only, nothing that says who she is."""

    person_id: UUID
    role: str
    age_band: str | None
    sex: str | None
    status: str | None


@dataclass(frozen=True)
class Deed:
    """Somebody asks that something is done with the data of one person."""

    case_id: UUID
    person_id: UUID
    store: EventStore
    reader: Reader
    cause: Cause
    caller: Subject
    now: datetime

    async def done(self, command: Callable[..., Awaitable[None]], **more: str) -> ErasureView:
        """Do it, once, and return how far it is to forget her."""
        with suppress(AlreadyHandled):
            await command(
                self.store,
                self.cause,
                case_id=self.case_id,
                person_id=self.person_id,
                by=self.caller.id,
                now=self.now,
                **more,
            )
        return await views.erasure(self.reader, self.case_id, self.person_id)


async def _deed(
    case_id: UUID,
    person_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> Deed:
    return Deed(case_id, person_id, store, reader, cause, caller, now)


Asked = Annotated[Deed, Depends(_deed)]


@router.get(
    "/cases/{case_id}/persons", dependencies=[allowed("person.list")], responses=problems(404)
)
async def get_persons(
    case_id: UUID, store: Store, reader: Reading, caller: Caller
) -> list[PersonView]:
    """Return everybody in a case, and how far each is from being forgotten."""
    await _ask(caller, "person.list", reader, case_id)
    case = await store.load(Case, case_id)
    far = await views.statuses(reader, case_id)
    return [
        PersonView(**vars(card), status=far.get(id))
        for id, card in commands.persons_of(case).items()
    ]


@router.get(f"{PERSON}/erasure", dependencies=[allowed("person.list")], responses=problems(404))
async def get_erasure(
    case_id: UUID, person_id: UUID, reader: Reading, caller: Caller
) -> ErasureView:
    """Return how far it is to forget somebody; once she is, the receipt, and who has done so."""
    await _ask(caller, "person.list", reader, case_id)
    return await views.erasure(reader, case_id, person_id)


@router.post(
    f"{PERSON}/erasure",
    status_code=202,
    dependencies=[allowed("person.erase.request")],
    responses=problems(404, 409),
)
async def request_erasure(asked: Asked, form: GroundForm) -> ErasureView:
    """Ask to forget somebody. What is known of her is closed at once, and destroyed later."""
    await _ask(asked.caller, "person.erase.request", asked.reader, asked.case_id)
    return await asked.done(commands.request_erasure, ground=form.ground)


@router.post(
    f"{PERSON}/erasure/approval",
    status_code=202,
    dependencies=[allowed("person.erase.approve")],
    responses=problems(404, 409),
)
async def approve_erasure(asked: Asked) -> ErasureView:
    """Agree, as a second person. A day to think again begins; then it cannot be undone."""
    found = await views.erasure(asked.reader, asked.case_id, asked.person_id)
    name, asker = f"Erasure of {asked.person_id}", found.requested_by or ""
    about = await case_resource(asked.reader, name, asked.case_id, asker)
    may(asked.caller, "person.erase.approve", about)
    return await asked.done(commands.approve_erasure)


@router.post(
    f"{PERSON}/erasure/withdrawal",
    dependencies=[allowed("person.erase.request")],
    responses=problems(404, 409),
)
async def withdraw_erasure(asked: Asked) -> ErasureView:
    """Think again: her data are open as before."""
    await _ask(asked.caller, "person.erase.request", asked.reader, asked.case_id)
    return await asked.done(commands.withdraw_erasure)


@router.post(f"{PERSON}/hold", dependencies=[allowed("person.hold")], responses=problems(404, 409))
async def place_hold(asked: Asked, form: GroundForm) -> ErasureView:
    """Keep her data for a legal case: they cannot be destroyed meanwhile."""
    await _ask(asked.caller, "person.hold", asked.reader, asked.case_id)
    return await asked.done(commands.place_hold, ground=form.ground)


@router.post(
    f"{PERSON}/hold/lifting", dependencies=[allowed("person.hold")], responses=problems(404, 409)
)
async def lift_hold(asked: Asked) -> ErasureView:
    """Say that the legal case is over."""
    await _ask(asked.caller, "person.hold", asked.reader, asked.case_id)
    return await asked.done(commands.lift_hold)


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
    await _ask(caller, "privacy.request.record", reader, form.case_id)
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


async def _ask(caller: Subject, action: str, reader: Reader, case_id: UUID) -> None:
    """Raise Missing for whoever is related to a party of the case."""
    may(caller, action, await case_resource(reader, f"Case {case_id}", case_id, caller.id))
