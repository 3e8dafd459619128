"""What an officer searches by: any of it, and at least one thing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from shared.privacy import OPEN
from shared.web.forms import Form, Name, Nik, Phone, Region


class SearchForm(Form):
    """What is known of the victim. It is written down, sealed, before the answer is given."""

    full_name: Name | None = None
    born_on: date | None = None
    age_estimate: Annotated[int, Field(ge=0, le=120, strict=True)] | None = None
    nik: Nik | None = None
    phone: Phone | None = None
    kelurahan_code: Region | None = None
    registration_no: Annotated[str, Field(pattern=r"^PPA-[0-9]{4}-[0-9]{6}$")] | None = None

    def plain(self) -> dict[str, Any]:
        """Return it in the clear: who searches knows it, and it was never stored."""
        return self.model_dump(context=OPEN, exclude_none=True)
