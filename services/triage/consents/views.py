"""What triage can be asked about consent for children, and for which it is not there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.triage.domain import Case, Consents, suspected_givers
from shared.access.wall import Source
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

# Of one child of a case c: what still stands. What may be the word of somebody named as having done
# it, then or since, does not, unless a supervisor took it.
COUNTS = """
    ({said}.by_supervisor or not exists (
        select from suspected_givers
        where suspected_givers.case_id = c.id and suspected_givers.person_id = child
            and suspected_givers.giver = {said}.giver))"""
STANDS = f"""
    select said.agrees, said.giver, purpose
    from consents said cross join unnest(said.purposes) purpose
    where said.case_id = c.id and said.person_id = child and {COUNTS.format(said="said")}
        and not exists (
            select from consents later
            where later.case_id = c.id and later.takes_back = said.id
                and purpose = any(later.purposes) and {COUNTS.format(said="later")})"""  # noqa: S608 constants
# The children for whom nobody who may agrees to anything (any more).
MISSING = f"""
    array(
        select child from unnest(c.children) child where not exists (
            select from ({STANDS}) yes where yes.agrees and yes.giver <> 'CHILD'
        ) order by child)"""  # noqa: S608 constants
# Those for whom one agrees to what another, or she herself, refuses.
DISPUTED = f"""
    array(
        select child from unnest(c.children) child where exists (
            select from ({STANDS}) yes join ({STANDS}) no using (purpose)
            where yes.agrees and yes.giver <> 'CHILD' and not no.agrees
        ) order by child)"""  # noqa: S608 constants


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
    takes_back: UUID | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case Case.CaseFormFilled():
            await connection.executemany(
                "insert into suspected_givers values ($1, $2, $3) on conflict do nothing",
                [
                    (event.originator_id, each.person_id, giver)
                    for each in event.form.victims
                    if each.person_id  # forms of the first days name nobody by id
                    for giver in suspected_givers(each.person_id, event.form)
                ],
            )
        case Consents.ConsentStated():
            await connection.execute(
                "insert into consents values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
                " $13)",
                *(event.statement_id, event.case_id, event.originator_version, event.person_id),
                *(event.giver, list(event.purposes), event.agrees, event.said_at),
                *(event.has_document, event.by_supervisor, event.recorded_by, event.recorded_at),
                event.takes_back,
            )


async def consents(source: Source, case_id: UUID) -> list[ConsentView]:
    """Return what was said for the children of a case, in the order in which it was noted."""
    rows = await source.fetch("select * from consents where case_id = $1 order by nth", case_id)
    return [ConsentView(**row) for row in rows]
