"""Outreach: whenever we turn to somebody outside ourselves, it is noted before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.contracts.safe_contact import Rules, refusal
from shared.problems import Refused

ATTEMPTS = UUID(
    "d1f2f0c8-8e4b-5c7c-9a39-6a0f35c4a703"
)  # namespace of attempts and acknowledgements


class ContactUnsafe(Refused):
    """Contacting her in this way now could put her at risk."""


class NotReferred(Refused):
    """No institution sent this complaint: there is nobody to acknowledge it to."""


class OutgoingContact(Aggregate):
    """One attempt to reach somebody."""

    @dataclass(frozen=True)
    class ContactAttempted(Aggregate.Created):
        """Somebody is about to be contacted, in a way that is safe for her."""

        complaint_id: UUID
        medium: str
        purpose: str
        staff_id: str
        attempted_at: datetime

    @staticmethod
    def create_id(message_id: str) -> UUID:
        """Derive it from what asked for it."""
        return uuid5(ATTEMPTS, message_id)

    @event(ContactAttempted)
    def __init__(
        self,
        id: UUID,
        complaint_id: UUID,
        medium: str,
        purpose: str,
        staff_id: str,
        attempted_at: datetime,
    ) -> None:
        self.complaint_id = complaint_id


class Acknowledgement(Aggregate):
    """What the institution that sent a complaint hears from us: that we have it, no more."""

    @dataclass(frozen=True)
    class SenderAcknowledged(Aggregate.Created):
        """The sender was told that we have the complaint (R-INT-04)."""

        complaint_id: UUID
        medium: str
        staff_id: str
        acknowledged_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint: a sender is told once."""
        return uuid5(ATTEMPTS, f"acknowledgement/{complaint_id}")

    @event(SenderAcknowledged)
    def __init__(
        self, id: UUID, complaint_id: UUID, medium: str, staff_id: str, acknowledged_at: datetime
    ) -> None:
        self.acknowledged_at = acknowledged_at


def check_safe(rules: Rules | None, medium: str, now: datetime) -> None:
    """Raise ContactUnsafe, with the reason as a code, unless she may be contacted like this now."""
    if code := refusal(rules, medium, now):
        raise ContactUnsafe(code)
