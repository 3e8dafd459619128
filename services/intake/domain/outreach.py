"""Outreach: whenever we turn to somebody outside ourselves, it is noted before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.intake.domain.complaint import Complaint
from services.intake.domain.contact import Contact, ContactStatus
from services.intake.domain.told import REPORTER, VICTIM, Notes, SafeContact, Told
from shared.contracts.safe_contact import Rules, refusal
from shared.contracts.victims import Places
from shared.problems import Refused

ATTEMPTS = UUID(
    "d1f2f0c8-8e4b-5c7c-9a39-6a0f35c4a703"
)  # namespace of attempts and acknowledgements


class ContactUnsafe(Refused):
    """Contacting her in this way now could put her at risk."""


class NotReferred(Refused):
    """No institution sent this complaint: there is nobody to acknowledge it to."""


class NotHere(Refused):
    """She is not in this contact with you now: say in another way how you know that it is she."""


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
        whom: str = REPORTER  # who told us, or the n-th victim
        n: int = 0

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
        whom: str = REPORTER,
        n: int = 0,
    ) -> None:
        self.complaint_id = complaint_id
        self.n = n


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


@dataclass(frozen=True)
class Account:
    """A complaint with all that says how somebody may be contacted.

    ``told`` is what was told as it stands now; ``places`` are those of its case, if it has one: the
    ``n``-th victim is who stands there today.
    """

    complaint: Complaint
    told: Told | None
    contact: Contact | None
    places: Places | None = None


def wish_of(account: Account, whom: str, n: int) -> SafeContact | None:
    """Return how somebody may be contacted; None where nobody asked her: then in no way at all.

    What who told us wishes counts for a victim only where she is that victim herself: a hospital
    that may be called does not say that its patient may. Then the two are one person, and what she
    said last holds. What she or another may have said since lets nobody be contacted. Whoever
    agreed to be called back may be, as long as her call is only dropped.
    """
    known = account.complaint.known_of(whom, n, account.places)
    if known.doubts:
        return SafeContact() if known.is_asked else None
    return _last_of(account, whom, n)


def agreed_with(account: Account, whom: str, n: int) -> SafeContact | None:
    """Return what was agreed with somebody, for its texts: it lets nobody be contacted.

    It is as ``wish_of`` says, but that what who told us said of herself is hers also in doubt.
    """
    asked = _last_of if whom != VICTIM else wish_of
    return asked(account, whom, n)


def _last_of(account: Account, whom: str, n: int) -> SafeContact | None:
    complaint, contact, places = account.complaint, account.contact, account.places
    said: Told | Notes | None = account.told or (contact.notes if contact else None)
    last = complaint.known_of(whom, n, places).last
    if last and last.at is not None:
        return complaint.wish_with_notes(last.at, said)
    is_hers = said is not None and said.reporter_role == VICTIM
    if whom == VICTIM and not (is_hers and complaint.told_by_victim(n, places)):
        return None
    if said is not None and said.safe_contact is not None:
        return said.safe_contact
    is_dropped = contact is not None and contact.status is ContactStatus.DROPPED
    if contact and is_dropped and contact.circumstances.call_back:
        return SafeContact(may_call=True)
    return None


def is_here(complaint: Complaint, contact: Contact | None, operator_id: str) -> bool:
    """Say whether who told us is still with this operator, in the contact in which she told it."""
    goes_on = not complaint.is_handed_over or complaint.is_minimal
    return goes_on and contact is not None and contact.is_with(operator_id)


def check_basis(
    basis: str, complaint: Complaint, contact: Contact | None, operator_id: str
) -> None:
    """Raise NotHere if it cannot be from this that we know who asks."""
    if basis == "same_contact" and not is_here(complaint, contact, operator_id):
        raise NotHere("basis")


def check_safe(rules: Rules | None, medium: str, now: datetime) -> None:
    """Raise ContactUnsafe, with the reason as a code, unless she may be contacted like this now."""
    if code := refusal(rules, medium, now):
        raise ContactUnsafe(code)
