"""What referral tells the others."""

from datetime import datetime
from uuid import UUID

from shared.contracts import Fact


class CaseReferred(Fact):
    """A case was put into the hands of another agency."""

    case_id: UUID
    complaint_id: UUID
    referral_id: UUID
    agency_id: UUID
    agency_kind: str
    region_code: str
    violence: tuple[str, ...]
    urgency: str
    age_band: str | None = None
    purpose: str
    respond_by: datetime


class ReferralAccepted(Fact):
    """The agency takes the case over."""

    case_id: UUID
    complaint_id: UUID
    referral_id: UUID


class ReferralDeclined(Fact):
    """The agency does not take the case over."""

    case_id: UUID
    complaint_id: UUID
    referral_id: UUID
    reason: str  # code


class ErasureRefused(Fact):
    """Referral was told to forget a person and did not, because of a legal hold."""

    person_id: UUID


class SubjectKeysDestroyed(Fact):
    """The keys of a person, and of what was told about her, are no more in referral."""

    person_id: UUID
    keys: int


class ClockBreached(Fact):
    """A time limit is over and what it was for is not done."""

    rule: str
    rule_version: str
    about: UUID
    complaint_id: UUID | None = None
    case_id: UUID | None = None
    due_at: datetime
