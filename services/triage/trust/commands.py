"""What triage can be told about how people stand to a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage.domain import Case, Identification
from services.triage.hands.commands import RELATED, let_go, related_to
from services.triage.times import patient
from shared.access.standing import standing_of
from shared.clocks.clock import Clock
from shared.clocks.keeping import started, stopped
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal

REVIEW = "glass_review"


@patient
async def declare_conflict(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    staff_id: str,
    grounds: Personal,
    now: datetime,
) -> None:
    """Note that a member of staff is related to a party: the case is not there for them.

    What they still identify of it waits for another officer.
    """
    await store.once(cause)
    case = await store.load(Case, case_id)
    standing = await standing_of(store, case_id)
    standing.declare_conflict(staff_id, grounds, now)
    taken: list[Identification | Clock] = []
    for complaint_id in case.complaint_ids:
        each = await store.load(Identification, Identification.create_id(complaint_id))
        if each.officer_id == staff_id and each.is_open:
            taken += [each, *await let_go(store, each, RELATED, staff_id, now)]
    await store.save(standing, *taken, cause=cause.about(case.complaint_ids[0]))


@patient
async def declare_conflict_of_complaint(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    staff_id: str,
    grounds: Personal,
    now: datetime,
) -> None:
    """Note that a member of staff is related to a party of a complaint, and of its case if any.

    Where it is hers it waits for another officer. The case it will be of is told of it then.
    """
    await store.once(cause)
    each = await store.load(Identification, Identification.create_id(complaint_id))
    related = await related_to(store, each, staff_id, grounds, now)
    is_hers = each.officer_id == staff_id and each.is_open
    clocks = await let_go(store, each, RELATED, staff_id, now) if is_hers else []
    await store.save(each, *clocks, *related, cause=cause.about(complaint_id))


@patient
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
    clocks: list[Clock] = []
    if grant_id in standing.grants:  # not where it was open to her already
        clocks.append(await started(store, REVIEW, grant_id, now, case_id=case_id))
    await store.save(standing, *clocks, cause=cause.about(case.complaint_ids[0]))


@patient
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
    clocks = await stopped(store, REVIEW, grant_id, now)
    await store.save(standing, *clocks, cause=cause.about(case.complaint_ids[0]))
