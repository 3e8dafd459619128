"""Letting go of a complaint, and passing it on, over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.triage import views
from services.triage.forms import StaffId
from services.triage.hands import commands
from services.triage.views import IdentificationView
from shared.access import may
from shared.contracts.codes import In
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["identifications"])


class ReleaseForm(Form):
    """Why she lets go of it."""

    reason: Annotated[str, In("release")]


class ReassignmentForm(Form):
    """Who is to identify it now, and why."""

    officer_id: StaffId | None = Field(default=None, description="None: back into the queue.")
    reason: Annotated[str, In("release")]


@router.post(
    "/identifications/{complaint_id}/release",
    status_code=204,
    dependencies=[allowed("identification.release")],
    responses=problems(404, 409),
)
async def release(
    complaint_id: UUID,
    form: ReleaseForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> None:
    """Let go of a complaint that you identify. Who is related to a party never sees it again."""
    if await store.handled(cause):  # it was hers, and now it is not
        return
    found = await views.identification(reader, complaint_id)
    may(caller, "identification.release", found.resource())
    await commands.release(
        store, cause, complaint_id, reason=form.reason, by=caller.id, expect=expect, now=now
    )


@router.post(
    "/identifications/{complaint_id}/reassignment",
    dependencies=[allowed("identification.reassign")],
    responses=problems(404, 409),
)
async def reassign(
    complaint_id: UUID,
    form: ReassignmentForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> IdentificationView:
    """Pass a complaint on to another officer, or put it back into the queue."""
    found = await views.identification(reader, complaint_id)
    may(caller, "identification.reassign", found.resource())
    with suppress(AlreadyHandled):
        await commands.reassign(
            store,
            cause,
            complaint_id,
            officer_id=form.officer_id,
            reason=form.reason,
            by=caller.id,
            expect=expect,
            now=now,
        )
    return await views.identification(reader, complaint_id)
