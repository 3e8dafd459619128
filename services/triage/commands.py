"""What triage can be asked to do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage.domain import Case, CaseForm, Decision, Identification, check_locus
from shared.eventstore import Cause, EventStore
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
    )
    await store.save(identification, cause=cause)


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
    identification.take(officer_id, now)
    await store.save(identification, cause=cause.about(complaint_id))


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
    await store.save(identification, case, cause=cause.about(complaint_id))


async def link_existing_case(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str,
    case_id: UUID,
    subkind: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Decide that the complaint is about a case we know."""
    await store.once(cause)
    identification = await _identification(store, complaint_id, expect)
    case = await store.load(Case, case_id)
    identification.choose(officer_id, case_id, "existing", subkind, now)
    case.link(complaint_id, subkind, now)
    await store.save(identification, case, cause=cause.about(complaint_id))


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
    case.classify(
        decision,
        complaint_id=complaint_id,
        registration_no=identification.registration_no,
        officer_id=officer_id,
        kind="existing" if identification.kind == "existing" else "new",
        subkind=identification.subkind,
        now=now,
    )
    await store.save(identification, case, cause=cause.about(complaint_id))


async def note_counselor(
    store: EventStore, cause: Cause, *, case_id: UUID, counselor_id: UUID
) -> None:
    """Note who answers for a case."""
    case = await store.load(Case, case_id)
    case.note_counselor(counselor_id)
    await store.save(case, cause=cause)


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


async def _identification(
    store: EventStore, complaint_id: UUID, expect: int | None
) -> Identification:
    try:
        return await store.load(
            Identification, Identification.create_id(complaint_id), expect=expect
        )
    except Missing:
        raise Missing(f"Identification of complaint {complaint_id}") from None
