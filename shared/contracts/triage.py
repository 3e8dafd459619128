"""What triage tells the others."""

from datetime import datetime
from uuid import UUID

from shared.contracts import Fact


class CaseClassified(Fact):
    """It was decided whether it is violence against women or children, where, and what follows."""

    case_id: UUID
    complaint_id: UUID
    registration_no: str
    case_kind: str
    subkind: str | None = None
    vawc: bool
    locus: str
    locus_code: str | None = None
    victim_in_city: bool | None = None
    victim_code: str | None = None
    urgency: str
    violence: tuple[str, ...]
    tpks: bool
    child: bool | None = None
    age_band: str | None = None
    route: tuple[str, ...]
    needs: tuple[str, ...]
    referral_consent: bool
    linked: tuple[tuple[UUID, str], ...] = ()  # further complaints of the case, and their subkind
    classified_at: datetime
    rule_version: str


class ExistingCaseReported(Fact):
    """A complaint concerns a case we already know."""

    case_id: UUID
    complaint_id: UUID
    subkind: str
