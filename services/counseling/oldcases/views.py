"""What counseling can be asked about looking into old cases."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from services.counseling.domain import Lookup
from shared.access import Resource
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

RETRIEVALS = f"select r.*, {ties('r.case_id', 'r.complaint_id')} from retrievals r"  # noqa: S608 constants
CONTACTS = """
    select c.*, case when answered then null else next_id end as fallback_id from contacts c
    where case_id = $1 and ($2::uuid is null or complaint_id = $2)
    order by contacted_at desc, version desc"""


class ContactView(BaseModel):
    """Who was contacted about a further complaint; ``fallback_id`` is whom to contact instead."""

    complaint_id: UUID
    counselor_id: UUID
    is_coordinator: bool
    medium: str
    answered: bool
    fallback_id: UUID | None
    staff_id: str
    contacted_at: datetime


class RetrievalView(Row):
    """Who fetched the record of a case, why and until when; whether a folder is still away."""

    id: UUID
    case_id: UUID
    complaint_id: UUID
    purpose: str
    has_paper: bool
    staff_id: str
    retrieved_at: datetime
    until: datetime
    returned_at: datetime | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case Lookup.CounselorContacted():
            await connection.execute(
                "insert into contacts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                *(event.originator_id, event.originator_version, event.case_id),
                *(event.complaint_id, event.counselor_id, event.is_coordinator, event.medium),
                *(event.answered, event.next_id, event.staff_id, event.contacted_at),
            )
        case Lookup.CaseRecordRetrieved():
            await connection.execute(
                "insert into retrievals values ($1, $2, $3, $4, $5, $6, $7, $8)",
                *(event.retrieval_id, event.case_id, event.complaint_id, event.purpose),
                *(event.folder is not None, event.staff_id, event.retrieved_at, event.until),
            )
        case Lookup.CaseRecordReturned():
            await connection.execute(
                "update retrievals set returned_at = $2 where id = $1",
                *(event.retrieval_id, event.returned_at),
            )


async def contacts(
    source: Source, case_id: UUID, complaint_id: UUID | None = None
) -> list[ContactView]:
    """Return who was contacted about a case, the latest first."""
    rows = await source.fetch(CONTACTS, case_id, complaint_id)
    return [ContactView(**row) for row in rows]


async def retrievals(source: Source, case_id: UUID) -> list[RetrievalView]:
    """Return who fetched the record of a case, the latest first."""
    rows = await source.fetch(
        f"{RETRIEVALS} where r.case_id = $1 order by r.retrieved_at desc, r.id", case_id
    )
    return [_retrieval(row) for row in rows]


async def retrieval(source: Source, case_id: UUID, id: UUID) -> RetrievalView:
    """Return one retrieval of the record of a case, or raise Missing."""
    row = await source.fetchrow(f"{RETRIEVALS} where r.case_id = $1 and r.id = $2", case_id, id)
    if row is None:
        raise Missing(f"Record retrieval {id}")
    return _retrieval(row)


def _retrieval(row: Record) -> RetrievalView:
    return RetrievalView(**row).tied_to(
        Resource(
            name=f"Record retrieval {row['id']}",
            officer_ids=frozenset({row["staff_id"]}),
            **tied(row),
        )
    )
