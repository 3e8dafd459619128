"""What triage can be asked. Tables here are derived: drop them, replay, and they are back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from pydantic import computed_field

from services.triage.consents import views as consents
from services.triage.domain import IdentificationStatus
from shared.access import Resource
from shared.access.wall import Row, Source, tied, ties
from shared.contracts.regions import name_of
from shared.problems import Missing

IDENTIFICATIONS = (
    "select i.*, a.kind as alarm, coalesce(a.kind, '') = 'emergency' or i.in_danger"  # noqa: S608
    f" as urgent, {ties('i.case_id', 'i.complaint_id')} from identifications i"
    " left join alarms a using (complaint_id)"
)
AWAITING = """
    array_remove(array[
        case when 'supervisor' = any(c.route) then 'route' end,
        case when c.vawc and (c.locus = 'unknown' or c.locus = 'out' and exists (
            select from incidents where incidents.case_id = c.id and in_city)) then 'locus' end,
        case when c.vawc and c.men_only then 'vawc' end,
        case when c.withdrawn and (c.child is not false or c.was_high) and c.ended_for is null
            and not 'withdrawal' = any(c.decided) then 'withdrawal' end,
        case when c.police_due then 'tpks_police_report' end,
        case when not c.vawc and c.route = '{inform}'
            and not 'not_vawc' = any(c.decided) then 'not_vawc' end,
        case when 'asked' = any(c.decided) then 'reclassification' end
    ], null)"""
STATUS = """
    case when c.ended_for is not null then 'ended'
         when c.classified_at is null then 'identifying'
         when 'supervisor' = any(c.route) then 'with_supervisor'
         when c.route = '{inform}' then 'informed' else 'open' end"""
LINKED = """
    array(select case when first_id = c.id then second_id else first_id end from case_links
          where kind is not null and c.id in (first_id, second_id) order by 1)"""
CASES = (
    f"select c.*, {AWAITING} as awaiting, {STATUS} as status,"  # noqa: S608 constants
    f" {LINKED} as linked_cases, {consents.MISSING} as without_consent,"
    f" {consents.DISPUTED} as disputed_consent, {ties('c.id')}"
    " from cases c"
)


class IdentificationView(Row):
    """A complaint in the officers' queue: codes and times only."""

    complaint_id: UUID
    registration_no: str
    channel: str
    reporter_role: str
    in_danger: bool
    locus_code: str | None
    received_at: datetime
    status: IdentificationStatus
    officer_id: str | None
    taken_at: datetime | None
    due_at: datetime | None
    completed_at: datetime | None
    route: list[str]
    case_id: UUID | None
    handed_over: bool
    amended_at: datetime | None
    withdrawn_by: str | None
    alarm: str | None
    urgent: bool  # before anything else, and to be classified as high unless it turns out otherwise
    case_kind: str | None
    version: int


# What a case is by its complaints, and might not be without one of them.
OF_ITS_COMPLAINTS = (
    *("complaint_ids", "vawc", "locus", "locus_code", "urgency", "tpks", "child", "violence"),
    *("needs", "route", "classified_at", "reclassified_at", "special", "police", "status"),
    *("awaiting", "without_consent", "disputed_consent", "accepted_at"),
    *("referral_ids",),
)


class CaseView(Row):
    """A case by its codes: nobody's name.

    ``without_consent`` are the children for whom no parent, nor anybody in a parent's place,
    agreed to anything so far; what somebody said who may have done it does not count.
    ``disputed_consent`` are those for whom one agrees to what another refuses. Neither holds up
    anything.
    """

    id: UUID
    registration_no: str
    opened_at: datetime
    vawc: bool | None
    locus: str | None
    locus_code: str | None
    urgency: str | None
    tpks: bool | None
    child: bool | None
    violence: list[str]
    needs: list[str]
    route: list[str]
    classified_at: datetime | None
    counselor_id: UUID | None
    referral_ids: list[UUID]
    complaint_ids: list[UUID]
    reclassified_at: datetime | None
    accepted_at: datetime | None
    special: list[str]
    withdrawn: bool
    police: str | None
    status: str | None
    awaiting: list[str]
    linked_cases: list[UUID]
    without_consent: list[UUID]
    disputed_consent: list[UUID]
    version: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def locus_name(self) -> str | None:
        """Return the name of the locus, or of the smallest region around it that we know."""
        return name_of(self.locus_code) if self.locus_code else None


async def queue(
    source: Source, status: IdentificationStatus, limit: int
) -> list[IdentificationView]:
    """Return the identifications with a status: danger first, then the longest waiting."""
    rows = await source.fetch(
        f"{IDENTIFICATIONS} where status = $1 order by urgent desc, received_at limit $2",
        status,
        limit,
    )
    return [_identification(row) for row in rows]


async def identification(source: Source, complaint_id: UUID) -> IdentificationView:
    """Return the identification of a complaint, or raise Missing."""
    row = await source.fetchrow(f"{IDENTIFICATIONS} where complaint_id = $1", complaint_id)
    if row is None:
        raise Missing(f"Identification of complaint {complaint_id}")
    return _identification(row)


def _identification(row: Record) -> IdentificationView:
    return IdentificationView(**row).tied_to(
        Resource(
            name=f"Identification of complaint {row['complaint_id']}",
            officer_ids=frozenset({row["officer_id"]} - {None}),
            is_waiting=row["officer_id"] is None,
            **tied(row),
        )
    )


async def case(source: Source, id: UUID) -> CaseView:
    """Return a case, or raise Missing."""
    row = await source.fetchrow(f"{CASES} where c.id = $1", id)
    if row is None:
        raise Missing(f"Case {id}")
    return _case(row)


async def there(source: Source, ids: Sequence[UUID]) -> list[UUID]:
    """Return those of these cases that are there for whoever asks."""
    rows = await source.fetch("select id from cases where id = any($1) order by id", list(ids))
    return [row["id"] for row in rows]


async def cases(
    source: Source, *, locus: str | None, awaiting: str | None, limit: int
) -> list[CaseView]:
    """Return cases, the most urgent first, then the oldest: all, or what waits for something."""
    rows = await source.fetch(
        f"select * from ({CASES}) found"  # noqa: S608 constants
        " where ($1::text is null or locus = $1) and ($2::text is null or $2 = any(awaiting))"
        " order by array_position(array['high', 'medium', 'low'], urgency), opened_at limit $3",
        *(locus, awaiting, limit),
    )
    return [_case(row) for row in rows]


def _case(row: Record) -> CaseView:
    return CaseView(**row).tied_to(
        Resource(
            name=f"Case {row['id']}",
            officer_ids=frozenset(row["officer_ids"]),
            linked_by=frozenset(row["linked_ids"]),
            counselor_id=str(row["counselor_id"]) if row["counselor_id"] else None,
            **tied(row),
        )
    )
