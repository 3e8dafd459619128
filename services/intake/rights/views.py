"""What intake can be asked about the rights of complainants: codes and times, never words."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel

from services.intake import views
from services.intake.domain import Rights
from shared.access.wall import Row, Source, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

Those: TypeAlias = Literal["overdue", "open", "kept", "all"]
THOSE: dict[Those, str] = {
    "overdue": "p.kept_at is null and p.due_at <= $1",
    "open": "p.kept_at is null",
    "kept": "p.kept_at is not null",
    "all": "true",
}
PROMISES = (
    "select p.*, c.registration_no, c.officer_id, c.status, counselor_id::text as counselor_id,"  # noqa: S608 constants
    f" p.kept_at is null and p.due_at <= $1 as is_overdue, {ties('c.case_id', 'c.id')}"
    " from promises p join complaints c on c.id = p.complaint_id"
    " left join standings using (case_id)"
)


class InformationView(BaseModel):
    """What she was told, by which text and by whom."""

    topics: list[str]
    telling: str
    services: list[str]
    agencies: list[str]
    acknowledged: bool | None
    unread_because: str | None
    copy_given: bool
    standard_version: str
    rules_version: str
    staff_id: str
    given_at: datetime


class StatementView(BaseModel):
    """What she said last of a duty of hers. Nothing depends on it."""

    kind: str
    accepted: bool
    standard_version: str
    rules_version: str
    staff_id: str
    made_at: datetime


class PromiseView(Row):
    """What was promised, and whether it was kept."""

    id: UUID
    complaint_id: UUID
    registration_no: str
    what: str
    due_at: datetime
    is_told: bool
    renewals: int
    staff_id: str
    made_at: datetime
    kept_at: datetime | None
    is_overdue: bool


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case Rights.InformationGiven():
            told = event.information
            await connection.execute(
                "insert into information"
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                *(event.complaint_id, event.originator_version, list(told.topics), told.telling),
                *(list(told.services), list(told.agencies), told.acknowledged),
                *(told.unread_because, told.copy_given, event.standard_version),
                *(event.rules_version, event.staff_id, event.given_at),
            )
        case Rights.StatementMade():
            await connection.execute(
                "insert into statements values ($1, $2, $3, $4, $5, $6, $7)"
                " on conflict (complaint_id, kind) do update set accepted = excluded.accepted,"
                " standard_version = excluded.standard_version, staff_id = excluded.staff_id,"
                " rules_version = excluded.rules_version, made_at = excluded.made_at",
                *(event.complaint_id, event.kind, event.accepted, event.standard_version),
                *(event.rules_version, event.staff_id, event.made_at),
            )
        case Rights.PromiseMade():
            await connection.execute(
                "insert into promises (id, complaint_id, what, due_at, staff_id, made_at)"
                " values ($1, $2, $3, $4, $5, $6)",
                *(event.promise_id, event.complaint_id, event.what, event.due_at),
                *(event.staff_id, event.made_at),
            )
        case Rights.PromiseKept():
            await connection.execute(
                "update promises set kept_at = $2 where id = $1", event.promise_id, event.kept_at
            )
        case Rights.PromiseRenewed():
            await connection.execute(
                "update promises set due_at = $2, is_told = false, renewals = renewals + 1"
                " where id = $1",
                *(event.promise_id, event.due_at),
            )
        case Rights.RenewalTold():
            await connection.execute(
                "update promises set is_told = true where id = $1", event.promise_id
            )


async def information(source: Source, complaint_id: UUID) -> list[InformationView]:
    """Return what a complainant was told, in order."""
    rows = await source.fetch(
        "select * from information where complaint_id = $1 order by version", complaint_id
    )
    return [InformationView(**row) for row in rows]


async def statements(source: Source, complaint_id: UUID) -> list[StatementView]:
    """Return what a complainant said last of each duty."""
    rows = await source.fetch(
        "select * from statements where complaint_id = $1 order by kind", complaint_id
    )
    return [StatementView(**row) for row in rows]


async def promises(
    source: Source, those: Those, now: datetime, limit: int, complaint_id: UUID | None = None
) -> list[PromiseView]:
    """Return promises, what is due first; of one complaint or of all."""
    rows = await source.fetch(
        f"{PROMISES} where {THOSE[those]} and ($2::uuid is null or complaint_id = $2)"
        " order by p.due_at, p.id limit $3",
        *(now, complaint_id, limit),
    )
    return [
        PromiseView(**row).tied_to(views.complaint_resource(row["complaint_id"], row))
        for row in rows
    ]


async def promise(source: Source, complaint_id: UUID, id: UUID, now: datetime) -> PromiseView:
    """Return one promise, or raise Missing."""
    row = await source.fetchrow(
        f"{PROMISES} where p.complaint_id = $2 and p.id = $3", now, complaint_id, id
    )
    if row is None:
        raise Missing(f"Promise {id}")
    return PromiseView(**row)
