"""The papers of the standard (1.2 to 1.5): which are asked for, of whom, and when it is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.privacy import Personal
from shared.problems import Forbidden, Malformed, Refused


class Paper(StrEnum):
    """A paper that the standard names (1.2 to 1.5, 7.3 to 7.6)."""

    SKTM = "SKTM"
    KK = "KK"
    KTP = "KTP"
    AKTA_LAHIR = "AKTA_LAHIR"
    KIA = "KIA"


class ScanType(StrEnum):
    """What a scan shows: one of the papers, or what happened."""

    SKTM = "SKTM"
    KK = "KK"
    KTP = "KTP"
    AKTA_LAHIR = "AKTA_LAHIR"
    KIA = "KIA"
    EVIDENCE = "evidence"


class DocumentStatus(StrEnum):
    """How it stands with one paper (R-REQ-06)."""

    NOT_ASKED = "not_asked"
    REQUESTED = "requested"
    RECEIVED = "received"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class AgeGroup(StrEnum):
    """How old somebody is, as far as it decides which papers she can have."""

    UNDER_17 = "under_17"
    SEVENTEEN = "seventeen"
    ADULT = "adult"


REQUIRED = (  # of each, one suffices
    frozenset({Paper.SKTM}),
    frozenset({Paper.KK}),
    frozenset({Paper.KTP}),
    frozenset({Paper.AKTA_LAHIR, Paper.KIA}),
)
CANNOT_HAVE = {  # and so is not asked for, unless somebody notes otherwise
    AgeGroup.UNDER_17: frozenset({Paper.KTP}),
    AgeGroup.SEVENTEEN: frozenset[Paper](),  # still a child, with a KTP already
    AgeGroup.ADULT: frozenset({Paper.AKTA_LAHIR, Paper.KIA}),
}
ENOUGH = {DocumentStatus.RECEIVED, DocumentStatus.VERIFIED, DocumentStatus.WAIVED}
ARRIVED = {DocumentStatus.RECEIVED, DocumentStatus.VERIFIED}
NEEDS_REASON = {  # (R-REQ-08); that a paper is not hers to have her age may say, or a reason
    DocumentStatus.WAIVED,
    DocumentStatus.REJECTED,
    DocumentStatus.NOT_APPLICABLE,
}
Statuses = Mapping[Paper, DocumentStatus]


class ReasonNeeded(Malformed):
    """A paper is waived, rejected or not applicable for a reason, and it is missing."""


class WaiverNeeded(Forbidden):
    """Only who may waive a paper waives it, or asks for it again; anybody notes that it came."""


class DetailMismatch(Malformed):
    """This paper does not say that."""


class DueMismatch(Malformed):
    """A day to bring it by goes with the status requested, and lies ahead."""


class NotAskedUnder17(Refused):
    """Nobody under 17 has a KTP, so none is asked for."""


@dataclass(frozen=True)
class Details:
    """What stands on a paper (R-REQ-02 to 05)."""

    paper_no: Personal | None = None  # of an SKTM, a KK or a birth certificate
    kelurahan_code: Personal | None = None  # who issued the SKTM
    issued_on: Personal | None = None
    valid_until: Personal | None = None
    head_of_family: Personal | None = None
    nik: Personal | None = None


SAYS = {
    Paper.SKTM: {"paper_no", "kelurahan_code", "issued_on", "valid_until"},
    Paper.KK: {"paper_no", "head_of_family"},
    Paper.KTP: {"nik"},
    Paper.AKTA_LAHIR: {"paper_no"},
    Paper.KIA: {"nik"},
}


@dataclass(frozen=True)
class Note:
    """How it stands with one paper; ``person_id`` is whose it is, nobody: the complaint's."""

    status: DocumentStatus
    person_id: UUID | None = None
    reason: str | None = None
    due_at: datetime | None = None
    remarks: Personal | None = None
    details: Details | None = None


def age_group(age: int) -> AgeGroup:
    """Return the group of an age in years: a KTP is for 17 and more, 18 is of age."""
    if age < 17:
        return AgeGroup.UNDER_17
    return AgeGroup.SEVENTEEN if age == 17 else AgeGroup.ADULT


def group_of_band(band: str | None) -> AgeGroup | None:
    """Return the group of an age band of the case form; None where it may be either."""
    if band in ("0-5", "6-12"):
        return AgeGroup.UNDER_17
    return AgeGroup.ADULT if band and band != "13-17" else None


def status_of(paper: Paper, noted: Statuses, group: AgeGroup | None) -> DocumentStatus:
    """Return how it stands with a paper: as somebody noted, or else as her age says."""
    if paper in noted:
        return noted[paper]
    return DocumentStatus.NOT_APPLICABLE if excludes(group, paper) else DocumentStatus.NOT_ASKED


def excludes(group: AgeGroup | None, paper: Paper) -> bool:
    """Say whether somebody of that age cannot have this paper."""
    return group is not None and paper in CANNOT_HAVE[group]


def is_complete(noted: Statuses, group: AgeGroup | None) -> bool:
    """Say whether all is there that is asked of her: birth certificate or KIA, either suffices.

    What she could have is there or is waived; that it is not applicable only her age says.
    Nothing depends on it but what people see on the list (R-REQ-07).
    """
    return all(
        any(status_of(each, noted, group) in ENOUGH for each in either)
        or all(
            status_of(each, noted, group) == DocumentStatus.NOT_APPLICABLE and excludes(group, each)
            for each in either
        )
        for either in REQUIRED
    )


def check(paper: Paper, note: Note, group: AgeGroup | None, now: datetime) -> None:
    """Raise ReasonNeeded, DetailMismatch or DueMismatch where a note contradicts itself."""
    by_age = note.status == DocumentStatus.NOT_APPLICABLE and excludes(group, paper)
    if note.status in NEEDS_REASON and note.reason is None and not by_age:
        raise ReasonNeeded("reason")
    if note.details:
        said = {each.name for each in fields(Details) if getattr(note.details, each.name)}
        if wrong := said - SAYS[paper]:
            raise DetailMismatch(", ".join(sorted(wrong)))
    if note.due_at and not (note.status == DocumentStatus.REQUESTED and note.due_at > now):
        raise DueMismatch("due_at")
