"""What counseling can be asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.counseling.domain import Casework, Counselor, CounselorCard, RelatedToParty
from shared.access.standing import standing_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing, Stale


async def register_counselor(
    store: EventStore,
    cause: Cause,
    *,
    counselor_id: UUID,
    skills: tuple[str, ...],
    sex: str,
    capacity: int,
    is_coordinator: bool,
) -> None:
    """Put a counselor on the roster, or bring what the roster says of her up to date."""
    await store.once(cause)
    try:
        counselor = await store.load(Counselor, counselor_id)
        counselor.change(skills, sex, capacity, is_coordinator)
    except Missing:
        counselor = Counselor(
            id=counselor_id,
            skills=skills,
            sex=sex,
            capacity=capacity,
            is_coordinator=is_coordinator,
        )
    await store.save(counselor, cause=cause.about(counselor_id))


async def assign_by_rule(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    complaint_id: UUID,
    needs: tuple[str, ...],
    urgency: str,
    child: bool | None,
    linked: Sequence[tuple[UUID, str]],
    counselors: Sequence[CounselorCard],
    now: datetime,
) -> None:
    """Open the casework of a case unless it is open, and find who answers for it.

    Further complaints are noted here too: their own fact may have come before the casework, on
    another partition. Raises Stale when the chosen counselor was given her last place meanwhile.
    """
    try:
        casework = await store.load(Casework, Casework.create_id(case_id))
    except Missing:
        casework = Casework(
            case_id=case_id,
            complaint_id=complaint_id,
            needs=needs,
            urgency=urgency,
            child=child,
            opened_at=now,
        )
    for other, subkind in linked:
        casework.report(other, subkind, now)
    casework.raise_needs(needs, urgency)
    before = casework.counselor_id
    casework.assign_by_rule(complaint_id, counselors, now)
    if casework.counselor_id is None or casework.counselor_id == before:
        await store.save(casework, cause=cause)
        return
    counselor = await store.load(Counselor, casework.counselor_id)
    if not counselor.has_room:
        raise Stale(f"Counselor {counselor.id}")
    counselor.take(case_id)
    await store.save(casework, counselor, cause=cause)


async def assign(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    counselor_id: UUID,
    basis: Personal,
    expect: int | None,
    now: datetime,
) -> None:
    """Give a case to a counselor, because a supervisor decided so."""
    await store.once(cause)
    casework = await store.load(Casework, Casework.create_id(case_id), expect=expect)
    if str(counselor_id) in (await standing_of(store, case_id)).conflicted:
        raise RelatedToParty(str(case_id))
    counselor, previous_id = await store.load(Counselor, counselor_id), casework.counselor_id
    casework.assign(counselor_id, basis, now)
    counselor.take(case_id)
    previous = await store.load(Counselor, previous_id) if previous_id else None
    if previous:
        previous.release(case_id)
    changed = (casework, counselor, *((previous,) if previous else ()))
    await store.save(*changed, cause=cause.about(casework.complaint_id))


async def note_conflict(
    store: EventStore, cause: Cause, *, case_id: UUID, staff_id: str, now: datetime
) -> None:
    """Note who is related to a party of a case; if it is hers, a supervisor decides who follows."""
    standing = await standing_of(store, case_id)
    standing.declare_conflict(staff_id, None, now)
    try:
        casework = await store.load(Casework, Casework.create_id(case_id))
    except Missing:
        await store.save(standing, cause=cause)
        return
    counselor_id = casework.counselor_id
    if counselor_id is None or str(counselor_id) != staff_id:
        await store.save(standing, cause=cause)
        return
    counselor = await store.load(Counselor, counselor_id)
    casework.withdraw(counselor_id, now)
    counselor.release(case_id)
    await store.save(standing, casework, counselor, cause=cause)


async def report_complaint(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    complaint_id: UUID,
    subkind: str,
    now: datetime,
) -> None:
    """Note on the casework that another complaint was made.

    Without casework there is nobody to tell yet: who opens it will hear of all complaints.
    """
    try:
        casework = await store.load(Casework, Casework.create_id(case_id))
    except Missing:
        await store.save(cause=cause)
        return
    casework.report(complaint_id, subkind, now)
    await store.save(casework, cause=cause)
