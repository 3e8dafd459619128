"""The forms in which intake is told things; what is personal is covered from the first moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from services.intake.domain import Notes, ReferredBy, Reporter, SafeContact, Told
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.web.forms import AS_TOLD, ONE_NAME, Form, Line, Name, NikAsTold, Phone, Region, Yes
from shared.web.odd import Oddity, odd_nik, odd_phone, odd_region

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Hours = Annotated[tuple[tuple[Clock, Clock], ...], Field(max_length=14)]
Narrative = Annotated[Personal, Text(20_000)]
Place = Annotated[Personal, Text(500)]
Remark = Annotated[Personal, Text(2_000)]


NOT_BLANK = r"^[^\x00]*[^\s\x00-\x1f][^\x00]*$"


def _absent_if_blank(text: object) -> object:
    """Take a text of blanks for none: what she told is received all the same."""
    return None if isinstance(text, str) and not text.strip() else text


CodeWord = Annotated[
    Annotated[Personal, Text(60)] | None, BeforeValidator(_absent_if_blank)
]  # blanks are no word: anybody could say them


class ReporterForm(Form):
    """Who tells us."""

    full_name: Name | None = Field(default=None, description=ONE_NAME)
    nickname: Name | None = None
    name_as_on_document: Name | None = None
    phone: Phone | None = Field(default=None, description=AS_TOLD)
    nik: NikAsTold | None = Field(default=None, description=AS_TOLD)
    nik_status: Annotated[str, In("nik_status")] | None = None
    anonymous: Yes = False


class SafeContactForm(Form):
    """How we may contact her without putting her at risk. What is not said is not allowed."""

    may_call: Yes = False
    may_text: Yes = False
    by_whatsapp: Yes = False
    leave_message: Yes = False
    may_visit: Yes = False
    may_write: Yes = False
    phone: Phone | None = None
    hours: Hours = ()
    code_word: CodeWord = None
    who_may_answer: Annotated[Personal, Text(200)] | None = None
    cover_story: Annotated[Personal, Text(200)] | None = None
    shared_with_perpetrator: Yes | None = None

    def safe_contact(self) -> SafeContact:
        """Return what the domain keeps."""
        given = {name: getattr(self, name) for name in SafeContactForm.model_fields}
        return SafeContact(texting=given.pop("may_text"), **given)


class ReferredByForm(Form):
    """The institution that sends the case, and what it sends along (R-INT-04)."""

    institution: Line
    officer: Name | None = None
    letter_no: Annotated[Personal, Text(80)] | None = None
    letter_on: date | None = None
    services_given: tuple[Annotated[str, In("service")], ...] = Field(default=(), max_length=20)
    purpose: Remark | None = None
    source_system: Annotated[str, In("source_system")] | None = None
    external_ref: Annotated[Personal, Text(80)] | None = None
    chronology: Annotated[Personal, Text(20_000)] | None = None
    condition: Remark | None = None
    enclosures: tuple[Annotated[Personal, Text(120)], ...] = Field(default=(), max_length=20)


class NotesForm(Form):
    """Any part of what a person tells."""

    reporter_role: Annotated[str, In("reporter_role")] | None = None
    reporter: ReporterForm | None = None
    narrative: Narrative | None = None
    in_danger: Yes | None = None
    occurred_on: date | None = None
    locus_text: Place | None = None
    locus_code: Region | None = None
    safe_contact: SafeContactForm | None = None
    referred_by: ReferredByForm | None = None

    def notes(self) -> Notes:
        """Return what the domain keeps of it."""
        return Notes(**_parts(self))


class TellingForm(Form):
    """What a person tells us. Only role, narrative and danger are needed."""

    reporter_role: Annotated[str, In("reporter_role")]
    reporter: ReporterForm | None = None
    narrative: Narrative
    in_danger: Yes
    occurred_on: date | None = None
    locus_text: Place | None = None
    locus_code: Region | None = None
    safe_contact: SafeContactForm | None = None
    referred_by: ReferredByForm | None = None

    def told(self) -> Told:
        """Return what the domain keeps of it."""
        return Told(**_parts(self))

    def oddities(self, on: date) -> Iterator[Oddity]:
        """Yield what is odd in what was told, on a day in Malang; it is stored all the same."""
        if self.reporter:
            yield from odd_nik("reporter.nik", self.reporter.nik, self.reporter.nik_status, on=on)
            yield from odd_phone("reporter.phone", self.reporter.phone)
        if self.safe_contact:
            yield from odd_phone("safe_contact.phone", self.safe_contact.phone)
        yield from odd_region("locus_code", self.locus_code)


class ComplaintForm(TellingForm):
    """What a person tells us, and through which channel."""

    channel: Annotated[str, In("channel")]
    sub_channel: Annotated[str, In("sub_channel")] | None = None


def _parts(form: NotesForm | TellingForm) -> dict[str, Any]:
    return {
        "reporter_role": form.reporter_role,
        "narrative": form.narrative,
        "in_danger": form.in_danger,
        "reporter": Reporter(**dict(form.reporter)) if form.reporter else None,
        "occurred_on": form.occurred_on,
        "locus_text": form.locus_text,
        "locus_code": form.locus_code,
        "safe_contact": form.safe_contact.safe_contact() if form.safe_contact else None,
        "referred_by": ReferredBy(**dict(form.referred_by)) if form.referred_by else None,
    }
