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
