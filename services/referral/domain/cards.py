"""What must be known of a case and of an agency to bring them together, and who could help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

REFERRALS = UUID("7f9a3a86-22f7-5f0e-9f07-3a4a1f7d5b04")  # namespace of referral ids
PROVINCE, REGENCY = 2, 5  # characters of a region code: 35 and 35.07


@dataclass(frozen=True)
class AgencyCard:
    """What must be known of an agency to choose it."""

    agency_id: UUID
    kind: str
    region_code: str
    serves: tuple[str, ...]
    answer_within_hours: int


@dataclass(frozen=True)
class CaseCard:
    """What must be known of a case to refer it: codes only."""

    case_id: UUID
    complaint_id: UUID
    region_code: str | None
    urgency: str
    violence: tuple[str, ...]
    age_band: str | None
    needs: tuple[str, ...]
    consent: bool
    decided_at: datetime | None = None
    anew: bool = False  # triage decided about the whole case once more


def regency_of(code: str | None) -> str | None:
    """Return the regency or city that a region code lies in."""
    return code and code[:REGENCY]


def recipients(case: CaseCard, agencies: Sequence[AgencyCard]) -> list[AgencyCard]:
    """Return who could receive the case: of its region, else its province, else SAPA 129."""
    region = case.region_code or ""
    nearest = (
        [a for a in agencies if a.kind == "UPTD_PPA" and a.region_code == region[:REGENCY]],
        [
            a
            for a in agencies
            if a.kind == "UPTD_PPA_PROVINCE" and a.region_code == region[:PROVINCE]
        ],
        [a for a in agencies if a.kind == "SAPA129"],
    )
    return next((found for found in nearest if found), [])


def undecided(case: CaseCard, found: Sequence[AgencyCard]) -> str | None:
    """Return why no rule may choose, or None when exactly one fits and she agrees."""
    if not case.consent:
        return "no_consent"
    if len(found) != 1:
        return "several_fit" if found else "none_fits"
    return None
