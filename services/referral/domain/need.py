"""Needs: cases that must be referred, and somebody has to say where to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.referral.domain.cards import REFERRALS, CaseCard
from shared.problems import Refused


class AlreadyReferred(Refused):
    """This case is in the hands of that agency already."""


class NeedIsGone(Refused):
    """It was decided anew meanwhile: this does not wait for a referral any more."""


class ReferralNeed(Aggregate):
    """A case that must be referred, and somebody has to say where to."""

    @dataclass(frozen=True)
    class ReferralNeeded(Aggregate.Created):
        """No rule could choose the agency; a referral officer decides."""

        case: CaseCard
        reason: str
        candidates: tuple[UUID, ...]
        needed_at: datetime

    @dataclass(frozen=True)
    class ReferralNeedMet(Aggregate.Event):
        """An officer chose the agency."""

        referral_id: UUID

    @dataclass(frozen=True)
    class ReferralNeedGone(Aggregate.Event):
        """Nobody has to decide any more: it was decided anew, or is about another case."""

        reason: str

    @staticmethod
    def create_id(case: CaseCard) -> UUID:
        """Derive the need from its complaint and decision, so that there is only one."""
        anew = f"/{case.decided_at.isoformat()}" if case.anew and case.decided_at else ""
        return uuid5(REFERRALS, f"need/{case.complaint_id}{anew}")

    @event(ReferralNeeded)
    def __init__(
        self, case: CaseCard, reason: str, candidates: tuple[UUID, ...], needed_at: datetime
    ) -> None:
        self.case = case
        self.reason = reason
        self.referral_ids: tuple[UUID, ...] = ()
        self.is_gone = False

    def meet(self, referral_id: UUID) -> None:
        """Note which referral answers it. The same one twice is refused: it is there.

        Raises NeedIsGone once nobody has to decide any more.
        """
        if self.is_gone:
            raise NeedIsGone(str(self.id))
        if referral_id in self.referral_ids:
            raise AlreadyReferred(str(referral_id))
        self._met(referral_id)

    @event(ReferralNeedMet)
    def _met(self, referral_id: UUID) -> None:
        self.referral_ids = (*self.referral_ids, referral_id)

    def drop(self, reason: str) -> None:
        """Note that nobody has to decide any more. Twice, or once it is met, changes nothing."""
        if not self.is_gone and not self.referral_ids:
            self._gone(reason)

    @event(ReferralNeedGone)
    def _gone(self, reason: str) -> None:
        self.is_gone = True
