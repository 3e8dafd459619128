"""What intake can be asked. Tables here are derived: drop them, replay, and they are back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.intake.domain import Complaint, Status
from shared.access import Resource
from shared.access.standing import project_standing
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool
from shared.problems import Missing

HANDED_ON = (Status.REFERRED, Status.COUNSELOR_ASSIGNED)  # the officer's work is done
COMPLAINT = (
    f"select c.*, counselor_id::text as counselor_id, {ties('c.case_id', 'c.id')}"  # noqa: S608 constants
    " from complaints c left join standings using (case_id) where {}"
)


class ComplaintView(Row):
    """A complaint as the front desk sees it: nothing that was told, only how far it is."""

    id: UUID
    registration_no: str
    channel: str
    sub_channel: str | None
    reporter_role: str
    in_danger: bool
    locus_code: str | None
    received_at: datetime
    status: Status
    case_id: UUID | None
    version: int
    handed_over: bool
    is_minimal: bool
    withdrawn_at: datetime | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case Complaint.ComplaintReceived():
            await connection.execute(
                "insert into complaints values"
                " ($1, $2, $3, $4, $5, $6, $7, $8, 'received', null, null, $9)",
                event.originator_id,
                event.registration_no,
                event.channel,
                event.sub_channel,
                event.told.reporter_role,
                event.told.in_danger,
                event.told.locus_code,
                event.received_at,
                event.originator_version,
            )
        case Complaint.ComplaintUnlinked():
            await connection.execute(
                "update complaints set status = 'received', case_id = null, decided_at = null,"
                " version = $2 where id = $1",
                *(event.originator_id, event.originator_version),
            )
        case Complaint.ComplaintReconsidered():
            await connection.execute(
                "update complaints set status = $2, case_id = $3, decided_at = $4, version = $5"
                " where id = $1",
                *(event.originator_id, event.status, event.case_id, event.decided_at),
                event.originator_version,
            )
        case Complaint.ComplaintProgressed():
            await connection.execute(
                "update complaints set status = $2, case_id = $3, version = $4 where id = $1",
                event.originator_id,
                event.status,
                event.case_id,
                event.originator_version,
            )
        case Complaint.ComplaintTakenUp():
            await connection.execute(
                "update complaints set officer_id = $2, version = $3 where id = $1",
                *(event.originator_id, event.officer_id, event.originator_version),
            )
        case Complaint.OfficerReleased():
            await connection.execute(
                "update complaints set officer_id = null, version = $2 where id = $1",
                *(event.originator_id, event.originator_version),
            )
        case Complaint.ComplaintHandedOver():
            await connection.execute(
                "update complaints set handed_over = true, version = $2 where id = $1",
                *(event.originator_id, event.originator_version),
            )
        case Complaint.ComplaintAmended():
            await connection.execute(
                "update complaints set reporter_role = $2, in_danger = $3, locus_code = $4,"
                " is_minimal = is_minimal and $5 <> 'completed', version = $6 where id = $1",
                *(event.originator_id, event.reporter_role, event.in_danger, event.locus_code),
                *(event.why, event.originator_version),
            )
        case Complaint.ComplaintWithdrawn():
            await connection.execute(
                "update complaints set withdrawn_at = $2, version = $3 where id = $1",
                *(event.originator_id, event.withdrawn_at, event.originator_version),
            )
        case (
            Complaint.SafeContactSet()
            | Complaint.SafeContactReattributed()
            | Complaint.AnonymityChosen()
        ):
            await connection.execute(
                "update complaints set version = $2 where id = $1",
                *(event.originator_id, event.originator_version),
            )
        case _:
            await project_standing(connection, event)


async def complaint(source: Source, id: UUID) -> ComplaintView:
    """Return one complaint, or raise Missing."""
    row = await source.fetchrow(COMPLAINT.format("id = $1"), id)
    if row is None:
        raise Missing(f"Complaint {id}")
    return ComplaintView(**row).tied_to(complaint_resource(id, row))


async def numbered(source: Source, registration_no: str) -> list[ComplaintView]:
    """Return the complaint with this number, or nothing."""
    rows = await source.fetch(COMPLAINT.format("registration_no = $1"), registration_no)
    return [ComplaintView(**row).tied_to(complaint_resource(row["id"], row)) for row in rows]


def complaint_resource(id: UUID, row: Record) -> Resource:
    """Return by whom a complaint may be seen, from a row that knows who is tied to it."""
    is_hers = row["officer_id"] is not None and row["status"] not in HANDED_ON
    return Resource(
        name=f"Complaint {id}",
        officer_ids=frozenset({row["officer_id"]}) if is_hers else frozenset(),
        is_waiting=row["officer_id"] is None,
        counselor_id=row["counselor_id"],
        **tied(row),
    )


async def emergencies_of(source: Source, complaint_id: UUID) -> list[UUID]:
    """Return the emergencies of a complaint, the first one first."""
    rows = await source.fetch(
        "select id from emergencies where complaint_id = $1 order by activated_at", complaint_id
    )
    return [row["id"] for row in rows]


async def complaints_of(source: Source, case_id: UUID) -> list[UUID]:
    """Return the complaints about a case."""
    rows = await source.fetch("select id from complaints where case_id = $1", case_id)
    return [row["id"] for row in rows]


async def decided_since(pool: Pool, case_id: UUID, at: datetime) -> Status | None:
    """Return how far the complaints of a case are that was decided anew since; None if not."""
    status = await pool.fetchval(
        "select status from complaints where case_id = $1 and decided_at > $2"
        " order by decided_at desc limit 1",
        *(case_id, at),
    )
    return Status(status) if status else None


async def receipt(pool: Pool, id: UUID) -> tuple[str, UUID, bytes]:
    """Return the registration number, event id and leaf hash of what was received, or Missing."""
    _, number, event_id, leaf = await first_receipt(pool, [id])
    return number, event_id, leaf


async def first_receipt(pool: Pool, ids: Sequence[UUID]) -> tuple[UUID, str, UUID, bytes]:
    """Return the one of these complaints that was received, and its receipt; or Missing."""
    row = await pool.fetchrow(
        "select c.id, c.registration_no, e.event_id, e.leaf from complaints c"
        " join es.events e on e.stream_id = c.id and e.name = 'ComplaintReceived'"
        " where c.id = any($1) order by c.received_at limit 1",
        list(ids),
    )
    if row is None:
        raise Missing(f"Complaint {ids[0]}")
    return row["id"], row["registration_no"], row["event_id"], row["leaf"]


async def next_number(pool: Pool) -> int:
    """Return a number no complaint has had. A request that fails leaves a gap."""
    number: int = await pool.fetchval("select nextval('desk.registration_no')")
    return number
