"""Conflicts of interest and emergency access over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.triage.domain import Case, Identification
from services.triage.forms import StaffId
from services.triage.trust import commands, views
from services.triage.trust.views import GlassView
from shared.access import may, permitted
from shared.access.standing import standing_of
from shared.access.wall import case_resource
from shared.eventstore import new_id
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form, Yes
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["access"])


class ConflictForm(Form):
    """Who is related to a party of the case, and how."""

    staff_id: StaffId
    reason: Annotated[Personal, Text(2_000)]


class GlassForm(Form):
    """Why it cannot wait."""

    reason: Annotated[Personal, Text(2_000, min_length=20)]


class ReviewForm(Form):
    """Whether it was right."""

    was_justified: Yes
    remarks: Annotated[Personal, Text(2_000)]


@router.post(
    "/cases/{case_id}/conflicts",
    status_code=204,
    dependencies=[allowed("conflict.declare")],
    responses=problems(404),
)
async def declare_conflict(
    case_id: UUID,
    form: ConflictForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> None:
    """Say that somebody is related to a party. For them the case is no longer there, anywhere."""
    if await store.handled(cause):  # it was about herself, and now it is not there for her
        return
    await store.load(Case, case_id)  # raises Missing
    about = await case_resource(reader, f"Case {case_id}", case_id, form.staff_id)
    may(caller, "conflict.declare", about)
    await commands.declare_conflict(
        store, cause, case_id, staff_id=form.staff_id, grounds=form.reason, now=now
    )


@router.post(
    "/identifications/{complaint_id}/conflicts",
    status_code=204,
    dependencies=[allowed("conflict.declare")],
    responses=problems(404),
)
async def declare_conflict_of_complaint(
    complaint_id: UUID,
    form: ConflictForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> None:
    """Say so while there is no case yet. They neither see the complaint nor may take it up."""
    if await store.handled(cause):
        return
    await store.load(Identification, Identification.create_id(complaint_id))  # raises Missing
    name = f"Identification of complaint {complaint_id}"
    about = await case_resource(reader, name, complaint_id, form.staff_id)
    may(caller, "conflict.declare", about)
    await commands.declare_conflict_of_complaint(
        store, cause, complaint_id, staff_id=form.staff_id, grounds=form.reason, now=now
    )


@router.post(
    "/cases/{case_id}/break-glass",
    status_code=201,
    dependencies=[allowed("glass.break")],
    responses=problems(404),
)
async def break_glass(
    case_id: UUID,
    form: GlassForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> GlassView:
    """Open one case to yourself for an hour. Supervisors see it at once, and one reviews it."""
    await store.load(Case, case_id)  # raises Missing
    may(
        caller,
        "glass.break",
        await case_resource(reader, f"Case {case_id}", case_id, caller.id),
    )
    with suppress(AlreadyHandled):
        await commands.break_glass(
            store,
            cause,
            case_id,
            grant_id=new_id(),
            staff_id=caller.id,
            grounds=form.reason,
            now=now,
        )
    return await views.running(reader, case_id, caller.id)


@router.get("/break-glass", dependencies=[allowed("glass.list")])
async def get_broken_glass(
    reader: Reading,
    caller: Caller,
    reviewed: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[GlassView]:
    """Return the emergency accesses; ``reviewed=false`` are those that wait for a review."""
    return permitted(caller, "glass.list", await views.broken(reader, reviewed, limit))


@router.post(
    "/break-glass/{id}/review",
    dependencies=[allowed("glass.review")],
    responses=problems(404, 409),
)
async def review_glass(
    id: UUID,
    form: ReviewForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> GlassView:
    """Judge an emergency access of somebody else."""
    broken = await views.glass(reader, id)
    may(caller, "glass.review", broken.resource())
    with suppress(AlreadyHandled):
        await commands.review_glass(
            store,
            cause,
            broken.case_id,
            grant_id=id,
            reviewer_id=caller.id,
            was_justified=form.was_justified,
            remarks=form.remarks,
            now=now,
        )
    return await views.glass(reader, id)


@router.post(
    "/break-glass/{id}/personal",
    dependencies=[allowed("glass.open_personal")],
    responses=problems(404),
)
async def open_glass(
    id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read why somebody else took emergency access, to judge it. It is written down who did."""
    broken = await views.glass(reader, id)
    why = may(caller, "glass.open_personal", broken.resource())
    case = await store.load(Case, broken.case_id)
    grant = (await standing_of(store, broken.case_id)).grants[id]
    told = {"reason": grant.grounds, "remarks": grant.remarks}
    return await opened(
        store,
        cause,
        why,
        form,
        about=id,
        journey=case.complaint_ids[0],
        texts={name: text for name, text in told.items() if text},
        now=now,
    )
