"""What intake can be asked about emergencies: which there were, and who has seen them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.intake.domain import Complaint, Emergency
from shared.access import Resource
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

ALERTS = f"select e.*, {ties('e.case_id', 'e.complaint_id')} from emergencies e"  # noqa: S608 constants


class AlertView(Row):
    """Help that was called: by whom, for which contact, and which supervisor has seen it."""

    id: UUID
    complaint_id: UUID
    services: list[str]
    staff_id: str
    activated_at: datetime
    seen_by: str | None
    seen_at: datetime | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the table up to date with one event."""
    match event:
        case Emergency.EmergencyActivated():
            await connection.execute(
                "insert into emergencies (id, complaint_id, services, staff_id, activated_at,"
                " case_id) select $1, $2, $3, $4, $5,"
                " (select case_id from complaints where id = $2"
                "  for share)",  # it may get one right now
                *(event.originator_id, event.complaint_id, list(event.services)),
                *(event.staff_id, event.activated_at),
            )
        case Emergency.EmergencySeen():
            await connection.execute(
                "update emergencies set seen_by = $2, seen_at = $3 where id = $1",
                *(event.originator_id, event.supervisor_id, event.seen_at),
            )
        case Complaint.ComplaintUnlinked():
            await connection.execute(
                "update emergencies set case_id = null where complaint_id = $1", event.originator_id
            )
        case Complaint.ComplaintProgressed() | Complaint.ComplaintReconsidered():
            await connection.execute(
                "update emergencies set case_id = $2 where complaint_id = $1",
                *(event.originator_id, event.case_id),
            )


async def alerts(source: Source, is_seen: bool | None, limit: int) -> list[AlertView]:
    """Return the emergencies, the oldest that nobody has seen first."""
    rows = await source.fetch(
        f"{ALERTS} where $1::boolean is null or (seen_at is not null) = $1"
        " order by seen_at is not null, activated_at limit $2",
        *(is_seen, limit),
    )
    return [_alert(row) for row in rows]


async def alert(source: Source, id: UUID) -> AlertView:
    """Return one emergency, or raise Missing."""
    row = await source.fetchrow(f"{ALERTS} where e.id = $1", id)
    if row is None:
        raise Missing(f"Alert {id}")
    return _alert(row)


def _alert(row: Record) -> AlertView:
    return AlertView(**row).tied_to(Resource(name=f"Alert {row['id']}", **tied(row)))
