"""What triage can be told about how people stand to a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage.domain import Case
from shared.access.standing import standing_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal


async def declare_conflict(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    staff_id: str,
    grounds: Personal,
    now: datetime,
) -> None:
    """Note that a member of staff is related to a party: the case is not there for them."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    standing = await standing_of(store, case_id)
    standing.declare_conflict(staff_id, grounds, now)
    await store.save(standing, cause=cause.about(case.complaint_ids[0]))


async def break_glass(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    grant_id: UUID,
    staff_id: str,
    grounds: Personal,
    now: datetime,
) -> None:
    """Open a case to one person for an hour. While it is open to her this changes nothing."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    standing = await standing_of(store, case_id)
    standing.break_glass(grant_id, staff_id, grounds, now)
    await store.save(standing, cause=cause.about(case.complaint_ids[0]))


async def review_glass(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    grant_id: UUID,
    reviewer_id: str,
    was_justified: bool,
    remarks: Personal,
    now: datetime,
) -> None:
    """Judge an emergency access, once."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    standing = await standing_of(store, case_id)
    standing.review(grant_id, reviewer_id, was_justified, remarks, now)
    await store.save(standing, cause=cause.about(case.complaint_ids[0]))
