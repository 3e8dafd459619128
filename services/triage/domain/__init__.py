"""Identifications and cases: what an officer finds out about a complaint, and what follows."""

from services.triage.domain.case import Case, Decision, FormClosed, VictimNotEligible
from services.triage.domain.form import (
    CaseForm,
    DateToCome,
    Incident,
    Perpetrator,
    Victim,
    age_band_of,
    check_dates,
    has_child,
)
from services.triage.domain.identification import (
    AlreadyClassified,
    AlreadyIdentified,
    CaseNotChosen,
    Identification,
    IdentificationStatus,
    NotTakenUp,
    TakenByAnother,
)
from services.triage.domain.route import Locus, LocusMismatch, Step, check_locus, route_of

__all__ = [
    "AlreadyClassified",
    "AlreadyIdentified",
    "Case",
    "CaseForm",
    "CaseNotChosen",
    "DateToCome",
    "Decision",
    "FormClosed",
    "Identification",
    "IdentificationStatus",
    "Incident",
    "Locus",
    "LocusMismatch",
    "NotTakenUp",
    "Perpetrator",
    "Step",
    "TakenByAnother",
    "Victim",
    "VictimNotEligible",
    "age_band_of",
    "check_dates",
    "check_locus",
    "has_child",
    "route_of",
]
