"""Agencies and referrals: who can help elsewhere, and what was put into whose hands."""

from services.referral.domain.agency import Agency
from services.referral.domain.cards import AgencyCard, CaseCard, recipients, regency_of, undecided
from services.referral.domain.need import AlreadyReferred, NeedIsGone, ReferralNeed
from services.referral.domain.news import CaseNews
from services.referral.domain.referral import AlreadyAnswered, NotMoot, Referral

__all__ = [
    "Agency",
    "AgencyCard",
    "AlreadyAnswered",
    "AlreadyReferred",
    "CaseCard",
    "CaseNews",
    "NeedIsGone",
    "NotMoot",
    "Referral",
    "ReferralNeed",
    "recipients",
    "regency_of",
    "undecided",
]
