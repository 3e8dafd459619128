"""One row of the table of access, as a lawyer reads it."""

from __future__ import annotations

from dataclasses import dataclass

ANYBODY = "public"  # also without a token
SERVICE = "service"  # one of ours, which asks another; nobody logs in as one
ROLES = (
    *("operator", "identification_officer", "referral_officer", "counselor", "supervisor"),
    *("privacy_officer", "auditor", "agency", "admin", SERVICE),
)


@dataclass(frozen=True)
class Rule:
    """Who may do something, to what, and why: in Indonesian, in English, and by what source."""

    action: str
    roles: str  # separated by spaces
    relation: str
    why_id: str
    why_en: str
    source: str
