"""What people can ask of counseling; what facts ask of it is in following.py."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.counseling.domain import (
    Casework,
    Counselor,
    CounselorCard,
    Entry,
    HasLeft,
    RelatedToParty,
)
from services.counseling.saving import complaint_of, handed_over, timed
from shared.access.standing import standing_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import AlreadyHandled, Missing

LEFT = "counselor_left"


async def register_counselor(
    store: EventStore,
    cause: Cause,
    *,
    counselor_id: UUID,
    skills: tuple[str, ...],
    sex: str,
    capacity: int,
    is_coordinator: bool,
    available: bool = True,
    absent_until: date | None = None,
    now: datetime,
) -> None:
    """Put a counselor on the roster, or bring what the roster says of her up to date.

    The cases of one who left wait for a supervisor, and their time limits run (A16).
    """
    await store.once(cause)
    entry = Entry(skills, sex, capacity, is_coordinator, available, absent_until)
    try:
        counselor = await store.load(Counselor, counselor_id)
        counselor.change(entry)
    except Missing:
        counselor = Counselor(id=counselor_id, **vars(entry))
    for case_id in counselor.case_ids if counselor.has_left else ():
        await _leave(store, cause, counselor_id, case_id, now)
        counselor.release(case_id)
    await store.save(counselor, cause=cause.about(counselor_id))


async def _leave(
    store: EventStore, cause: Cause, counselor_id: UUID, case_id: UUID, now: datetime
) -> None:
    """Take one case from a counselor who left, as part of its own journey: others hear it in order.

    Each is a save of its own, and none has an effect twice: who is cut short asks once more.
    """
    casework = await store.load(Casework, Casework.create_id(case_id))
    casework.withdraw(counselor_id, LEFT, now)
    clocks = await timed(store, casework, now)
    id = f"{cause.message_id}/{case_id}"
    one = replace(cause, handler=f"{cause.handler} {LEFT}", message_id=id)
    with suppress(AlreadyHandled):
        await store.save(casework, *clocks, cause=one.about(casework.complaint_id))


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
    if (await store.load(Counselor, counselor_id)).has_left:
        raise HasLeft(str(counselor_id))
    before = casework.counselor_id
    casework.assign(counselor_id, basis, now)
    cause = cause.about(casework.complaint_id)
    await handed_over(store, cause, casework, before, since=now)


async def accept(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    staff_id: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Let her counselor take a case on; its time limit stops."""
    await store.once(cause)
    casework = await store.load(Casework, Casework.create_id(case_id), expect=expect)
    casework.accept(staff_id, now)
    clocks = await timed(store, casework, now)
    await store.save(casework, *clocks, cause=cause.about(casework.complaint_id))


async def decline(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    staff_id: str,
    reason: str,
    words: Personal | None,
    counselors: Sequence[CounselorCard],
    expect: int | None,
    now: datetime,
) -> None:
    """Let a counselor release a case; by rule the next who fits gets it, else a supervisor decides.

    Raises Stale when that one was given her last place meanwhile.
    """
    await store.once(cause)
    casework = await store.load(Casework, Casework.create_id(case_id), expect=expect)
    related = (await standing_of(store, case_id)).conflicted
    strangers = [each for each in counselors if str(each.counselor_id) not in related]
    before = casework.counselor_id
    casework.decline(staff_id, reason, words, strangers, now)
    cause = cause.about(casework.complaint_id)
    await handed_over(store, cause, casework, before, by_rule=True, since=now)


async def end(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    reason: str,
    note: Personal | None,
    staff_id: str,
    by_supervisor: bool,
    expect: int | None,
    now: datetime,
) -> None:
    """Confirm that nothing more is to be done for a case; her counselor's place is free."""
    await store.once(cause)
    casework = await store.load(Casework, Casework.create_id(case_id), expect=expect)
    known = [await complaint_of(store, id) for id in casework.complaints.followed]
    before = casework.counselor_id
    casework.end(
        reason,
        note,
        staff_id,
        now,
        by_supervisor=by_supervisor,
        is_withdrawn=bool(known) and all(each.is_withdrawn for each in known),
    )
    cause = cause.about(casework.complaint_id)
    await handed_over(store, cause, casework, before, since=now)
