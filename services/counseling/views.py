"""What counseling can be asked. Tables here are derived: drop them, replay, and they are back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from services.counseling.domain import Casework, Counselor, CounselorCard
from shared.access import Resource
from shared.access.standing import project_standing
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

WorkStatus = Literal["unassigned", "assigned"]
CASEWORK = f"select w.*, {ties('w.case_id')} from casework w"  # noqa: S608 constants


class CounselorView(BaseModel):
    """A counselor on the roster, by her pseudonymous id."""

    id: UUID
    skills: list[str]
    sex: str
    capacity: int
    is_coordinator: bool
    load: int


class CaseworkView(Row):
    """Who answers for a case, and why."""

    case_id: UUID
    complaint_id: UUID
    needs: list[str]
    urgency: str
    child: bool | None
    opened_at: datetime
    status: WorkStatus
    counselor_id: UUID | None
    reasons: list[str]
    assigned_at: datetime | None
    version: int


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id, version = event.originator_id, event.originator_version
    match event:
        case Counselor.CounselorRegistered() | Counselor.CounselorChanged():
            await connection.execute(
                "insert into counselors values ($1, $2, $3, $4, $5) on conflict (id) do update"
                " set skills = excluded.skills, sex = excluded.sex, capacity = excluded.capacity,"
                " is_coordinator = excluded.is_coordinator",
                *(id, list(event.skills), event.sex, event.capacity, event.is_coordinator),
            )
        case Casework.CaseworkOpened():
            await connection.execute(
                "insert into casework (case_id, stream_id, complaint_id, needs, urgency, child,"
                " opened_at, status, version)"
                " values ($1, $2, $3, $4, $5, $6, $7, 'unassigned', $8)",
                *(event.case_id, id, event.complaint_id, list(event.needs), event.urgency),
                *(event.child, event.opened_at, version),
            )
        case Casework.CounselorAssigned():
            await connection.execute(
                "update casework set status = 'assigned', counselor_id = $2, reasons = $3,"
                " assigned_at = $4, version = $5 where stream_id = $1",
                *(id, event.counselor_id, list(event.reasons), event.assigned_at, version),
            )
        case Casework.NeedsRaised():
            await connection.execute(
                "update casework set needs = $2, urgency = $3, version = $4 where stream_id = $1",
                *(id, list(event.needs), event.urgency, version),
            )
        case Casework.AssignmentNeeded():
            await connection.execute(
                "update casework set status = 'unassigned', counselor_id = null, reasons = $2,"
                " assigned_at = null, version = $3 where stream_id = $1",
                *(id, [event.reason], version),
            )
        case Casework.ComplaintReported():
            await connection.execute(
                "update casework set version = $2 where stream_id = $1", id, version
            )
        case _:
            await project_standing(connection, event)


async def counselors(source: Source) -> list[CounselorView]:
    """Return the roster with everybody's load: the cases she answers for."""
    rows = await source.fetch(
        "select c.id, c.skills, c.sex, c.capacity, c.is_coordinator, count(w.case_id) as load"
        " from counselors c left join casework w on w.counselor_id = c.id"
        " group by c.id order by c.id"
    )
    return [CounselorView(**row) for row in rows]


async def counselor_cards(source: Source, *, but_not_of: UUID) -> list[CounselorCard]:
    """Return what must be known to choose a counselor who is a stranger to the parties."""
    rows = await source.fetch("select staff_id from conflicts where case_id = $1", but_not_of)
    related = {row["staff_id"] for row in rows}
    return [
        CounselorCard(c.id, tuple(c.skills), c.sex, c.capacity, c.load)
        for c in await counselors(source)
        if str(c.id) not in related
    ]


async def casework(
    source: Source, case_id: UUID | None, status: WorkStatus | None, limit: int
) -> list[CaseworkView]:
    """Return the casework of a case or with a status: danger first, then the longest waiting."""
    rows = await source.fetch(
        f"{CASEWORK} where ($1::uuid is null or case_id = $1) and ($2::text is null or status = $2)"
        " order by urgency <> 'high', opened_at limit $3",
        case_id,
        status,
        limit,
    )
    return [_casework(row) for row in rows]


async def casework_of(source: Source, case_id: UUID) -> CaseworkView:
    """Return the casework of a case, or raise Missing."""
    row = await source.fetchrow(f"{CASEWORK} where case_id = $1", case_id)
    if row is None:
        raise Missing(f"Casework {case_id}")
    return _casework(row)


def _casework(row: Record) -> CaseworkView:
    return CaseworkView(**row).tied_to(
        Resource(
            name=f"Casework {row['case_id']}",
            counselor_id=str(row["counselor_id"]) if row["counselor_id"] else None,
            **tied(row),
        )
    )
