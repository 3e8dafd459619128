"""What counseling tells the others."""

from datetime import datetime
from uuid import UUID

from shared.contracts import Fact


class CounselorAssigned(Fact):
    """A counselor now answers for the case."""

    case_id: UUID
    complaint_id: UUID
    counselor_id: UUID
    reasons: tuple[str, ...]
    previous_counselor_id: UUID | None = None


class ErasureRefused(Fact):
    """Counseling was told to forget a person and did not, because of a legal hold."""

    person_id: UUID


class SubjectKeysDestroyed(Fact):
    """The keys of a person, and of what was told about her, are no more in counseling."""

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


class AssignmentAccepted(Fact):
    """The counselor takes the case on."""

    case_id: UUID
    complaint_id: UUID
    counselor_id: UUID


class AssignmentDeclined(Fact):
    """The counselor cannot take the case on; somebody else must."""

    case_id: UUID
    complaint_id: UUID
    counselor_id: UUID
    reason: str  # code


class AssignmentEnded(Fact):
    """The counselor answers for the case no more: she left, must not have it, or it is over."""

    case_id: UUID
    complaint_id: UUID
    counselor_id: UUID
    reason: str  # code


class FirstHelpRecorded(Fact):
    """Somebody helped for the first time after the case was classified."""

    case_id: UUID
    complaint_id: UUID


class CounselorContacted(Fact):
    """The counselor of an old case was told of a new complaint, or could not be reached."""

    case_id: UUID
    complaint_id: UUID
    counselor_id: UUID
    answered: bool
    is_coordinator: bool  # she stands in for the handling counselor


class CaseRecordRetrieved(Fact):
    """The record of an old case is open to an officer for a time."""

    case_id: UUID
    complaint_id: UUID
    staff_id: str
    until: datetime
