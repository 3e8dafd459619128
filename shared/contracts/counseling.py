"""What counseling tells the others."""

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
