"""What can be done for the rights of a complainant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from services.intake.domain import (
    REPORTER,
    TELLING,
    Complaint,
    Information,
    Rights,
    StatementKind,
    check_safe,
    is_here,
)
from services.intake.reading import account_of, places_of, rules_for
from shared.access.victims import place_in
from shared.clocks.clock import Clock
from shared.clocks.keeping import clock_of, limit_at, stopped
from shared.clocks.limits import Limit
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing

PROMISES = UUID("5a9c3e70-1f2b-5d84-b6e7-40d8c21f9a36")  # namespace of the ids of promises
PROMISE = "promise"  # the rule of its clock: it has no limit but the time that was promised


def promise_id_of(cause: Cause) -> UUID:
    """Derive a promise from what asked for it, so that a repeated request is the same promise."""
    return uuid5(PROMISES, cause.message_id)


async def rights_of(store: EventStore, complaint_id: UUID) -> Rights:
    """Return what was done for a complainant's rights; a fresh stream where nothing was yet."""
    try:
        return await store.load(Rights, Rights.create_id(complaint_id))
    except Missing:
        return Rights(complaint_id=complaint_id)


async def inform(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    information: Information,
    n: int | None,
    standard_version: str,
    rules_version: str,
    by: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    """Note what a person was told: of the victims the one with this id, where it is given.

    Raises NothingRecommended, NotAcknowledged, ContactUnsafe, and Stale if not she stands there.
    """
    await store.once(cause)
    told = replace(information, n=await _place(store, complaint_id, n, person_id))
    await _check_telling(store, complaint_id, told.whom, told.n, told.telling, by, now)
    rights = await rights_of(store, complaint_id)
    rights.inform(
        told,
        standard_version=standard_version,
        rules_version=rules_version,
        by=by,
        now=now,
    )
    await store.save(rights, cause=cause.about(complaint_id))


async def state(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    kind: StatementKind,
    accepted: bool,
    words: Personal | None,
    standard_version: str,
    rules_version: str,
    by: str,
    now: datetime,
) -> None:
    """Note whether a person accepts a duty of hers."""
    await store.once(cause)
    rights = await rights_of(store, complaint_id)
    rights.state(
        kind,
        accepted=accepted,
        words=words,
        standard_version=standard_version,
        rules_version=rules_version,
        by=by,
        now=now,
    )
    await store.save(rights, cause=cause.about(complaint_id))


async def promise(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    what: str,
    due_at: datetime,
    words: Personal | None,
    by: str,
    now: datetime,
) -> None:
    """Promise something by a time; its clock begins. Raises DueInThePast."""
    await store.once(cause)
    complaint = await store.load(Complaint, complaint_id)
    rights = await rights_of(store, complaint_id)
    promise_id = promise_id_of(cause)
    rights.promise(promise_id, what=what, due_at=due_at, words=words, by=by, now=now)
    clock = Clock.start(
        await _limit(store, now),
        promise_id,
        now,
        complaint_id=complaint_id,
        case_id=complaint.case_id,
        staff_id=by,
        due_at=due_at,
    )
    await store.save(rights, clock, cause=cause.about(complaint_id))


async def keep(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    promise_id: UUID,
    by: str,
    now: datetime,
) -> None:
    """Note that what was promised was done; its clock stops. Raises Missing."""
    await store.once(cause)
    rights = await rights_of(store, complaint_id)
    rights.keep(promise_id, by=by, now=now)
    clocks = await stopped(store, PROMISE, promise_id, now)
    await store.save(rights, *clocks, cause=cause.about(complaint_id))


async def renew(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    promise_id: UUID,
    due_at: datetime,
    informed: bool,
    telling: str | None,
    whom: str,
    n: int | None,
    by: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    """Promise it for another time; a breach until now stays one.

    Raises Missing, DueInThePast, MediumMissing, PromiseIsKept, ContactUnsafe, Stale.
    """
    await store.once(cause)
    n = await _place(store, complaint_id, n, person_id)
    if informed and telling:
        await _check_telling(store, complaint_id, whom, n, telling, by, now)
    rights = await rights_of(store, complaint_id)
    clock = await clock_of(store, PROMISE, promise_id)
    is_new = rights.renew(
        promise_id,
        due_at=due_at,
        informed=informed,
        telling=telling,
        by=by,
        now=now,
        whom=whom,
        n=n,
    )
    if is_new and clock:
        clock.stop(now)
        clock.start_again(await _limit(store, now), now, staff_id=by, due_at=due_at)
    await store.save(rights, *([clock] if clock else []), cause=cause.about(complaint_id))


async def _check_telling(
    store: EventStore, complaint_id: UUID, whom: str, n: int, telling: str, by: str, now: datetime
) -> None:
    """Raise ContactUnsafe unless she may be told in this way: it is contacting her.

    Who is on the line with this operator of her own accord is told there.
    """
    account = await account_of(store, complaint_id)
    contact, is_phone = account.contact, telling == "phone"
    rings_us = contact is not None and contact.channel == "call_center"
    if whom == REPORTER and is_phone and rings_us and is_here(account.complaint, contact, by):
        return
    for rules in await rules_for(store, account, whom, n):
        check_safe(rules, TELLING[telling], now)


async def _place(
    store: EventStore, complaint_id: UUID, n: int | None, person_id: UUID | None
) -> int:
    complaint = await store.load(Complaint, complaint_id)
    return place_in(await places_of(store, complaint), n, person_id)


async def _limit(store: EventStore, now: datetime) -> Limit:
    """Return the limit of a promise: none of its own, under the rules that hold now."""
    version = (await limit_at(store, "counter", now)).version
    return Limit(PROMISE, 0, "around_the_clock", None, version)
