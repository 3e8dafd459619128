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
from services.triage.domain.person import (
    AlreadyForgotten,
    CoolingOff,
    HasForm,
    NotRequested,
    Person,
    Reach,
    SamePerson,
    UnderLegalHold,
)
from services.triage.domain.privacy_request import AlreadyAnswered, PrivacyRequest
from services.triage.domain.route import Locus, LocusMismatch, Step, check_locus, route_of

__all__ = [
    "AlreadyAnswered",
    "AlreadyClassified",
    "AlreadyForgotten",
    "AlreadyIdentified",
    "Case",
    "CaseForm",
    "CaseNotChosen",
    "CoolingOff",
    "DateToCome",
    "Decision",
    "FormClosed",
    "HasForm",
    "Identification",
    "IdentificationStatus",
    "Incident",
    "Locus",
    "LocusMismatch",
    "NotRequested",
    "NotTakenUp",
    "Perpetrator",
    "Person",
    "PrivacyRequest",
    "Reach",
    "SamePerson",
    "Step",
    "TakenByAnother",
    "UnderLegalHold",
    "Victim",
    "VictimNotEligible",
    "age_band_of",
    "check_dates",
    "check_locus",
    "has_child",
    "route_of",
]
