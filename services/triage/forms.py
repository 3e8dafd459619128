"""What triage can be told over HTTP: the case form and the classification."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.triage.domain import (
    CaseForm,
    Incident,
    Locus,
    Perpetrator,
    Victim,
    age_band_of,
    check_dates,
)
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.web.forms import Form, Name, Nik, Phone, Region, Yes


class VictimForm(Form):
    """Somebody who was hurt."""

    full_name: Name | None = None
    sex: Annotated[str, In("sex")]
    born_on: date | None = None
    age_estimate: Annotated[int, Field(ge=0, le=120, strict=True)] | None = None
    nik: Nik | None = None
    kk: Nik | None = None
    phone: Phone | None = None
    domicile_code: Region | None = None
    in_city: Yes | None = None
    disability: tuple[Annotated[str, In("disability")], ...] = Field(default=(), max_length=4)

    def victim(self, today: date) -> Victim:
        """Return what the domain keeps: the age band in the clear, the birthday covered."""
        return Victim(
            sex=self.sex,
            age_band=age_band_of(self.born_on, self.age_estimate, today),
            full_name=self.full_name,
            born_on=Personal(self.born_on.isoformat()) if self.born_on else None,
            nik=self.nik,
            kk=self.kk,
            phone=self.phone,
            domicile_code=self.domicile_code,
            in_city=self.in_city,
            disability=self.disability,
        )


class PerpetratorForm(Form):
    """Somebody who is said to have done it."""

    unknown: Yes = False
    full_name: Name | None = None
    sex: Annotated[str, In("sex")] | None = None
    relation: Annotated[str, In("relation")] | None = None


class IncidentForm(Form):
    """One time that it happened."""

    occurred_on: date | None = None
    locus_code: Region | None = None
    place: Annotated[str, In("place")] | None = None


class FormBody(Form):
    """The case form: victims, alleged perpetrators, kinds of violence."""

    victims: tuple[VictimForm, ...] = Field(min_length=1, max_length=20)
    perpetrators: tuple[PerpetratorForm, ...] = Field(min_length=1, max_length=20)
    violence: tuple[Annotated[str, In("violence")], ...] = Field(min_length=1, max_length=7)
    tpks_kinds: tuple[Annotated[str, In("tpks_kind")], ...] = Field(default=(), max_length=9)
    domestic: Yes = False
    incidents: tuple[IncidentForm, ...] = Field(default=(), max_length=50)

    def form(self, today: date) -> CaseForm:
        """Return what the domain keeps of it, on a day in Malang."""
        check_dates(
            [each.born_on for each in self.victims],
            [each.occurred_on for each in self.incidents],
            today,
        )
        return CaseForm(
            victims=tuple(each.victim(today) for each in self.victims),
            perpetrators=tuple(Perpetrator(**dict(each)) for each in self.perpetrators),
            violence=self.violence,
            tpks_kinds=self.tpks_kinds,
            domestic=self.domestic,
            incidents=tuple(Incident(**dict(each)) for each in self.incidents),
        )


class NewCase(Form):
    """A case we did not know."""

    kind: Literal["new"]
    filled_by: Literal["victim", "officer"] = "officer"
    form: FormBody


class ExistingCase(Form):
    """A case we know."""

    kind: Literal["existing"]
    case_id: UUID
    subkind: Literal["follow_up", "new_incident", "new_perpetrator"]


class Undetermined(Form):
    """It cannot be said yet whether we know the case."""

    kind: Literal["undetermined"]


class ClassificationForm(Form):
    """What the officer decides."""

    vawc: Yes
    locus: Locus
    locus_code: Region | None = None
    urgency: Annotated[str, In("urgency")]
    tpks: Yes = False
    victim_in_city: Yes | None = None
    basis: Annotated[Personal, Text(4_000)]
    needs: tuple[Annotated[str, In("need")], ...] = Field(default=(), max_length=20)
    referral_consent: Yes = True
