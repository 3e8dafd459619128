"""Counseling over HTTP."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.counseling import commands, views
from services.counseling.domain import Casework
from services.counseling.record import record_of
from services.counseling.views import CaseworkView, CounselorView, WorkStatus
from shared.access import may, permitted
from shared.clocks import today
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled, Malformed
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.clocks import ClockView, clocks_of_case
from shared.web.forms import Form, Yes
from shared.web.past import Past
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
    available: Yes = Field(default=True, description="False: she has left.")
    absent_until: date | None = Field(default=None, description="The last day she is away.")


class AssignmentForm(Form):
    """Who shall answer for the case, and why."""

    counselor_id: UUID
    basis: Annotated[Personal, Text(2_000)]


class DeclineForm(Form):
    """Why she cannot take it on. Who is related to a party says so by the code."""

    reason: Annotated[str, In("decline_reason")]
    words: Annotated[Personal, Text(2_000)] | None = None


class EndingForm(Form):
    """Why nothing more is to be done."""

    reason: Annotated[str, In("ending_reason")]
    note: Annotated[Personal, Text(2_000)] | None = None


@router.get("/counselors", dependencies=[allowed("counselor.list")])
async def get_roster(reader: Reading) -> list[CounselorView]:
    """Return the roster with everybody's load."""
    return await views.counselors(reader)


@router.put("/counselors", dependencies=[allowed("counselor.register")], responses=problems(409))
async def register_counselor(
    form: CounselorForm, store: Store, reader: Reading, cause: BecauseOf, now: Now
) -> list[CounselorView]:
    """Put a counselor on the roster or bring her entry up to date; return the roster.

    The cases of one who left wait for a supervisor at once.
    """
    with suppress(AlreadyHandled):
        await commands.register_counselor(store, cause, **dict(form), now=now)
    return await views.counselors(reader)


@router.get("/casework", dependencies=[allowed("casework.list")])
async def get_casework(
    reader: Reading,
    caller: Caller,
    now: Now,
    past: Past,
    case_id: UUID | None = None,
    status: WorkStatus | None = None,
    mine: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseworkView]:
    """Return who answers for a case and whether she is there, or the cases with a status.

    With ``as_of`` of one case only. Where it held a complaint then that has left it since, a code
    that says something else today is null, and what is gone from a list is left out: it may be
    about somebody else.
    """
    of = caller.id if mine else None
    found = await views.casework(reader, case_id, status, limit, on=today(now), of=of)
    hers = permitted(caller, "casework.list", found)
    if past.as_of and case_id is None:
        raise Malformed("as_of: of one case, so say case_id")
    journeys = await views.journeys(reader, hers) if past.as_of else []
    on = today(past.as_of or now)
    known = await past.of(
        hers, journeys, lambda then: views.casework(then, case_id, status, limit, on=on, of=of)
    )
    now_known = {each.case_id: each for each in hers}
    return [
        views.still_its_own(each, now_known[each.case_id])
        for each in known
        if each.case_id in now_known
    ]


@router.get(
    "/casework/{case_id}/clocks",
    dependencies=[allowed("casework.list")],
    responses=problems(404),
)
async def get_clocks_of_case(
    case_id: UUID, reader: Reading, caller: Caller, now: Now
) -> list[ClockView]:
    """Return the time limits that run or ran here for a case, those that are over too.

    How soon help must come is kept by triage: ``GET /clocks?case_id=`` there.
    """
    found = await views.casework_of(reader, case_id, on=today(now))
    may(caller, "casework.list", found.resource())
    return await clocks_of_case(reader, caller, case_id)


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
    found = await views.casework_of(reader, case_id, on=today(now))
    may(caller, "casework.assign", found.resource())
    with suppress(AlreadyHandled):
        await commands.assign(store, cause, case_id, **dict(form), expect=expect, now=now)
    return await views.casework_of(reader, case_id, on=today(now))


@router.post(
    "/casework/{case_id}/acceptance",
    dependencies=[allowed("casework.accept")],
    responses=problems(404, 409),
)
async def accept(
    case_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> CaseworkView:
    """Take a case on that was given to you; its time limit stops."""
    found = await views.casework_of(reader, case_id, on=today(now))
    may(caller, "casework.accept", found.resource())
    with suppress(AlreadyHandled):
        await commands.accept(store, cause, case_id, staff_id=caller.id, expect=expect, now=now)
    return await views.casework_of(reader, case_id, on=today(now))


@router.post(
    "/casework/{case_id}/decline",
    status_code=204,
    dependencies=[allowed("casework.decline")],
    responses=problems(404, 409),
)
async def decline(
    case_id: UUID,
    form: DeclineForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> None:
    """Release a case that was given to you: it is not there for you any more."""
    if await store.handled(cause):  # it was hers, and is not hers now
        return
    found = await views.casework_of(reader, case_id, on=today(now))
    may(caller, "casework.decline", found.resource())
    with suppress(AlreadyHandled):
        await commands.decline(
            store,
            cause,
            case_id,
            **dict(form),
            staff_id=caller.id,
            counselors=await views.roster(reader, on=today(now)),
            expect=expect,
            now=now,
        )


@router.post(
    "/casework/{case_id}/ending",
    status_code=204,
    dependencies=[allowed("casework.end")],
    responses=problems(404, 409),
)
async def end(
    case_id: UUID,
    form: EndingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> None:
    """Confirm that nothing more is to be done for a case that is moot or was withdrawn."""
    if await store.handled(cause):  # it was hers, and is not hers now
        return
    found = await views.casework_of(reader, case_id, on=today(now))
    reason = may(caller, "casework.end", found.resource())
    with suppress(AlreadyHandled):
        await commands.end(
            store,
            cause,
            case_id,
            **dict(form),
            staff_id=caller.id,
            by_supervisor=reason.role == "supervisor",
            expect=expect,
            now=now,
        )


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
    """Read what was written down in the casework, for a purpose. It is written down who did."""
    found = await views.casework_of(reader, case_id, on=today(now))
    reason = may(caller, "casework.open_personal", found.resource())
    work = await store.load(Casework, Casework.create_id(case_id))
    return await opened(
        store,
        cause,
        reason,
        form,
        about=case_id,
        journey=work.complaint_id,
        texts=await record_of(store, work),
        now=now,
    )
