"""What triage can be asked to do."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from services.triage import times
from services.triage.domain import (
    Alarm,
    Case,
    CaseForm,
    CaseLink,
    Decision,
    Identification,
    Supervision,
    check_locus,
)
from services.triage.times import patient
from shared.access.standing import Standing, standing_of
from shared.clocks.keeping import stopped
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


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
    await store.save(identification, *await times.queued(store, identification), cause=cause)


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
    identification = await _identification(store, complaint_id, expect)
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
    identification = await _identification(store, complaint_id, expect)
    is_open = identification.case_id is not None
    identification.choose(officer_id, Case.create_id(complaint_id), "new", None, now)
    if is_open:
        case = await store.load(Case, Case.create_id(complaint_id))
    else:
        case = _new_case(identification, now)
    case.fill_form(form, filled_by, now)
    related = await _related(store, complaint_id, case.id, now)
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
    identification = await _identification(store, complaint_id, expect)
    case = await store.load(Case, case_id)
    identification.choose(officer_id, case_id, "existing", subkind, now, basis=basis)
    case.link(complaint_id, subkind, now)
    related = await _related(store, complaint_id, case_id, now)
    await store.save(identification, case, *related, cause=cause.about(complaint_id))


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
    identification = await _identification(store, complaint_id, expect)
    known = await store.load(Case, case_id)
    new_id, kind = Case.create_id(complaint_id), "new_perpetrator"
    if not identification.choose(
        officer_id, new_id, "new", kind, now, known_id=known.id, basis=basis
    ):
        await store.save(cause=cause.about(complaint_id))
        return
    case = _new_case(identification, now)
    if form:
        case.fill_form(form, filled_by, now)
    link = CaseLink.between(new_id, known.id, kind, officer_id, now)
    related = await _related(store, complaint_id, new_id, now)
    await store.save(identification, case, link, *related, cause=cause.about(complaint_id))


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
    identification = await _identification(store, complaint_id, expect)
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
    """Decide what the complaint is. What needs no form, or cannot wait for it, opens its case."""
    await store.once(cause)
    check_locus(decision.locus, decision.locus_code, home_region)
    identification = await _identification(store, complaint_id, expect)
    can_do_without_form = not decision.vawc or decision.urgency == "high"
    if identification.case_id is None and can_do_without_form:
        kind = identification.kind or "new"  # what was left undetermined is so still
        identification.choose(officer_id, Case.create_id(complaint_id), kind, None, now)
        case = _new_case(identification, now)
        identification.complete(officer_id, decision.route, now)
    else:
        identification.complete(officer_id, decision.route, now)
        case = await store.load(Case, identification.case_id or Case.create_id(complaint_id))
    before = case.ruling
    case.classify(
        decision,
        complaint_id=complaint_id,
        registration_no=identification.registration_no,
        officer_id=officer_id,
        kind="existing" if identification.kind == "existing" else "new",
        subkind=identification.subkind,
        now=now,
    )
    clocks = await stopped(store, "identification", complaint_id, now)
    clocks += await times.response(
        store, case, before, now, anew=decision.ruling.response is not None
    )
    is_known = identification.subkind == "follow_up" and before is not None and before.tpks
    if decision.tpks and not is_known:
        received = identification.received_at
        clocks += await times.police(store, case, since=received, now=now, is_due=True)
    others = [
        *await _withdrawn(store, identification, case),
        *await _related(store, complaint_id, case.id, now),
    ]
    await store.save(identification, case, *clocks, *others, cause=cause.about(complaint_id))


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


def _new_case(identification: Identification, now: datetime) -> Case:
    return Case(
        complaint_id=identification.complaint_id,
        registration_no=identification.registration_no,
        opened_at=now,
    )


async def _related(
    store: EventStore, complaint_id: UUID, case_id: UUID, now: datetime
) -> list[Standing]:
    """Return how people stand to a case, told who is related to a party of its complaint."""
    known = (await standing_of(store, complaint_id)).conflicted
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


async def bases_of_choice(store: EventStore, case: Case) -> dict[str, Personal]:
    """Return why complaints were said to be about the case where no search had shown it."""
    found = [await _identification(store, id, None) for id in case.complaint_ids]
    return {f"choice.{n}": each.basis for n, each in enumerate(found) if each.basis}


async def supervision_of(store: EventStore, case_id: UUID) -> Supervision:
    """Return what a supervisor has to decide about a case; a fresh one where nothing was so far."""
    try:
        return await store.load(Supervision, Supervision.create_id(case_id))
    except Missing:
        return Supervision(case_id=case_id)


async def _hear_alarm(store: EventStore, identification: Identification) -> None:
    """Let it be known that help was called, if it was before the complaint was told."""
    with suppress(Missing):
        alarm = await store.load(Alarm, Alarm.create_id(identification.complaint_id))
        identification.note_danger(alarm.raised_at)


async def _identification(
    store: EventStore, complaint_id: UUID, expect: int | None
) -> Identification:
    try:
        return await store.load(
            Identification, Identification.create_id(complaint_id), expect=expect
        )
    except Missing:
        raise Missing(f"Identification of complaint {complaint_id}") from None
