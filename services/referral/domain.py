"""Agencies and referrals: who can help elsewhere, and what was put into whose hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.privacy import Personal
from shared.problems import Refused

REFERRALS = UUID("7f9a3a86-22f7-5f0e-9f07-3a4a1f7d5b04")  # namespace of referral ids
PROVINCE, REGENCY = 2, 5  # characters of a region code: 35 and 35.07
HIGH_ANSWER = timedelta(hours=1)  # contracts §5, referral_answer


class AlreadyReferred(Refused):
    """This case is in the hands of that agency already."""


@dataclass(frozen=True)
class AgencyCard:
    """What must be known of an agency to choose it."""

    agency_id: UUID
    kind: str
    region_code: str
    serves: tuple[str, ...]
    answer_within_hours: int


@dataclass(frozen=True)
class CaseCard:
    """What must be known of a case to refer it: codes only."""

    case_id: UUID
    complaint_id: UUID
    region_code: str | None
    urgency: str
    violence: tuple[str, ...]
    age_band: str | None
    needs: tuple[str, ...]
    consent: bool


class Agency(Aggregate):
    """An institution that takes cases over from us."""

    @dataclass(frozen=True)
    class AgencyRegistered(Aggregate.Created):
        """An agency agreed to take cases."""

        name: str
        kind: str
        region_code: str
        serves: tuple[str, ...]
        answer_within_hours: int

    @event(AgencyRegistered)
    def __init__(
        self,
        id: UUID,
        name: str,
        kind: str,
        region_code: str,
        serves: tuple[str, ...],
        answer_within_hours: int,
    ) -> None:
        self.name = name
        self.kind = kind
        self.region_code = region_code
        self.serves = serves
        self.answer_within_hours = answer_within_hours

    @property
    def card(self) -> AgencyCard:
        """Return what must be known to choose it."""
        return AgencyCard(
            self.id, self.kind, self.region_code, self.serves, self.answer_within_hours
        )


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
        if case.complaint_id in self.complaint_ids:
            return
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
        self.complaint_ids = (*self.complaint_ids, case.complaint_id)
        self.basis = basis or self.basis  # what a rule decides has none, and hides none
        self.respond_by = respond_by


class ReferralNeed(Aggregate):
    """A case that must be referred, and somebody has to say where to."""

    @dataclass(frozen=True)
    class ReferralNeeded(Aggregate.Created):
        """No rule could choose the agency; a referral officer decides."""

        case: CaseCard
        reason: str
        candidates: tuple[UUID, ...]
        needed_at: datetime

    @dataclass(frozen=True)
    class ReferralNeedMet(Aggregate.Event):
        """An officer chose the agency."""

        referral_id: UUID

    @staticmethod
    def create_id(case: CaseCard) -> UUID:
        """Derive the need from its complaint, so that there is only one."""
        return uuid5(REFERRALS, f"need/{case.complaint_id}")

    @event(ReferralNeeded)
    def __init__(
        self, case: CaseCard, reason: str, candidates: tuple[UUID, ...], needed_at: datetime
    ) -> None:
        self.case = case
        self.reason = reason
        self.referral_ids: tuple[UUID, ...] = ()

    def meet(self, referral_id: UUID) -> None:
        """Note which referral answers it. The same one twice is refused: it is there."""
        if referral_id in self.referral_ids:
            raise AlreadyReferred(str(referral_id))
        self._met(referral_id)

    @event(ReferralNeedMet)
    def _met(self, referral_id: UUID) -> None:
        self.referral_ids = (*self.referral_ids, referral_id)


def recipients(case: CaseCard, agencies: Sequence[AgencyCard]) -> list[AgencyCard]:
    """Return who could receive the case: of its region, else its province, else SAPA 129."""
    region = case.region_code or ""
    nearest = (
        [a for a in agencies if a.kind == "UPTD_PPA" and a.region_code == region[:REGENCY]],
        [
            a
            for a in agencies
            if a.kind == "UPTD_PPA_PROVINCE" and a.region_code == region[:PROVINCE]
        ],
        [a for a in agencies if a.kind == "SAPA129"],
    )
    return next((found for found in nearest if found), [])


def undecided(case: CaseCard, found: Sequence[AgencyCard]) -> str | None:
    """Return why no rule may choose, or None when exactly one fits and she agrees."""
    if not case.consent:
        return "no_consent"
    if len(found) != 1:
        return "several_fit" if found else "none_fits"
    return None
