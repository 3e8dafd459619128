"""What requests about papers are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.intake.domain import (
    AgeGroup,
    Details,
    Documents,
    DocumentStatus,
    Note,
    age_group,
)
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.web.forms import Form, Name, Nik

DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
KELURAHAN = r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$"
Day = Annotated[Personal, Text(10, pattern=DAY)]


class DetailsForm(Form):
    """What stands on the paper; each paper says only some of it."""

    paper_no: Annotated[Personal, Text(60)] | None = None
    kelurahan_code: Annotated[Personal, Text(13, pattern=KELURAHAN)] | None = None
    issued_on: Day | None = None
    valid_until: Day | None = None
    head_of_family: Name | None = None
    nik: Nik | None = None


class NoteForm(Form):
    """How it stands with a paper. ``age`` is not kept, only what it means for the papers."""

    status: DocumentStatus
    person_id: UUID | None = Field(
        default=None, description="Whose it is: who told us, or a victim of the case form."
    )
    age: Annotated[int, Field(ge=0, le=130, strict=True)] | None = None
    reason: Annotated[str, In("document_reason")] | None = None
    due_at: AwareDatetime | None = Field(
        default=None, description="With `requested` only; nothing means in two weeks."
    )
    remarks: Annotated[Personal, Text(2_000)] | None = None
    details: DetailsForm | None = None

    @property
    def group(self) -> AgeGroup | None:
        """Return what her age means for the papers."""
        return None if self.age is None else age_group(self.age)

    def note(self) -> Note:
        """Return what the domain keeps of it."""
        due_at: datetime | None = self.due_at
        return Note(
            status=self.status,
            person_id=self.person_id,
            reason=self.reason,
            due_at=due_at,
            remarks=self.remarks,
            details=Details(**dict(self.details)) if self.details else None,
        )


class ViewingForm(Form):
    """What is to be looked at, and for which purpose. Every look is written down."""

    purpose: Annotated[str, In("purpose")]
    what: Literal["copy", "original"] = "copy"


def said_on(documents: Documents) -> Mapping[str, Personal]:
    """Return what stands on the papers and what was remarked, e.g. ``0.sktm.details.paper_no``.

    The number is that of the checklist. Keys of files are not among it.
    """
    found: dict[str, Personal] = {}
    for n, checklist in enumerate(documents.checklists.values()):
        for paper, note in checklist.notes.items():
            found |= dict(texts(note, f"{n}.{paper.lower()}"))
    return found


def as_files(media_types: Iterable[str]) -> dict[str, Any]:
    """Return how OpenAPI is told that a body is a file of one of these types."""
    return {
        each: {"schema": {"type": "string", "format": "binary"}} for each in sorted(media_types)
    }
