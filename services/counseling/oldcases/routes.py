"""Looking into old cases over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.counseling.domain import LONGEST
from services.counseling.oldcases import commands, views
from services.counseling.oldcases.views import ContactView, RetrievalView
from services.counseling.views import casework_of, journeys, roster
from shared.access import may
from shared.clocks import today
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form, Yes
from shared.web.past import Past
from shared.web.problems import problems

router = APIRouter(prefix="/casework/{case_id}", responses=problems(404), tags=["old cases"])


class ContactForm(Form):
    """For which complaint somebody was contacted, how, and whether she answered."""

    complaint_id: UUID
    medium: Annotated[str, In("colleague_medium")]
    answered: Yes
    note: Annotated[Personal, Text(4_000)] | None = None


class RetrievalForm(Form):
    """For which complaint and what for the record is fetched, and for how long.

    ``folder`` says where the paper folder was that is taken away too, if there is one.
    """

    complaint_id: UUID
    purpose: Annotated[str, In("purpose")]
    hours: Annotated[int, Field(ge=1, le=LONGEST, strict=True)]
    folder: Annotated[Personal, Text(200)] | None = None


@router.get("/contacts", dependencies=[allowed("lookup.list")])
async def get_contacts(
    case_id: UUID, reader: Reading, caller: Caller, now: Now, past: Past
) -> list[ContactView]:
    """Return who was contacted about further complaints, the latest first."""
    found = await casework_of(reader, case_id, on=today(now))
    may(caller, "lookup.list", found.resource())
    current = await views.contacts(reader, case_id)
    about = await journeys(reader, [found]) if past.as_of else []
    return await past.of(current, about, lambda then: views.contacts(then, case_id))


@router.post(
    "/contacts",
    status_code=201,
    dependencies=[allowed("counselor.contact")],
    responses=problems(409),
)
async def record_contact(
    case_id: UUID,
    form: ContactForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ContactView:
    """Say that whoever handles the case was contacted; if she was not reached, whom to try next."""
    found = await casework_of(reader, case_id, on=today(now))
    may(caller, "counselor.contact", found.resource())
    with suppress(AlreadyHandled):
        await commands.record_contact(
            store,
            cause,
            case_id,
            **dict(form),
            staff_id=caller.id,
            roster=await roster(reader, on=today(now)),
            now=now,
        )
    latest, *_ = await views.contacts(reader, case_id, form.complaint_id)
    return latest


@router.get("/record-retrievals", dependencies=[allowed("lookup.list")])
async def get_retrievals(
    case_id: UUID, reader: Reading, caller: Caller, now: Now, past: Past
) -> list[RetrievalView]:
    """Return who fetched the record of the case, the latest first."""
    found = await casework_of(reader, case_id, on=today(now))
    may(caller, "lookup.list", found.resource())
    current = await views.retrievals(reader, case_id)
    about = await journeys(reader, [found]) if past.as_of else []
    return await past.of(current, about, lambda then: views.retrievals(then, case_id))


@router.post(
    "/record-retrievals",
    status_code=201,
    dependencies=[allowed("record.retrieve")],
    responses=problems(409),
)
async def retrieve_record(
    case_id: UUID,
    form: RetrievalForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> RetrievalView:
    """Open the record of an old case to yourself for some hours. It is written down, and why."""
    found = await casework_of(reader, case_id, on=today(now))
    may(caller, "record.retrieve", found.resource())
    with suppress(AlreadyHandled):
        await commands.retrieve_record(
            store, cause, case_id, **dict(form), staff_id=caller.id, now=now
        )
    lookup = await commands.lookup_of(store, case_id, form.complaint_id)
    return await views.retrieval(reader, case_id, commands.retrieval_id_of(lookup, cause))


@router.post(
    "/record-retrievals/{retrieval_id}/return",
    dependencies=[allowed("record.return")],
    responses=problems(409),
)
async def return_record(
    case_id: UUID,
    retrieval_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> RetrievalView:
    """Say that the paper folder is back in its place."""
    found = await views.retrieval(reader, case_id, retrieval_id)
    may(caller, "record.return", found.resource())
    with suppress(AlreadyHandled):
        await commands.return_record(
            store,
            cause,
            case_id,
            complaint_id=found.complaint_id,
            retrieval_id=retrieval_id,
            now=now,
        )
    return await views.retrieval(reader, case_id, retrieval_id)
