"""The kinds of fields that requests are made of: strict, bounded, and covered where personal."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.contracts.regions import normal_code
from shared.privacy import Personal, Text


class Form(BaseModel):
    """A request body: exactly the fields named, each of its own type."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


Yes = Annotated[bool, Field(strict=True)]
Name = Annotated[Personal, Text(120)]
Phone = Annotated[Personal, Text(40)]  # as told: what is odd in it is warned about, never refused
Nik = Annotated[Personal, Text(31, pattern=r"^[0-9]([ .-]?[0-9]){15}$")]
NikAsTold = Annotated[Personal, Text(40)]  # a wrong number must never lose a complaint
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Region = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{4})?)?)?$", examples=["35.73.05.1002"]
    ),
    AfterValidator(normal_code),
]
