"""Deciding anew over HTTP, what a supervisor decides, the police, and alarms."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from services.triage import views
from services.triage.decisions import commands
from services.triage.decisions.views import AlarmView, alarm, alarms
from services.triage.domain import Decision, Locus
from services.triage.forms import (
    AskingForm,
    PoliceDecisionForm,
    PoliceReportForm,
    ReclassificationForm,
    StepDecisionForm,
)
from services.triage.views import CaseView
from shared.access import may, permitted
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["decisions"])
Awaited = Literal[
    "route", "locus", "vawc", "withdrawal", "tpks_police_report", "not_vawc", "reclassification"
]


@router.get("/cases", dependencies=[allowed("case.list")])
async def get_cases(
    reader: Reading,
    caller: Caller,
    locus: Locus | None = None,
    awaiting: Annotated[
        Awaited | None, Query(description="What a person still has to decide or to do.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseView]:
    """Return cases, the most urgent first: all, those of a locus, or those that wait."""
    found = await views.cases(reader, locus=locus, awaiting=awaiting, limit=limit)
    return permitted(caller, "case.list", found)


@router.post(
    "/cases/{case_id}/reclassification",
    status_code=201,
    dependencies=[allowed("case.reclassify")],
    responses=problems(404, 409),
)
async def reclassify(
    request: Request,
    case_id: UUID,
    form: ReclassificationForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> CaseView:
    """Decide anew. What is missing starts, what is moot ends, and nothing is edited."""
    why = may(caller, "case.reclassify", (await views.case(reader, case_id)).resource())
    decided = dict(form)
    reason = decided.pop("reason")
    with suppress(AlreadyHandled):
        await commands.reclassify(
            store,
            cause,
            case_id,
            decision=Decision(**decided),
            reason=reason,
            by=caller.id,
            as_supervisor=why.role == "supervisor",
            home_region=request.app.state.settings.home_region,
            expect=expect,
            now=now,
        )
    return await views.case(reader, case_id)


@router.post(
    "/cases/{case_id}/reclassification-request",
    status_code=202,
    dependencies=[allowed("case.ask_reclassification")],
    responses=problems(404, 409),
)
async def ask_reclassification(
    case_id: UUID,
    form: AskingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CaseView:
    """Ask that it is decided anew: what the counselor learns may change what the case is."""
    may(caller, "case.ask_reclassification", (await views.case(reader, case_id)).resource())
    with suppress(AlreadyHandled):
        await commands.ask_reclassification(
            store, cause, case_id, **dict(form), by=caller.id, now=now
        )
    return await views.case(reader, case_id)


@router.post(
    "/cases/{case_id}/decision",
    status_code=201,
    dependencies=[allowed("case.decide")],
    responses=problems(404, 409),
)
async def decide(
    case_id: UUID,
    form: Annotated[StepDecisionForm | PoliceDecisionForm, Field(discriminator="about")],
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CaseView:
    """Decide, as a supervisor, what no rule and no officer may decide."""
    may(caller, "case.decide", (await views.case(reader, case_id)).resource())
    with suppress(AlreadyHandled):
        if isinstance(form, StepDecisionForm):
            await commands.decide(store, cause, case_id, **dict(form), by=caller.id, now=now)
        else:
            await commands.decide_police_report(
                store,
                cause,
                case_id,
                outcome=form.outcome,
                ground=form.ground,
                basis=form.basis,
                by=caller.id,
                now=now,
            )
    return await views.case(reader, case_id)


@router.post(
    "/cases/{case_id}/police-report",
    status_code=201,
    dependencies=[allowed("case.record_police_report")],
    responses=problems(404, 409),
)
async def record_police_report(
    case_id: UUID,
    form: PoliceReportForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CaseView:
    """Write down that the police were told of sexual violence; the 72 hours end."""
    may(caller, "case.record_police_report", (await views.case(reader, case_id)).resource())
    with suppress(AlreadyHandled):
        await commands.record_police_report(
            store, cause, case_id, **dict(form), by=caller.id, now=now
        )
    return await views.case(reader, case_id)


@router.get("/alarms", dependencies=[allowed("alarm.list")])
async def get_alarms(
    reader: Reading,
    caller: Caller,
    open: bool = True,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AlarmView]:
    """Return who is in danger now, the latest first."""
    return permitted(caller, "alarm.list", await alarms(reader, open_only=open, limit=limit))


@router.post(
    "/alarms/{complaint_id}/acknowledgement",
    dependencies=[allowed("alarm.acknowledge")],
    responses=problems(404, 409),
)
async def acknowledge_alarm(
    complaint_id: UUID, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> AlarmView:
    """Say that one saw the alarm and sees to it."""
    may(caller, "alarm.acknowledge", (await alarm(reader, complaint_id)).resource())
    with suppress(AlreadyHandled):
        await commands.acknowledge_alarm(store, cause, complaint_id, by=caller.id, now=now)
    return await alarm(reader, complaint_id)
