"""What a person may ask about her own data, and has a right to hear back within three days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from shared.problems import Malformed, Refused

LIMIT = timedelta(hours=72)  # 3 x 24 hours (UU PDP art. 30-32, 41)


class AlreadyAnswered(Refused):
    """This request has its answer."""


class CaseOrComplaint(Malformed):
    """It is about a case, or else about one complaint: exactly one of the two must be named."""


class PrivacyRequest(Aggregate):
    """Somebody asks to see, to correct or to close what we keep of her."""

    @dataclass(frozen=True)
    class PrivacyRequestFiled(Aggregate.Created):
        """A person used a right of hers; 3 x 24 hours begin."""

        kind: str
        case_id: UUID | None
        person_id: UUID | None
        filed_by: str
        filed_at: datetime
        due_at: datetime
        complaint_id: UUID | None = None  # of which alone she is known

    @dataclass(frozen=True)
    class PrivacyRequestAnswered(Aggregate.Event):
        """The privacy officer answered; the time ends."""

        outcome: str
        answered_by: str
        answered_at: datetime
        in_time: bool

    @event(PrivacyRequestFiled)
    def __init__(
        self,
        id: UUID,
        kind: str,
        case_id: UUID | None,
        person_id: UUID | None,
        filed_by: str,
        filed_at: datetime,
        due_at: datetime,
        complaint_id: UUID | None = None,
    ) -> None:
        self.kind = kind
        self.case_id = case_id
        self.complaint_id = complaint_id
        self.person_id = person_id
        self.due_at = due_at
        self.outcome: str | None = None

    def answer(self, outcome: str, by: str, now: datetime) -> None:
        """Answer it. Late is better than never, and said to be late."""
        if self.outcome is not None:
            raise AlreadyAnswered(str(self.id))
        self._answered(outcome, by, now, now <= self.due_at)

    @event(PrivacyRequestAnswered)
    def _answered(
        self, outcome: str, answered_by: str, answered_at: datetime, in_time: bool
    ) -> None:
        self.outcome = outcome
