"""What counseling has heard of a complaint: who identifies it, how to reach its reporter safely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.contracts.safe_contact import SafeContact

COMPLAINTS = UUID("b4f6f8f3-51c4-5d54-9f0a-2d5b6f4a1e31")  # namespace of what we heard of each
REPORTER, VICTIM = "reporter", "victim"


@dataclass(frozen=True)
class Wish:
    """How somebody may be contacted, since when, and whether who reported it is the victim."""

    safe: SafeContact
    set_at: datetime
    is_victims: bool


class Complaint(Aggregate):
    """A complaint as far as others have told us, also before we know of which case it is."""

    @dataclass(frozen=True)
    class ComplaintHeardOf(Aggregate.Created):
        """Something is known of a complaint."""

        complaint_id: UUID

    @dataclass(frozen=True)
    class OfficerHeard(Aggregate.Event):
        """An officer identifies it."""

        complaint_id: UUID
        officer_id: str
        taken_at: datetime

    @dataclass(frozen=True)
    class OfficerReleaseHeard(Aggregate.Event):
        """An officer identifies it no more."""

        complaint_id: UUID
        officer_id: str
        released_at: datetime

    @dataclass(frozen=True)
    class SafeContactHeard(Aggregate.Event):
        """It was said how somebody may be contacted: who reported it, or a victim."""

        complaint_id: UUID
        safe: SafeContact
        set_at: datetime
        whom: str = REPORTER
        n: int = 0  # which victim
        is_victims: bool = False  # who reported it is the victim

    @dataclass(frozen=True)
    class WithdrawalHeard(Aggregate.Event):
        """It is not to go on. Nothing ends by itself: a person decides what follows."""

        complaint_id: UUID
        withdrawn_by: str
        withdrawn_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint: intake and triage have streams of their own about it."""
        return uuid5(COMPLAINTS, str(complaint_id))

    @event(ComplaintHeardOf)
    def __init__(self, complaint_id: UUID) -> None:
        self.complaint_id = complaint_id
        self.officer_id: str | None = None
        self.taken_at: datetime | None = None
        self.wishes: dict[tuple[str, int], Wish] = {}
        self.is_withdrawn = False

    def hear_officer(self, officer_id: str, taken_at: datetime) -> None:
        """Note who identifies it: the latest. What is older changes nothing."""
        if self.taken_at is None or taken_at > self.taken_at:
            self._officer(self.complaint_id, officer_id, taken_at)

    @event(OfficerHeard)
    def _officer(self, complaint_id: UUID, officer_id: str, taken_at: datetime) -> None:
        self.officer_id = officer_id
        self.taken_at = taken_at

    def hear_release(self, officer_id: str, released_at: datetime) -> None:
        """Note that she identifies it no more. Not she, or not any more: nothing changes."""
        if officer_id == self.officer_id:
            self._no_officer(self.complaint_id, officer_id, released_at)

    @event(OfficerReleaseHeard)
    def _no_officer(self, complaint_id: UUID, officer_id: str, released_at: datetime) -> None:
        self.officer_id = None

    def hear_safe_contact(
        self,
        safe: SafeContact,
        set_at: datetime,
        whom: str = REPORTER,
        n: int = 0,
        is_victims: bool = False,
    ) -> None:
        """Note how somebody may be contacted: the latest. What is older changes nothing.

        Of two from the same moment the one told later counts: it was said later.
        """
        known = self.wishes.get((whom, n))
        wish = Wish(safe, set_at, is_victims)
        if known is None or (set_at >= known.set_at and wish != known):
            self._safe(self.complaint_id, safe, set_at, whom, n, is_victims)

    @event(SafeContactHeard)
    def _safe(
        self,
        complaint_id: UUID,
        safe: SafeContact,
        set_at: datetime,
        whom: str = REPORTER,
        n: int = 0,
        is_victims: bool = False,
    ) -> None:
        self.wishes = self.wishes | {(whom, n): Wish(safe, set_at, is_victims)}

    def wish_of(self, whom: str, n: int = 0) -> SafeContact | None:
        """Return how somebody may be contacted; None: nobody said it of her, so in no way.

        What who reported it wishes counts for the first victim only where she is that victim.
        """
        hers, reporters = self.wishes.get((whom, n)), self.wishes.get((REPORTER, 0))
        if hers is None and whom == VICTIM and n == 0 and reporters and reporters.is_victims:
            hers = reporters
        return hers.safe if hers else None

    def hear_withdrawal(self, withdrawn_by: str, withdrawn_at: datetime) -> None:
        """Note that it was withdrawn. Twice is once."""
        if not self.is_withdrawn:
            self._withdrawn(self.complaint_id, withdrawn_by, withdrawn_at)

    @event(WithdrawalHeard)
    def _withdrawn(self, complaint_id: UUID, withdrawn_by: str, withdrawn_at: datetime) -> None:
        self.is_withdrawn = True
