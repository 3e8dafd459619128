"""First help: somebody reached the person after the complaint was classified, without any risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.counseling.domain.refusals import NotYet, UnsafeContact
from shared.contracts.safe_contact import SafeContact, refusal
from shared.privacy import Personal

FIRST_HELPS = UUID("4a7f7b02-0f4e-5d0c-8b0e-6f1f0b9d2c57")  # namespace of first helps


class FirstHelp(Aggregate):
    """The first help that followed one complaint; there is only one."""

    @dataclass(frozen=True)
    class FirstHelpRecorded(Aggregate.Created):
        """Somebody helped for the first time (contracts 5: the response clocks stop)."""

        case_id: UUID
        complaint_id: UUID
        medium: str
        helped_at: datetime
        note: Personal | None
        staff_id: str

    @staticmethod
    def create_id(case_id: UUID, complaint_id: UUID) -> UUID:
        """Derive it from case and complaint, so that there can only be one first."""
        return uuid5(FIRST_HELPS, f"{case_id}/{complaint_id}")

    @event(FirstHelpRecorded)
    def __init__(
        self,
        case_id: UUID,
        complaint_id: UUID,
        medium: str,
        helped_at: datetime,
        note: Personal | None,
        staff_id: str,
    ) -> None:
        self.note = note


def check_safe(rules: SafeContact | None, medium: str, at: datetime, now: datetime) -> None:
    """Raise UnsafeContact where she must not be contacted so at that time, NotYet if it is to come.

    What is recorded here happened already; that it is refused tells the counselor before the next
    time, and leaves the clock running until she was reached safely.
    """
    if at > now:
        raise NotYet("at")
    if why := refusal(rules, medium, at):
        raise UnsafeContact(why)
