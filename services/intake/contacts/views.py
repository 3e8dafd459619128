"""What intake can be asked about contacts: how each is, and nothing that was said in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.intake.domain import Complaint, Contact, ContactStatus
from services.intake.views import HANDED_ON
from shared.access import Resource
from shared.access.forgetting import Shredding
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool
from shared.problems import Missing

SHOWN = timedelta(hours=24)  # not "today": somebody may ring again after midnight
GOING_ON = (ContactStatus.OPEN, ContactStatus.DROPPED)
WAITS = "status = 'dropped' and not is_received"
TO_ACT_ON = "(has_text or in_danger)"
CONTACTS = f"select k.*, {ties('k.case_id', 'k.id')} from contacts k"  # noqa: S608 constants
EITHER = f"""
    select coalesce(k.id, c.id) as id, k.operator_id, k.status as contact_status, c.status,
           c.officer_id, counselor_id::text as counselor_id,
           {ties("coalesce(c.case_id, k.case_id)", "asked.id")}
    from (select $1::uuid as id) asked
    left join complaints c using (id) left join contacts k using (id)
    left join standings on standings.case_id = c.case_id
    where c.id is not null or k.id is not null"""  # noqa: S608 constants


class ContactView(Row):
    """A contact: who has it and how far it is; masked, nothing of what was said."""

    id: UUID
    status: ContactStatus
    operator_id: str
    channel: str
    sub_channel: str | None
    language: str | None
    queue_ticket: str | None
    private_room: bool
    has_companion: bool
    opened_at: datetime
    dropped_at: datetime | None
    in_danger: bool
    has_text: bool
    is_received: bool
    is_minimal: bool
    version: int


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id = event.originator_id
    match event:
        case Contact.ContactOpened():
            how = event.circumstances
            await connection.execute(
                "insert into contacts values"
                " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, $10)",
                *(event.complaint_id, id, event.operator_id, event.channel, event.sub_channel),
                *(how.language, how.queue_ticket, how.private_room, how.has_companion),
                event.opened_at,
            )
        case Contact.DraftKept():
            await connection.execute(
                "update contacts set in_danger = coalesce($2, in_danger),"
                " has_text = has_text or $3, touched_at = $4, version = $5 where stream_id = $1",
                *(id, event.notes.in_danger, event.notes.narrative is not None),
                *(event.kept_at, event.originator_version),
            )
        case Contact.ContactDropped():
            await connection.execute(
                "update contacts set status = 'dropped', dropped_at = $2, touched_at = $2,"
                " version = $3 where stream_id = $1",
                *(id, event.dropped_at, event.originator_version),
            )
        case Contact.ContactResumed():
            await connection.execute(
                "update contacts set status = 'open', operator_id = $2, touched_at = $3,"
                " version = $4 where stream_id = $1",
                *(id, event.operator_id, event.resumed_at, event.originator_version),
            )
        case Contact.ServiceComplaintClosed():
            await connection.execute(
                "update contacts set status = 'closed', touched_at = $2, version = $3"
                " where stream_id = $1",
                *(id, event.closed_at, event.originator_version),
            )
        # What is received in one call has no contact, and needs no statement here.
        case (
            Complaint.ComplaintReceived(handed_over=False)
            | Complaint.ComplaintReceived(is_minimal=True)
        ):
            await connection.execute(
                "update complaints set handed_over = $2, is_minimal = $3 where id = $1",
                *(id, event.handed_over, event.is_minimal),
            )
            await connection.execute(
                "update contacts set is_received = true, is_minimal = $2, in_haste = $2,"
                " in_danger = $3 where id = $1",
                *(id, event.is_minimal, event.told.in_danger),
            )
        case Complaint.ComplaintHandedOver():
            await connection.execute("update contacts set status = 'handed_over' where id = $1", id)
        case Complaint.ComplaintAmended():
            await connection.execute(
                "update contacts set in_danger = $2 where id = $1", id, event.in_danger
            )
            if event.why == "completed":
                await connection.execute(
                    "update contacts set is_minimal = false, status = 'handed_over' where id = $1",
                    id,
                )
        case Complaint.ComplaintUnlinked():
            await connection.execute("update contacts set case_id = null where id = $1", id)
        case Complaint.ComplaintProgressed() | Complaint.ComplaintReconsidered():
            await connection.execute(
                "update contacts set case_id = $2 where id = $1", id, event.case_id
            )
        case Complaint.AnonymityChosen():
            await connection.execute(
                "insert into faceless values ($1, $2, $3)", event.person_id, id, event.chosen_at
            )
        case Shredding.SubjectKeysDestroyed():
            await connection.execute(
                "update contacts set is_forgotten = true where stream_id = any($1)",
                list(event.subjects),
            )
            await connection.execute(
                "delete from faceless where person_id = any($1)", list(event.subjects)
            )


async def contact(source: Source, id: UUID) -> ContactView:
    """Return one contact, or raise Missing."""
    row = await source.fetchrow(f"{CONTACTS} where k.id = $1", id)
    if row is None:
        raise Missing(f"Contact {id}")
    return _contact(row)


async def contacts(
    source: Source, status: ContactStatus | None, now: datetime, limit: int
) -> list[ContactView]:
    """Return the contacts of the last day, the newest first.

    Who was cut off and is not received is shown until somebody goes on with it, or until the
    number she rang from is forgotten with the notes.
    """
    rows = await source.fetch(
        f"{CONTACTS} where (opened_at > $1 or {WAITS} and not is_forgotten)"
        " and ($2::text is null or status = $2)"
        " order by opened_at desc limit $3",
        *(now - SHOWN, status, limit),
    )
    return [_contact(row) for row in rows]


async def about(source: Source, id: UUID) -> Resource:
    """Return by whom a contact or a complaint may be seen, whichever it is; or raise Missing."""
    row = await source.fetchrow(EITHER, id)
    if row is None:
        raise Missing(f"Complaint {id}")
    is_hers = row["officer_id"] is not None and row["status"] not in HANDED_ON
    return Resource(
        name=f"Complaint {id}",
        officer_ids=frozenset({row["officer_id"]}) if is_hers else frozenset(),
        counselor_id=row["counselor_id"],
        operator_id=row["operator_id"] if row["contact_status"] in GOING_ON else None,
        **tied(row),
    )


async def abandoned(pool: Pool, before: datetime) -> list[tuple[UUID, datetime]]:
    """Return the contacts that nobody has touched since then, and when somebody last did.

    They are open, or dropped with something to act on that is not received.
    """
    rows = await pool.fetch(
        "select id, touched_at from contacts where touched_at <= $1"  # noqa: S608 constants
        f" and (status = 'open' or {WAITS} and {TO_ACT_ON})",
        before,
    )
    return [(row["id"], row["touched_at"]) for row in rows]


async def outlived(pool: Pool, before: datetime) -> list[tuple[UUID, UUID, bool]]:
    """Return (complaint, stream of its notes, whether it was received) of old notes that may go.

    What was received in haste needs them for good: a text is sealed once, so the rest of what she
    said stands nowhere else. What is not received never goes, unless it was closed as none.
    """
    rows = await pool.fetch(
        "select id, stream_id, is_received from contacts"  # noqa: S608 constants
        " where not is_forgotten and not in_haste and touched_at <= $1"
        f" and (is_received or status = 'closed' or not {TO_ACT_ON})",
        before,
    )
    return [(row["id"], row["stream_id"], row["is_received"]) for row in rows]


async def faceless(pool: Pool) -> list[tuple[UUID, UUID]]:
    """Return (complaint, person) of whoever wants to stay unknown and is still noted."""
    rows = await pool.fetch("select complaint_id, person_id from faceless")
    return [(row["complaint_id"], row["person_id"]) for row in rows]


def _contact(row: Record) -> ContactView:
    is_going_on = row["status"] in GOING_ON
    return ContactView(**row).tied_to(
        Resource(
            name=f"Contact {row['id']}",
            operator_id=row["operator_id"] if is_going_on else None,
            **tied(row),
        )
    )
