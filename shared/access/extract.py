"""What one member of staff did, and under which rules: so that she can prove it (standard 9.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from asyncpg import Record
from eventsourcing.domain import Aggregate, event

from shared.clocks.keeping import limits_of
from shared.clocks.limits import GIVEN, Limits
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import Pool
from shared.history.questions import NOT_THERE

EXTRACTS = UUID("0c6e1f94-87a2-5d3b-b05c-e4917f2a6d38")  # namespace of the ids of extracts
ANY_RULE = "counter"  # a version of the rules has every time limit: one of them says which held
NO_JOURNEYS = (
    "select null::uuid as complaint_id, null::text as registration_no, null::text as channel"
    " where false"
)
DEEDS = """
    select l.index, l.event_id, l.leaf, l.name, l.recorded_at, l.correlation,
           j.registration_no, e.body -> 'data' ->> 'rule_version' as rule_version
    from es.log l join es.events e using (stream_id, version)
    left join ({journeys}) j on j.complaint_id = l.correlation
    where l.actor = $1 and l.recorded_at >= $2 and l.recorded_at < $3 and l.index > $4
      and not {not_there}
    order by l.index limit $5"""
NOT_HERS = NOT_THERE.format(who="$6::text", journey="l.correlation", stream="l.stream_id")


class Extract(Aggregate):
    """A supervisor looked up what a member of staff did."""

    @dataclass(frozen=True)
    class ExtractTaken(Aggregate.Created):
        """A supervisor took an extract of somebody else's deeds, for a reason (standard 9.2)."""

        staff_id: str
        reason: str
        since: datetime
        until: datetime
        taken_by: str
        taken_at: datetime

    @event(ExtractTaken)
    def __init__(
        self,
        id: UUID,
        staff_id: str,
        reason: str,
        since: datetime,
        until: datetime,
        taken_by: str,
        taken_at: datetime,
    ) -> None:
        self.staff_id = staff_id


@dataclass(frozen=True)
class Deed:
    """One thing somebody did: codes and ids, and what proves it in the log of the service."""

    index: int
    event_id: UUID
    leaf_hash: str
    type: str
    recorded_at: datetime
    correlation_id: UUID
    registration_no: str | None
    rule_version: str


async def note_extract(
    store: EventStore,
    cause: Cause,
    *,
    staff_id: str,
    reason: str,
    since: datetime,
    until: datetime,
    by: str,
    now: datetime,
) -> None:
    """Keep that somebody looks up what another did, and why, before she is told."""
    await store.once(cause)
    id = uuid5(EXTRACTS, cause.message_id)
    taken = Extract(
        id=id,
        staff_id=staff_id,
        reason=reason,
        since=since,
        until=until,
        taken_by=by,
        taken_at=now,
    )
    await store.save(taken, cause=cause.about(id))


async def deeds(
    store: EventStore,
    pool: Pool,
    staff_id: str,
    *,
    since: datetime,
    until: datetime,
    after: int,
    limit: int,
    to: str | None,
    journeys: str = NO_JOURNEYS,
) -> list[Deed]:
    """Return what somebody did in this service, in order, each with the rules that held then.

    What is not there for the one it is shown ``to``, as she is related to a party, is left out.
    ``journeys`` is SQL of ours: what the service knows of complaints.
    """
    rows = await pool.fetch(
        DEEDS.format(journeys=journeys, not_there=NOT_HERS),
        f"staff:{staff_id}",
        since,
        until,
        after,
        limit,
        to,
    )
    limits = await limits_of(store)
    return [_deed(row, limits) for row in rows]


def _deed(row: Record, limits: Limits | None) -> Deed:
    held = limits.at(ANY_RULE, row["recorded_at"]) if limits else GIVEN[ANY_RULE]
    return Deed(
        index=row["index"],
        event_id=row["event_id"],
        leaf_hash=row["leaf"].hex(),
        type=row["name"],
        recorded_at=row["recorded_at"],
        correlation_id=row["correlation"],
        registration_no=row["registration_no"],
        rule_version=row["rule_version"] or held.version,
    )
