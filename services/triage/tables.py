"""How the tables of triage follow from its events."""

from __future__ import annotations

from uuid import UUID

from services.triage.consents import views as consents
from services.triage.decisions import views as decisions
from services.triage.domain import Case, Identification, has_child
from services.triage.domain.case import FOLLOWS
from services.triage.persons import views as persons
from shared.access.standing import project_standing
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

OFFICERS = """
    with hers as (
        select i.officer_id, i.complaint_id = c.complaint_ids[1] as is_first
        from cases c join identifications i on i.case_id = c.id
        where c.id = $1 and i.officer_id is not null
          and (i.status <> 'classified' or c.counselor_id is null and c.referral_ids = '{}')
    )
    update cases set
        officer_ids = array(select distinct officer_id from hers where is_first order by 1),
        linked_ids = array(
            select distinct officer_id from hers where not is_first order by 1
        )
    where id = $1"""  # hers who opened it, until it is handed on


OFFICERS_OF = OFFICERS.replace(
    "$1", "(select case_id from identifications where stream_id = $1)"
)  # by an identification: a projection only writes
UNDECIDED = """
    update cases set vawc = null, locus = null, locus_code = null, urgency = null, tpks = null,
        needs = '{}', route = '{}', classified_at = null where id = $1"""


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case (
            Identification.ComplaintQueued()
            | Identification.ComplaintTakenUp()
            | Identification.ComplaintReleased()
            | Identification.CaseChosen()
            | Identification.CaseLeftUndetermined()
            | Identification.IdentificationCompleted()
            | Identification.IdentificationReopened()
        ):
            await _project_identification(connection, event)
            await decisions.follow_identification(connection, event)
            await persons.follow_identification(connection, event)
        case (
            Identification.HandOverNoted()
            | Identification.AmendmentNoted()
            | Identification.DangerNoted()
            | Identification.WithdrawalNoted()
            | Identification.ConflictNoted()
        ):
            await _project_news(connection, event)
        case _:
            await persons.project(connection, event)
            await decisions.project(connection, event)
            await consents.project(connection, event)
            await _project_case(connection, event)


async def _project_identification(connection: Connection, event: Event) -> None:
    id, version = event.originator_id, event.originator_version
    match event:
        case Identification.ComplaintQueued():
            await connection.execute(
                "insert into identifications (complaint_id, registration_no, channel,"
                " reporter_role, in_danger, locus_code, received_at, status, version, stream_id,"
                " handed_over) values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9, $10)",
                *(event.complaint_id, event.registration_no, event.channel, event.reporter_role),
                *(event.in_danger, event.locus_code, event.received_at, version, id),
                event.handed_over,
            )
        case Identification.ComplaintTakenUp():
            await connection.execute(
                "update identifications set status = case when completed_at is not null"
                " then 'classified' when case_id is not null then 'case_chosen'"
                " when case_kind = 'undetermined' then 'undetermined' else 'taken' end,"
                " officer_id = $2, taken_at = $3, due_at = $4, version = $5 where stream_id = $1",
                *(id, event.officer_id, event.taken_at, event.due_at, version),
            )
            await _project_officers(connection, id)
        case Identification.ComplaintReleased():
            await connection.execute(
                "update identifications set status = 'waiting', officer_id = null,"
                " taken_at = null, due_at = null, version = $2 where stream_id = $1",
                *(id, version),
            )
            await _project_officers(connection, id)
        case Identification.CaseChosen():
            await connection.execute(
                "update identifications set case_id = $2, case_kind = $3, version = $4, status ="
                " case status when 'classified' then status else 'case_chosen' end"
                " where stream_id = $1",
                *(id, event.case_id, event.kind, version),
            )
        case Identification.CaseLeftUndetermined():
            await connection.execute(
                "update identifications set status = 'undetermined', case_kind = 'undetermined',"
                " version = $2 where stream_id = $1",
                *(id, version),
            )
        case Identification.IdentificationCompleted():
            await connection.execute(
                "update identifications set status = 'classified', completed_at = $2, route = $3,"
                " version = $4 where stream_id = $1",
                *(id, event.completed_at, list(event.route), version),
            )
        case Identification.IdentificationReopened():
            await connection.execute(
                "update identifications set case_id = null,"
                " status = case when officer_id is null then 'waiting' else 'taken' end,"
                " case_kind = null, route = '{}', completed_at = null, due_at = $2,"
                " version = $3 where stream_id = $1",
                *(id, event.due_at, version),
            )


async def _project_officers(connection: Connection, stream_id: UUID) -> None:
    """Let the case of an identification know who has it now."""
    await connection.execute(OFFICERS_OF, stream_id)


async def _project_news(connection: Connection, event: Event) -> None:
    id, version = event.originator_id, event.originator_version
    match event:
        case Identification.HandOverNoted():
            await connection.execute(
                "update identifications set handed_over = true, version = $2 where stream_id = $1",
                *(id, version),
            )
        case Identification.AmendmentNoted():
            await connection.execute(
                "update identifications set in_danger = $2, locus_code = $3, amended_at = $4,"
                " version = $5 where stream_id = $1",
                *(id, event.in_danger, event.locus_code, event.amended_at, version),
            )
        case Identification.DangerNoted():
            await connection.execute(
                "update identifications set in_danger = true, version = $2 where stream_id = $1",
                *(id, version),
            )
        case Identification.WithdrawalNoted():
            await connection.execute(
                "update identifications set withdrawn_by = $2, version = $3 where stream_id = $1",
                *(id, event.withdrawn_by, version),
            )
        case Identification.ConflictNoted():
            await connection.execute(
                "update identifications set version = $2 where stream_id = $1", id, version
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
                "update cases set violence = $2, child = $3, special = $4, version = $5,"
                " men_only = $6, children = $7 where id = $1",
                *(id, list(event.form.violence), has_child(event.form.victims)),
                *(list(event.form.special), version),
                all(each.is_grown_man for each in event.form.victims),
                [each.person_id for each in event.form.victims if each.is_child and each.person_id],
            )
        case Case.ExistingCaseReported():
            await connection.execute(
                "update cases set complaint_ids = complaint_ids || $2::uuid, version = $3"
                " where id = $1",
                *(id, event.complaint_id, version),
            )
        case Case.CaseClassified() if not event.leads:
            await connection.execute(
                "update cases set version = $2, was_high = was_high or $3 where id = $1",
                *(id, version, event.decision.urgency == "high"),
            )
        case Case.CaseReclassified():
            after = event.after
            await connection.execute(
                "update cases set vawc = $2, locus = $3, locus_code = $4, urgency = $5, tpks = $6,"
                " needs = $7, route = $8, reclassified_at = $9, version = $10,"
                " was_high = was_high or $5 = 'high', decided = case when $11 then decided"
                " else array_remove(decided, 'asked') end where id = $1",
                *(id, after.vawc, after.locus, after.locus_code, after.urgency, after.tpks),
                *(list(after.needs), list(after.route), event.classified_at, version),
                event.reason in FOLLOWS,
            )
        case Case.ComplaintUnlinked():
            await connection.execute(
                "update cases set complaint_ids = array_remove(complaint_ids, $2), version = $3"
                " where id = $1",
                *(id, event.complaint_id, version),
            )
            if event.undecided:
                await connection.execute(UNDECIDED, id)
        case Case.ProvisionalCaseEnded():
            await connection.execute(UNDECIDED, id)
            await connection.execute(
                "update cases set ended_for = $2, version = $3 where id = $1",
                *(id, event.known_id, version),
            )
        case Case.ProvisionalCaseResumed():
            await connection.execute(
                "update cases set ended_for = null, version = $2 where id = $1", id, version
            )
        case Case.AcceptanceNoted():
            await connection.execute(
                "update cases set accepted_at = $2, version = $3 where id = $1",
                *(id, event.accepted_at, version),
            )
        case Case.IncidentAdded():
            await connection.execute("update cases set version = $2 where id = $1", id, version)
        case Case.CaseClassified():
            decided = event.decision
            await connection.execute(
                "update cases set vawc = $2, locus = $3, locus_code = $4, urgency = $5, tpks = $6,"
                " child = coalesce($7, child), needs = $8, route = $9, classified_at = $10,"
                " version = $11, was_high = was_high or $5 = 'high' where id = $1",
                *(id, decided.vawc, decided.locus, decided.locus_code, decided.urgency),
                *(decided.tpks, event.child, list(decided.needs), list(event.route)),
                *(event.classified_at, version),
            )
        case Case.CounselorNoted():
            await connection.execute(
                "update cases set counselor_id = $2, accepted_at = null, version = $3"
                " where id = $1",
                *(id, event.counselor_id, version),
            )
        case Case.DeclineNoted():
            await connection.execute(
                "update cases set counselor_id = null, version = $2 where id = $1", id, version
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
