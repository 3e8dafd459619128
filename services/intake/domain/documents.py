"""Papers and scans of one complaint: brought, asked for, waived, and kept as evidence.

They stand in a stream of their own and never hold anything up (standard 1.2 to 1.5, R-REQ-07).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.intake.domain.papers import (
    ARRIVED,
    AgeGroup,
    DocumentStatus,
    NotAskedUnder17,
    Note,
    Paper,
    ScanType,
    Statuses,
    WaiverNeeded,
    check,
)
from shared.privacy import Personal
from shared.problems import Forbidden, Malformed, Missing, NotAccepted, Refused, TooLarge

DOCUMENTS = UUID("d6a0f2b4-5b0e-5c39-8f43-2f4f6f0c1a77")  # namespace of the ids of documents
BRING_WITHIN = timedelta(days=14)  # (A12)
MOST_SCANS = 50  # of one kind and person: of two children alone there can be more than ten


class UnknownPerson(Malformed):
    """This person is not in this complaint."""


class TooManyScans(Refused):
    """There are as many files of this kind and person as we take: use another kind or person."""


class FileTooLarge(TooLarge):
    """The file is too large."""


class KindNotAccepted(NotAccepted):
    """We take JPEG, PNG, WebP, PDF, m4a, mp3, ogg and mp4; other files must be converted first."""


class FileIncomplete(Malformed):
    """The file is empty, or not all of it arrived."""


class NoCopy(Refused):
    """There is no copy for viewing; a supervisor may open the original."""


class FileForgotten(Missing):
    """This file was destroyed with its key, as somebody had a right to ask."""


class FileClosed(Forbidden):
    """This file must not be opened for now."""


@dataclass(frozen=True)
class SealedFile:
    """Where a file lies, under a name that says nothing, and the key that opens it."""

    name: str
    file_key: Personal
    person_id: UUID | None = None


@dataclass(frozen=True)
class ViewingCopy:
    """A harmless copy, made anew from what the original shows."""

    file: SealedFile
    media_type: str
    size: int
    sha256: str
    pages: int
    of_pages: int


@dataclass(frozen=True)
class Scan:
    """One file: the original as it came, and the copy that people look at.

    ``quarantined`` says that it should show a picture and we could not make one of it.
    """

    type: ScanType
    media_type: str
    size: int
    sha256: str
    original: SealedFile
    copy: ViewingCopy | None
    quarantined: bool


@dataclass
class Checklist:
    """The papers of one person, or of the complaint where nobody said whose."""

    group: AgeGroup | None = None
    notes: dict[Paper, Note] = field(default_factory=dict)

    @property
    def statuses(self) -> Statuses:
        """Return how it stands with each paper that somebody noted."""
        return {paper: note.status for paper, note in self.notes.items()}


class Documents(Aggregate):
    """All papers and scans of one complaint."""

    @dataclass(frozen=True)
    class DocumentsBegun(Aggregate.Created):
        """The first word about a paper of this complaint."""

        complaint_id: UUID

    @dataclass(frozen=True)
    class AgeGroupNoted(Aggregate.Event):
        """Somebody said how old a person is, which decides what papers she can have."""

        complaint_id: UUID
        person_id: UUID | None
        group: AgeGroup
        noted_by: str
        noted_at: datetime

    @dataclass(frozen=True)
    class DocumentNoted(Aggregate.Event):
        """How it stands with one paper was noted (standard 7.3 to 7.6)."""

        complaint_id: UUID
        type: Paper
        note: Note
        noted_by: str
        noted_at: datetime

    @dataclass(frozen=True)
    class ScanStored(Aggregate.Event):
        """A file was kept as it came, with the hash that proves it."""

        complaint_id: UUID
        scan_id: UUID
        type: ScanType
        media_type: str
        size: int
        sha256: str
        original: SealedFile
        copy: ViewingCopy | None
        quarantined: bool
        stored_by: str
        stored_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint, so that there can only be one."""
        return uuid5(DOCUMENTS, str(complaint_id))

    @event(DocumentsBegun)
    def __init__(self, complaint_id: UUID) -> None:
        self.complaint_id = complaint_id
        self.checklists: dict[UUID | None, Checklist] = {}
        self.scans: dict[UUID, Scan] = {}

    def note(
        self,
        type: Paper,
        note: Note,
        by: str,
        now: datetime,
        group: AgeGroup | None = None,
        *,
        may_waive: bool = False,
    ) -> None:
        """Note how it stands with a paper. The same without any text twice changes nothing.

        What stood on it is kept until somebody says it anew. Raises ReasonNeeded, DetailMismatch,
        DueMismatch, NotAskedUnder17, and WaiverNeeded for a waiver and its end, but for that the
        paper came after all.
        """
        before = self.checklists.get(note.person_id, Checklist())
        group = group or before.group
        check(type, note, group, now)
        was_waived = before.statuses.get(type) == DocumentStatus.WAIVED
        ends = was_waived and note.status not in {*ARRIVED, DocumentStatus.WAIVED}
        begins = note.status == DocumentStatus.WAIVED and not was_waived
        if (begins or ends) and not may_waive:
            raise WaiverNeeded("status")
        is_asked = note.status == DocumentStatus.REQUESTED
        if is_asked and type is Paper.KTP and group is AgeGroup.UNDER_17:
            raise NotAskedUnder17("status")
        earlier = before.notes.get(type)
        if is_asked and note.due_at is None:
            asked = earlier.due_at if earlier else None
            note = replace(note, due_at=asked or now + BRING_WITHIN)
        if group and group != before.group:
            self._grouped(self.complaint_id, note.person_id, group, by, now)
        if note.remarks or note.details or earlier is None or _codes(note) != _codes(earlier):
            self._noted(self.complaint_id, type, note, by, now)

    @event(AgeGroupNoted)
    def _grouped(
        self,
        complaint_id: UUID,
        person_id: UUID | None,
        group: AgeGroup,
        noted_by: str,
        noted_at: datetime,
    ) -> None:
        self.checklists.setdefault(person_id, Checklist()).group = group

    @event(DocumentNoted)
    def _noted(
        self, complaint_id: UUID, type: Paper, note: Note, noted_by: str, noted_at: datetime
    ) -> None:
        notes = self.checklists.setdefault(note.person_id, Checklist()).notes
        earlier = notes.get(type)
        if earlier and note.details is None:
            note = replace(note, details=earlier.details)
        notes[type] = note

    def store_scan(self, scan_id: UUID, scan: Scan, by: str, now: datetime) -> None:
        """Keep a file that is written already; storing it twice changes nothing.

        A paper that can be seen has arrived with it. Raises TooManyScans.
        """
        if scan_id in self.scans:
            return
        whose = scan.original.person_id
        alike = [
            each
            for each in self.scans.values()
            if (each.type, each.original.person_id) == (scan.type, whose)
        ]
        if len(alike) >= MOST_SCANS:
            raise TooManyScans(f"most: {MOST_SCANS}")
        self._stored(
            self.complaint_id,
            scan_id,
            scan.type,
            scan.media_type,
            scan.size,
            scan.sha256,
            scan.original,
            scan.copy,
            scan.quarantined,
            by,
            now,
        )
        if scan.copy and scan.type is not ScanType.EVIDENCE:
            paper = Paper(scan.type)
            noted = self.checklists.get(whose, Checklist()).statuses
            if noted.get(paper) not in ARRIVED:
                self.note(paper, Note(DocumentStatus.RECEIVED, whose), by, now)

    @event(ScanStored)
    def _stored(
        self,
        complaint_id: UUID,
        scan_id: UUID,
        type: ScanType,
        media_type: str,
        size: int,
        sha256: str,
        original: SealedFile,
        copy: ViewingCopy | None,
        quarantined: bool,
        stored_by: str,
        stored_at: datetime,
    ) -> None:
        self.scans[scan_id] = Scan(type, media_type, size, sha256, original, copy, quarantined)

    def __repr__(self) -> str:
        return f"Documents({self.id})"  # eventsourcing would print every attribute


def _codes(note: Note) -> Note:
    """Return what of a note can be compared: a text that is sealed is equal to nothing."""
    return replace(note, remarks=None, details=None)
