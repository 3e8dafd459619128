"""What triage notes when the other services tell something about its complaints and cases."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage import times
from services.triage.domain import Case
from services.triage.finding import alarm_of, identification_of, supervision_of
from services.triage.times import waiting
from shared.access.standing import standing_of
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


async def note_hand_over(
    store: EventStore, cause: Cause, *, complaint_id: UUID, operator_id: str
) -> None:
    """Note that the counter is done. Raises Missing for a complaint that was never told."""
    identification = await identification_of(store, complaint_id)
    identification.note_hand_over(operator_id)
    await store.save(identification, cause=cause)


async def note_amendment(
    store: EventStore,
    cause: Cause,
    *,
    complaint_id: UUID,
    fields: tuple[str, ...],
    in_danger: bool,
    locus_code: str | None,
    at: datetime,
) -> None:
    """Note that more is known; danger that nobody knew of raises the alarm.

    Raises Missing for a complaint that was never told.
    """
    identification = await identification_of(store, complaint_id)
    was_in_danger = identification.in_danger
    identification.note_amendment(fields, in_danger, locus_code, at)
    raised = identification.in_danger and not was_in_danger
    alarms = [await alarm_of(store, complaint_id, "danger", (), at)] if raised else []
    clocks = await times.in_danger(store, identification, at) if raised else []
    await store.save(identification, *alarms, *clocks, cause=cause)


async def note_emergency(
    store: EventStore, cause: Cause, *, complaint_id: UUID, services: tuple[str, ...], at: datetime
) -> None:
    """Raise the alarm. Help is called before any form: the complaint itself may come later."""
    alarm = await alarm_of(store, complaint_id, "emergency", services, at)
    try:
        identification = await identification_of(store, complaint_id)
    except Missing:
        await store.save(alarm, cause=cause)
        return
    identification.note_danger(at)
    clocks = await times.in_danger(store, identification, at)
    await store.save(alarm, identification, *clocks, cause=cause)


async def note_withdrawal(
    store: EventStore, cause: Cause, *, complaint_id: UUID, withdrawn_by: str, at: datetime
) -> None:
    """Note that she does not want it to go on, on the complaint and on its case.

    Where there is no case yet, it hears of it when there is. Raises Missing for a complaint that
    was never told.
    """
    identification = await identification_of(store, complaint_id)
    identification.note_withdrawal(withdrawn_by, at)
    if identification.case_id is None:
        await store.save(identification, cause=cause)
        return
    supervision = await supervision_of(store, identification.case_id)
    supervision.note_withdrawal(complaint_id, withdrawn_by)
    await store.save(identification, supervision, cause=cause)


async def note_acceptance(
    store: EventStore, cause: Cause, *, case_id: UUID, counselor_id: UUID, at: datetime
) -> None:
    """Note that the counselor took the case on."""
    case = await store.load(Case, case_id)
    case.note_acceptance(counselor_id, at)
    await store.save(case, cause=cause)


async def note_first_help(store: EventStore, cause: Cause, *, case_id: UUID, at: datetime) -> None:
    """Stop the clock until somebody helps. Help of before the clock began stops nothing."""
    await store.load(Case, case_id)  # raises Missing: help can be heard of before its case
    clock = await waiting(store, case_id)
    if clock is None or at < clock.started_at:
        await store.save(cause=cause)
        return
    clock.stop(at)
    await store.save(clock, cause=cause)


async def note_counselor(
    store: EventStore, cause: Cause, *, case_id: UUID, counselor_id: UUID
) -> None:
    """Note who answers for a case."""
    case = await store.load(Case, case_id)
    case.note_counselor(counselor_id)
    await store.save(case, cause=cause)


async def note_declined(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    counselor_id: UUID,
    is_related: bool,
    now: datetime,
) -> None:
    """Note that a counselor does not answer for a case, and whether a party is related to her."""
    case = await store.load(Case, case_id)
    case.note_decline(counselor_id)
    if not is_related:
        await store.save(case, cause=cause)
        return
    standing = await standing_of(store, case_id)
    standing.declare_conflict(str(counselor_id), None, now)
    await store.save(case, standing, cause=cause)


async def note_referral(
    store: EventStore, cause: Cause, *, case_id: UUID, referral_id: UUID, agency_id: UUID
) -> None:
    """Note where a case was sent."""
    case = await store.load(Case, case_id)
    case.note_referral(referral_id, agency_id)
    await store.save(case, cause=cause)
