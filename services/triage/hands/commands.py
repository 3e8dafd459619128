"""What triage can be asked when another officer is to identify a complaint."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage import times
from services.triage.domain import Identification, OfficerRelated
from services.triage.times import patient
from shared.access.standing import Standing, standing_of
from shared.clocks.clock import Clock
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal

RELATED = "conflict_of_interest"  # of the codes for letting go of a complaint


@patient
async def release(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    reason: str,
    by: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Let go of a complaint: it waits for another officer. Whoever is related never has it again.

    Raises AlreadyClassified where nothing is left to identify.
    """
    await store.once(cause)
    identification = await _identification(store, complaint_id, expect)
    related = await related_to(store, identification, by, None, now) if reason == RELATED else []
    clocks = await let_go(store, identification, reason, by, now)
    await store.save(identification, *clocks, *related, cause=cause.about(complaint_id))


@patient
async def reassign(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    officer_id: str | None,
    reason: str,
    by: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Give a complaint to another officer, whose thirty minutes begin; or back into the queue.

    Raises OfficerRelated for one who is related to a party, AlreadyClassified where nothing is
    left to identify. Giving it to whoever has it changes nothing.
    """
    await store.once(cause)
    identification = await _identification(store, complaint_id, expect)
    journey = cause.about(complaint_id)
    if identification.officer_id == officer_id:
        await store.save(cause=journey)
        return
    about = (complaint_id, identification.case_id)
    related = [(await standing_of(store, id)).conflicted for id in about if id]
    if any(officer_id in each for each in related):
        raise OfficerRelated(f"state: {identification.status}")
    identification.release(reason, by, now)
    clocks = await times.passed_on(store, identification, officer_id, now)
    if officer_id is not None:
        identification.take(officer_id, now, times.due(identification, clocks, now))
    await store.save(identification, *clocks, cause=journey)


async def let_go(
    store: EventStore, identification: Identification, reason: str, by: str, now: datetime
) -> list[Clock]:
    """Let its officer identify it no more, and return her clock. The caller saves both."""
    identification.release(reason, by, now)
    return await times.passed_on(store, identification, None, now)


async def related_to(
    store: EventStore,
    identification: Identification,
    staff_id: str,
    grounds: Personal | None,
    now: datetime,
) -> list[Standing]:
    """Return how people stand to a complaint, and to its case if it has one: she is related.

    The caller saves the identification too: a case that is chosen meanwhile is chosen again, by
    somebody who knows of it.
    """
    identification.note_conflict(staff_id, now)
    about = (identification.complaint_id, identification.case_id)
    standings = [await standing_of(store, id) for id in about if id]
    for each in standings:
        each.declare_conflict(staff_id, grounds, now)
    return standings


async def _identification(
    store: EventStore, complaint_id: UUID, expect: int | None
) -> Identification:
    id = Identification.create_id(complaint_id)
    return await store.load(Identification, id, expect=expect)
