"""Contacts and complaints: what a person told us, and what became of it."""

from services.intake.domain.complaint import (
    AlreadyReceived,
    Complaint,
    NotReceived,
    Status,
    registration_no,
)
from services.intake.domain.contact import (
    Caller,
    Circumstances,
    Contact,
    ContactClosed,
    ContactStatus,
    Letter,
    check_circumstances,
)
from services.intake.domain.emergency import Emergency
from services.intake.domain.outreach import (
    Acknowledgement,
    ContactUnsafe,
    NotReferred,
    OutgoingContact,
    check_safe,
)
from services.intake.domain.told import (
    ANONYMOUS,
    ChannelMismatch,
    ImpossibleDate,
    Notes,
    ReferredBy,
    Reporter,
    SafeContact,
    Told,
    filled,
)

__all__ = [
    "ANONYMOUS",
    "Acknowledgement",
    "AlreadyReceived",
    "Caller",
    "ChannelMismatch",
    "Circumstances",
    "Complaint",
    "Contact",
    "ContactClosed",
    "ContactStatus",
    "ContactUnsafe",
    "Emergency",
    "ImpossibleDate",
    "Letter",
    "NotReceived",
    "NotReferred",
    "Notes",
    "OutgoingContact",
    "ReferredBy",
    "Reporter",
    "SafeContact",
    "Status",
    "Told",
    "check_circumstances",
    "check_safe",
    "filled",
    "registration_no",
]
