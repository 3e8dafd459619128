"""Who is asking, and what they may do. A service trusts the issuer's tokens and nothing else."""

from shared.access.identity import PUBLIC, Subject, Verifier
from shared.access.policy import ACTIONS, Reason, knock, may, permits, permitted
from shared.access.relations import Resource

__all__ = [
    "ACTIONS",
    "PUBLIC",
    "Reason",
    "Resource",
    "Subject",
    "Verifier",
    "knock",
    "may",
    "permits",
    "permitted",
]
