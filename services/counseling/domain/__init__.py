"""The words and rules of counseling, each in its module."""

from services.counseling.domain.casework import Casework
from services.counseling.domain.complaint import (
    REPORTER,
    VICTIM,
    Complaint,
    HeardOf,
    rules_among,
    rules_for,
)
from services.counseling.domain.counselor import Counselor, CounselorCard, Entry, choose
from services.counseling.domain.first_help import FirstHelp, check_safe
from services.counseling.domain.lookup import LONGEST, Lookup, reachable
from services.counseling.domain.refusals import (
    AlreadyAccepted,
    AlreadyAssigned,
    AlreadyHelped,
    HasLeft,
    NobodyToContact,
    NotFollowedUp,
    NothingBorrowed,
    NotYet,
    RelatedToParty,
    StillFollowedUp,
    SupervisorDecides,
    UnsafeContact,
)

__all__ = [
    "LONGEST",
    "REPORTER",
    "VICTIM",
    "AlreadyAccepted",
    "AlreadyAssigned",
    "AlreadyHelped",
    "Casework",
    "Complaint",
    "Counselor",
    "CounselorCard",
    "Entry",
    "FirstHelp",
    "HasLeft",
    "HeardOf",
    "Lookup",
    "NobodyToContact",
    "NotFollowedUp",
    "NotYet",
    "NothingBorrowed",
    "RelatedToParty",
    "StillFollowedUp",
    "SupervisorDecides",
    "UnsafeContact",
    "check_safe",
    "choose",
    "reachable",
    "rules_among",
    "rules_for",
]
