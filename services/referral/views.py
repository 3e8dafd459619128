"""What referral can be asked. Tables here are derived: drop them, replay, and they are back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.referral.domain import Agency, AgencyCard, Referral, ReferralNeed
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool


class AgencyView(BaseModel):
    """An agency that takes cases over."""

    id: UUID
    name: str
    kind: str
    region_code: str
    serves: list[str]
    answer_within_hours: int


class ReferralView(BaseModel):
    """A case in the hands of an agency."""

    id: UUID
    case_id: UUID
    complaint_id: UUID
    agency_id: UUID
    agency_kind: str
    region_code: str
    urgency: str
    purpose: str
    referred_at: datetime
    respond_by: datetime
    version: int


class NeedView(BaseModel):
    """A case that waits for an officer to say where it goes."""

    id: UUID
    case_id: UUID
    complaint_id: UUID
    region_code: str | None
    urgency: str
    reason: str
    candidates: list[UUID]
    needed_at: datetime


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id = event.originator_id
    match event:
        case Agency.AgencyRegistered():
            await connection.execute(
                "insert into agencies values ($1, $2, $3, $4, $5, $6)",
                *(id, event.name, event.kind, event.region_code, list(event.serves)),
                event.answer_within_hours,
            )
        case Referral.CaseReferred():
            case, agency = event.case, event.agency
            await connection.execute(
                "insert into referrals values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                " on conflict (id) do update set complaint_id = excluded.complaint_id,"
                " urgency = excluded.urgency, purpose = excluded.purpose,"
                " referred_at = excluded.referred_at, respond_by = excluded.respond_by,"
                " version = excluded.version",
                *(id, case.case_id, case.complaint_id, agency.agency_id, agency.kind),
                *(agency.region_code, case.urgency, event.purpose),
                *(event.referred_at, event.respond_by, event.originator_version),
            )
        case ReferralNeed.ReferralNeeded():
            case = event.case
            await connection.execute(
                "insert into needs values ($1, $2, $3, $4, $5, $6, $7, $8)",
                *(id, case.case_id, case.complaint_id, case.region_code, case.urgency),
                *(event.reason, list(event.candidates), event.needed_at),
            )
        case ReferralNeed.ReferralNeedMet():
            await connection.execute("delete from needs where id = $1", id)


async def agencies(pool: Pool) -> list[AgencyView]:
    """Return all agencies."""
    return [AgencyView(**row) for row in await pool.fetch("select * from agencies order by name")]


async def agency_cards(pool: Pool) -> list[AgencyCard]:
    """Return what must be known of all agencies to choose one."""
    return [
        AgencyCard(a.id, a.kind, a.region_code, tuple(a.serves), a.answer_within_hours)
        for a in await agencies(pool)
    ]


async def referrals(pool: Pool, case_id: UUID | None, limit: int) -> list[ReferralView]:
    """Return the referrals of a case, or the latest of all."""
    rows = await pool.fetch(
        "select * from referrals where $1::uuid is null or case_id = $1"
        " order by referred_at desc limit $2",
        case_id,
        limit,
    )
    return [ReferralView(**row) for row in rows]


async def needs(pool: Pool) -> list[NeedView]:
    """Return the cases that wait for an officer, danger first, then the longest waiting."""
    rows = await pool.fetch("select * from needs order by urgency <> 'high', needed_at")
    return [NeedView(**row) for row in rows]
