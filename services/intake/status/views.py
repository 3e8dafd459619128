"""What whoever holds a receipt may know, and how many tried without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from services.intake.domain import Enquiries, Status
from shared.access.wall import Source
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool

LOCKED_AFTER = 5  # wrong PINs within LOCKED_FOR; guessing all of them would take 20 years
LOCKED_FOR = timedelta(hours=1)
KEPT_FOR = timedelta(days=30)  # how long the times of wrong PINs stay in desk.wrong_pins
FOUND = """
    select c.id, c.status, c.received_at, e.locked_at, e.unlocked_at
    from complaints c left join enquiries e on e.complaint_id = c.id where c.registration_no = $1"""


@dataclass(frozen=True)
class Found:
    """A complaint behind a public code, and whether its status may be asked."""

    id: UUID
    status: Status
    received_at: datetime
    is_locked: bool
    unlocked_at: datetime | None


class EnquiriesView(BaseModel):
    """How often the status was asked, and in vain."""

    complaint_id: UUID
    told: int
    refused: int
    last_refused_at: datetime | None
    locked_at: datetime | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the table up to date with one event."""
    match event:
        case Enquiries.EnquiriesBegun():
            await connection.execute(
                "insert into enquiries (complaint_id) values ($1)", event.complaint_id
            )
        case Enquiries.StatusAsked():
            await connection.execute(
                "update enquiries set told = told + 1 where complaint_id = $1", event.complaint_id
            )
        case Enquiries.StatusRefused():
            await connection.execute(
                "update enquiries set refused = refused + 1, last_refused_at = $2"
                " where complaint_id = $1",
                *(event.complaint_id, event.asked_at),
            )
        case Enquiries.StatusLocked():
            await connection.execute(
                "update enquiries set locked_at = $2 where complaint_id = $1",
                *(event.complaint_id, event.locked_at),
            )
        case Enquiries.StatusUnlocked():
            await connection.execute(
                "update enquiries set locked_at = null, unlocked_at = $2 where complaint_id = $1",
                *(event.complaint_id, event.unlocked_at),
            )


async def enquiries(source: Source, complaint_id: UUID) -> EnquiriesView:
    """Return how often the status of a complaint was asked, and in vain."""
    row = await source.fetchrow("select * from enquiries where complaint_id = $1", complaint_id)
    if row is None:
        return EnquiriesView(
            complaint_id=complaint_id, told=0, refused=0, last_refused_at=None, locked_at=None
        )
    return EnquiriesView(**row)


async def find(pool: Pool, registration_no: str) -> Found | None:
    """Return a complaint by its number, if there is one."""
    row = await pool.fetchrow(FOUND, registration_no)
    if row is None:
        return None
    return Found(
        id=row["id"],
        status=Status(row["status"]),
        received_at=row["received_at"],
        is_locked=row["locked_at"] is not None,
        unlocked_at=row["unlocked_at"],
    )


async def promised(pool: Pool, complaint_id: UUID, now: datetime) -> list[tuple[str, datetime]]:
    """Return what was promised for a time to come, and she knows of, the soonest first."""
    rows = await pool.fetch(
        "select what, due_at from promises"
        " where complaint_id = $1 and kept_at is null and is_told and due_at > $2"
        " order by due_at, id",
        *(complaint_id, now),
    )
    return [(row["what"], row["due_at"]) for row in rows]


async def admit(
    pool: Pool, registration_no: str, *, right: bool, since: datetime | None, now: datetime
) -> bool | None:
    """Say whether a PIN opens the status: it is right, and not too many were wrong of late.

    None means that nobody looked at the PIN: it is locked for now, or another guess is being
    looked at. One guess at a time for each number, or a burst of them would all be counted as the
    first; who comes meanwhile is turned away, not kept waiting: complaints need the connections.
    What was wrong before ``since`` is forgiven.
    """
    async with pool.acquire() as connection, connection.transaction():
        alone = await connection.fetchval(
            "select pg_try_advisory_xact_lock(hashtextextended($1, 0))", registration_no
        )
        if not alone:
            return None
        after = max(now - LOCKED_FOR, since) if since else now - LOCKED_FOR
        wrong: int = await connection.fetchval(
            "select count(*) from desk.wrong_pins where registration_no = $1 and at > $2",
            *(registration_no, after),
        )
        if wrong >= LOCKED_AFTER:
            return None
        if not right:
            await connection.execute(
                "insert into desk.wrong_pins values ($1, $2)", registration_no, now
            )
        return right


async def prune(pool: Pool, now: datetime) -> None:
    """Forget when PINs were wrong, after a time. The history still has that somebody tried."""
    await pool.execute("delete from desk.wrong_pins where at < $1", now - KEPT_FOR)
