"""What triage can be asked about the data of persons. Derived tables, like all views."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel
from pydantic_core import from_json

from services.triage.domain import Case, Identification, Person, PrivacyRequest
from shared.access.wall import Source
from shared.contracts import person_of
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool
from shared.problems import Missing

ErasureStatus: TypeAlias = Literal["filed", "requested", "approved", "erased"]
ERASURES = """
    select e.*, p.event_id as proof_id, p.leaf,
           array(select service from refusals r where r.person_id = e.person_id order by 1)
               as refused_by,
           (select coalesce(json_agg(f), '[]') from forgotten f where f.person_id = e.person_id)
               ::text as told
    from erasures e left join lateral (
        select event_id, leaf from es.events
        where stream_id = e.person_id and name = 'PersonErased' order by version desc limit 1
    ) p on true"""
HEARERS = ("counseling", "intake", "referral", "triage")


class Proof(BaseModel):
    """What proves that it is in our history."""

    event_id: UUID
    leaf_hash: str


class ErasureView(BaseModel):
    """How far it is to forget somebody, and who has done so."""

    person_id: UUID
    case_id: UUID | None
    complaint_id: UUID | None  # of which alone she is known
    role: str
    status: ErasureStatus
    ground: str | None
    requested_by: str | None
    approved_by: str | None
    due_at: datetime | None
    hold: str | None
    erased_at: datetime | None
    requested_at: datetime | None
    persons: list[UUID]  # who goes: herself under all of her ids; with the story every victim
    complaint_ids: list[UUID]  # in which she was told of
    story: bool  # what was told in them goes too
    forgotten_by: dict[str, int]  # service, and how many keys it destroyed
    waits_for: list[str]  # services that have not said so yet
    blocked_by: str | None  # what stands against it though it is due; tried again every hour
    refused_by: list[str]  # services that did not do so, because of a legal hold: ask anew after it
    receipt: Proof | None = None


@dataclass(frozen=True)
class Due:
    """Somebody whose day to think again is over, and of what she is known."""

    case_id: UUID | None
    complaint_id: UUID | None
    person_id: UUID
    due_at: datetime


class RequestView(BaseModel):
    """What somebody asked for, and until when she has a right to hear back."""

    id: UUID
    kind: str
    case_id: UUID | None
    complaint_id: UUID | None
    person_id: UUID | None
    filed_at: datetime
    due_at: datetime
    outcome: str | None
    answered_at: datetime | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id = event.originator_id
    match event:
        case Person.PersonFiled():
            await connection.execute(
                "insert into erasures (person_id, case_id, role, complaint_id)"
                " values ($1, $2, $3, $4)",
                *(id, event.case_id, event.role, event.complaint_id),
            )
        case Person.ErasureRequested():
            await connection.execute(
                "update erasures set status = 'requested', ground = $2, requested_by = $3,"
                " approved_by = null, due_at = null, erased_at = null, complaint_id = $4,"
                " requested_at = $5, persons = $6, complaint_ids = $7, story = $8"
                " where person_id = $1",
                *(id, event.ground, event.requested_by, event.complaint_id, event.requested_at),
                *(list(event.reach.persons), list(event.reach.complaint_ids), event.reach.story),
            )
            await connection.execute("delete from forgotten where person_id = $1", id)
            await connection.execute("delete from refusals where person_id = $1", id)
        case Person.ErasureApproved():
            await connection.execute(
                "update erasures set status = 'approved', approved_by = $2, due_at = $3,"
                " blocked_by = null where person_id = $1",
                *(id, event.approved_by, event.due_at),
            )
        case Person.ErasureBlocked():
            await connection.execute(
                "update erasures set blocked_by = $2 where person_id = $1", id, event.reason
            )
        case Person.ErasureWithdrawn():
            await connection.execute(
                "update erasures set status = 'filed', ground = null, requested_by = null,"
                " approved_by = null, due_at = null, requested_at = null, persons = '{}',"
                " complaint_ids = '{}', story = false where person_id = $1",
                id,
            )
        case Person.LegalHoldPlaced():
            await connection.execute(
                "update erasures set hold = $2, approved_by = null, due_at = null, status ="
                " case status when 'approved' then 'requested' else status end"
                " where person_id = $1",
                *(id, event.ground),
            )
        case Person.LegalHoldLifted():
            await connection.execute("update erasures set hold = null where person_id = $1", id)
        case Person.PersonErased():
            await connection.execute(
                "update erasures set status = 'erased', erased_at = $2, persons = $3,"
                " blocked_by = null, complaint_ids = $4, story = $5 where person_id = $1",
                *(id, event.erased_at, list(event.reach.persons)),
                *(list(event.reach.complaint_ids), event.reach.story),
            )
        case Person.ForgottenElsewhere():
            await connection.execute(
                "insert into forgotten values ($1, $2, $3)", id, event.service, event.keys
            )
        case Person.RefusedElsewhere():
            await connection.execute("insert into refusals values ($1, $2)", id, event.service)
        case Case.CaseOpened() | Case.ExistingCaseReported():
            await _put(
                connection,
                [
                    (person_of(event.complaint_id, role), id, event.complaint_id, role)
                    for role in ("reporter", "victim")
                ],
            )
        case Case.CaseFormFilled():
            named = [(each.person_id, id, None, "victim") for each in event.form.victims]
            named += [(each.person_id, id, None, "perpetrator") for each in event.form.perpetrators]
            await _put(connection, named)
        case PrivacyRequest.PrivacyRequestFiled():
            await connection.execute(
                "insert into privacy_requests (id, kind, case_id, person_id, filed_at, due_at,"
                " complaint_id) values ($1, $2, $3, $4, $5, $6, $7)",
                *(id, event.kind, event.case_id, event.person_id, event.filed_at, event.due_at),
                event.complaint_id,
            )
        case PrivacyRequest.PrivacyRequestAnswered():
            await connection.execute(
                "update privacy_requests set outcome = $2, answered_at = $3 where id = $1",
                *(id, event.outcome, event.answered_at),
            )


async def _put(
    connection: Connection, parties: Sequence[tuple[UUID | None, UUID, UUID | None, str]]
) -> None:
    await connection.executemany(
        "insert into parties values ($1, $2, $3, $4) on conflict do nothing",
        [each for each in parties if each[0]],  # forms of the first days name nobody by id
    )


async def stories_of(pool: Pool, person_id: UUID) -> list[UUID]:
    """Return the complaints that tell a person's own story: a victim's, or what she told herself.

    What was told about an alleged perpetrator is not his story.
    """
    rows = await pool.fetch(
        "select unnest(case when p.complaint_id is not null then array[p.complaint_id]"
        " when p.role = 'victim' then c.complaint_ids end) as complaint_id"
        " from parties p join cases c on c.id = p.case_id where p.person_id = $1",
        person_id,
    )
    return [row["complaint_id"] for row in rows]


async def follow_identification(connection: Connection, event: Event) -> None:
    """Let what persons of a complaint ask for know its case of today.

    For whoever is related to a party of that it is not there.
    """
    match event:
        case Identification.CaseChosen():
            case_id: UUID | None = event.case_id
        case Identification.IdentificationReopened():
            case_id = None
        case _:
            return
    for table in ("erasures", "privacy_requests"):
        await connection.execute(
            f"update {table} set case_id = $2 where complaint_id ="  # noqa: S608 constants
            " (select complaint_id from identifications where stream_id = $1)",
            *(event.originator_id, case_id),
        )


async def erasure(source: Source, person_id: UUID) -> ErasureView:
    """Return how far it is to forget somebody, with the proof once she is; or raise Missing."""
    row = await source.fetchrow(f"{ERASURES} where e.person_id = $1", person_id)
    if row is None:
        raise Missing(f"Erasure of {person_id}")
    return _erasure(row)


async def erasures(source: Source, *, status: ErasureStatus, limit: int) -> list[ErasureView]:
    """Return who is to be forgotten and how far it is, the longest waiting first."""
    rows = await source.fetch(
        f"{ERASURES} where e.status = $1 order by e.requested_at, e.person_id limit $2",
        *(status, limit),
    )
    return [_erasure(row) for row in rows]


async def agreed_within_a_day(source: Source, now: datetime) -> int:
    """Count those of whom it was agreed within the last day that they are forgotten."""
    asked = "select person_id from erasures where status = 'approved' and due_at > $1"
    return len(await source.fetch(asked, now))


def _erasure(row: Record) -> ErasureView:
    told = {each["service"]: each["keys"] for each in from_json(row["told"])}
    proof = row["proof_id"]
    return ErasureView(
        **row,
        forgotten_by=told,
        waits_for=[s for s in HEARERS if s not in told] if row["erased_at"] else [],
        receipt=Proof(event_id=proof, leaf_hash=row["leaf"].hex()) if proof else None,
    )


async def statuses(source: Source, persons: Collection[UUID]) -> dict[UUID, str]:
    """Return how far each of these persons is from being forgotten, by herself or with another."""
    rows = await source.fetch(
        "select id, status from erasures, unnest(persons || person_id) as id where id = any($1)"
        " order by array_position(array['filed', 'requested', 'approved', 'erased'], status)",
        list(persons),
    )
    return {row["id"]: row["status"] for row in rows}


async def answering(
    source: Source, case_id: UUID | None, complaint_id: UUID | None
) -> tuple[frozenset[str], str | None]:
    """Return the officers and the counselor of a case, or the officer of a complaint without one.

    Nobody where it is not there for whoever asks.
    """
    row = await source.fetchrow(
        "select officer_ids, counselor_id::text from cases where id = $1"
        " union all select array_remove(array[officer_id], null), null from identifications"
        " where $1 is null and complaint_id = $2",
        *(case_id, complaint_id),
    )
    return (frozenset(row["officer_ids"]), row["counselor_id"]) if row else (frozenset(), None)


async def due(pool: Pool, now: datetime) -> list[Due]:
    """Return those whose day to think again is over."""
    rows = await pool.fetch(
        "select case_id, complaint_id, person_id, due_at from erasures"
        " where status = 'approved' and hold is null and due_at <= $1 order by due_at",
        now,
    )
    return [Due(**row) for row in rows]


async def requests(source: Source, *, open_only: bool, limit: int) -> list[RequestView]:
    """Return what persons asked for, the most urgent first."""
    rows = await source.fetch(
        "select * from privacy_requests where not $1 or outcome is null"
        " order by outcome is not null, due_at limit $2",
        open_only,
        limit,
    )
    return [RequestView(**row) for row in rows]


async def request(source: Source, id: UUID) -> RequestView:
    """Return one of them, or raise Missing."""
    row = await source.fetchrow("select * from privacy_requests where id = $1", id)
    if row is None:
        raise Missing(f"PrivacyRequest {id}")
    return RequestView(**row)
