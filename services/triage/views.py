"""What triage can be asked. Tables here are derived: drop them, replay, and they are back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.triage.domain import Case, Identification, IdentificationStatus, has_child
from services.triage.persons import views as persons
from shared.access import Resource
from shared.access.standing import project_standing
from shared.access.wall import Row, Source, tied, ties
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

IDENTIFICATIONS = f"select i.*, {ties('i.case_id')} from identifications i"  # noqa: S608
CASES = f"select c.*, {ties('c.id')} from cases c"  # noqa: S608 constants
OFFICERS = """
    update cases set officer_ids = array(
        select distinct officer_id from identifications
        where case_id = $1 and officer_id is not null
          and (status <> 'classified' or counselor_id is null and referral_ids = '{}')
    ) where id = $1"""  # hers until it is handed on, and while she identifies a further complaint


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
    version: int


class CaseView(Row):
    """A case by its codes: nobody's name."""

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
    version: int


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case (
            Identification.ComplaintQueued()
            | Identification.ComplaintTakenUp()
            | Identification.CaseChosen()
            | Identification.IdentificationCompleted()
        ):
            await _project_identification(connection, event)
        case _:
            await persons.project(connection, event)
            await _project_case(connection, event)


async def _project_identification(connection: Connection, event: Event) -> None:
    id, version = event.originator_id, event.originator_version
    match event:
        case Identification.ComplaintQueued():
            await connection.execute(
                "insert into identifications (complaint_id, registration_no, channel,"
                " reporter_role, in_danger, locus_code, received_at, status, version, stream_id)"
                " values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9)",
                *(event.complaint_id, event.registration_no, event.channel, event.reporter_role),
                *(event.in_danger, event.locus_code, event.received_at, version, id),
            )
        case Identification.ComplaintTakenUp():
            await connection.execute(
                "update identifications set status = 'taken', officer_id = $2, taken_at = $3,"
                " due_at = $4, version = $5 where stream_id = $1",
                *(id, event.officer_id, event.taken_at, event.due_at, version),
            )
        case Identification.CaseChosen():
            await connection.execute(
                "update identifications set status = 'case_chosen', case_id = $2, version = $3"
                " where stream_id = $1",
                *(id, event.case_id, version),
            )
            await persons.project_chosen(connection, id, event.case_id)
        case Identification.IdentificationCompleted():
            await connection.execute(
                "update identifications set status = 'classified', completed_at = $2, route = $3,"
                " version = $4 where stream_id = $1",
                *(id, event.completed_at, list(event.route), version),
            )


async def _project_case(connection: Connection, event: Event) -> None:
    id, version = event.originator_id, event.originator_version
    match event:
        case Case.CaseOpened():
            await connection.execute(
                "insert into cases (id, registration_no, opened_at, complaint_ids, version)"
                " values ($1, $2, $3, array[$4::uuid], $5)",
                *(id, event.registration_no, event.opened_at, event.complaint_id, version),
            )
        case Case.CaseFormFilled():
            await connection.execute(
                "update cases set violence = $2, child = $3, version = $4 where id = $1",
                *(id, list(event.form.violence), has_child(event.form.victims), version),
            )
        case Case.ExistingCaseReported():
            await connection.execute(
                "update cases set complaint_ids = complaint_ids || $2::uuid, version = $3"
                " where id = $1",
                *(id, event.complaint_id, version),
            )
        case Case.CaseClassified() if not event.leads:
            await connection.execute("update cases set version = $2 where id = $1", id, version)
        case Case.CaseClassified():
            decided = event.decision
            await connection.execute(
                "update cases set vawc = $2, locus = $3, locus_code = $4, urgency = $5, tpks = $6,"
                " child = coalesce($7, child), needs = $8, route = $9, classified_at = $10,"
                " version = $11 where id = $1",
                *(id, decided.vawc, decided.locus, decided.locus_code, decided.urgency),
                *(decided.tpks, event.child, list(decided.needs), list(event.route)),
                *(event.classified_at, version),
            )
        case Case.CounselorNoted():
            await connection.execute(
                "update cases set counselor_id = $2, version = $3 where id = $1",
                *(id, event.counselor_id, version),
            )
        case Case.ReferralNoted():
            await connection.execute(
                "update cases set referral_ids = referral_ids || $2::uuid, version = $3"
                " where id = $1",
                *(id, event.referral_id, version),
            )
        case _:
            await project_standing(connection, event)
            return
    await connection.execute(OFFICERS, id)


async def queue(
    source: Source, status: IdentificationStatus, limit: int
) -> list[IdentificationView]:
    """Return the identifications with a status: danger first, then the longest waiting."""
    rows = await source.fetch(
        f"{IDENTIFICATIONS} where status = $1 order by in_danger desc, received_at limit $2",
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
    row = await source.fetchrow(f"{CASES} where id = $1", id)
    if row is None:
        raise Missing(f"Case {id}")
    return CaseView(**row).tied_to(
        Resource(
            name=f"Case {id}",
            officer_ids=frozenset(row["officer_ids"]),
            counselor_id=str(row["counselor_id"]) if row["counselor_id"] else None,
            **tied(row),
        )
    )
