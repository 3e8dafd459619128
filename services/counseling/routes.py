"""Counseling over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.counseling import commands, views
from services.counseling.views import CaseworkView, CounselorView, WorkStatus
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Expected, Now, Pool, Store, allowed
from shared.web.forms import Form, Yes
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
async def get_roster(pool: Pool) -> list[CounselorView]:
    """Return the roster with everybody's load."""
    return await views.counselors(pool)


@router.put("/counselors", dependencies=[allowed("counselor.register")], responses=problems(409))
async def register_counselor(
    form: CounselorForm, store: Store, pool: Pool, cause: BecauseOf
) -> list[CounselorView]:
    """Put a counselor on the roster or bring her entry up to date; return the roster."""
    with suppress(AlreadyHandled):
        await commands.register_counselor(store, cause, **dict(form))
    return await views.counselors(pool)


@router.get("/casework", dependencies=[allowed("casework.list")])
async def get_casework(
    pool: Pool,
    case_id: UUID | None = None,
    status: WorkStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseworkView]:
    """Return who answers for a case, or the cases with a status."""
    return await views.casework(pool, case_id, status, limit)


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
    pool: Pool,
    cause: BecauseOf,
    expect: Expected,
    now: Now,
) -> CaseworkView:
    """Give a case to a counselor."""
    with suppress(AlreadyHandled):
        await commands.assign(store, cause, case_id, **dict(form), expect=expect, now=now)
    (found,) = await views.casework(pool, case_id, None, 1)
    return found
