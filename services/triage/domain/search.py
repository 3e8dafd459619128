"""Searches for old cases: what an officer was shown and why, and searches that were refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.problems import Malformed

REFUSALS = UUID("b7c5f5b2-6d0e-5a3f-9a44-0c5f6f2a9e31")  # namespace of refused searches
WITHIN = timedelta(hours=1)
USUAL = 20  # searches for one complaint within the hour; whoever needs more is asked why


class MatchReason(StrEnum):
    """What speaks for it that a complaint is about a case we know."""

    SAME_REGISTRATION_NO = "same_registration_no"
    SAME_NIK = "same_nik"
    SAME_PHONE = "same_phone"
    NAME_ALIKE = "name_alike"
    BORN_SAME = "born_same"
    BORN_ALIKE = "born_alike"
    AGE_ALIKE = "age_alike"
    SAME_KELURAHAN = "same_kelurahan"


class CaseProgress(StrEnum):
    """How far a case is, as far as triage knows."""

    OPENED = "opened"
    CLASSIFIED = "classified"
    REFERRED = "referred"
    ACCOMPANIED = "accompanied"


class NothingAsked(Malformed):
    """A search needs at least one thing to search by."""


@dataclass(frozen=True)
class Shown:
    """A case that may be the one, as an officer was shown it: ids, codes and a number."""

    case_id: UUID
    score: int
    reasons: tuple[MatchReason, ...]
    proposed: bool
    known_as: UUID | None = None  # the person in it; None when the case was found by its number
    role: str | None = None


class RefusedSearch(Aggregate):
    """Somebody searched for a complaint that is not hers."""

    @dataclass(frozen=True)
    class CandidatesRefused(Aggregate.Created):
        """She learnt nothing; again within the minute is the same attempt."""

        complaint_id: UUID
        officer_id: str
        refused_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID, officer_id: str, refused_at: datetime) -> UUID:
        """Derive it from who, what and the minute."""
        minute = refused_at.replace(second=0, microsecond=0).isoformat()
        return uuid5(REFUSALS, f"{complaint_id}/{officer_id}/{minute}")

    @event(CandidatesRefused)
    def __init__(self, complaint_id: UUID, officer_id: str, refused_at: datetime) -> None:
        self.complaint_id = complaint_id
