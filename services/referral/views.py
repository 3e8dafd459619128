"""What referral can be asked. Tables here are derived: drop them, replay, and they are back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from asyncpg import Record
from pydantic import BaseModel

from services.referral.domain import Agency, AgencyCard, Referral, ReferralNeed
from shared.access import Resource
from shared.access.standing import project_standing
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool
from shared.problems import Missing

REFS = UUID("b54d6f0e-1c8a-5c5b-8f35-2f0c7c9e4d18")  # namespace of what agencies call a referral
REFERRALS = (
    f"select r.*, s.counselor_id::text as counselor_id, {ties('r.case_id', 'r.complaint_id')}"  # noqa: S608 constants
    " from referrals r left join standings s using (case_id)"
)


class AgencyView(BaseModel):
    """An agency that takes cases over."""

    id: UUID
    name: str
    kind: str
    region_code: str
    serves: list[str]
    answer_within_hours: int


class ReferralView(Row):
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
    answer: str | None  # accepted, declined
    answered_at: datetime | None
    moot: str | None  # why an officer must decide whether it goes on


class DisclosedView(Row):
    """A case as its agency sees it: what CaseReferred discloses, under a name of its own."""

    ref: UUID
    region_code: str
    urgency: str
    purpose: str
    violence: list[str]
    age_band: str | None
    referred_at: datetime
    respond_by: datetime


class NeedView(Row):
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
                "insert into referrals values"
                " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
                " on conflict (id) do update set complaint_id = excluded.complaint_id,"
                " urgency = excluded.urgency, purpose = excluded.purpose,"
                " violence = excluded.violence, age_band = excluded.age_band,"
                " referred_at = excluded.referred_at, respond_by = excluded.respond_by,"
                " version = excluded.version, moot = null, answer = null, answered_at = null",
                *(id, case.case_id, case.complaint_id, agency.agency_id, agency.kind),
                *(agency.region_code, case.urgency, event.purpose, list(case.violence)),
                case.age_band,
                *(event.referred_at, event.respond_by, event.originator_version),
            )
        case ReferralNeed.ReferralNeeded():
            case = event.case
            await connection.execute(
                "insert into needs values ($1, $2, $3, $4, $5, $6, $7, $8)",
                *(id, case.case_id, case.complaint_id, case.region_code, case.urgency),
                *(event.reason, list(event.candidates), event.needed_at),
            )
        case Referral.ReferralMoot():
            await connection.execute(
                "update referrals set moot = $2, version = $3 where id = $1",
                *(id, event.reason, event.originator_version),
            )
        case Referral.ReferralAccepted() | Referral.ReferralDeclined():
            answer = "accepted" if isinstance(event, Referral.ReferralAccepted) else "declined"
            await connection.execute(
                "update referrals set answer = $2, answered_at = $3, version = $4 where id = $1",
                *(id, answer, event.answered_at, event.originator_version),
            )
        case Referral.ReferralKept():
            await connection.execute(
                "update referrals set moot = null, version = $2 where id = $1",
                *(id, event.originator_version),
            )
        case ReferralNeed.ReferralNeedMet() | ReferralNeed.ReferralNeedGone():
            await connection.execute("delete from needs where id = $1", id)
        case _:
            await project_standing(connection, event)


async def agencies(source: Source) -> list[AgencyView]:
    """Return all agencies."""
    return [AgencyView(**row) for row in await source.fetch("select * from agencies order by name")]


async def agency_cards(pool: Pool) -> list[AgencyCard]:
    """Return what must be known of all agencies to choose one."""
    return [
        AgencyCard(a.id, a.kind, a.region_code, tuple(a.serves), a.answer_within_hours)
        for a in await agencies(pool)
    ]


async def referrals(
    source: Source, case_id: UUID | None, limit: int = 100, *, moot: bool = False
) -> list[ReferralView]:
    """Return the referrals of a case, or the latest of all; or of those what is questioned."""
    rows = await source.fetch(
        f"{REFERRALS} where ($1::uuid is null or r.case_id = $1) and (not $3 or moot is not null)"
        " order by referred_at desc limit $2",
        *(case_id, limit, moot),
    )
    return [ReferralView(**row).tied_to(_resource(row)) for row in rows]


async def referral(source: Source, id: UUID) -> ReferralView:
    """Return one referral, or raise Missing."""
    row = await source.fetchrow(f"{REFERRALS} where r.id = $1", id)
    if row is None:
        raise Missing(f"Referral {id}")
    return ReferralView(**row).tied_to(_resource(row))


async def disclosed(source: Source, agency_id: str | None, limit: int) -> list[DisclosedView]:
    """Return what was referred to an agency, the latest first."""
    rows = await source.fetch(
        f"{REFERRALS} where r.agency_id::text = $1 order by referred_at desc limit $2",
        agency_id,
        limit,
    )
    return [
        DisclosedView(**row, ref=uuid5(REFS, f"{row['agency_id']}/{row['id']}")).tied_to(
            _resource(row)
        )
        for row in rows
    ]


async def needs(source: Source) -> list[NeedView]:
    """Return the cases that wait for an officer, danger first, then the longest waiting."""
    rows = await source.fetch(
        f"select n.*, {ties('n.case_id', 'n.complaint_id')} from needs n"  # noqa: S608 constants
        " order by urgency <> 'high', needed_at"
    )
    return [NeedView(**row).tied_to(Resource(name="Need", **tied(row))) for row in rows]


async def needs_of(pool: Pool, case_id: UUID) -> list[UUID]:
    """Return what of a case waits for an officer to say where it goes."""
    rows = await pool.fetch("select id from needs where case_id = $1", case_id)
    return [row["id"] for row in rows]


def _resource(row: Record) -> Resource:
    return Resource(
        name=f"Referral {row['id']}",
        counselor_id=row["counselor_id"],
        agency_id=str(row["agency_id"]),
        **tied(row),
    )
