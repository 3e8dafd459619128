"""Counseling over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.counseling import commands, views
from services.counseling.domain import Casework
from services.counseling.views import CaseworkView, CounselorView, WorkStatus
from shared.access import may, permitted
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.forms import Form, Yes
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["counseling"])


class CounselorForm(Form):
    """A counselor as the roster knows her."""

    counselor_id: UUID
    skills: tuple[Annotated[str, In("need")], ...] = Field(max_length=20)
    sex: Annotated[str, In("sex")]
    capacity: Annotated[int, Field(ge=1, le=200, strict=True)]
    is_coordinator: Yes = False


class AssignmentForm(Form):
    """Who shall answer for the case, and why."""

    counselor_id: UUID
    basis: Annotated[Personal, Text(2_000)]


@router.get("/counselors", dependencies=[allowed("counselor.list")])
async def get_roster(reader: Reading) -> list[CounselorView]:
    """Return the roster with everybody's load."""
    return await views.counselors(reader)


@router.put("/counselors", dependencies=[allowed("counselor.register")], responses=problems(409))
async def register_counselor(
    form: CounselorForm, store: Store, reader: Reading, cause: BecauseOf
) -> list[CounselorView]:
    """Put a counselor on the roster or bring her entry up to date; return the roster."""
    with suppress(AlreadyHandled):
        await commands.register_counselor(store, cause, **dict(form))
    return await views.counselors(reader)


@router.get("/casework", dependencies=[allowed("casework.list")])
async def get_casework(
    reader: Reading,
    caller: Caller,
    case_id: UUID | None = None,
    status: WorkStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseworkView]:
    """Return who answers for a case, or the cases with a status."""
    found = await views.casework(reader, case_id, status, limit)
    return permitted(caller, "casework.list", found)


@router.post(
    "/casework/{case_id}/assignment",
    status_code=201,
    dependencies=[allowed("casework.assign")],
    responses=problems(404, 409),
)
async def assign(
    case_id: UUID,
    form: AssignmentForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> CaseworkView:
    """Give a case to a counselor."""
    may(caller, "casework.assign", (await views.casework_of(reader, case_id)).resource())
    with suppress(AlreadyHandled):
        await commands.assign(store, cause, case_id, **dict(form), expect=expect, now=now)
    return await views.casework_of(reader, case_id)


@router.post(
    "/casework/{case_id}/personal",
    dependencies=[allowed("casework.open_personal")],
    responses=problems(404),
)
async def open_casework(
    case_id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read why the case was given to whom, for a purpose. It is written down who did."""
    found = await views.casework_of(reader, case_id)
    reason = may(caller, "casework.open_personal", found.resource())
    work = await store.load(Casework, Casework.create_id(case_id))
    return await opened(
        store,
        cause,
        reason,
        form,
        about=case_id,
        journey=work.complaint_id,
        texts=dict(texts(work.basis, "basis")),
        now=now,
    )
