"""What triage can be told over HTTP: the case form and the classification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.triage.domain import (
    CaseForm,
    Incident,
    Locus,
    Perpetrator,
    Relation,
    Step,
    Victim,
    age_band_of,
    check_dates,
    in_region,
)
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.web.forms import ONE_NAME, Form, Name, Nik, Phone, Region, Yes
from shared.web.odd import Oddity, odd_kk, odd_nik, odd_region

StaffId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Their `sub`.")]


class VictimForm(Form):
    """Somebody who was hurt."""

    full_name: Name | None = Field(default=None, description=ONE_NAME)
    nickname: Name | None = None
    name_as_on_document: Name | None = None
    sex: Annotated[str, In("sex")]
    born_on: date | None = None
    age_estimate: Annotated[int, Field(ge=0, le=120, strict=True)] | None = None
    nik: Nik | None = None
    nik_status: Annotated[str, In("nik_status")] | None = None
    kk: Nik | None = None
    phone: Phone | None = None
    domicile_code: Region | None = None
    in_city: Yes | None = None
    disability: tuple[Annotated[str, In("disability")], ...] = Field(default=(), max_length=4)

    def victim(self, today: date, then: date | None = None) -> Victim:
        """Return what the domain keeps: age bands in the clear, the birthday covered.

        ``then`` is when it happened first, as far as we know.
        """
        return Victim(
            sex=self.sex,
            age_band=age_band_of(self.born_on, self.age_estimate, today),
            band_then=age_band_of(self.born_on, None, then) if then else None,
            full_name=self.full_name,
            nickname=self.nickname,
            name_as_on_document=self.name_as_on_document,
            nik_status=self.nik_status,
            born_on=Personal(self.born_on.isoformat()) if self.born_on else None,
            nik=self.nik,
            kk=self.kk,
            phone=self.phone,
            domicile_code=self.domicile_code,
            in_city=self.in_city,
            disability=self.disability,
        )

    def oddities(self, field: str, on: date) -> Iterator[Oddity]:
        """Yield what is odd in her numbers and codes."""
        yield from odd_nik(
            f"{field}.nik", self.nik, self.nik_status, on=on, born_on=self.born_on, sex=self.sex
        )
        yield from odd_kk(f"{field}.kk", self.kk, self.nik)
        yield from odd_region(f"{field}.domicile_code", self.domicile_code)


class PerpetratorForm(Form):
    """Somebody who is said to have done it."""

    unknown: Yes = False
    full_name: Name | None = None
    sex: Annotated[str, In("sex")] | None = None
    relation: Annotated[str, In("relation")] | None = None
    is_child: Yes | None = None
    same_household: Yes = False


class RelationForm(Form):
    """What one perpetrator is to one victim, by their places in the form, from 0."""

    victim: Annotated[int, Field(ge=0, le=19, strict=True)]
    perpetrator: Annotated[int, Field(ge=0, le=19, strict=True)]
    relation: Annotated[str, In("relation")]


class IncidentForm(Form):
    """One time that it happened. A day nobody is sure of is approximate, or told in words."""

    occurred_on: date | None = None
    approximate: Yes = False
    time_text: Annotated[Personal, Text(200)] | None = None
    locus_code: Region | None = None
    place: Annotated[str, In("place")] | None = None

    def incident(self, home: str) -> Incident:
        """Return what the domain keeps: also whether it was in the home region."""
        return Incident(**dict(self), in_city=in_region(self.locus_code, home))


class FormBody(Form):
    """The case form: victims, alleged perpetrators, kinds of violence."""

    victims: tuple[VictimForm, ...] = Field(min_length=1, max_length=20)
    perpetrators: tuple[PerpetratorForm, ...] = Field(min_length=1, max_length=20)
    violence: tuple[Annotated[str, In("violence")], ...] = Field(min_length=1, max_length=7)
    tpks_kinds: tuple[Annotated[str, In("tpks_kind")], ...] = Field(default=(), max_length=9)
    domestic: Yes = False
    incidents: tuple[IncidentForm, ...] = Field(default=(), max_length=50)
    relations: tuple[RelationForm, ...] = Field(default=(), max_length=400)

    def form(self, today: date, *, reported_on: date | None = None, home: str) -> CaseForm:
        """Return what the domain keeps of it, on a day in Malang.

        How old somebody was when she told us counts by ``reported_on``; today where that is not
        known. Raises DateToCome.
        """
        happened = [each.occurred_on for each in self.incidents if each.occurred_on]
        check_dates([each.born_on for each in self.victims], happened, today)
        then, told = min(happened, default=None), reported_on or today
        return CaseForm(
            victims=tuple(each.victim(told, then) for each in self.victims),
            perpetrators=tuple(Perpetrator(**dict(each)) for each in self.perpetrators),
            violence=self.violence,
            tpks_kinds=self.tpks_kinds,
            domestic=self.domestic,
            incidents=tuple(each.incident(home) for each in self.incidents),
            relations=tuple(Relation(**dict(each)) for each in self.relations),
        )

    def oddities(self, on: date) -> Iterator[Oddity]:
        """Yield what is odd in the form, on a day in Malang; it is stored all the same."""
        for n, victim in enumerate(self.victims):
            yield from victim.oddities(f"form.victims[{n}]", on)
        for n, incident in enumerate(self.incidents):
            yield from odd_region(f"form.incidents[{n}].locus_code", incident.locus_code)


class KnownVictimForm(VictimForm):
    """Somebody who was hurt, perhaps one of an earlier form."""

    person_id: UUID | None = None

    def victim(self, today: date, then: date | None = None) -> Victim:
        """Return what the domain keeps, with who she was in an earlier form."""
        return replace(super().victim(today, then), person_id=self.person_id)


class KnownPerpetratorForm(PerpetratorForm):
    """Somebody who is said to have done it, perhaps one of an earlier form."""

    person_id: UUID | None = None


class AmendedFormBody(FormBody):
    """The case form as it is to be now. Whoever was in an earlier one keeps the id of then."""

    victims: tuple[KnownVictimForm, ...] = Field(min_length=1, max_length=20)
    perpetrators: tuple[KnownPerpetratorForm, ...] = Field(min_length=1, max_length=20)


class AmendedForm(Form):
    """A form that replaces the one before."""

    filled_by: Literal["victim", "officer"] = "officer"
    form: AmendedFormBody


class NewIncident(IncidentForm):
    """Another time that it happened, as a complaint of the case tells."""

    complaint_id: UUID


class NewCase(Form):
    """A case we did not know."""

    kind: Literal["new"]
    filled_by: Literal["victim", "officer"] = "officer"
    form: FormBody


class ExistingCase(Form):
    """A case we know. Another perpetrator of the same victim is a case of its own, linked to it.

    It was shown for this complaint; or ``basis`` says why it is it, and a supervisor looks at that.
    """

    kind: Literal["existing"]
    case_id: UUID
    basis: Annotated[Personal, Text(2_000)] | None = None
    subkind: Literal["follow_up", "new_incident", "new_perpetrator"]
    filled_by: Literal["victim", "officer"] = "officer"
    form: FormBody | None = Field(
        default=None, description="Of the linked new case; only with new_perpetrator."
    )


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
    explained: tuple[Annotated[str, In("explanation")], ...] = Field(default=(), max_length=20)
    directed_to: tuple[Annotated[str, In("agency_kind")], ...] = Field(default=(), max_length=20)


class ReclassificationForm(ClassificationForm):
    """What is decided anew, and why."""

    reason: Annotated[str, In("reclassification")]


class AskingForm(Form):
    """Why the counselor thinks that it should be decided anew."""

    reason: Annotated[str, In("reclassification")]
    grounds: Annotated[Personal, Text(4_000)]


class StepDecisionForm(Form):
    """What a supervisor decides: about the route, a case that is not VAWC, or a withdrawal."""

    about: Annotated[Literal["route", "not_vawc", "withdrawal"], Field(alias="for")]
    decision: Literal[Step.FOLLOW_UP, Step.REFER, Step.INFORM]
    basis: Annotated[Personal, Text(4_000)]


class PoliceDecisionForm(Form):
    """What a supervisor decides about telling the police of sexual violence (UU 12/2022)."""

    about: Annotated[Literal["tpks_police_report"], Field(alias="for")]
    outcome: Annotated[str, In("police_outcome")]
    ground: Annotated[str, In("police_ground")] | None = None
    basis: Annotated[Personal, Text(4_000)]


class PoliceReportForm(Form):
    """A report to the police that was made."""

    reported_at: AwareDatetime
    unit: Annotated[str, In("police_unit")]
    report_no: Annotated[Personal, Text(80)]


class UnlinkingForm(Form):
    """Why a complaint does not belong to its case."""

    reason: Annotated[str, In("unlinking")]


class LinkingForm(Form):
    """Which other case belongs to this one, and how."""

    case_id: UUID
    kind: Annotated[str, In("case_link")]
