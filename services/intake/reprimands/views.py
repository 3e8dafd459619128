"""What intake can be asked about reprimands and threats: codes, times and staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.intake.domain import Level, Reprimand, Threat
from services.intake.views import complaint_resource
from shared.access.wall import Row, Source, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

ABOUT = (
    "c.officer_id, c.status, counselor_id::text as counselor_id,"
    f" {ties('c.case_id', 'c.id')} from {{of}} join complaints c on c.id = complaint_id"
    " left join standings using (case_id)"
)
REPRIMANDS = f"select r.*, {ABOUT.format(of='reprimands r')}"
THREATS = f"select t.*, {ABOUT.format(of='threats t')}"


class ReprimandView(Row):
    """A reprimand: by which rule of which version, and what became of it."""

    id: UUID
    complaint_id: UUID
    level: Level
    rule: str
    rule_version: str
    given_by: str
    given_at: datetime
    issued_at: datetime | None
    approved_by: str | None
    replies: int
    withdrawn_at: datetime | None


class ThreatView(Row):
    """A threat against a member of staff."""

    id: UUID
    complaint_id: UUID
    kind: str
    threatened_id: str
    recorded_by: str
    recorded_at: datetime


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id = event.originator_id
    match event:
        case Reprimand.ReprimandGiven():
            await connection.execute(
                "insert into reprimands values ($1, $2, $3, $4, $5, $6, $7, $8)",
                *(id, event.complaint_id, event.level, event.rule, event.rule_version),
                *(event.staff_id, event.given_at),
                event.given_at if event.level == Level.ORAL else None,
            )
        case Reprimand.ReprimandApproved():
            await connection.execute(
                "update reprimands set issued_at = $2, approved_by = $3 where id = $1",
                *(id, event.approved_at, event.approved_by),
            )
        case Reprimand.ReprimandAnswered():
            await connection.execute(
                "update reprimands set replies = replies + 1 where id = $1", id
            )
        case Reprimand.ReprimandTakenBack():
            await connection.execute(
                "update reprimands set withdrawn_at = $2 where id = $1", id, event.withdrawn_at
            )
        case Threat.ThreatRecorded():
            await connection.execute(
                "insert into threats values ($1, $2, $3, $4, $5, $6)",
                *(id, event.complaint_id, event.kind, event.threatened_id),
                *(event.staff_id, event.recorded_at),
            )


async def reprimands(source: Source, complaint_id: UUID) -> list[ReprimandView]:
    """Return the reprimands over a complaint, in order."""
    rows = await source.fetch(
        f"{REPRIMANDS} where complaint_id = $1 order by given_at, r.id", complaint_id
    )
    return [_reprimand(row) for row in rows]


async def reprimand(source: Source, complaint_id: UUID, id: UUID) -> ReprimandView:
    """Return one of them, or raise Missing."""
    row = await source.fetchrow(
        f"{REPRIMANDS} where complaint_id = $1 and r.id = $2", complaint_id, id
    )
    if row is None:
        raise Missing(f"Reprimand {id}")
    return _reprimand(row)


async def threats(source: Source, limit: int) -> list[ThreatView]:
    """Return the threats, the latest first."""
    rows = await source.fetch(f"{THREATS} order by recorded_at desc limit $1", limit)
    return [_threat(row) for row in rows]


async def threat(source: Source, id: UUID) -> ThreatView:
    """Return one of them, or raise Missing."""
    row = await source.fetchrow(f"{THREATS} where t.id = $1", id)
    if row is None:
        raise Missing(f"Threat {id}")
    return _threat(row)


def _reprimand(row: Record) -> ReprimandView:
    of = complaint_resource(row["complaint_id"], row)
    who = {"staff_id": row["given_by"], "involved_id": row["given_by"]}
    return ReprimandView(**row).tied_to(replace(of, name=f"Reprimand {row['id']}", **who))


def _threat(row: Record) -> ThreatView:
    of = complaint_resource(row["complaint_id"], row)
    about = replace(of, name=f"Threat {row['id']}", involved_id=row["threatened_id"])
    return ThreatView(**row).tied_to(about)
