"""What triage can be asked to decide anew, or to let a supervisor decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.triage import times
from services.triage.domain import (
    Alarm,
    Case,
    Decision,
    Identification,
    NoPoliceDuty,
    NotClassified,
    NothingToDecide,
    Ruling,
    Step,
    check_locus,
)
from services.triage.domain.decision import URGENCIES
from services.triage.finding import supervision_of
from services.triage.times import TRIES, patient
from shared.clocks.keeping import stopped
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Stale


async def reclassify(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    decision: Decision,
    reason: str,
    by: str,
    as_supervisor: bool,
    home_region: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Decide anew about a case, and start and stop what follows.

    Raises Stale, and says what changed, when somebody else decided meanwhile.
    """
    await store.once(cause)
    check_locus(decision.locus, decision.locus_code, home_region)
    before = None
    for _ in range(TRIES):
        case = await store.load(Case, case_id)
        if expect is not None and case.version != expect:
            before = (await store.load(Case, case_id, version=expect)).ruling
            raise Stale(_what_changed(case, before))
        if before is not None and case.ruling != before:
            raise Stale(_what_changed(case, before))
        before, was_due = _ruling(case), case.police_is_due
        after = case.ruling_after(decision)
        await _check_withdrawn(store, case, after, as_supervisor=as_supervisor)
        case.reclassify(after, decision.basis, by=by, reason=reason, now=now)
        try:
            await _save(store, cause, case, before, now, was_due=was_due)
        except Stale:  # another decision, or only a clock that was ticked: look again
            continue
        return
    raise Stale(f"Case {case_id}")


async def ask_reclassification(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    reason: str,
    grounds: Personal,
    by: str,
    now: datetime,
) -> None:
    """Ask, as the counselor of the case, that it is decided anew."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    supervision = await supervision_of(store, case_id)
    supervision.ask(reason, grounds, by, now)
    await store.save(supervision, cause=cause.about(case.complaint_ids[0]))


@patient
async def decide(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    about: str,
    decision: Step,
    basis: Personal,
    by: str,
    now: datetime,
) -> None:
    """Decide, as a supervisor, what no officer may; one of the three steps then begins.

    About the route: what the table leaves to her. Not VAWC: whether that is right; if something
    is to be done it was not, unless there are grown men alone (standard 1.1). A withdrawal:
    whether it ends. Raises NothingToDecide where it does not wait for her.
    """
    await store.once(cause)
    case = await store.load(Case, case_id)
    before = _ruling(case)
    if about == "route" and before.route != (Step.SUPERVISOR,):
        raise NothingToDecide(about)
    if about == "not_vawc" and (before.vawc or before.route != (Step.INFORM,)):
        raise NothingToDecide(about)
    supervision = await supervision_of(store, case_id)
    supervision.decide(about, decision, basis, by, now)
    if about != "withdrawal" or decision is Step.INFORM:
        reason = "withdrawn" if about == "withdrawal" else "supervisor"
        is_for_us = about == "not_vawc" and decision is not Step.INFORM and not case.has_only_men
        after = replace(before, vawc=before.vawc or is_for_us, route=(decision,))
        case.reclassify(after, None, by=by, reason=reason, now=now)
    clocks = await times.response(store, case, before, now)
    journey = cause.about(case.complaint_ids[0])
    await store.save(case, supervision, *clocks, cause=journey)


@patient
async def decide_police_report(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    outcome: str,
    ground: str | None,
    basis: Personal,
    by: str,
    now: datetime,
) -> None:
    """Decide, as a supervisor, that the police are told, or why not; the 72 hours end."""
    await store.once(cause)
    case = await _with_police_duty(store, case_id)
    supervision = await supervision_of(store, case_id)
    supervision.decide_report(outcome, ground, basis, form=case.form, by=by, now=now)
    clocks = await stopped(store, times.POLICE, case_id, now)
    await store.save(supervision, *clocks, cause=cause.about(case.complaint_ids[0]))


@patient
async def record_police_report(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    reported_at: datetime,
    unit: str,
    report_no: Personal,
    by: str,
    now: datetime,
) -> None:
    """Write down that the police were told; the 72 hours end when they were."""
    await store.once(cause)
    case = await _with_police_duty(store, case_id)
    supervision = await supervision_of(store, case_id)
    supervision.record_report(reported_at, unit, report_no, by=by, now=now)
    clocks = await stopped(store, times.POLICE, case_id, reported_at)
    await store.save(supervision, *clocks, cause=cause.about(case.complaint_ids[0]))


async def acknowledge_alarm(
    store: EventStore, cause: Cause, complaint_id: UUID, *, by: str, now: datetime
) -> None:
    """Say, as a supervisor, that one saw the alarm."""
    await store.once(cause)
    alarm = await store.load(Alarm, Alarm.create_id(complaint_id))
    alarm.acknowledge(by, now)
    await store.save(alarm, cause=cause.about(complaint_id))


async def _check_withdrawn(
    store: EventStore, case: Case, after: Ruling, *, as_supervisor: bool
) -> None:
    """Raise SupervisorMustDecide where a withdrawn case would be closed, or made to seem calm."""
    before = _ruling(case)
    closes = Step.INFORM in after.route and Step.INFORM not in before.route
    calms = URGENCIES.index(after.urgency) < URGENCIES.index(before.urgency)
    if closes or (calms and not as_supervisor):
        supervision = await supervision_of(store, case.id)
        urgency = "high" if case.was_high else before.urgency
        supervision.check_may_close(child=case.people.child, urgency=urgency)


async def _save(
    store: EventStore, cause: Cause, case: Case, before: Ruling, now: datetime, *, was_due: bool
) -> None:
    """Save a case that was decided anew, with the clocks that start and stop by that."""
    clocks = await times.response(store, case, before, now)
    if case.police_is_due != was_due:
        first = case.complaint_ids[0]
        told = await store.load(Identification, Identification.create_id(first))
        since = told.received_at
        clocks += await times.police(store, case, since=since, now=now, is_due=not was_due)
    await store.save(case, *clocks, cause=cause.about(case.complaint_ids[0]))


async def _with_police_duty(store: EventStore, case_id: UUID) -> Case:
    case = await store.load(Case, case_id)
    if case.ruling is None or not any(each.tpks for each in (case.ruling, *case.rulings.values())):
        raise NoPoliceDuty(str(case_id))
    return case


def _ruling(case: Case) -> Ruling:
    if case.ruling is None:
        raise NotClassified(str(case.id))
    return case.ruling


def _what_changed(case: Case, before: Ruling | None) -> str:
    """Say in codes what somebody else decided meanwhile."""
    changes = before.changes(case.ruling) if before and case.ruling else {}
    said = "; ".join(
        f"{name} {_shown(was)} is now {_shown(now)}" for name, (was, now) in changes.items()
    )
    return f"Case {case.id} is at version {case.version}: {said or 'nothing decided has changed'}"


def _shown(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
