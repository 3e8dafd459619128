"""What triage can be asked to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.triage import times
from services.triage.domain import (
    Alarm,
    Case,
    CaseForm,
    CaseFormMissing,
    Decision,
    Identification,
    Ruling,
    Supervision,
    check_locus,
)
from services.triage.finding import (
    identification_of,
    link_between,
    own_case,
    sounding,
    supervision_of,
)
from services.triage.persons.recognising import recognised
from services.triage.times import patient
from shared.access.standing import Standing, standing_of
from shared.clocks.clock import Clock
from shared.clocks.keeping import clock_of, stopped
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal


async def queue_complaint(
    store: EventStore,
    cause: Cause,
    *,
    complaint_id: UUID,
    registration_no: str,
    channel: str,
    reporter_role: str,
    in_danger: bool,
    locus_code: str | None,
    received_at: datetime,
    handed_over: bool = True,
) -> None:
    """Let a complaint wait for an officer."""
    identification = Identification(
        complaint_id=complaint_id,
        registration_no=registration_no,
        channel=channel,
        reporter_role=reporter_role,
        in_danger=in_danger,
        locus_code=locus_code,
        received_at=received_at,
        handed_over=handed_over,
    )
    clocks = await times.queued(store, identification)
    clocks += await times.in_danger(store, identification, received_at)
    alarms: list[Alarm] = []
    if (
        in_danger and await sounding(store, complaint_id) is None
    ):  # help may have been called before
        alarm = Alarm(complaint_id=complaint_id, kind="danger", services=(), raised_at=received_at)
        alarms.append(alarm)
    await store.save(identification, *clocks, *alarms, cause=cause)


@patient
async def take(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Take a complaint up; its thirty minutes begin."""
    await store.once(cause)
    identification = await identification_of(store, complaint_id, expect)
    if identification.officer_id is not None:
        identification.take(officer_id, now, now)  # hers already, or another's
        await store.save(identification, cause=cause.about(complaint_id))
        return
    if not (identification.handed_over or identification.in_danger):
        await _hear_alarm(store, identification)
    clocks = await times.passed_on(store, identification, officer_id, now)
    identification.take(officer_id, now, times.due(identification, clocks, now))
    await store.save(identification, *clocks, cause=cause.about(complaint_id))


@patient
async def open_new_case(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    form: CaseForm,
    filled_by: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Decide that the complaint is a new case, and fill in its form."""
    await store.once(cause)
    identification = await identification_of(store, complaint_id, expect)
    identification.choose(officer_id, Case.create_id(complaint_id), "new", None, now)
    case = await own_case(store, identification, now)
    form = await recognised(store, cause, case, form, now)
    case.fill_form(form, filled_by, now)
    related = await _related(store, case.id, now, complaint_id)
    await store.save(identification, case, *related, cause=cause.about(complaint_id))


@patient
async def link_existing_case(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    case_id: UUID,
    subkind: str,
    basis: Personal | None,
    expect: int | None,
    now: datetime,
) -> None:
    """Decide that the complaint is about a case we know. Raises CaseNotShown."""
    await store.once(cause)
    identification = await identification_of(store, complaint_id, expect)
    case, for_now = await store.load(Case, case_id), identification.case_id
    is_decided = identification.choose(officer_id, case_id, "existing", subkind, now, basis=basis)
    case.link(complaint_id, subkind, now)
    others: list[Case | Clock | Standing | Supervision] = []
    if is_decided and for_now is not None:  # in an emergency it had a case for now
        others += await _moved(store, identification, for_now, case, now)
    else:
        others += await _related(store, case_id, now, complaint_id)
    await store.save(identification, case, *others, cause=cause.about(complaint_id))


@patient
async def open_linked_case(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    case_id: UUID,
    form: CaseForm | None,
    filled_by: str,
    basis: Personal | None,
    expect: int | None,
    now: datetime,
) -> None:
    """Decide that a known victim tells of another perpetrator: a new case, linked (A15).

    Raises CaseNotShown.
    """
    await store.once(cause)
    identification = await identification_of(store, complaint_id, expect)
    known = await store.load(Case, case_id)
    new_id, kind = Case.create_id(complaint_id), "new_perpetrator"
    is_decided = identification.choose(
        officer_id, new_id, "new", kind, now, known_id=known.id, basis=basis
    )
    case = await own_case(store, identification, now)
    if form and (is_decided or case.form is None):
        case.fill_form(form, filled_by, now)
    links = (
        [await link_between(store, new_id, known.id, kind, officer_id, now)] if is_decided else []
    )
    related = await _related(store, new_id, now, complaint_id)
    await store.save(identification, case, *links, *related, cause=cause.about(complaint_id))


@patient
async def leave_undetermined(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Say that it cannot be said yet whether the complaint is a case we know."""
    await store.once(cause)
    identification = await identification_of(store, complaint_id, expect)
    identification.leave_undetermined(officer_id, now)
    await store.save(identification, cause=cause.about(complaint_id))


@patient
async def classify(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    decision: Decision,
    home_region: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Decide what the complaint is. What needs no form, or cannot wait for it, opens its case.

    Raises CaseFormMissing where its own case has none and it does need one.
    """
    await store.once(cause)
    check_locus(decision.locus, decision.locus_code, home_region)
    identification = await identification_of(store, complaint_id, expect)
    can_do_without_form = not decision.vawc or decision.urgency == "high"
    if identification.case_id is None and can_do_without_form:
        kind = identification.kind or "new"  # what was left undetermined is so still
        identification.choose(officer_id, Case.create_id(complaint_id), kind, None, now)
        case = await own_case(store, identification, now)
    else:
        case = await store.load(Case, identification.check_complete(officer_id))
        decision = decision.beside(case.form.victims if case.form else ())
    if identification.kind == "new" and case.form is None and not can_do_without_form:
        raise CaseFormMissing(f"state: {identification.status}")
    before, was_due = case.ruling, case.police_is_due
    follows = _classified(case, identification, decision, now)
    identification.complete(officer_id, follows.route, now)
    clocks = await stopped(store, "identification", complaint_id, now)
    own = replace(follows, urgency=decision.urgency)
    clocks += await times.response(store, case, before, now, further=own)
    is_known = identification.subkind == "follow_up" and was_due
    if decision.tpks and not is_known:
        received = identification.received_at
        clocks += await times.police(store, case, since=received, now=now, is_due=True)
    others = [
        *await _withdrawn(store, identification, case),
        *await _related(store, case.id, now, complaint_id),
    ]
    await store.save(identification, case, *clocks, *others, cause=cause.about(complaint_id))


def _classified(
    case: Case, identification: Identification, decision: Decision, now: datetime
) -> Ruling:
    return case.classify(
        decision,
        complaint_id=identification.complaint_id,
        registration_no=identification.registration_no,
        officer_id=identification.officer_id or "",
        kind="existing" if identification.kind == "existing" else "new",
        subkind=identification.subkind,
        now=now,
    )


async def _moved(
    store: EventStore, identification: Identification, for_now: UUID, case: Case, now: datetime
) -> list[Case | Clock | Standing | Supervision]:
    """Return what changes when the case that a complaint had for now is one we know.

    What began there ends there, and goes on here: what was decided, and the limits that still run.
    """
    own = await store.load(Case, for_now)
    decided, before = own.ruling, case.ruling
    own.end_for(case.id, identification.officer_id or "", now)
    waits = await times.waiting(store, own.id)
    police = await clock_of(store, times.POLICE, own.id)
    is_due = police is not None and police.stopped_at is None
    clocks = [clock for clock in (waits, police if is_due else None) if clock is not None]
    for clock in clocks:
        clock.stop(now)
    if decided is not None:
        codes = {name: value for name, value in vars(decided).items() if name != "route"}
        follows = _classified(case, identification, Decision(**codes, basis=None), now)
        told = replace(follows, urgency=decided.urgency)
        further, since = (told, waits.started_at) if waits else (None, None)
        clocks += await times.response(store, case, before, now, further=further, since=since)
    if police is not None and is_due:
        since = police.started_at
        clocks += await times.police(store, case, since=since, now=now, is_due=True)
    related = await _related(store, case.id, now, identification.complaint_id, own.id)
    return [own, *clocks, *related, *await _withdrawn(store, identification, case)]


async def _related(
    store: EventStore, case_id: UUID, now: datetime, *told_of: UUID
) -> list[Standing]:
    """Return how people stand to a case, told who is related by what was declared elsewhere.

    That is about its complaint, or about the case that this had for now.
    """
    known = {each for id in told_of for each in (await standing_of(store, id)).conflicted}
    if not known:
        return []
    standing = await standing_of(store, case_id)
    for staff_id in sorted(known):
        standing.declare_conflict(staff_id, None, now)
    return [standing]


async def _withdrawn(
    store: EventStore, identification: Identification, case: Case
) -> list[Supervision]:
    """Return the supervision of the case, told that this complaint was withdrawn before."""
    if identification.withdrawn_by is None:
        return []
    supervision = await supervision_of(store, case.id)
    supervision.note_withdrawal(identification.complaint_id, identification.withdrawn_by)
    return [supervision]


async def _hear_alarm(store: EventStore, identification: Identification) -> None:
    """Let it be known that help was called, if it was before the complaint was told."""
    if alarm := await sounding(store, identification.complaint_id):
        identification.note_danger(alarm.raised_at)
