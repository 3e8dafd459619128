"""What triage can be asked about emergency access."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.access import Resource
from shared.access.standing import REVIEW_WITHIN
from shared.access.wall import Row, Source, tied, ties
from shared.problems import Missing

GLASS = f"select g.*, {ties('g.case_id')} from glass g"  # noqa: S608 constants


class GlassView(Row):
    """One emergency access: who, to what, until when, and whether it was reviewed."""

    id: UUID
    case_id: UUID
    staff_id: str
    broken_at: datetime
    until: datetime
    review_due_at: datetime
    reviewer_id: str | None
    was_justified: bool | None
    reviewed_at: datetime | None


async def broken(source: Source, is_reviewed: bool | None, limit: int) -> list[GlassView]:
    """Return the emergency accesses, the oldest first: whose review is due soonest."""
    rows = await source.fetch(
        f"{GLASS} where $1::boolean is null or (reviewed_at is not null) = $1"
        " order by broken_at limit $2",
        is_reviewed,
        limit,
    )
    return [_glass(row) for row in rows]


async def glass(source: Source, id: UUID) -> GlassView:
    """Return one emergency access, or raise Missing."""
    row = await source.fetchrow(f"{GLASS} where id = $1", id)
    if row is None:
        raise Missing(f"Break-glass {id}")
    return _glass(row)


async def running(source: Source, case_id: UUID, staff_id: str) -> GlassView:
    """Return the latest emergency access of somebody to a case, or raise Missing."""
    row = await source.fetchrow(
        f"{GLASS} where case_id = $1 and staff_id = $2 order by broken_at desc limit 1",
        case_id,
        staff_id,
    )
    if row is None:
        raise Missing(f"Case {case_id}")
    return _glass(row)


def _glass(row: Record) -> GlassView:
    due_at = row["broken_at"] + REVIEW_WITHIN
    resource = Resource(name=f"Break-glass {row['id']}", staff_id=row["staff_id"], **tied(row))
    return GlassView(**row, review_due_at=due_at).tied_to(resource)
