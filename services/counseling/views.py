"""What counseling can be asked. Its tables are derived: drop them, replay, and they are back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from services.counseling.domain import CounselorCard
from shared.access import Resource
from shared.access.wall import Row, Source, tied, ties
from shared.problems import Missing
from shared.web.past import as_far_as_still_so

WorkStatus = Literal["unassigned", "assigned", "accepted", "moot", "ended"]
Presence = Literal["there", "absent", "left"]
# Who handles it or, where nobody does, who did last: in $1 the day it is.
CASEWORK = f"""
    select w.*, {ties("w.case_id", "w.complaint_id", "w.followed", "w.linked")}, c.absent_until,
           case when c.id is null then null when not c.available then 'left'
                when c.absent_until >= $1::date then 'absent' else 'there' end as presence
    from casework w left join counselors c on c.id = coalesce(w.counselor_id, w.handled_by)"""  # noqa: S608


# What a case is by its complaints, and might not be without one of them.
OF_ITS_COMPLAINTS = (
    *("needs", "urgency", "child", "reasons", "moot", "changed_at"),
    *("followed", "linked", "withdrawn"),
)


class CounselorView(BaseModel):
    """A counselor on the roster by her pseudonymous id, and how full her days are."""

    id: UUID
    skills: list[str]
    sex: str
    capacity: int
    is_coordinator: bool
    available: bool
    absent_until: date | None
    load: int
    to_accept: int
    urgent: int
    moot: int


class CaseworkView(Row):
    """Who answers for a case and why, and how far that is.

    ``handled_by`` is who last took it on; ``presence`` is that of who has it, or had it last.
    """

    case_id: UUID
    complaint_id: UUID
    needs: list[str]
    urgency: str | None
    child: bool | None
    opened_at: datetime
    status: WorkStatus
    counselor_id: UUID | None
    handled_by: UUID | None
    presence: Presence | None
    absent_until: date | None
    reasons: list[str]
    assigned_at: datetime | None
    accepted_at: datetime | None
    accept_by: datetime | None
    changed_at: datetime | None
    followed: list[UUID]
    linked: list[UUID]
    withdrawn: list[UUID]
    moot: str | None
    ended_at: datetime | None
    version: int

    @property
    def complaints(self) -> set[UUID]:
        """Return the complaints it is of."""
        return {self.complaint_id, *self.followed, *self.linked}


async def counselors(source: Source) -> list[CounselorView]:
    """Return the roster with everybody's load, and what of it waits, is urgent, or is moot."""
    rows = await source.fetch(
        "select c.*, count(*) filter (where w.status = 'assigned') as to_accept,"
        " count(*) filter (where w.urgency = 'high' and w.status <> 'moot') as urgent,"
        " count(*) filter (where w.status = 'moot') as moot"
        " from counselors c left join casework w on w.counselor_id = c.id"
        " group by c.id order by c.id"
    )
    return [CounselorView(**row) for row in rows]


async def roster(source: Source, *, on: date) -> list[CounselorCard]:
    """Return what must be known of all counselors to choose among them on a day."""
    rows = await source.fetch(
        "select id, skills, sex, capacity, load, is_coordinator,"
        " available and (absent_until is null or absent_until < $1) as is_there"
        " from counselors order by id",
        on,
    )
    return [
        CounselorCard(
            row["id"],
            tuple(row["skills"]),
            row["sex"],
            row["capacity"],
            row["load"],
            row["is_coordinator"],
            row["is_there"],
        )
        for row in rows
    ]


async def counselor_cards(
    source: Source, *, but_not_of: Collection[UUID], on: date
) -> list[CounselorCard]:
    """Return what must be known to choose a counselor who is a stranger to the parties.

    ``but_not_of`` is the case and its complaints. To be asked by the service itself: conflicts are
    not there for everybody.
    """
    asked = "select staff_id from conflicts where case_id = any($1)"
    rows = await source.fetch(asked, list(but_not_of))
    related = {row["staff_id"] for row in rows}
    return [card for card in await roster(source, on=on) if str(card.counselor_id) not in related]


async def casework(
    source: Source,
    case_id: UUID | None,
    status: WorkStatus | None,
    limit: int,
    *,
    on: date,
    of: str | None = None,
) -> list[CaseworkView]:
    """Return the casework of a case, with a status, or of a counselor: danger first, then age."""
    rows = await source.fetch(
        f"{CASEWORK} where ($2::uuid is null or case_id = $2) and ($3::text is null or status = $3)"
        " and ($4::text is null or counselor_id::text = $4)"
        " order by urgency <> 'high', opened_at limit $5",
        *(on, case_id, status, of, limit),
    )
    return [_casework(row) for row in rows]


def still_its_own(then: CaseworkView, today: CaseworkView) -> CaseworkView:
    """Return what was known, without what may be of a complaint that has left the case since."""
    if then.complaints <= today.complaints:
        return then
    own = then.model_copy(update={"complaint_id": today.complaint_id})
    return as_far_as_still_so(own, today, OF_ITS_COMPLAINTS)


async def journeys(source: Source, casework: Iterable[CaseworkView]) -> list[UUID]:
    """Return whose history these rests on: that of their complaints, and that of the roster."""
    ids = [row["id"] for row in await source.fetch("select id from counselors")]
    for each in casework:
        ids += [each.complaint_id, *each.followed, *each.linked]
    return ids


async def casework_of(source: Source, case_id: UUID, *, on: date) -> CaseworkView:
    """Return the casework of a case, or raise Missing."""
    row = await source.fetchrow(f"{CASEWORK} where case_id = $2", on, case_id)
    if row is None:
        raise Missing(f"Casework {case_id}")
    return _casework(row)


def _casework(row: Record) -> CaseworkView:
    return CaseworkView(**row).tied_to(
        Resource(
            name=f"Casework {row['case_id']}",
            counselor_id=str(row["counselor_id"]) if row["counselor_id"] else None,
            linked_by=frozenset(row["officer_ids"]),
            **tied(row),
        )
    )
