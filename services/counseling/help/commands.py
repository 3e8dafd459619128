"""What counseling can be told about the first help."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.counseling.domain import (
    AlreadyHelped,
    Casework,
    FirstHelp,
    NotFollowedUp,
    check_safe,
    rules_among,
)
from services.counseling.saving import complaint_of
from shared.access.victims import place_in, victims_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def record_first_help(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    complaint_id: UUID | None,
    whom: str,
    n: int | None,
    medium: str,
    at: datetime,
    note: Personal | None,
    staff_id: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    """Note that somebody was helped for the first time: for one complaint, or all that wait for it.

    Whoever is not said to have been meant may not be put at risk either. The ``n``-th victim is who
    stands there in the form of today. Raises UnsafeContact, AlreadyHelped, and Stale where
    not she stands there by what we know.
    """
    await store.once(cause)
    casework = await store.load(Casework, Casework.create_id(case_id))
    if casework.has_ended:
        raise NotFollowedUp(str(case_id))
    about = {*casework.complaints.followed, *casework.complaints.reported}
    if complaint_id is not None and complaint_id not in about:
        raise Missing(f"Complaint {complaint_id}")
    places = (await victims_of(store, case_id)).places
    n = place_in(places, n, person_id)
    heard = [await complaint_of(store, each) for each in sorted(about)]
    is_first = casework.complaints.is_first
    for rules in rules_among(heard, whom, n, places, is_first=is_first, complaint_id=complaint_id):
        check_safe(rules, medium, at, now)
    meant = casework.complaints.followed if complaint_id is None else (complaint_id,)
    waiting = [each for each in meant if await first_help_of(store, case_id, each) is None]
    if not waiting:
        raise AlreadyHelped(str(case_id))
    helps = [
        FirstHelp(
            case_id=case_id,
            complaint_id=each,
            medium=medium,
            helped_at=at,
            note=note if each == waiting[0] else None,  # one story is told once
            staff_id=staff_id,
        )
        for each in waiting
    ]
    await store.save(*helps, cause=cause.about(waiting[0]))


async def first_help_of(store: EventStore, case_id: UUID, complaint_id: UUID) -> FirstHelp | None:
    """Return the first help that followed a complaint, if there was any."""
    try:
        return await store.load(FirstHelp, FirstHelp.create_id(case_id, complaint_id))
    except Missing:
        return None
