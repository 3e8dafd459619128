"""The kinds of fields that requests are made of: strict, bounded, and covered where personal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from shared.contracts.regions import normal_code
from shared.privacy import Personal, Text


class Form(BaseModel):
    """A request body: exactly the fields named, each of its own type."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


ONE_NAME = "As she says it: many people have one name, and no family name. Never changed by us."

Yes = Annotated[bool, Field(strict=True)]
Name = Annotated[Personal, Text(120)]
Nik = Annotated[Personal, Text(31, pattern=r"^[0-9]([ .-]?[0-9]){15}$")]
AS_TOLD = "Kept as told, and never refused: what is odd in it is told among the warnings."
NikAsTold = Annotated[Personal, Text(200, min_length=0)]  # a wrong number loses no complaint
Phone = Annotated[Personal, Text(200, min_length=0)]
When = Annotated[  # a time that every calendar and database knows, in every time zone
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))
]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Region = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{4})?)?)?$", examples=["35.73.05.1002"]
    ),
    AfterValidator(normal_code),
]


Whom: TypeAlias = Literal["reporter", "victim"]
WHOM = Field(description="Who told us, or a victim: the wish of the one is not the other's.")
NTH = Field(ge=0, le=19, strict=True, description="Which victim, as numbered in the case form.")
HER = Field(
    description="Which victim, as the case form names her: it can be newer than the one known here."
    " Instead of the number, or with it: then 409 unless she stands there."
)


class WhomForm(Form):
    """Who it is about: who told us, unless something else is said."""

    whom: Annotated[Whom, WHOM] = "reporter"
    n: Annotated[int, NTH] = 0
    person_id: Annotated[UUID | None, HER] = None

    @model_validator(mode="after")
    def _is_of_a_victim(self) -> Self:
        if self.person_id and self.whom != "victim":
            raise ValueError("person_id says which victim")
        return self

    @property
    def place(self) -> int | None:
        """Return the number that was given; None: only her id was."""
        return self.n if self.person_id is None or "n" in self.model_fields_set else None
