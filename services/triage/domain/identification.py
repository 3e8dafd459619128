"""Identifications: one officer takes one complaint up, chooses its case and classifies it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.triage.domain.route import Step
from services.triage.domain.search import USUAL, WITHIN, MatchReason, Shown
from shared.privacy import Personal
from shared.problems import Refused

ASYNCHRONOUS = ("online", "referral_in")
IDENTIFICATIONS = UUID("5c3ce1a4-8e8b-5d0c-b6a1-50a3c52ea302")  # namespace of identification ids


class IdentificationStatus(StrEnum):
    """How far an identification is."""

    WAITING = "waiting"
    TAKEN = "taken"
    UNDETERMINED = "undetermined"
    CASE_CHOSEN = "case_chosen"
    CLASSIFIED = "classified"


class NotTakenUp(Refused):
    """Nobody has taken this complaint up yet."""


class TakenByAnother(Refused):
    """Another officer has taken this complaint up."""


class AlreadyIdentified(Refused):
    """It was decided already which case this complaint belongs to."""


class CaseNotShown(Refused):
    """This case was not among what was shown for the complaint, and nobody says why it is it."""


class CaseNotChosen(Refused):
    """It is not decided yet which case this complaint belongs to."""


class CaseFormMissing(Refused):
    """Only high urgency goes before the case form, and what is not for us (R-TRI-03)."""


class AlreadyClassified(Refused):
    """This complaint is classified; what is new is a reclassification of its case."""


class OfficerRelated(Refused):
    """This officer is related to a party: the complaint is not there for her."""


class NotHandedOver(Refused):
    """The counter is still taking this complaint down, and nobody is in danger."""


UNDETERMINED = "undetermined"  # a case that may yet turn out to be one we know


class Identification(Aggregate):
    """What an officer finds out about one complaint."""

    @dataclass(frozen=True)
    class ComplaintQueued(Aggregate.Created):
        """A complaint waits for an officer."""

        complaint_id: UUID
        registration_no: str
        channel: str
        reporter_role: str
        in_danger: bool
        locus_code: str | None
        received_at: datetime
        handed_over: bool = True

    @dataclass(frozen=True)
    class HandOverNoted(Aggregate.Event):
        """Intake told us that the counter is done with it (standard 2.a)."""

        operator_id: str

    @dataclass(frozen=True)
    class AmendmentNoted(Aggregate.Event):
        """Intake told us that what was told is corrected or completed."""

        fields: tuple[str, ...]
        in_danger: bool
        locus_code: str | None
        amended_at: datetime

    @dataclass(frozen=True)
    class DangerNoted(Aggregate.Event):
        """Intake told us that help was called before any form."""

        noted_at: datetime

    @dataclass(frozen=True)
    class WithdrawalNoted(Aggregate.Event):
        """Intake told us that she does not want it to go on. A person decides what follows."""

        withdrawn_by: str
        withdrawn_at: datetime

    @dataclass(frozen=True)
    class ConflictNoted(Aggregate.Event):
        """Somebody is related to a party of the complaint. Whose case it gets is told of it.

        It stands here too, so that no case is chosen at that moment by somebody who did not know.
        """

        staff_id: str
        noted_at: datetime

    @dataclass(frozen=True)
    class IdentificationReopened(Aggregate.Event):
        """The case it was linked to is not its own: it is to be identified again."""

        case_id: UUID
        reason: str
        reopened_by: str
        due_at: datetime | None  # of nobody's: it waits for an officer
        reopened_at: datetime

    @dataclass(frozen=True)
    class ComplaintTakenUp(Aggregate.Event):
        """An officer took the complaint up; thirty minutes begin (standard 2.b)."""

        complaint_id: UUID
        officer_id: str
        taken_at: datetime
        due_at: datetime

    @dataclass(frozen=True)
    class ComplaintReleased(Aggregate.Event):
        """Its officer identifies it no more: she, or a supervisor, gave it out of her hands."""

        complaint_id: UUID
        officer_id: str
        reason: str
        released_by: str
        released_at: datetime

    @dataclass(frozen=True)
    class CaseChosen(Aggregate.Event):
        """The officer decided: a new case, or one we know, and by what (standard 3.3).

        One that we know was shown by a search, for these reasons, or else has a basis in words.
        """

        case_id: UUID
        kind: str
        subkind: str | None
        chosen_at: datetime
        search_id: UUID | None = None
        reasons: tuple[MatchReason, ...] = ()
        basis: Personal | None = None

    @dataclass(frozen=True)
    class UnshownCaseChosen(Aggregate.Event):
        """No search had shown the case that was chosen; a supervisor looks at it, work goes on."""

        complaint_id: UUID
        officer_id: str
        case_id: UUID
        searches: int
        noticed_at: datetime

    @dataclass(frozen=True)
    class CaseLeftUndetermined(Aggregate.Event):
        """The officer cannot say yet whether it is a case we know (standard 3.3)."""

        left_at: datetime

    @dataclass(frozen=True)
    class CandidatesShown(Aggregate.Event):
        """The officer searched for an old case, and this is what she was shown."""

        search_id: UUID
        complaint_id: UUID
        officer_id: str
        asked: tuple[str, ...]
        query: Personal
        shown: tuple[Shown, ...]
        complete: bool
        shown_at: datetime

    @dataclass(frozen=True)
    class FishingSuspected(Aggregate.Event):
        """More was searched for one complaint within the hour than is usual; work goes on."""

        complaint_id: UUID
        officer_id: str
        searches: int
        noticed_at: datetime

    @dataclass(frozen=True)
    class IdentificationCompleted(Aggregate.Event):
        """The complaint is classified; the thirty minutes end."""

        case_id: UUID
        route: tuple[Step, ...]
        completed_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive the identification from its complaint, so that there can only be one."""
        return uuid5(IDENTIFICATIONS, str(complaint_id))

    @event(ComplaintQueued)
    def __init__(
        self,
        complaint_id: UUID,
        registration_no: str,
        channel: str,
        reporter_role: str,
        in_danger: bool,
        locus_code: str | None,
        received_at: datetime,
        handed_over: bool = True,
    ) -> None:
        self.channel = channel
        self.in_danger = in_danger
        self.received_at = received_at
        self.handed_over = handed_over
        self.amended_at: datetime | None = None
        self.withdrawn_by: str | None = None
        self.conflicted: frozenset[str] = frozenset()
        self.reporter_role = reporter_role
        self.complaint_id = complaint_id
        self.registration_no = registration_no
        self.status = IdentificationStatus.WAITING
        self.officer_id: str | None = None
        self.taken_at: datetime | None = None
        self.due_at: datetime | None = None
        self.case_id: UUID | None = None
        self.kind: str | None = None
        self.subkind: str | None = None
        self.completed_at: datetime | None = None
        self.searched_at: tuple[datetime, ...] = ()
        self.shown: dict[UUID, tuple[UUID, Shown]] = {}  # cases: by which search, and why
        self.basis: Personal | None = None  # of a choice that no search led to
        self.fishing_noticed_at: datetime | None = None

    @property
    def is_asynchronous(self) -> bool:
        """Say whether nobody waits at a counter or on the line: then the first answer has a limit.

        Domain research A14: the times of the standard begin when somebody opens the message.
        """
        return self.channel in ASYNCHRONOUS

    def note_hand_over(self, operator_id: str) -> None:
        """Note that the counter is done. Hearing it twice changes nothing."""
        if not self.handed_over:
            self._hand_over_noted(operator_id)

    @event(HandOverNoted)
    def _hand_over_noted(self, operator_id: str) -> None:
        self.handed_over = True

    def note_amendment(
        self, fields: tuple[str, ...], in_danger: bool, locus_code: str | None, at: datetime
    ) -> None:
        """Note that more is known. Hearing it twice, or an older one later, changes nothing."""
        if self.amended_at is None or at > self.amended_at:
            self._amendment_noted(fields, in_danger, locus_code, at)

    @event(AmendmentNoted)
    def _amendment_noted(
        self,
        fields: tuple[str, ...],
        in_danger: bool,
        locus_code: str | None,
        amended_at: datetime,
    ) -> None:
        self.in_danger = in_danger
        self.amended_at = amended_at

    def note_danger(self, at: datetime) -> None:
        """Note that help was called: nobody waits for the counter. Twice changes nothing."""
        if not self.in_danger:
            self._danger_noted(at)

    @event(DangerNoted)
    def _danger_noted(self, noted_at: datetime) -> None:
        self.in_danger = True

    def note_withdrawal(self, withdrawn_by: str, at: datetime) -> None:
        """Note that she does not want it to go on. Hearing it twice changes nothing."""
        if self.withdrawn_by is None:
            self._withdrawal_noted(withdrawn_by, at)

    @event(WithdrawalNoted)
    def _withdrawal_noted(self, withdrawn_by: str, withdrawn_at: datetime) -> None:
        self.withdrawn_by = withdrawn_by

    def note_conflict(self, staff_id: str, at: datetime) -> None:
        """Note that somebody is related to a party. Twice changes nothing."""
        if staff_id not in self.conflicted:
            self._conflict_noted(staff_id, at)

    @event(ConflictNoted)
    def _conflict_noted(self, staff_id: str, noted_at: datetime) -> None:
        self.conflicted |= {staff_id}

    def take(self, officer_id: str, now: datetime, due_at: datetime) -> None:
        """Take it up, until then. The same officer taking it twice changes nothing.

        Raises NotHandedOver while the counter is at it, unless somebody is in danger.
        """
        if self.officer_id is None:
            if not (self.handed_over or self.in_danger):
                raise NotHandedOver(f"state: {self.status}")
            self._taken(self.complaint_id, officer_id, now, due_at)
        elif self.officer_id != officer_id:
            raise TakenByAnother(f"state: {self.status}")

    @event(ComplaintTakenUp)
    def _taken(
        self, complaint_id: UUID, officer_id: str, taken_at: datetime, due_at: datetime
    ) -> None:
        self.officer_id = officer_id
        self.taken_at = taken_at
        self.due_at = due_at
        self.status = self._progress

    @property
    def is_open(self) -> bool:
        """Say whether an officer still has to decide something about it."""
        return self.completed_at is None or self.kind == UNDETERMINED

    @property
    def _progress(self) -> IdentificationStatus:
        """Return how far it is in somebody's hands: what another has done of it stays done."""
        if self.completed_at is not None:
            return IdentificationStatus.CLASSIFIED
        if self.case_id is not None:
            return IdentificationStatus.CASE_CHOSEN
        if self.kind == UNDETERMINED:
            return IdentificationStatus.UNDETERMINED
        return IdentificationStatus.TAKEN

    def release(self, reason: str, by: str, now: datetime) -> None:
        """Let its officer identify it no more: it waits for another. Nobody's: nothing changes.

        Raises AlreadyClassified where nothing is left to identify.
        """
        if self.officer_id is None:
            return
        if not self.is_open:
            raise AlreadyClassified(f"state: {self.status}")
        self._released(self.complaint_id, self.officer_id, reason, by, now)

    @event(ComplaintReleased)
    def _released(
        self,
        complaint_id: UUID,
        officer_id: str,
        reason: str,
        released_by: str,
        released_at: datetime,
    ) -> None:
        self.officer_id = self.taken_at = None
        self.status = IdentificationStatus.WAITING

    def choose(
        self,
        officer_id: str,
        case_id: UUID,
        kind: str,
        subkind: str | None,
        now: datetime,
        *,
        known_id: UUID | None = None,
        basis: Personal | None = None,
    ) -> bool:
        """Decide which case it is. Returns False when just that was decided before.

        What was left undetermined in an emergency has a case for now, and is decided once more.
        ``known_id`` is the case we know that it has to do with: raises CaseNotShown where no search
        has shown it for this complaint and no ``basis`` says why.
        """
        self._only(officer_id)
        if self.case_id is not None:
            if (case_id, kind, subkind) == (self.case_id, self.kind, self.subkind):
                return False
            is_itself = kind == "existing" and case_id == self.case_id
            if self.kind != UNDETERMINED or is_itself:
                raise AlreadyIdentified(f"state: {self.status}")
        known_id = case_id if kind == "existing" else known_id
        search_id, shown = self.shown.get(known_id, (None, None)) if known_id else (None, None)
        if known_id and shown is None and basis is None:
            raise CaseNotShown(f"state: {self.status}")
        reasons = shown.reasons if shown else ()
        self._chosen(case_id, kind, subkind, now, search_id, reasons, basis)
        if known_id and shown is None:
            searches = len(self.searched_at)
            self._unshown(self.complaint_id, officer_id, known_id, searches, now)
        return True

    @event(CaseChosen)
    def _chosen(
        self,
        case_id: UUID,
        kind: str,
        subkind: str | None,
        chosen_at: datetime,
        search_id: UUID | None = None,
        reasons: tuple[MatchReason, ...] = (),
        basis: Personal | None = None,
    ) -> None:
        self.basis = basis
        self.case_id = case_id
        self.kind = kind
        self.subkind = subkind
        if self.status is not IdentificationStatus.CLASSIFIED:
            self.status = IdentificationStatus.CASE_CHOSEN

    @event(UnshownCaseChosen)
    def _unshown(
        self,
        complaint_id: UUID,
        officer_id: str,
        case_id: UUID,
        searches: int,
        noticed_at: datetime,
    ) -> None:
        pass

    def leave_undetermined(self, officer_id: str, now: datetime) -> None:
        """Say that it cannot be said yet. Saying so twice changes nothing."""
        self._only(officer_id)
        if self.case_id is not None:
            raise AlreadyIdentified(f"state: {self.status}")
        if self.kind != UNDETERMINED:
            self._left(now)

    @event(CaseLeftUndetermined)
    def _left(self, left_at: datetime) -> None:
        self.kind = UNDETERMINED
        self.status = IdentificationStatus.UNDETERMINED

    def check_search(self, officer_id: str) -> None:
        """Raise unless this officer may search now: it is hers, and not decided for good."""
        self._only(officer_id)
        if self.status is IdentificationStatus.CLASSIFIED and self.kind != UNDETERMINED:
            raise AlreadyClassified(f"state: {self.status}")

    def show_candidates(
        self,
        search_id: UUID,
        officer_id: str,
        *,
        asked: tuple[str, ...],
        query: Personal,
        shown: tuple[Shown, ...],
        complete: bool,
        now: datetime,
    ) -> None:
        """Note what the officer searched by and is about to be shown; and that she fishes."""
        self.check_search(officer_id)
        self._shown(search_id, self.complaint_id, officer_id, asked, query, shown, complete, now)
        was_noticed = self.fishing_noticed_at and now - self.fishing_noticed_at < WITHIN
        if len(self.searched_at) > USUAL and not was_noticed:
            self._suspected(self.complaint_id, officer_id, len(self.searched_at), now)

    @event(CandidatesShown)
    def _shown(
        self,
        search_id: UUID,
        complaint_id: UUID,
        officer_id: str,
        asked: tuple[str, ...],
        query: Personal,
        shown: tuple[Shown, ...],
        complete: bool,
        shown_at: datetime,
    ) -> None:
        lately = (each for each in self.searched_at if shown_at - each < WITHIN)
        self.searched_at = (*lately, shown_at)
        self.shown = self.shown | {each.case_id: (search_id, each) for each in shown}

    @event(FishingSuspected)
    def _suspected(
        self, complaint_id: UUID, officer_id: str, searches: int, noticed_at: datetime
    ) -> None:
        self.fishing_noticed_at = noticed_at

    def complete(self, officer_id: str, route: tuple[Step, ...], now: datetime) -> None:
        """End it with a classification. Raises what ``check_complete`` raises."""
        self._completed(self.check_complete(officer_id), route, now)

    def check_complete(self, officer_id: str) -> UUID:
        """Return its case if this officer may classify it now; raise what is in the way."""
        self._only(officer_id)
        if self.status is IdentificationStatus.CLASSIFIED:
            raise AlreadyClassified(f"state: {self.status}")
        if self.case_id is None:
            raise CaseNotChosen(f"state: {self.status}")
        return self.case_id

    @event(IdentificationCompleted)
    def _completed(self, case_id: UUID, route: tuple[Step, ...], completed_at: datetime) -> None:
        self.completed_at = completed_at
        self.status = IdentificationStatus.CLASSIFIED

    def reopen(self, reason: str, by: str, now: datetime, due_at: datetime | None) -> None:
        """Let it be identified again, by the same officer if she still has it. Twice is once."""
        if self.case_id is not None:
            self._reopened(self.case_id, reason, by, due_at, now)

    @event(IdentificationReopened)
    def _reopened(
        self,
        case_id: UUID,
        reason: str,
        reopened_by: str,
        due_at: datetime | None,
        reopened_at: datetime,
    ) -> None:
        self.case_id = self.kind = self.subkind = self.completed_at = None
        self.due_at = due_at
        is_hers = self.officer_id is not None
        self.status = IdentificationStatus.TAKEN if is_hers else IdentificationStatus.WAITING

    def _only(self, officer_id: str) -> None:
        if self.officer_id is None:
            raise NotTakenUp(f"state: {self.status}")
        if self.officer_id != officer_id:
            raise TakenByAnother(f"state: {self.status}")
