"""News: what triage last decided anew about a case, so that older news changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.referral.domain.cards import REFERRALS


class CaseNews(Aggregate):
    """What triage last decided anew about one case: older news of it is of the past."""

    @dataclass(frozen=True)
    class CaseNewsBegun(Aggregate.Created):
        """A case was decided anew for the first time."""

        case_id: UUID

    @dataclass(frozen=True)
    class ReclassificationHeard(Aggregate.Event):
        """Triage decided anew about the case."""

        refers: bool
        decided_at: datetime

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive it from the case, so that there can only be one."""
        return uuid5(REFERRALS, f"news/{case_id}")

    @event(CaseNewsBegun)
    def __init__(self, case_id: UUID) -> None:
        self.decided_at: datetime | None = None
        self.refers = True

    def hear(self, refers: bool, decided_at: datetime) -> bool:
        """Note it. Returns False when it is not news: heard before, or older than what was."""
        if self.decided_at is not None and decided_at <= self.decided_at:
            return False
        self._heard(refers, decided_at)
        return True

    @event(ReclassificationHeard)
    def _heard(self, refers: bool, decided_at: datetime) -> None:
        self.refers = refers
        self.decided_at = decided_at

    def overtakes(self, classified_at: datetime) -> bool:
        """Say whether a classification of then is no reason to refer any more."""
        return self.decided_at is not None and classified_at < self.decided_at and not self.refers
