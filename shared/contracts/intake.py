"""What intake tells the others."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

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


class SubjectKeysDestroyed(Fact):
    """The keys of a person, and of what was told about her, are no more in intake."""

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


class LimitSet(BaseModel):
    """How long one thing may take: minutes, or working days."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule: str
    amount: int
    kind: str
    warn: int | None = None


class TimeLimitsSet(Fact):
    """The office set how long things may take, from a time on."""

    version: str
    limits: tuple[LimitSet, ...]
    valid_from: datetime
