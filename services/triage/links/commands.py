"""What triage can be asked to link, and to unlink again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage import times
from services.triage.domain import Case, CaseLink, Identification
from services.triage.times import patient
from shared.clocks.keeping import started
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


@patient
async def unlink(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    reason: str,
    by: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Take a complaint out of a case it does not belong to; its officer identifies it again.

    What its decision began in the case ends with it. Raises OpenedByIt for the complaint that the
    case was opened with.
    """
    await store.once(cause)
    id = Identification.create_id(complaint_id)
    identification = await store.load(Identification, id, expect=expect)
    journey = cause.about(complaint_id)
    if identification.case_id is None:
        await store.save(cause=journey)
        return
    case = await store.load(Case, identification.case_id)
    before, was_due = case.ruling, case.police_is_due
    case.unlink(complaint_id, reason, by, now)
    officer_id = identification.officer_id
    clocks = await times.response(store, case, before, now)
    due_at = None
    if officer_id is not None:
        hers = await started(
            store,
            "identification",
            complaint_id,
            now,
            complaint_id=complaint_id,
            staff_id=officer_id,
        )
        due_at = hers.due_at
        clocks.append(hers)
    identification.reopen(reason, by, now, due_at)
    if was_due and not case.police_is_due:
        clocks += await times.police(store, case, since=now, now=now, is_due=False)
    await store.save(identification, case, *clocks, cause=journey)


async def link_cases(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    other_id: UUID,
    kind: str,
    by: str,
    now: datetime,
) -> None:
    """Say that two cases belong together. Both stay what they are."""
    await store.once(cause)
    case, other = await store.load(Case, case_id), await store.load(Case, other_id)
    try:
        link = await store.load(CaseLink, CaseLink.create_id(case.id, other.id))
        link.link(kind, by, now)
    except Missing:
        link = CaseLink.between(case.id, other.id, kind, by, now)
    await store.save(link, cause=cause.about(case.complaint_ids[0]))


async def separate_cases(
    store: EventStore, cause: Cause, case_id: UUID, *, other_id: UUID, by: str, now: datetime
) -> None:
    """Say that two cases do not belong together. Raises Missing where nobody had said so."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    link = await store.load(CaseLink, CaseLink.create_id(case_id, other_id))
    link.separate(by, now)
    await store.save(link, cause=cause.about(case.complaint_ids[0]))
