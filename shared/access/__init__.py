"""Who is asking, and what they may do. A service trusts the issuer's tokens and nothing else."""

from shared.access.identity import PUBLIC, Subject, Verifier
from shared.access.policy import ACTIONS, may

__all__ = ["ACTIONS", "PUBLIC", "Subject", "Verifier", "may"]
