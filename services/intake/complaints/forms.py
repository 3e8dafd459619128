"""What is asked of a complaint after it was taken down, and how that is answered, as it arrives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain import PARTS, unsaid
from services.intake.forms import NOT_BLANK, Hours, NotesForm, Remark, SafeContactForm
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import Malformed
from shared.web.forms import WHOM, Form, Phone, Whom, WhomForm, Yes

STAYS = "Absent: the known one stays. Null: there is none from now on."
NEEDED = ("reporter_role", "narrative", "in_danger")  # may be put right, not taken away


class AmendmentForm(Form):
    """Only the fields that change, and why."""

    why: Annotated[str, In("amendment_reason")]
    changes: NotesForm

    def changed(self) -> tuple[str, ...]:
        """Return the names of the fields that were sent. Raises NothingToAmend."""
        names: list[str] = []
        for name in sorted(self.changes.model_fields_set):
            part = getattr(self.changes, name)
            if name == "safe_contact" or (part is None and name in NEEDED):
                raise NothingToAmend(name)
            if name in PARTS and part is not None:
                names += [f"{name}.{each}" for each in sorted(part.model_fields_set)]
            else:
                names.append(name)
        if not names:
            raise NothingToAmend("changes")
        return tuple(names)


class SafelyForm(SafeContactForm, WhomForm):
    """Whose wish it is, and how we know that it is she who asks.

    A field of what was agreed that is absent stays as it is known; null, or no hours, ends it.
    """

    phone: Phone | None = Field(default=None, description=STAYS)
    code_word: Annotated[Personal, Text(60, NOT_BLANK)] | None = Field(
        default=None, description=STAYS
    )
    who_may_answer: Annotated[Personal, Text(200)] | None = Field(default=None, description=STAYS)
    cover_story: Annotated[Personal, Text(200)] | None = Field(default=None, description=STAYS)
    shared_with_perpetrator: Yes | None = Field(default=None, description=STAYS)
    hours: Hours = Field(default=(), description="Absent: as before. An empty list: at any hour.")
    basis: Annotated[str, In("asking_basis")]

    def keeps(self) -> tuple[str, ...]:
        """Return the names of what was agreed and is not mentioned."""
        return unsaid(frozenset(self.model_fields_set))


class SpokenForm(WhomForm):
    """What somebody said when asked for her code word, and who she says she is."""

    word: Annotated[Personal, Text(200, NOT_BLANK)]


class SpokenView(BaseModel):
    """Whether it is the word that was agreed with her. Nobody is shown that one."""

    is_right: bool


class WithdrawalForm(Form):
    """Why it should not go on, as a code and in the reporter's words, and how we know it is she."""

    reason: Annotated[str, In("withdrawal_reason")]
    basis: Annotated[str, In("asking_basis")]
    words: Remark | None = None


class WithdrawalView(BaseModel):
    """That the wish is noted, and why the case goes on until a person decides."""

    complaint_id: UUID
    withdrawn_at: datetime
    goes_on: bool
    because: list[str]  # decision_pending; in_danger, child: then a supervisor decides


class OutgoingForm(WhomForm):
    """Who is to be contacted, how, and what for."""

    whom: Annotated[Whom, WHOM]
    medium: Annotated[str, In("contact_medium")]
    purpose: Annotated[str, In("contact_purpose")]


class OutgoingView(BaseModel):
    """That it may be done now. It is on record before it is done."""

    id: UUID
    complaint_id: UUID
    whom: Whom
    n: int
    person_id: UUID | None
    medium: str
    purpose: str


class AnswerForm(Form):
    """How the sender is told."""

    medium: Annotated[str, In("answer_medium")]


class AcknowledgementView(BaseModel):
    """What to tell the sender, word for word."""

    complaint_id: UUID
    acknowledged_at: datetime
    text: str


class NothingToAmend(Malformed):
    """This cannot be amended here, or nothing is to be changed."""
