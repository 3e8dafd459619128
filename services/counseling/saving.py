"""Saving a casework with what follows from its state: its time limit, and whose place it takes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.counseling.domain import Casework, Complaint, Counselor
from shared.clocks.clock import Clock
from shared.clocks.keeping import started, stopped
from shared.eventstore import Cause, EventStore
from shared.problems import Missing, Stale

ASSIGNMENT, AT_ONCE = "assignment", "assignment_high"


async def timed(store: EventStore, casework: Casework, since: datetime) -> list[Clock]:
    """Return the clocks of a casework as they must be now (contracts 5); the caller saves.

    One runs from when it is to be followed up until its counselor took it on, whoever is asked
    meanwhile: the person waits all the time. Nobody's own: what is late here a supervisor explains.
    """
    rule = AT_ONCE if casework.needed.urgency == "high" else ASSIGNMENT
    clocks: list[Clock] = []
    for each in (ASSIGNMENT, AT_ONCE):
        if casework.is_waiting and each == rule:
            clocks.append(
                await started(
                    store,
                    rule,
                    casework.case_id,
                    since,
                    complaint_id=casework.complaint_id,
                    case_id=casework.case_id,
                )
            )
        else:
            clocks += await stopped(store, each, casework.case_id, since)
    return clocks


async def handed_over(
    store: EventStore,
    cause: Cause,
    casework: Casework,
    before: UUID | None,
    *,
    since: datetime,
    by_rule: bool = False,
) -> None:
    """Save a casework with its time limit, and count it as hers who has it now.

    Raises Stale when by rule it went to one who was given her last place meanwhile.
    """
    changed: list[Counselor] = []
    after = casework.counselor_id
    if after != before:
        if after is not None:
            taking = await store.load(Counselor, after)
            if by_rule and not taking.has_room:
                raise Stale(f"Counselor {after}")
            taking.take(casework.case_id)
            changed.append(taking)
        if before is not None:
            releasing = await store.load(Counselor, before)
            releasing.release(casework.case_id)
            changed.append(releasing)
    clocks = await timed(store, casework, since)
    await store.save(casework, *changed, *clocks, cause=cause)


async def complaint_of(store: EventStore, complaint_id: UUID) -> Complaint:
    """Return what we heard of a complaint; a fresh one where nothing was heard yet."""
    try:
        return await store.load(Complaint, Complaint.create_id(complaint_id))
    except Missing:
        return Complaint(complaint_id=complaint_id)
