"""What is sent and answered about the service standard and the rules of the house."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from services.intake.domain import Component, Paragraph, Section
from services.intake.rules.views import State
from shared.clocks.limits import GIVEN
from shared.web.forms import Form, Line, When, Yes

Version = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$", examples=["2027-01"])]
Asked = Annotated[str | None, Query(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")]
Number = Annotated[str, Field(pattern=r"^[0-9a-z]{1,3}(\.[0-9a-z]{1,3}){0,3}$", examples=["3.c1"])]
Words = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")]
RuleName = Annotated[str, Field(json_schema_extra={"enum": sorted(GIVEN)}, max_length=40)]


class ParagraphForm(Form):
    """One sentence, under its number."""

    number: Number
    text: Words


class SectionForm(Form):
    """A part of the standard."""

    number: Number
    title: Line
    component: Component | None = None
    items: tuple[ParagraphForm, ...] = Field(min_length=1, max_length=60)

    def section(self) -> Section:
        """Return what the domain keeps of it."""
        items = tuple(Paragraph(each.number, each.text) for each in self.items)
        return Section(self.number, self.title, items, self.component)


class StandardForm(Form):
    """A new version of the service standard."""

    version: Version
    in_force_from: When
    title: Line
    issuer: Line
    pledge: Words | None = None
    sections: tuple[SectionForm, ...] = Field(min_length=1, max_length=40)


class RuleForm(Form):
    """One rule; ``is_conduct`` says that who breaks it can be reprimanded."""

    number: Number
    text: Words
    is_conduct: Yes = False


class LimitForm(Form):
    """How long one thing may take: minutes, or working days."""

    rule: RuleName
    amount: int = Field(ge=1, le=100_000, strict=True)
    kind: Literal["around_the_clock", "staffed", "working_days"] = "around_the_clock"
    warn: int | None = Field(default=None, ge=1, le=100_000, strict=True)


class RulesForm(Form):
    """New rules. Time limits that are not named stay as they are."""

    version: Version
    in_force_from: When
    rules: tuple[RuleForm, ...] = Field(min_length=1, max_length=100)
    limits: tuple[LimitForm, ...] = Field(default=(), max_length=len(GIVEN))


class ParagraphView(BaseModel):
    """One sentence, under its number."""

    number: str
    text: str


class SectionView(BaseModel):
    """A part of the standard."""

    number: str
    title: str
    items: list[ParagraphView]


class SlotView(BaseModel):
    """One of the fourteen components of UU 25/2009, and the section that fills it."""

    component: Component
    label: str
    section: str | None
    text: str | None


class EditionView(BaseModel):
    """A version, and when it holds."""

    version: str
    status: State
    in_force_from: datetime | None
    in_force_to: datetime | None


class StandardView(EditionView):
    """The service standard as it is published."""

    title: str
    issuer: str
    sections: list[SectionView]
    components: list[SlotView]
    pledge: str


class RuleView(ParagraphView):
    """One rule."""

    is_conduct: bool


class LimitView(BaseModel):
    """How long one thing may take."""

    rule: str
    amount: int
    kind: str
    warn: int | None


class RulesView(EditionView):
    """The rules of the house, and how long each thing may take."""

    rules: list[RuleView]
    limits: list[LimitView]
