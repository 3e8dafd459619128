"""What triage can be asked about consent for children, and for which it is not there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.triage.domain import Consents
from shared.access.wall import Source
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

# Of one case c: the children in its form for whom nobody who may agrees to anything (any more).
MISSING = """
    array(
        select child from unnest(c.children) child where not exists (
            select from consents said cross join unnest(said.purposes) purpose
            where said.case_id = c.id and said.person_id = child
                and said.agrees and said.giver <> 'CHILD'
                and not exists (
                    select from consents later
                    where later.case_id = c.id and later.person_id = child
                        and later.giver = said.giver and purpose = any(later.purposes)
                        and not later.agrees and later.nth > said.nth)
        ) order by child)"""


class ConsentView(BaseModel):
    """What somebody said for a child, by codes; who that was is read through the door."""

    id: UUID
    person_id: UUID
    giver: str
    purposes: list[str]
    agrees: bool
    said_at: datetime
    has_document: bool
    by_supervisor: bool
    recorded_by: str
    recorded_at: datetime


async def project(connection: Connection, event: Event) -> None:
    """Bring the table up to date with one event."""
    match event:
        case Consents.ConsentStated():
            await connection.execute(
                "insert into consents values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                *(event.statement_id, event.case_id, event.originator_version, event.person_id),
                *(event.giver, list(event.purposes), event.agrees, event.said_at),
                *(event.has_document, event.by_supervisor, event.recorded_by, event.recorded_at),
            )


async def consents(source: Source, case_id: UUID) -> list[ConsentView]:
    """Return what was said for the children of a case, in the order in which it was noted."""
    rows = await source.fetch("select * from consents where case_id = $1 order by nth", case_id)
    return [ConsentView(**row) for row in rows]
