"""Whether a complaint went through the procedure: each step, when, in order, in time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.intake.domain import Complaint, Procedure
from services.intake.domain.procedure import AFTER, TIMED, in_order, step_of
from services.intake.rules.views import version_at
from services.intake.views import ComplaintView
from shared.access.wall import Source
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

CALLED = "call_center"
BRANCHES = {"3.3": ("3.c1", "3.c2"), "3.4": ("3.d1", "3.d2")}


class LateView(BaseModel):
    """A time limit that was over before the step was done."""

    rule: str
    rule_version: str
    due_at: datetime
    service: str
    step: str | None


class StepView(BaseModel):
    """One step of the procedure. What nobody told us of is not done, and not judged."""

    step: str
    happened_at: datetime | None
    times: int
    branches: list[str]  # which of 3.c1, 3.c2, 3.d1, 3.d2 it came to
    in_order: bool | None
    in_time: bool | None  # null: no time limit measures it, or it is not done
    rules_version: str | None  # the rules that held when it happened


class ProcedureView(BaseModel):
    """The procedure of one complaint (standard 3, 8.2)."""

    complaint_id: UUID
    registration_no: str
    steps: list[StepView]
    late: list[LateView]


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case Complaint.ComplaintOpened():
            step = "3.2" if event.channel == CALLED else "3.1"
            await _step(connection, event.originator_id, step, event.opened_at, "intake")
        case Complaint.ComplaintReceived():
            await _step(connection, event.originator_id, "3.5", event.received_at, "intake")
        case Procedure.StepHeard():
            await _step(connection, event.about, event.step, event.happened_at, event.service)
        case Procedure.BreachHeard():
            await connection.execute(
                "insert into breaches values ($1, $2, $3, $4, $5)",
                *(event.about, event.rule, event.rule_version, event.due_at, event.service),
            )


async def _step(
    connection: Connection, complaint_id: UUID, step: str, at: datetime, service: str
) -> None:
    await connection.execute(
        "insert into steps values ($1, $2, $3, $4) on conflict do nothing",
        *(complaint_id, step, at, service),
    )


async def procedure(source: Source, of: ComplaintView) -> ProcedureView:
    """Return which steps of the procedure a complaint went through."""
    rows = await source.fetch(
        "select step, min(happened_at) as at, count(*) as times from steps"
        " where complaint_id = $1 group by step",
        of.id,
    )
    done: dict[str, datetime] = {row["step"]: row["at"] for row in rows}
    times: dict[str, int] = {row["step"]: row["times"] for row in rows}
    late = await _late(source, of)
    too_late = {each.step for each in late}
    only = {"3.1": "3.2", "3.2": "3.1"}
    return ProcedureView(
        complaint_id=of.id,
        registration_no=of.registration_no,
        steps=[
            StepView(
                step=step,
                happened_at=at,
                times=times.get(step, 0),
                branches=[each for each in BRANCHES.get(step, ()) if each in done],
                in_order=in_order(step, at, done) if at else None,
                in_time=step not in too_late if at and step in TIMED else None,
                rules_version=await version_at(source, "rules", at) if at else None,
            )
            for step in AFTER
            if (at := done.get(step)) or only.get(step) not in done
        ],
        late=late,
    )


async def _late(source: Source, of: ComplaintView) -> list[LateView]:
    rows = await source.fetch(
        "select rule, rule_version, due_at, service from breaches where about in ($1, $2)"
        " order by due_at",
        *(of.id, of.case_id),
    )
    came = "3.2" if of.channel == CALLED else "3.1"
    steps = {row["rule"]: step_of(row["rule"]) for row in rows}
    return [
        LateView(**row, step=came if steps[row["rule"]] == "3.1" else steps[row["rule"]])
        for row in rows
    ]
