"""Casework: who answers for a case, from the day it is to be followed up until that is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.counseling.domain.complaints import Complaints, Needs
from services.counseling.domain.counselor import CounselorCard, choose_again
from services.counseling.domain.refusals import (
    AlreadyAccepted,
    AlreadyAssigned,
    NotFollowedUp,
    StillFollowedUp,
    SupervisorDecides,
)
from shared.privacy import Personal
from shared.problems import Missing

CASEWORK = UUID("3d1be0b1-50d5-5f0f-8e67-64cf1f0c9a05")  # namespace of casework ids


class Casework(Aggregate):
    """What we do for the people of one case."""

    @dataclass(frozen=True)
    class CaseworkOpened(Aggregate.Created):
        """A case came to us to be followed up (standard 3.6)."""

        case_id: UUID
        complaint_id: UUID
        needs: tuple[str, ...]
        urgency: str
        child: bool | None
        opened_at: datetime

    @dataclass(frozen=True)
    class NeedsRaised(Aggregate.Event):
        """A further complaint showed that more is needed, or sooner, or that a child is hurt."""

        needs: tuple[str, ...]
        urgency: str
        child: bool | None

    @dataclass(frozen=True)
    class NeedsDecided(Aggregate.Event):
        """It was decided anew that the case is followed up, what it needs and how soon."""

        needs: tuple[str, ...]
        urgency: str
        child: bool | None
        decided_at: datetime

    @dataclass(frozen=True)
    class AssignmentNeeded(Aggregate.Event):
        """No counselor on the roster fits by rule; a supervisor decides."""

        complaint_id: UUID
        reason: str
        needed_at: datetime
        classified_at: datetime | None

    @dataclass(frozen=True)
    class CounselorAssigned(Aggregate.Event):
        """A counselor now answers for the case (standard 3.6)."""

        case_id: UUID
        complaint_id: UUID
        counselor_id: UUID
        reasons: tuple[str, ...]
        basis: Personal | None
        previous_counselor_id: UUID | None
        assigned_at: datetime
        classified_at: datetime | None

    @dataclass(frozen=True)
    class AssignmentAccepted(Aggregate.Event):
        """The counselor takes the case on, for this complaint (standard 3.6)."""

        case_id: UUID
        complaint_id: UUID
        counselor_id: UUID
        accepted_at: datetime

    @dataclass(frozen=True)
    class AssignmentDeclined(Aggregate.Event):
        """The counselor cannot take the case on; somebody else must."""

        case_id: UUID
        complaint_id: UUID
        counselor_id: UUID
        reason: str
        words: Personal | None
        declined_at: datetime

    @dataclass(frozen=True)
    class AssignmentEnded(Aggregate.Event):
        """The counselor answers for the case no more, and did not decline: she must not read on."""

        case_id: UUID
        complaint_id: UUID
        counselor_id: UUID
        reason: str
        ended_at: datetime

    @dataclass(frozen=True)
    class ComplaintReported(Aggregate.Event):
        """Another complaint was made about the case (standard 3.3.c2)."""

        complaint_id: UUID
        subkind: str
        reported_at: datetime

    @dataclass(frozen=True)
    class ComplaintTakenBack(Aggregate.Event):
        """A complaint was taken for one about this case, and is not."""

        complaint_id: UUID
        taken_back_at: datetime

    @dataclass(frozen=True)
    class CaseworkMoot(Aggregate.Event):
        """It is not to be followed up any more; nobody is released until that is confirmed."""

        case_id: UUID
        reason: str
        decided_at: datetime | None

    @dataclass(frozen=True)
    class CaseworkEnded(Aggregate.Event):
        """Somebody confirmed that nothing more is to be done; the counselor's place is free."""

        case_id: UUID
        reason: str
        note: Personal | None
        staff_id: str
        ended_at: datetime

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive the casework from its case, so that there can only be one."""
        return uuid5(CASEWORK, str(case_id))

    @event(CaseworkOpened)
    def __init__(
        self,
        case_id: UUID,
        complaint_id: UUID,
        needs: tuple[str, ...],
        urgency: str,
        child: bool | None,
        opened_at: datetime,
    ) -> None:
        self.case_id = case_id
        self.complaint_id = complaint_id  # the latest for which somebody must answer
        self.complaints = Complaints((complaint_id,))
        self.needed = Needs(needs, urgency, child)
        self.counselor_id: UUID | None = None
        self.previous_id: UUID | None = None  # who had it last, whoever has it now
        self.handled_by: UUID | None = None  # who last took it on
        self.declined: frozenset[tuple[UUID, UUID]] = frozenset()  # complaint and counselor
        self.undecided: str | None = None
        self.moot: str | None = None
        self.has_ended = False
        self.classified_at: datetime | None = None  # the latest classification of a complaint
        self.decided_at: datetime | None = None  # the latest decision that replaced those before
        self.basis: Personal | None = None
        self.words: tuple[Personal, ...] = ()  # why it was declined
        self.note: Personal | None = None  # why it ended

    @property
    def is_over(self) -> bool:
        """Say whether nobody need follow it up: it is moot, or has ended."""
        return self.moot is not None or self.has_ended

    @property
    def is_waiting(self) -> bool:
        """Say whether a time limit runs: it is to be followed up and nobody took it on yet."""
        return not self.is_over and (self.counselor_id is None or bool(self.complaints.pending))

    def follow_up(
        self,
        complaint_id: UUID,
        needs: Sequence[str],
        urgency: str,
        child: bool | None,
        counselors: Sequence[CounselorCard],
        classified_at: datetime,
        now: datetime,
    ) -> None:
        """Let a complaint be followed up that is classified so.

        What was classified before the case was decided anew adds nothing to that decision, and
        what was classified before it was taken back adds nothing at all.
        """
        if self.complaints.was_taken_back(complaint_id, classified_at):
            return
        if self.decided_at is None or classified_at > self.decided_at:
            self.raise_needs(needs, urgency, child)
        elif self.is_over:
            return
        self.assign_by_rule(complaint_id, counselors, now, classified_at)

    def raise_needs(self, needs: Sequence[str], urgency: str, child: bool | None = None) -> None:
        """Add what a further complaint needs. Less than is known already changes nothing."""
        raised = self.needed.with_more(needs, urgency, child)
        if raised != self.needed:
            self._raised(**vars(raised))

    @event(NeedsRaised)
    def _raised(self, needs: tuple[str, ...], urgency: str, child: bool | None) -> None:
        self.needed = Needs(needs, urgency, child)

    def decide_anew(
        self,
        needs: tuple[str, ...],
        urgency: str,
        child: bool | None,
        moot: str | None,
        at: datetime,
    ) -> None:
        """Hear what was decided anew about the case; ``moot`` says why it ends, if it does.

        Older than another such decision: nothing changes. Older than the classification of a
        further complaint: that one stands, and this may only add to it.
        """
        if self.decided_at is not None and at <= self.decided_at:
            return
        if self.classified_at is not None and at < self.classified_at:
            if moot is None:
                self.raise_needs(needs, urgency, child)
        elif moot is not None:
            self._mooted(self.case_id, moot, at)
        else:
            hurt = self.needed.child if child is None else child
            self._decided(needs, urgency, hurt, at)

    @event(NeedsDecided)
    def _decided(
        self, needs: tuple[str, ...], urgency: str, child: bool | None, decided_at: datetime
    ) -> None:
        self.needed = Needs(needs, urgency, child)
        self.decided_at = decided_at
        self.moot = None
        self.has_ended = False

    @event(CaseworkMoot)
    def _mooted(self, case_id: UUID, reason: str, decided_at: datetime | None) -> None:
        self.moot = reason
        self.decided_at = decided_at or self.decided_at

    def assign_by_rule(
        self,
        complaint_id: UUID,
        counselors: Sequence[CounselorCard],
        now: datetime,
        classified_at: datetime | None = None,
    ) -> None:
        """Give it to whoever handled it before, else to the one who fits; else ask a supervisor."""
        if complaint_id in self.complaints.sought:
            return
        if self.counselor_id is not None:
            before = self.counselor_id, ("handled_before",)
            self._give(complaint_id, before, now, classified_at=classified_at)
        else:
            self._find(complaint_id, counselors, now, classified_at)

    def reconsider(self, counselors: Sequence[CounselorCard], now: datetime) -> None:
        """Look again who fits, now that its needs changed; unless a counselor took it on."""
        if not self.is_waiting or self.complaints.accepted:
            return
        hers = [each for each in counselors if each.counselor_id == self.counselor_id]
        if self.counselor_id is None:
            self._find(self.complaint_id, counselors, now)
        elif hers and not hers[0].covers(self.needed.needs):
            chosen, reasons = self._chosen(self.complaint_id, counselors)
            if chosen is not None:
                self._give(self.complaint_id, (chosen, reasons), now)

    def assign(self, counselor_id: UUID, basis: Personal, now: datetime) -> None:
        """Give it to a counselor, because a supervisor decided so."""
        if self.is_over:
            raise NotFollowedUp(str(self.case_id))
        if counselor_id == self.counselor_id:
            raise AlreadyAssigned(str(self.case_id))
        self._give(self.complaint_id, (counselor_id, ("supervisor",)), now, basis=basis)

    def accept(self, staff_id: str, now: datetime) -> None:
        """Take it on, for every complaint that waits for that. Twice is once."""
        self._only(staff_id)
        if self.is_over:
            raise NotFollowedUp(str(self.case_id))
        for complaint_id in self.complaints.pending:
            self._accepted(self.case_id, complaint_id, UUID(staff_id), now)

    @event(AssignmentAccepted)
    def _accepted(
        self, case_id: UUID, complaint_id: UUID, counselor_id: UUID, accepted_at: datetime
    ) -> None:
        accepted = self.complaints.accepted | {complaint_id}
        self.complaints = replace(self.complaints, accepted=accepted)
        self.handled_by = counselor_id

    def decline(
        self,
        staff_id: str,
        reason: str,
        words: Personal | None,
        counselors: Sequence[CounselorCard],
        now: datetime,
    ) -> None:
        """Release it. By rule the next who fits gets it; for these complaints never she again."""
        self._only(staff_id)
        if self.is_over:
            raise NotFollowedUp(str(self.case_id))
        if not self.complaints.pending:
            raise AlreadyAccepted(str(self.case_id))
        self._declined(self.case_id, self.complaint_id, UUID(staff_id), reason, words, now)
        self._find(self.complaint_id, counselors, now)

    @event(AssignmentDeclined)
    def _declined(
        self,
        case_id: UUID,
        complaint_id: UUID,
        counselor_id: UUID,
        reason: str,
        words: Personal | None,
        declined_at: datetime,
    ) -> None:
        self.declined |= {(each, counselor_id) for each in self.complaints.pending}
        self.words = (*self.words, *((words,) if words else ()))
        self._taken_from_her()

    def withdraw(self, counselor_id: UUID, reason: str, now: datetime) -> None:
        """Take it from a counselor who must not, or cannot, have it. Not hers: nothing changes."""
        if self.counselor_id == counselor_id:
            self._assignment_ended(self.case_id, self.complaint_id, counselor_id, reason, now)
            self._needed(self.complaint_id, reason, now, None)

    @event(AssignmentEnded)
    def _assignment_ended(
        self,
        case_id: UUID,
        complaint_id: UUID,
        counselor_id: UUID,
        reason: str,
        ended_at: datetime,
    ) -> None:
        self._taken_from_her()

    @event(AssignmentNeeded)
    def _needed(
        self, complaint_id: UUID, reason: str, needed_at: datetime, classified_at: datetime | None
    ) -> None:
        self._taken_from_her()
        self._held_by(complaint_id, classified_at)
        self.undecided = reason

    @event(CounselorAssigned)
    def _assigned(
        self,
        case_id: UUID,
        complaint_id: UUID,
        counselor_id: UUID,
        reasons: tuple[str, ...],
        basis: Personal | None,
        previous_counselor_id: UUID | None,
        assigned_at: datetime,
        classified_at: datetime | None,
    ) -> None:
        if counselor_id != self.counselor_id:
            self._taken_from_her()
        self._held_by(complaint_id, classified_at)
        self.counselor_id = counselor_id
        self.basis = basis or self.basis  # what a rule decides has none, and hides none
        self.undecided = None

    def report(self, complaint_id: UUID, subkind: str, at: datetime) -> None:
        """Note another complaint about the case. Noting it twice changes nothing."""
        is_known = complaint_id in self.complaints.reported
        if not is_known and not self.complaints.was_taken_back(complaint_id, at):
            self._reported(complaint_id, subkind, at)

    @event(ComplaintReported)
    def _reported(self, complaint_id: UUID, subkind: str, reported_at: datetime) -> None:
        reported = (*self.complaints.reported, complaint_id)
        self.complaints = replace(self.complaints, reported=reported)

    def take_back(self, complaint_id: UUID, at: datetime) -> None:
        """Undo that a complaint was about this case; where nothing else holds it, it is moot."""
        if self.complaints.was_taken_back(complaint_id, at):
            return
        self._unreported(complaint_id, at)
        if not self.complaints.followed and not self.is_over:
            self._mooted(self.case_id, "unlinked", None)

    @event(ComplaintTakenBack)
    def _unreported(self, complaint_id: UUID, taken_back_at: datetime) -> None:
        self.complaints = self.complaints.without(complaint_id, taken_back_at)
        self.complaint_id = (*self.complaints.followed[-1:], complaint_id)[0]

    def end(
        self,
        reason: str,
        note: Personal | None,
        staff_id: str,
        now: datetime,
        *,
        by_supervisor: bool,
        is_withdrawn: bool,
    ) -> None:
        """Confirm that nothing more is to be done: it is moot, or every complaint was withdrawn.

        Where a child is hurt, or may be, and where urgency is high a supervisor decides (domain
        research 1.6). Ending twice changes nothing.
        """
        if self.has_ended:
            return
        if self.moot is None and not is_withdrawn:
            raise StillFollowedUp(str(self.case_id))
        if not by_supervisor and (self.needed.child is not False or self.needed.urgency == "high"):
            raise SupervisorDecides(str(self.case_id))
        if hers := self.counselor_id:
            self._assignment_ended(self.case_id, self.complaint_id, hers, reason, now)
        self._ended(self.case_id, reason, note, staff_id, now)

    @event(CaseworkEnded)
    def _ended(
        self,
        case_id: UUID,
        reason: str,
        note: Personal | None,
        staff_id: str,
        ended_at: datetime,
    ) -> None:
        self._taken_from_her()
        self.note = note
        self.has_ended = True

    def _only(self, staff_id: str) -> None:
        if str(self.counselor_id) != staff_id:
            raise Missing(f"Casework {self.case_id}")

    def _find(
        self,
        complaint_id: UUID,
        counselors: Sequence[CounselorCard],
        now: datetime,
        classified_at: datetime | None = None,
    ) -> None:
        chosen, reasons = self._chosen(complaint_id, counselors)
        if chosen is not None:
            self._give(complaint_id, (chosen, reasons), now, classified_at=classified_at)
        elif (reasons[0], complaint_id) != (self.undecided, self.complaint_id) or classified_at:
            self._needed(complaint_id, reasons[0], now, classified_at)

    def _chosen(
        self, complaint_id: UUID, counselors: Sequence[CounselorCard]
    ) -> tuple[UUID | None, tuple[str, ...]]:
        declined = {who for about, who in self.declined if about == complaint_id}
        return choose_again(counselors, self.needed.needs, self.handled_by, declined)

    def _give(
        self,
        complaint_id: UUID,
        whom: tuple[UUID, tuple[str, ...]],
        now: datetime,
        *,
        basis: Personal | None = None,
        classified_at: datetime | None = None,
    ) -> None:
        counselor_id, reasons = whom
        is_hers = counselor_id == self.counselor_id
        previous = None if is_hers else self.counselor_id or self.previous_id
        self._assigned(
            self.case_id, complaint_id, counselor_id, reasons, basis, previous, now, classified_at
        )

    def _held_by(self, complaint_id: UUID, classified_at: datetime | None) -> None:
        self.complaint_id = complaint_id
        if classified_at is not None:
            self.moot = None
            self.has_ended = False
            self.classified_at = max(self.classified_at or classified_at, classified_at)
        if not self.is_over:  # then the complaint may be one that was taken back
            self.complaints = self.complaints.held_by(complaint_id)

    def _taken_from_her(self) -> None:
        self.previous_id = self.counselor_id or self.previous_id
        self.counselor_id = None
        self.complaints = replace(self.complaints, accepted=frozenset())
        self.undecided = None

    def __repr__(self) -> str:
        return f"Casework({self.id})"  # eventsourcing would print every attribute
