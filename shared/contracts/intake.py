"""What intake tells the others."""

from datetime import datetime
from uuid import UUID

from shared.contracts import Fact


class ComplaintReceived(Fact):
    """A person told us something happened. The narrative stays inside intake."""

    complaint_id: UUID
    registration_no: str
    channel: str
    sub_channel: str | None = None
    reporter_role: str
    in_danger: bool
    locus_code: str | None = None
    received_at: datetime
    handed_over: bool


class ErasureRefused(Fact):
    """Intake was told to forget a person and did not, because of a legal hold."""

    person_id: UUID


class SubjectKeysDestroyed(Fact):
    """The keys of a person, and of what was told about her, are no more in intake."""

    person_id: UUID
    keys: int
