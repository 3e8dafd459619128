"""What counseling can be asked about the first help, and about reaching somebody safely."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from services.counseling.domain import FirstHelp
from shared.access.wall import Source
from shared.contracts.codes import CODES
from shared.contracts.safe_contact import SafeContact, refusal
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

FLAGS = ("may_call", "may_text", "may_leave_message", "may_visit", "may_write")


class FirstHelpView(BaseModel):
    """When the person was first helped after a complaint, and by which medium."""

    complaint_id: UUID
    medium: str
    helped_at: datetime


class SafeContactView(BaseModel):
    """How the reporter of one complaint may be contacted, or a victim who said so herself.

    ``refused`` says which media are not safe at this moment, and why not. ``is_victims`` says that
    the reporter is the first victim; if not, her wish says nothing of how a victim may be reached.
    """

    complaint_id: UUID
    whom: str
    n: int
    is_victims: bool
    is_known: bool
    may_call: bool | None
    may_text: bool | None
    may_leave_message: bool | None
    may_visit: bool | None
    may_write: bool | None
    hours: list[tuple[str, str]]
    refused: dict[str, str]


async def project(connection: Connection, event: Event) -> None:
    """Bring the table up to date with one event."""
    match event:
        case FirstHelp.FirstHelpRecorded():
            await connection.execute(
                "insert into first_helps values ($1, $2, $3, $4)",
                *(event.case_id, event.complaint_id, event.medium, event.helped_at),
            )


async def first_helps(source: Source, case_id: UUID) -> list[FirstHelpView]:
    """Return the first helps of a case, one to a complaint."""
    rows = await source.fetch(
        "select complaint_id, medium, helped_at from first_helps where case_id = $1"
        " order by helped_at, complaint_id",
        case_id,
    )
    return [FirstHelpView(**row) for row in rows]


async def safe_contacts(source: Source, case_id: UUID, now: datetime) -> list[SafeContactView]:
    """Return how those who complained about a case may be contacted, and its victims, as of now."""
    rows = await source.fetch(
        "select distinct c.complaint_id, coalesce(s.whom, 'reporter') as whom,"
        " coalesce(s.n, 0) as n, coalesce(s.is_victims, false) as is_victims, s.may_call,"
        " s.may_text, s.may_leave_message, s.may_visit, s.may_write, s.hours"
        " from casework w, unnest(w.followed || w.linked) as about (complaint_id)"
        " join complaints c using (complaint_id) left join safe_contacts s using (complaint_id)"
        " where w.case_id = $1 order by c.complaint_id, whom, n",
        case_id,
    )
    return [_safe_contact(row, now) for row in rows]


def _safe_contact(row: Record, now: datetime) -> SafeContactView:
    flat = iter(row["hours"] or ())
    hours = tuple(zip(flat, flat, strict=True))
    flags = {
        name: row[name]
        for name in (*("may_call", "may_text", "may_leave_message"), *("may_visit", "may_write"))
    }
    is_known = None not in flags.values()
    rules = SafeContact(**flags, hours=hours) if is_known else None
    why = {medium: refusal(rules, medium, now) for medium in CODES["contact_medium"]}
    return SafeContactView(
        complaint_id=row["complaint_id"],
        whom=row["whom"],
        n=row["n"],
        is_victims=row["is_victims"],
        is_known=is_known,
        **flags,
        hours=list(hours),
        refused={medium: reason for medium, reason in why.items() if reason},
    )
