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


class ErasureRefused(Fact):
    """Intake was told to forget a person and did not, because of a legal hold."""

    person_id: UUID


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


class ComplaintHandedOver(Fact):
    """The counter is done with a complaint; an identification officer may take it up."""

    complaint_id: UUID
    operator_id: str


class ComplaintAmended(Fact):
    """What was told is corrected or completed. The words stay inside intake."""

    complaint_id: UUID
    fields: tuple[str, ...]
    in_danger: bool
    locus_code: str | None = None


class ComplaintWithdrawn(Fact):
    """She does not want it to go on. Nothing is deleted; a person decides what follows."""

    complaint_id: UUID
    withdrawn_by: str  # reporter_role


class EmergencyActivated(Fact):
    """Help was called before any form was filled in."""

    complaint_id: UUID
    services: tuple[str, ...]  # codes: POLICE_110, EMERGENCY_112, …


class SafeContactSet(Fact):
    """How somebody may be contacted without putting her at risk: flags and hours, no number.

    Who it is: who told us, or a victim. What the one wishes does not count for the other, unless
    ``is_victims`` says that who told us is the victim (the first of the first case form).
    ``said_at`` is when it was said, where only of whom it is was put right; None: it was said now.
    """

    complaint_id: UUID
    may_call: bool
    may_text: bool
    may_leave_message: bool
    hours: tuple[tuple[str, str], ...] = ()  # from and to, HH:MM in Malang; none: at any hour
    may_visit: bool = False
    may_write: bool = False  # a letter to her home
    whom: str = "reporter"  # or victim
    n: int = 0  # which victim, as numbered in the case form of then
    is_victims: bool = False
    person_id: UUID | None = None  # which victim that is; None: there was no case yet
    said_at: datetime | None = None
