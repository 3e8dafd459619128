"""How people stand to one case: who is related to a party, to whom it is open, who counsels.

Triage is told these things; the other services hear them and keep their own note, so that each can
refuse by itself, also while the others are away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.eventstore import EventStore
from shared.privacy import Personal
from shared.problems import Missing, Refused

STANDINGS = UUID("8c0c6c1e-2d7b-5a55-9a43-6f1d1b7e0a18")  # namespace of the ids of standings
GLASS_LASTS = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(days=3)


class AlreadyReviewed(Refused):
    """Somebody has reviewed this break-glass already."""


@dataclass(frozen=True)
class Grant:
    """A break-glass: one person, one case, one hour."""

    id: UUID
    staff_id: str
    until: datetime
    is_reviewed: bool = False
    grounds: Personal | None = None
    remarks: Personal | None = None


class Standing(Aggregate):
    """How people stand to one case, as far as this service has heard."""

    @dataclass(frozen=True)
    class StandingBegun(Aggregate.Created):
        """Something is known of how people stand to a case."""

        case_id: UUID

    @dataclass(frozen=True)
    class ConflictDeclared(Aggregate.Event):
        """A member of staff is related to a party: from now on the case is not there for them."""

        case_id: UUID
        staff_id: str
        grounds: Personal | None
        declared_at: datetime

    @dataclass(frozen=True)
    class GlassBroken(Aggregate.Event):
        """Somebody took emergency access to the case, for one hour."""

        case_id: UUID
        grant_id: UUID
        staff_id: str
        grounds: Personal | None
        broken_at: datetime
        until: datetime

    @dataclass(frozen=True)
    class GlassReviewed(Aggregate.Event):
        """Another supervisor judged whether the emergency access was right."""

        case_id: UUID
        grant_id: UUID
        reviewer_id: str
        was_justified: bool
        remarks: Personal
        reviewed_at: datetime

    @dataclass(frozen=True)
    class GlassMended(Aggregate.Event):
        """Emergency access ended before its hour, because it was judged not to be right."""

        case_id: UUID
        grant_id: UUID
        mended_at: datetime

    @dataclass(frozen=True)
    class CounselorHeard(Aggregate.Event):
        """Counseling told us who answers for the case."""

        case_id: UUID
        counselor_id: UUID

    @dataclass(frozen=True)
    class CounselorReleased(Aggregate.Event):
        """Counseling told us that she answers for the case no more."""

        case_id: UUID
        counselor_id: UUID

    @dataclass(frozen=True)
    class RecordGranted(Aggregate.Event):
        """The record of the case is open to an officer until a time (standard 3.3.c2)."""

        case_id: UUID
        staff_id: str
        until: datetime

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive it from the case, so that there can only be one in a service."""
        return uuid5(STANDINGS, str(case_id))

    @event(StandingBegun)
    def __init__(self, case_id: UUID) -> None:
        self.case_id = case_id
        self.conflicted: frozenset[str] = frozenset()
        self.grants: dict[UUID, Grant] = {}
        self.records: dict[str, datetime] = {}
        self.counselor_id: UUID | None = None

    def declare_conflict(self, staff_id: str, grounds: Personal | None, now: datetime) -> None:
        """Let the case not be there for somebody. Declaring it twice changes nothing."""
        if staff_id not in self.conflicted:
            self._conflicted(self.case_id, staff_id, grounds, now)

    @event(ConflictDeclared)
    def _conflicted(
        self, case_id: UUID, staff_id: str, grounds: Personal | None, declared_at: datetime
    ) -> None:
        self.conflicted |= {staff_id}

    def break_glass(
        self, grant_id: UUID, staff_id: str, grounds: Personal | None, now: datetime
    ) -> None:
        """Open the case to one person for an hour. While it is open to her this changes nothing."""
        running = (each for each in self.grants.values() if each.staff_id == staff_id)
        if grant_id not in self.grants and all(each.until <= now for each in running):
            self._broken(self.case_id, grant_id, staff_id, grounds, now, now + GLASS_LASTS)

    @event(GlassBroken)
    def _broken(
        self,
        case_id: UUID,
        grant_id: UUID,
        staff_id: str,
        grounds: Personal | None,
        broken_at: datetime,
        until: datetime,
    ) -> None:
        grant = Grant(grant_id, staff_id, until, grounds=grounds)
        self.grants = self.grants | {grant_id: grant}

    def review(
        self,
        grant_id: UUID,
        reviewer_id: str,
        was_justified: bool,
        remarks: Personal,
        now: datetime,
    ) -> None:
        """Judge a break-glass, once; what was not right ends at once."""
        if grant_id not in self.grants:
            raise Missing(f"Break-glass {grant_id}")
        if self.grants[grant_id].is_reviewed:
            raise AlreadyReviewed(str(grant_id))
        self._reviewed(self.case_id, grant_id, reviewer_id, was_justified, remarks, now)
        if not was_justified:
            self.mend_glass(grant_id, now)

    def mend_glass(self, grant_id: UUID, now: datetime) -> None:
        """End a break-glass now. Where it is over, or was never heard of, nothing changes."""
        if grant_id in self.grants and self.grants[grant_id].until > now:
            self._mended(self.case_id, grant_id, now)

    @event(GlassMended)
    def _mended(self, case_id: UUID, grant_id: UUID, mended_at: datetime) -> None:
        ended = replace(self.grants[grant_id], until=mended_at)
        self.grants = self.grants | {grant_id: ended}

    @event(GlassReviewed)
    def _reviewed(
        self,
        case_id: UUID,
        grant_id: UUID,
        reviewer_id: str,
        was_justified: bool,
        remarks: Personal,
        reviewed_at: datetime,
    ) -> None:
        reviewed = replace(self.grants[grant_id], is_reviewed=True, remarks=remarks)
        self.grants = self.grants | {grant_id: reviewed}

    def hear_counselor(self, counselor_id: UUID) -> None:
        """Note who answers for the case. Hearing the same twice changes nothing."""
        if counselor_id != self.counselor_id:
            self._heard(self.case_id, counselor_id)

    @event(CounselorHeard)
    def _heard(self, case_id: UUID, counselor_id: UUID) -> None:
        self.counselor_id = counselor_id

    def release_counselor(self, counselor_id: UUID) -> None:
        """Note that she answers for the case no more. Not she, or not any more: nothing changes."""
        if counselor_id == self.counselor_id:
            self._released(self.case_id, counselor_id)

    @event(CounselorReleased)
    def _released(self, case_id: UUID, counselor_id: UUID) -> None:
        self.counselor_id = None

    def grant_record(self, staff_id: str, until: datetime) -> None:
        """Open the record of the case to somebody. Open for as long already: nothing changes."""
        if staff_id not in self.records or self.records[staff_id] < until:
            self._granted(self.case_id, staff_id, until)

    @event(RecordGranted)
    def _granted(self, case_id: UUID, staff_id: str, until: datetime) -> None:
        self.records = self.records | {staff_id: until}

    def __repr__(self) -> str:
        return f"Standing({self.id})"  # eventsourcing would print every attribute


async def standing_of(store: EventStore, case_id: UUID) -> Standing:
    """Return how people stand to a case; a fresh one where nothing was heard yet."""
    try:
        return await store.load(Standing, Standing.create_id(case_id))
    except Missing:
        return Standing(case_id=case_id)


async def project_standing(connection: Any, event: object) -> None:
    """Bring the tables that every service has of this up to date with one event."""
    match event:
        case Standing.ConflictDeclared():
            await connection.execute(
                "insert into conflicts values ($1, $2)", event.case_id, event.staff_id
            )
        case Standing.GlassBroken():
            await connection.execute(
                "insert into glass (id, case_id, staff_id, broken_at, until)"
                " values ($1, $2, $3, $4, $5)",
                *(event.grant_id, event.case_id, event.staff_id, event.broken_at, event.until),
            )
        case Standing.GlassReviewed():
            await connection.execute(
                "update glass set reviewer_id = $2, was_justified = $3, reviewed_at = $4"
                " where id = $1",
                *(event.grant_id, event.reviewer_id, event.was_justified, event.reviewed_at),
            )
        case Standing.GlassMended():
            await connection.execute(
                "update glass set until = $2 where id = $1", event.grant_id, event.mended_at
            )
        case Standing.CounselorHeard():
            await connection.execute(
                "insert into standings values ($1, $2)"
                " on conflict (case_id) do update set counselor_id = excluded.counselor_id",
                *(event.case_id, event.counselor_id),
            )
        case Standing.CounselorReleased():
            await connection.execute("delete from standings where case_id = $1", event.case_id)
        case Standing.RecordGranted():
            await connection.execute(
                "insert into records values ($1, $2, $3)"
                " on conflict (case_id, staff_id) do update set until = excluded.until",
                *(event.case_id, event.staff_id, event.until),
            )
