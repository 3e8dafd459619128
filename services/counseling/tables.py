"""How the tables of counseling follow from its events."""

from __future__ import annotations

from services.counseling.domain import Casework, Complaint, Counselor
from shared.access.standing import project_standing
from shared.clocks.clock import Clock
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

OFFICERS = """
    update casework w set
        officer_ids = array(
            select distinct officer_id from complaints
            where complaint_id = any(w.linked) and officer_id is not null order by 1),
        withdrawn = array(
            select complaint_id from complaints
            where complaint_id = any(w.followed || w.linked) and withdrawn_at is not null
            order by 1)
    where """
HELD = """
    followed = case when $2 = any(followed) or $3::timestamptz is null and (moot is not null or
                         ended_at is not null) then followed else followed || $2::uuid end,
    moot = case when $3::timestamptz is null then moot end,
    ended_at = case when $3::timestamptz is null then ended_at end,
    complaint_id = $2, version = $4"""  # only a classification makes it live again
OF_CLOCK = """
    from clocks c
    where c.id = $1 and c.rule in ('assignment', 'assignment_high') and w.case_id = c.case_id"""
ACCEPT_BY = f"update casework w set accept_by = $2 {OF_CLOCK}"  # noqa: S608 constants
STOPPED = f"update casework w set accept_by = null {OF_CLOCK} and w.accept_by = c.due_at"  # noqa: S608


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case (
            Counselor.CounselorRegistered()
            | Counselor.CounselorChanged()
            | Counselor.CaseTaken()
            | Counselor.CaseReleased()
        ):
            await _project_counselor(connection, event)
        case Complaint.ComplaintHeardOf() | Complaint.OfficerHeard() | Complaint.WithdrawalHeard():
            await _project_complaint(connection, event)
        case Clock.ClockStarted() if event.rule in ("assignment", "assignment_high"):
            await connection.execute(
                "update casework set accept_by = $2 where case_id = $1", event.case_id, event.due_at
            )
        case Clock.ClockStartedAgain():
            await connection.execute(ACCEPT_BY, event.originator_id, event.due_at)
        case Clock.ClockStopped():
            await connection.execute(STOPPED, event.originator_id)
        case Casework.AssignmentAccepted():
            await connection.execute(
                "update casework set accepted = accepted || $2::uuid, handled_by = $3,"
                " accepted_at = $4, version = $5 where stream_id = $1",
                *(event.originator_id, event.complaint_id, event.counselor_id),
                *(event.accepted_at, event.originator_version),
            )
        case _:
            await _project_casework(connection, event)
            await project_standing(connection, event)


async def _project_counselor(connection: Connection, event: Event) -> None:
    id = event.originator_id
    match event:
        case Counselor.CounselorRegistered() | Counselor.CounselorChanged():
            await connection.execute(
                "insert into counselors (id, skills, sex, capacity, is_coordinator, available,"
                " absent_until) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update"
                " set skills = excluded.skills, sex = excluded.sex, capacity = excluded.capacity,"
                " is_coordinator = excluded.is_coordinator, available = excluded.available,"
                " absent_until = excluded.absent_until",
                *(id, list(event.skills), event.sex, event.capacity, event.is_coordinator),
                *(event.available, event.absent_until),
            )
        case Counselor.CaseTaken():
            await connection.execute("update counselors set load = load + 1 where id = $1", id)
        case Counselor.CaseReleased():
            await connection.execute("update counselors set load = load - 1 where id = $1", id)


async def _project_complaint(connection: Connection, event: Event) -> None:
    match event:
        case Complaint.ComplaintHeardOf():
            await connection.execute("insert into complaints values ($1)", event.complaint_id)
            return
        case Complaint.OfficerHeard():
            await connection.execute(
                "update complaints set officer_id = $2 where complaint_id = $1",
                *(event.complaint_id, event.officer_id),
            )
        case Complaint.OfficerReleaseHeard():
            await connection.execute(
                "update complaints set officer_id = null where complaint_id = $1",
                event.complaint_id,
            )
        case Complaint.WithdrawalHeard():
            await connection.execute(
                "update complaints set withdrawn_by = $2, withdrawn_at = $3"
                " where complaint_id = $1",
                *(event.complaint_id, event.withdrawn_by, event.withdrawn_at),
            )
        case _:
            return
    await connection.execute(
        f"{OFFICERS} (followed || linked) @> array[$1::uuid]", event.complaint_id
    )


async def _project_casework(connection: Connection, event: Event) -> None:
    id, version = event.originator_id, event.originator_version
    match event:
        case Casework.CaseworkOpened():
            await connection.execute(
                "insert into casework (case_id, stream_id, complaint_id, needs, urgency, child,"
                " opened_at, followed, version)"
                " values ($1, $2, $3, $4, $5, $6, $7, array[$3::uuid], $8)",
                *(event.case_id, id, event.complaint_id, list(event.needs), event.urgency),
                *(event.child, event.opened_at, version),
            )
        case Casework.CounselorAssigned():
            await connection.execute(
                f"update casework set {HELD}, reasons = $5, assigned_at = $6,"  # noqa: S608 constants
                " accepted = case when counselor_id = $7 then accepted else '{}' end,"
                " accepted_at = case when counselor_id = $7 then accepted_at end,"
                " counselor_id = $7 where stream_id = $1",
                *(id, event.complaint_id, event.classified_at, version),
                *(list(event.reasons), event.assigned_at, event.counselor_id),
            )
        case Casework.AssignmentNeeded():
            await connection.execute(
                f"update casework set {HELD}, reasons = $5, assigned_at = null,"  # noqa: S608 constants
                " accepted = '{}',"
                " accepted_at = null, counselor_id = null where stream_id = $1",
                *(id, event.complaint_id, event.classified_at, version, [event.reason]),
            )
        case Casework.AssignmentDeclined():
            await connection.execute(
                "update casework set reasons = array[$2], assigned_at = null, accepted = '{}',"
                " accepted_at = null, counselor_id = null, version = $3 where stream_id = $1",
                *(id, event.reason, version),
            )
        case Casework.AssignmentEnded():
            await connection.execute(
                "update casework set assigned_at = null, accepted = '{}', accepted_at = null,"
                " counselor_id = null, version = $2 where stream_id = $1",
                *(id, version),
            )
        case Casework.NeedsRaised():
            await connection.execute(
                "update casework set needs = $2, urgency = $3, child = $4, version = $5"
                " where stream_id = $1",
                *(id, list(event.needs), event.urgency, event.child, version),
            )
        case Casework.NeedsDecided():
            await connection.execute(
                "update casework set needs = $2, urgency = $3, child = $4, version = $5,"
                " changed_at = $6, moot = null, ended_at = null where stream_id = $1",
                *(id, list(event.needs), event.urgency, event.child, version, event.decided_at),
            )
        case Casework.CaseworkMoot():
            await connection.execute(
                "update casework set moot = $2, version = $3,"
                " changed_at = coalesce($4, changed_at) where stream_id = $1",
                *(id, event.reason, version, event.decided_at),
            )
        case Casework.CaseworkEnded():
            await connection.execute(
                "update casework set ended_at = $2, counselor_id = null, accepted = '{}',"
                " version = $3 where stream_id = $1",
                *(id, event.ended_at, version),
            )
        case Casework.ComplaintReported():
            await connection.execute(
                "update casework set linked = linked || $2::uuid, version = $3"
                " where stream_id = $1",
                *(id, event.complaint_id, version),
            )
        case Casework.ComplaintTakenBack():
            await connection.execute(
                "update casework set linked = array_remove(linked, $2),"
                " followed = array_remove(followed, $2), accepted = array_remove(accepted, $2),"
                " complaint_id = coalesce((array_remove(followed, $2))"
                "[cardinality(array_remove(followed, $2))], complaint_id), version = $3"
                " where stream_id = $1",
                *(id, event.complaint_id, version),
            )
        case _:
            return
    await connection.execute(f"{OFFICERS} w.stream_id = $1", id)
