"""Referrals: what was put into whose hands, and what became of what it was made for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.referral.domain.cards import REFERRALS, AgencyCard, CaseCard
from shared.privacy import Personal
from shared.problems import Refused

HIGH_ANSWER = timedelta(hours=1)  # contracts §5, referral_answer
DISCLOSED = ("urgency", "violence", "age_band", "needs")  # what an agency was told of the case


class NotMoot(Refused):
    """Nothing says that this referral should not go on."""


class AlreadyAnswered(Refused):
    """The agency has answered, and otherwise."""


class Referral(Aggregate):
    """One case in the hands of one agency."""

    @dataclass(frozen=True)
    class ReferralOpened(Aggregate.Created):
        """A case and an agency came together."""

        case_id: UUID
        agency_id: UUID

    @dataclass(frozen=True)
    class CaseReferred(Aggregate.Event):
        """A case was put into the hands of an agency, for one of its complaints (3.4.d2)."""

        case: CaseCard
        agency: AgencyCard
        purpose: str
        basis: Personal | None
        decided_by: str
        respond_by: datetime
        referred_at: datetime

    @dataclass(frozen=True)
    class ReferralMoot(Aggregate.Event):
        """What it was made for is no more so; a referral officer decides whether it goes on."""

        reason: str
        moot_since: datetime

    @dataclass(frozen=True)
    class ReferralKept(Aggregate.Event):
        """A referral officer decided that it goes on all the same."""

        grounds: Personal
        kept_by: str
        kept_at: datetime

    @dataclass(frozen=True)
    class ReferralAccepted(Aggregate.Event):
        """The agency said that it takes the case over; somebody is there for her now."""

        case_id: UUID
        complaint_id: UUID
        medium: str
        noted_by: str
        answered_at: datetime

    @dataclass(frozen=True)
    class ReferralDeclined(Aggregate.Event):
        """The agency said that it does not take the case over; another one must be found."""

        case_id: UUID
        complaint_id: UUID
        reason: str
        medium: str
        noted_by: str
        answered_at: datetime

    @dataclass(frozen=True)
    class ComplaintTakenOut(Aggregate.Event):
        """One of the complaints it was made for is not about this case."""

        complaint_id: UUID

    @staticmethod
    def create_id(case_id: UUID, agency_id: UUID) -> UUID:
        """Derive the referral, so that there is one to a case and an agency."""
        return uuid5(REFERRALS, f"{case_id}/{agency_id}")

    @event(ReferralOpened)
    def __init__(self, case_id: UUID, agency_id: UUID) -> None:
        self.case_id = case_id
        self.agency_id = agency_id
        self.complaint_ids: tuple[UUID, ...] = ()
        self.respond_by: datetime | None = None
        self.basis: Personal | None = None
        self.case: CaseCard | None = None
        self.agency: AgencyCard | None = None
        self.purpose = ""
        self.journey = case_id  # of the complaint it was made for first
        self.moot: str | None = None
        self.referred_at: datetime | None = None
        self.answer: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Say whether the agency must still answer."""
        return self.referred_at is not None and self.answer is None and self.moot is None

    def refer(
        self,
        case: CaseCard,
        agency: AgencyCard,
        *,
        purpose: str,
        basis: Personal | None,
        decided_by: str,
        now: datetime,
    ) -> None:
        """Put it into the agency's hands; it answers in its own time, in danger in an hour.

        A further complaint about the case goes the same way; the same one twice changes nothing.
        """
        if case.complaint_id in self.complaint_ids and not self.moot:
            return
        self._refer(case, agency, purpose, basis, decided_by, now)

    def update(self, case: CaseCard, decided_by: str, now: datetime) -> None:
        """Tell the agency where it was told otherwise: how urgent, what happened, what is needed.

        What it was told already is not told again.
        """
        if self.case is None or self.agency is None:
            return
        told = {name: getattr(case, name) for name in DISCLOSED}
        if told != {name: getattr(self.case, name) for name in DISCLOSED}:
            now_so = replace(self.case, **told, decided_at=case.decided_at, anew=True)
            self._refer(now_so, self.agency, self.purpose, None, decided_by, now)

    def _refer(
        self,
        case: CaseCard,
        agency: AgencyCard,
        purpose: str,
        basis: Personal | None,
        decided_by: str,
        now: datetime,
    ) -> None:
        in_time = timedelta(hours=agency.answer_within_hours)
        respond_by = now + (HIGH_ANSWER if case.urgency == "high" else in_time)
        self._referred(case, agency, purpose, basis, decided_by, respond_by, now)

    @event(CaseReferred)
    def _referred(
        self,
        case: CaseCard,
        agency: AgencyCard,
        purpose: str,
        basis: Personal | None,
        decided_by: str,
        respond_by: datetime,
        referred_at: datetime,
    ) -> None:
        if case.complaint_id not in self.complaint_ids:
            self.complaint_ids = (*self.complaint_ids, case.complaint_id)
        self.journey = self.complaint_ids[0]
        self.basis = basis or self.basis  # what a rule decides has none, and hides none
        self.respond_by = respond_by
        self.case, self.agency, self.purpose = case, agency, purpose
        self.moot = self.answer = None  # what it said was about what it knew then
        self.referred_at = referred_at

    def accept(self, medium: str, by: str, answered_at: datetime) -> None:
        """Note that the agency takes it over. Twice is once; AlreadyAnswered if it declined."""
        if self._must_answer("accepted"):
            self._accepted(self.case_id, self.journey, medium, by, answered_at)

    @event(ReferralAccepted)
    def _accepted(
        self, case_id: UUID, complaint_id: UUID, medium: str, noted_by: str, answered_at: datetime
    ) -> None:
        self.answer = "accepted"

    def decline(self, reason: str, medium: str, by: str, answered_at: datetime) -> bool:
        """Note that it does not; say whether that is new. AlreadyAnswered if it accepted."""
        if is_new := self._must_answer("declined"):
            self._declined(self.case_id, self.journey, reason, medium, by, answered_at)
        return is_new

    @event(ReferralDeclined)
    def _declined(
        self,
        case_id: UUID,
        complaint_id: UUID,
        reason: str,
        medium: str,
        noted_by: str,
        answered_at: datetime,
    ) -> None:
        self.answer = "declined"

    def _must_answer(self, answer: str) -> bool:
        if self.answer not in (None, answer):
            raise AlreadyAnswered(str(self.id))
        return self.answer is None

    def question(self, reason: str, now: datetime) -> None:
        """Say that what it was made for is no more so. For one reason once, and nothing ends."""
        if self.complaint_ids and self.moot != reason:
            self._moot(reason, now)

    @event(ReferralMoot)
    def _moot(self, reason: str, moot_since: datetime) -> None:
        self.moot = reason

    def keep(self, grounds: Personal, by: str, now: datetime) -> None:
        """Let it go on all the same. Raises NotMoot where nobody says otherwise."""
        if self.moot is None:
            raise NotMoot(str(self.id))
        self._kept(grounds, by, now)

    @event(ReferralKept)
    def _kept(self, grounds: Personal, kept_by: str, kept_at: datetime) -> None:
        self.moot = None
        self.basis = grounds

    def take_out(self, complaint_id: UUID, now: datetime) -> None:
        """Note that a complaint is not about this case; without any left it is moot."""
        if complaint_id in self.complaint_ids:
            if self.complaint_ids == (complaint_id,):
                self.question("unlinked", now)
            self._taken_out(complaint_id)

    @event(ComplaintTakenOut)
    def _taken_out(self, complaint_id: UUID) -> None:
        self.complaint_ids = tuple(each for each in self.complaint_ids if each != complaint_id)
