"""What every service does when triage tells who may, or must not, see a case."""

from __future__ import annotations

from uuid import UUID

import structlog

from shared.access.forgetting import forget, keys_of, until_sequenced
from shared.access.keeping import Keeping, Scope, Why, keeping_of, subjects_of
from shared.access.standing import standing_of
from shared.access.victims import VictimCodes, victims_of
from shared.contracts.counseling import AssignmentDeclined, AssignmentEnded, CaseRecordRetrieved
from shared.contracts.triage import (
    CaseFormFilled,
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    GlassBroken,
    GlassMended,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import PostgresEventStore
from shared.privacy.keyring import Held

log = structlog.get_logger()


async def hear_conflict(store: EventStore, cause: Cause, fact: ConflictDeclared) -> None:
    """Whenever somebody is related to a party, let the case not be there for them."""
    standing = await standing_of(store, fact.case_id)
    standing.declare_conflict(fact.staff_id, None, fact.occurred_at)
    await store.save(standing, cause=cause)


async def hear_broken_glass(store: EventStore, cause: Cause, fact: GlassBroken) -> None:
    """Whenever somebody takes emergency access to a case, honour it until it ends."""
    standing = await standing_of(store, fact.case_id)
    standing.break_glass(fact.grant_id, fact.staff_id, None, fact.occurred_at)
    await store.save(standing, cause=cause)


async def hear_mended_glass(store: EventStore, cause: Cause, fact: GlassMended) -> None:
    """Whenever emergency access is ended before its time, end it here too."""
    standing = await standing_of(store, fact.case_id)
    standing.mend_glass(fact.grant_id, fact.occurred_at)
    await store.save(standing, cause=cause)


async def hear_record_retrieved(store: EventStore, cause: Cause, fact: CaseRecordRetrieved) -> None:
    """Whenever an officer fetches the record of an old case, open it to her until it is over."""
    standing = await standing_of(store, fact.case_id)
    standing.grant_record(fact.staff_id, fact.until)
    await store.save(standing, cause=cause)


async def hear_form_filled(store: EventStore, cause: Cause, fact: CaseFormFilled) -> None:
    """Whenever the form of a case is filled in, note who its victims are: ids and codes only."""
    named = tuple(VictimCodes(each.person_id, each.age_band, each.child) for each in fact.victims)
    victims = await victims_of(store, fact.case_id)
    victims.name(named, fact.occurred_at)
    await store.save(victims, cause=cause)


async def hear_not_hers(
    store: EventStore, cause: Cause, fact: AssignmentDeclined | AssignmentEnded
) -> None:
    """Whenever a counselor does not, or not any more, answer for a case, let it be hers no more."""
    standing = await standing_of(store, fact.case_id)
    standing.release_counselor(fact.counselor_id)
    await store.save(standing, cause=cause)


async def hear_erasure_requested(
    store: PostgresEventStore, cause: Cause, fact: ErasureRequested
) -> None:
    """Whenever somebody asks to forget a person, close what we have of her at once."""
    keeping, scope = await keeping_of(store, fact.person_id), _scope(fact)
    if keeping.close(scope, fact.occurred_at):
        await store.keys.restrict(await _keys(store, scope))
    await store.save(keeping, cause=cause)


async def hear_erasure_withdrawn(
    store: PostgresEventStore, cause: Cause, fact: ErasureWithdrawn
) -> None:
    """Whenever she is not to be forgotten after all, open what nobody else's wish closes."""
    keeping = await keeping_of(store, fact.person_id)
    closed = keeping.closed
    if keeping.open(fact.occurred_at) and closed:
        await store.keys.unrestrict(await _only_of(store, "closed", fact.person_id, closed))
    await store.save(keeping, cause=cause)


async def hear_person_erased(store: PostgresEventStore, cause: Cause, fact: PersonErased) -> None:
    """Whenever a person is to be forgotten, destroy her keys, unless a legal hold reaches them.

    Then we refuse by ourselves, and say so: the message may have been a mistake or a forgery. It
    is not parked, because the end of the hold would wait behind it (ADR 8). Afterwards two people
    agree anew, and wait anew.
    """
    keeping, scope = await keeping_of(store, fact.person_id), _scope(fact)
    await until_sequenced(store.pool)
    subjects = await subjects_of(store.pool, scope)
    if await store.kept("held", subjects):
        await _refuse(store, cause, keeping, scope)
        return
    closed = keeping.closed  # more, perhaps, than goes now: the rest is open again
    leaves = await _only_of(store, "closed", fact.person_id, closed) if closed else []
    keeping.open(fact.occurred_at)
    try:
        await forget(
            store,
            cause,
            fact.person_id,
            subjects=subjects,
            now=cause.at,
            leaves=leaves,
            keeping=keeping,
        )
    except Held:  # placed a moment ago
        await _refuse(store, cause, await keeping_of(store, fact.person_id), scope)


async def hear_legal_hold_placed(
    store: PostgresEventStore, cause: Cause, fact: LegalHoldPlaced
) -> None:
    """Whenever her data are needed in a legal case, destroy nothing of it until that is over."""
    keeping, scope = await keeping_of(store, fact.person_id), _scope(fact)
    if keeping.hold(scope, fact.occurred_at):
        ids = await _keys(store, scope)
        store.keys.forget(ids)
        keys = await store.keys.to_seal(ids)
        await store.keys.hold([id for id, key in keys.items() if key])  # some may be gone already
    await store.save(keeping, cause=cause)


async def hear_legal_hold_lifted(
    store: PostgresEventStore, cause: Cause, fact: LegalHoldLifted
) -> None:
    """Whenever the legal case is over, let go of what no other hold keeps."""
    keeping = await keeping_of(store, fact.person_id)
    held = keeping.held
    if keeping.release(fact.occurred_at) and held:
        await store.keys.unhold(await _only_of(store, "held", fact.person_id, held))
    await store.save(keeping, cause=cause)


async def _refuse(store: PostgresEventStore, cause: Cause, keeping: Keeping, scope: Scope) -> None:
    log.error("not erased: under legal hold", person=str(keeping.person_id))
    keeping.refuse_erasure(scope, cause.at)
    await store.save(keeping, cause=cause)


async def _only_of(
    store: PostgresEventStore, why: Why, person_id: UUID, scope: Scope
) -> list[UUID]:
    """Return the keys in a scope that are kept because of nobody but this person."""
    await until_sequenced(store.pool)
    subjects = await subjects_of(store.pool, scope)
    return await keys_of(store.pool, subjects - await store.kept(why, subjects, but_for=person_id))


async def _keys(store: PostgresEventStore, scope: Scope) -> list[UUID]:
    await until_sequenced(store.pool)
    return await keys_of(store.pool, await subjects_of(store.pool, scope))


def _scope(fact: ErasureRequested | PersonErased | LegalHoldPlaced) -> Scope:
    """Return the persons, and with the story every journey it was told in."""
    story = (fact.case_id, *fact.complaint_ids) if fact.story else ()
    return Scope((*fact.persons, *(id for id in story if id)), alone=fact.case_id is None)
