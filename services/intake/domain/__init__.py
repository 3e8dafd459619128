"""Complaints: what a person told us, and what became of it."""

from services.intake.domain.complaint import (
    ChannelMismatch,
    Complaint,
    ImpossibleDate,
    ReferredBy,
    Reporter,
    SafeContact,
    Status,
    Told,
    registration_no,
)

__all__ = [
    "ChannelMismatch",
    "Complaint",
    "ImpossibleDate",
    "ReferredBy",
    "Reporter",
    "SafeContact",
    "Status",
    "Told",
    "registration_no",
]
