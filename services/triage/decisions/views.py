"""What triage can be asked about incidents, links, alarms and what a supervisor decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record

from services.triage.domain import Alarm, Case, CaseLink, Identification, Incident, Supervision
from services.triage.times import POLICE
from shared.access import Resource
from shared.access.wall import Row, Source, tied, ties
from shared.clocks.clock import Clock
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

OF_THE_POLICE = """
    update cases set police_due = $2
    where id = (select about from clocks where clocks.id = $1 and rule = $3)"""
ALARMS = (
    f"select a.*, i.registration_no, i.status, {ties('a.case_id', 'a.complaint_id')} from alarms a"  # noqa: S608
    " left join identifications i using (complaint_id)"
)


class IncidentView(Row):
    """One time that it happened, by its codes."""

    case_id: UUID
    complaint_id: UUID | None
    occurred_on: date | None
    approximate: bool
    locus_code: str | None
    in_city: bool | None
    place: str | None


class AlarmView(Row):
    """Danger, and whether a supervisor has seen it."""

    complaint_id: UUID
    registration_no: str | None  # None: help was called, and nothing is told yet
    case_id: UUID | None
    status: str | None
    kind: str
    services: list[str]
    raised_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id, version = event.originator_id, event.originator_version
    match event:
        case Case.CaseFormFilled():
            await connection.execute(
                "delete from incidents where case_id = $1 and complaint_id is null", id
            )
            await _insert(connection, id, version, event.form.incidents, None)
        case Case.IncidentAdded():
            await _insert(connection, id, version, (event.incident,), event.complaint_id)
        case Case.ComplaintUnlinked():
            await connection.execute(
                "delete from incidents where case_id = $1 and complaint_id = $2",
                *(id, event.complaint_id),
            )
        case CaseLink.CasesLinked():
            await connection.execute(
                "insert into case_links values ($1, $2, $3, $4)",
                *(id, event.first_id, event.second_id, event.kind),
            )
        case CaseLink.CasesLinkedAgain():
            await connection.execute(
                "update case_links set kind = $2 where id = $1", id, event.kind
            )
        case CaseLink.CasesSeparated():
            await connection.execute("update case_links set kind = null where id = $1", id)
        case Alarm.AlarmRaised() | Alarm.AlarmRaisedAgain() | Alarm.AlarmAcknowledged():
            await _project_alarm(connection, event)
        case Clock.ClockStarted() if event.rule == POLICE:
            await connection.execute(
                "update cases set police_due = true where id = $1", event.about
            )
        case Clock.ClockStartedAgain():
            await connection.execute(OF_THE_POLICE, id, True, POLICE)
        case Clock.ClockStopped():
            await connection.execute(OF_THE_POLICE, id, False, POLICE)
        case Supervision.SupervisionBegun():
            pass
        case _:
            await _project_supervision(connection, event)


async def _project_supervision(connection: Connection, event: Event) -> None:
    match event:
        case Supervision.CaseWithdrawalNoted():
            await connection.execute(
                "update cases set withdrawn = true, decided = array_remove(decided, 'withdrawal')"
                " where id = $1",
                event.case_id,
            )
        case Supervision.ReclassificationAsked():
            await connection.execute(
                "update cases set decided = array_append(array_remove(decided, 'asked'), 'asked')"
                " where id = $1",
                event.case_id,
            )
        case Supervision.SupervisorDecided():
            await connection.execute(
                "update cases set decided = array_append("
                "array_remove(array_remove(decided, 'asked'), $2), $2) where id = $1",
                *(event.case_id, event.about),
            )
        case Supervision.PoliceReportRecorded():
            await connection.execute(
                "update cases set police = 'reported' where id = $1", event.case_id
            )
        case Supervision.PoliceReportDecided():
            await connection.execute(
                "update cases set police = $2 where id = $1", event.case_id, event.outcome
            )


async def _project_alarm(connection: Connection, event: Event) -> None:
    match event:
        case Alarm.AlarmRaised():
            await connection.execute(
                "insert into alarms values ($1, $2,"
                " (select case_id from identifications where complaint_id = $2"
                "  for share), $3, $4, $5)",  # it may get one right now
                *(event.originator_id, event.complaint_id, event.kind, list(event.services)),
                event.raised_at,
            )
        case Alarm.AlarmRaisedAgain():
            await connection.execute(
                "update alarms set kind = $2, services = $3, raised_at = $4,"
                " acknowledged_by = null, acknowledged_at = null where id = $1",
                *(event.originator_id, event.kind, list(event.services), event.raised_at),
            )
        case Alarm.AlarmAcknowledged():
            await connection.execute(
                "update alarms set acknowledged_by = $2, acknowledged_at = $3 where id = $1",
                *(event.originator_id, event.acknowledged_by, event.acknowledged_at),
            )


async def follow_identification(connection: Connection, event: Event) -> None:
    """Let an alarm know which case it belongs to: for whoever is related to it, it is not there."""
    match event:
        case Identification.CaseChosen():
            case_id: UUID | None = event.case_id
        case Identification.IdentificationReopened():
            case_id = None
        case _:
            return
    await connection.execute(
        "update alarms set case_id = $2 where complaint_id ="
        " (select complaint_id from identifications where stream_id = $1)",
        *(event.originator_id, case_id),
    )


async def _insert(
    connection: Connection,
    case_id: UUID,
    version: int,
    incidents: Sequence[Incident],
    complaint_id: UUID | None,
) -> None:
    for nth, each in enumerate(incidents):
        await connection.execute(
            "insert into incidents values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            *(case_id, version, nth, complaint_id, each.occurred_on, each.approximate),
            *(each.locus_code, each.in_city, each.place),
        )


async def incidents(source: Source, case_id: UUID) -> list[IncidentView]:
    """Return every time that it happened, in the order in which we heard of it."""
    rows = await source.fetch(
        "select * from incidents where case_id = $1 order by version, nth", case_id
    )
    return [IncidentView(**row) for row in rows]


async def alarms(source: Source, *, open_only: bool, limit: int) -> list[AlarmView]:
    """Return the alarms, the latest first: those that no supervisor has seen, or all."""
    rows = await source.fetch(
        f"{ALARMS} where not $1 or a.acknowledged_at is null order by a.raised_at desc limit $2",
        *(open_only, limit),
    )
    return [_alarm(row) for row in rows]


async def alarm(source: Source, complaint_id: UUID) -> AlarmView:
    """Return the alarm of a complaint, or raise Missing."""
    row = await source.fetchrow(f"{ALARMS} where a.complaint_id = $1", complaint_id)
    if row is None:
        raise Missing(f"Alarm {complaint_id}")
    return _alarm(row)


def _alarm(row: Record) -> AlarmView:
    return AlarmView(**row).tied_to(Resource(name=f"Alarm {row['complaint_id']}", **tied(row)))
