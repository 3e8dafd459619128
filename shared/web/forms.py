"""The kinds of fields that requests are made of: strict, bounded, and covered where personal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from shared.privacy import Personal, Text


class Form(BaseModel):
    """A request body: exactly the fields named, each of its own type."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


def dotted(code: str) -> str:
    """Return a region code in its stored form, 35.73.05.1002, however it was written."""
    digits = code.replace(".", "")
    parts = [digits[i:j] for i, j in ((0, 2), (2, 4), (4, 6), (6, 10))]
    return ".".join(part for part in parts if part)


Yes = Annotated[bool, Field(strict=True)]
Name = Annotated[Personal, Text(120)]
Phone = Annotated[Personal, Text(24, pattern=r"^[0-9+ ()-]{3,24}$")]
Nik = Annotated[Personal, Text(16, pattern=r"^[0-9]{16}$")]
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
    AfterValidator(dotted),
]
