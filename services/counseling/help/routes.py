"""The first help over HTTP."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from services.counseling.domain import Casework
from services.counseling.help import commands, views
from services.counseling.help.views import FirstHelpView, SafeContactView
from services.counseling.saving import complaint_of
from services.counseling.views import casework_of
from shared.access import may
from shared.access.victims import victims_of
from shared.clocks import today
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Whom, WhomForm
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["first help"])
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)  # a year like 1 is a slip, and no database can keep it


class FirstHelpForm(WhomForm):
    """When who was reached, how, and what was done. No complaint means: all of the case."""

    whom: Annotated[
        Whom,
        Field(description="The wish of the one is not the other's, unless they are one person."),
    ] = "victim"
    medium: Annotated[str, In("contact_medium")]
    at: Annotated[AwareDatetime, Field(ge=EARLIEST)]
    note: Annotated[Personal, Text(4_000)] | None = None
    complaint_id: UUID | None = None


@router.post(
    "/casework/{case_id}/first-help",
    status_code=201,
    dependencies=[allowed("casework.help")],
    responses=problems(404, 409),
)
async def record_first_help(
    case_id: UUID,
    form: FirstHelpForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> list[FirstHelpView]:
    """Say that the person was helped. What would have put her at risk is refused: 409 says why."""
    found = await casework_of(reader, case_id, on=today(now))
    may(caller, "casework.help", found.resource())
    with suppress(AlreadyHandled):
        await commands.record_first_help(
            store, cause, case_id, **dict(form) | {"n": form.place}, staff_id=caller.id, now=now
        )
    return await views.first_helps(reader, case_id)


@router.get(
    "/casework/{case_id}/safe-contact",
    dependencies=[allowed("casework.list")],
    responses=problems(404),
)
async def get_safe_contact(
    case_id: UUID, store: Store, reader: Reading, caller: Caller, now: Now
) -> list[SafeContactView]:
    """Return how each may be contacted, and which media are not safe for her right now."""
    found = await casework_of(reader, case_id, on=today(now))
    may(caller, "casework.list", found.resource())
    complaints = (await store.load(Casework, Casework.create_id(case_id))).complaints
    places = (await victims_of(store, case_id)).places
    about = sorted({*complaints.followed, *complaints.reported})
    heard = [await complaint_of(store, id) for id in about]
    return views.safe_contacts(heard, places, now, is_first=complaints.is_first)
