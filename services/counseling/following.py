"""What facts ask of counseling: to follow a case up, to think again, to note and to undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.counseling.domain import Casework, Counselor, CounselorCard
from services.counseling.saving import complaint_of, handed_over, timed
from shared.access.standing import standing_of
from shared.contracts.safe_contact import SafeContact
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


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
    classified_at: datetime,
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
        casework.report(other, subkind, classified_at)
    before = casework.counselor_id
    casework.follow_up(complaint_id, needs, urgency, child, counselors, classified_at, now)
    await handed_over(store, cause, casework, before, by_rule=True, since=classified_at)


async def decide_anew(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    complaint_id: UUID,
    needs: tuple[str, ...],
    urgency: str,
    child: bool | None,
    moot: str | None,
    was_followed: bool,
    linked: Sequence[tuple[UUID, str]],
    counselors: Sequence[CounselorCard],
    decided_at: datetime,
    now: datetime,
) -> None:
    """Follow a case up by what was decided anew; ``moot`` says why it is not, if it is not.

    Where it was or is to be followed up and there is no casework one is opened, so that what was
    decided before and comes later finds it.
    """
    try:
        casework = await store.load(Casework, Casework.create_id(case_id))
    except Missing:
        if moot is not None and not was_followed:
            await store.save(cause=cause)
            return
        casework = Casework(
            case_id=case_id,
            complaint_id=complaint_id,
            needs=needs,
            urgency=urgency,
            child=child,
            opened_at=now,
        )
    for other, subkind in linked:
        casework.report(other, subkind, decided_at)
    before = casework.counselor_id
    casework.decide_anew(needs, urgency, child, moot, decided_at)
    casework.reconsider(counselors, now)
    await handed_over(store, cause, casework, before, by_rule=True, since=decided_at)


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
    casework.withdraw(counselor_id, "conflict_of_interest", now)
    counselor.release(case_id)
    clocks = await timed(store, casework, now)
    await store.save(standing, casework, counselor, *clocks, cause=cause)


async def report_complaint(
    store: EventStore,
    cause: Cause,
    *,
    case_id: UUID,
    complaint_id: UUID,
    subkind: str,
    at: datetime,
) -> None:
    """Note on the casework that another complaint was made.

    Without casework there is nobody to tell yet: who opens it will hear of all complaints.
    """
    try:
        casework = await store.load(Casework, Casework.create_id(case_id))
    except Missing:
        await store.save(cause=cause)
        return
    casework.report(complaint_id, subkind, at)
    await store.save(casework, cause=cause)


async def take_back_complaint(
    store: EventStore, cause: Cause, *, case_id: UUID, complaint_id: UUID, at: datetime
) -> None:
    """Undo that a complaint was about a case; without casework there is nothing to undo."""
    try:
        casework = await store.load(Casework, Casework.create_id(case_id))
    except Missing:
        await store.save(cause=cause)
        return
    casework.take_back(complaint_id, at)
    await store.save(casework, *await timed(store, casework, at), cause=cause)


async def note_officer(
    store: EventStore, cause: Cause, *, complaint_id: UUID, officer_id: str, taken_at: datetime
) -> None:
    """Note who identifies a complaint, also before we know of which case it is."""
    complaint = await complaint_of(store, complaint_id)
    complaint.hear_officer(officer_id, taken_at)
    await store.save(complaint, cause=cause)


async def note_released(
    store: EventStore, cause: Cause, *, complaint_id: UUID, officer_id: str, released_at: datetime
) -> None:
    """Note that an officer identifies a complaint no more."""
    complaint = await complaint_of(store, complaint_id)
    complaint.hear_release(officer_id, released_at)
    await store.save(complaint, cause=cause)


async def note_safe_contact(
    store: EventStore,
    cause: Cause,
    *,
    complaint_id: UUID,
    safe: SafeContact,
    set_at: datetime,
    whom: str,
    n: int,
    is_victims: bool,
    person_id: UUID | None,
) -> None:
    """Note how the reporter of a complaint may be contacted, or a victim."""
    complaint = await complaint_of(store, complaint_id)
    complaint.hear_safe_contact(safe, set_at, whom, n, is_victims, person_id)
    await store.save(complaint, cause=cause)


async def note_withdrawal(
    store: EventStore, cause: Cause, *, complaint_id: UUID, withdrawn_by: str, at: datetime
) -> None:
    """Note that a complaint was withdrawn; nothing ends by itself."""
    complaint = await complaint_of(store, complaint_id)
    complaint.hear_withdrawal(withdrawn_by, at)
    await store.save(complaint, cause=cause)
