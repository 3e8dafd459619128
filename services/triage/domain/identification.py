"""Identifications: one officer takes one complaint up, chooses its case and classifies it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.triage.domain.route import Step
from shared.problems import Refused

LIMIT = timedelta(minutes=30)  # standard 2.b
IDENTIFICATIONS = UUID("5c3ce1a4-8e8b-5d0c-b6a1-50a3c52ea302")  # namespace of identification ids


class IdentificationStatus(StrEnum):
    """How far an identification is."""

    WAITING = "waiting"
    TAKEN = "taken"
    CASE_CHOSEN = "case_chosen"
    CLASSIFIED = "classified"


class NotTakenUp(Refused):
    """Nobody has taken this complaint up yet."""


class TakenByAnother(Refused):
    """Another officer has taken this complaint up."""


class AlreadyIdentified(Refused):
    """It was decided already which case this complaint belongs to."""


class CaseNotChosen(Refused):
    """It is not decided yet which case this complaint belongs to."""


class AlreadyClassified(Refused):
    """This complaint is classified; reclassifying is not possible yet."""


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

    @dataclass(frozen=True)
    class ComplaintTakenUp(Aggregate.Event):
        """An officer took the complaint up; thirty minutes begin (standard 2.b)."""

        complaint_id: UUID
        officer_id: str
        taken_at: datetime
        due_at: datetime

    @dataclass(frozen=True)
    class CaseChosen(Aggregate.Event):
        """The officer decided: a new case, or one we know (standard 3.3)."""

        case_id: UUID
        kind: str
        subkind: str | None
        chosen_at: datetime

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
    ) -> None:
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

    def take(self, officer_id: str, now: datetime) -> None:
        """Take it up. The same officer taking it twice changes nothing."""
        if self.officer_id is None:
            self._taken(self.complaint_id, officer_id, now, now + LIMIT)
        elif self.officer_id != officer_id:
            raise TakenByAnother(f"state: {self.status}")

    @event(ComplaintTakenUp)
    def _taken(
        self, complaint_id: UUID, officer_id: str, taken_at: datetime, due_at: datetime
    ) -> None:
        self.officer_id = officer_id
        self.taken_at = taken_at
        self.due_at = due_at
        self.status = IdentificationStatus.TAKEN

    def choose(
        self, officer_id: str, case_id: UUID, kind: str, subkind: str | None, now: datetime
    ) -> bool:
        """Decide which case it is. Returns False when just that was decided before."""
        self._only(officer_id)
        if self.case_id is not None:
            if (case_id, kind, subkind) == (self.case_id, self.kind, self.subkind):
                return False
            raise AlreadyIdentified(f"state: {self.status}")
        self._chosen(case_id, kind, subkind, now)
        return True

    @event(CaseChosen)
    def _chosen(self, case_id: UUID, kind: str, subkind: str | None, chosen_at: datetime) -> None:
        self.case_id = case_id
        self.kind = kind
        self.subkind = subkind
        self.status = IdentificationStatus.CASE_CHOSEN

    def complete(self, officer_id: str, route: tuple[Step, ...], now: datetime) -> None:
        """End it with a classification."""
        self._only(officer_id)
        if self.status is IdentificationStatus.CLASSIFIED:
            raise AlreadyClassified(f"state: {self.status}")
        if self.case_id is None:
            raise CaseNotChosen(f"state: {self.status}")
        self._completed(self.case_id, route, now)

    @event(IdentificationCompleted)
    def _completed(self, case_id: UUID, route: tuple[Step, ...], completed_at: datetime) -> None:
        self.completed_at = completed_at
        self.status = IdentificationStatus.CLASSIFIED

    def _only(self, officer_id: str) -> None:
        if self.officer_id is None:
            raise NotTakenUp(f"state: {self.status}")
        if self.officer_id != officer_id:
            raise TakenByAnother(f"state: {self.status}")
