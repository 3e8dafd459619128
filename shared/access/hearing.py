"""What every service does when triage tells who may, or must not, see a case."""

from __future__ import annotations

from uuid import UUID

from shared.access.forgetting import forget, restrict, until_sequenced
from shared.access.standing import standing_of
from shared.contracts.counseling import AssignmentDeclined, CaseRecordRetrieved
from shared.contracts.triage import (
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    GlassBroken,
    PersonErased,
)
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import PostgresEventStore


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


async def hear_record_retrieved(store: EventStore, cause: Cause, fact: CaseRecordRetrieved) -> None:
    """Whenever an officer fetches the record of an old case, open it to her until it is over."""
    standing = await standing_of(store, fact.case_id)
    standing.grant_record(fact.staff_id, fact.until)
    await store.save(standing, cause=cause)


async def hear_declined(store: EventStore, cause: Cause, fact: AssignmentDeclined) -> None:
    """Whenever a counselor cannot take a case on, let it be hers no more."""
    standing = await standing_of(store, fact.case_id)
    standing.release_counselor(fact.counselor_id)
    await store.save(standing, cause=cause)


async def hear_erasure_requested(
    store: PostgresEventStore, cause: Cause, fact: ErasureRequested
) -> None:
    """Whenever somebody asks to forget a person, close what we have of her at once."""
    await restrict(store, cause, subjects=await _subjects(store, fact), closed=True)


async def hear_erasure_withdrawn(
    store: PostgresEventStore, cause: Cause, fact: ErasureWithdrawn
) -> None:
    """Whenever she is not to be forgotten after all, open it again."""
    await restrict(store, cause, subjects=await _subjects(store, fact), closed=False)


async def hear_person_erased(store: PostgresEventStore, cause: Cause, fact: PersonErased) -> None:
    """Whenever a person is to be forgotten, destroy her keys."""
    await forget(
        store,
        cause,
        person_id=fact.person_id,
        subjects=await _subjects(store, fact),
        now=cause.at,
    )


async def _subjects(
    store: PostgresEventStore, fact: ErasureRequested | ErasureWithdrawn | PersonErased
) -> set[UUID]:
    """Return whose texts go: the persons', and with the story every stream of its journeys.

    But for the streams of other persons, and for what staff answer for in writing.
    """
    if not fact.story:
        return set(fact.persons)
    await until_sequenced(store.pool)
    rows = await store.pool.fetch(
        "select stream_id from es.log where correlation = any($1)"
        " group by stream_id having "
        " not bool_or(name in ('PersonFiled', 'StandingBegun', 'ClockStarted'))",
        [fact.case_id, *fact.complaint_ids],
    )
    return {*fact.persons, *(row["stream_id"] for row in rows)}
