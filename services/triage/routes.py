"""Triage over HTTP."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from services.triage import commands, views
from services.triage.domain import (
    CaseForm,
    Decision,
    IdentificationStatus,
    Incident,
    Locus,
    Perpetrator,
    Victim,
    age_band_of,
    check_dates,
)
from services.triage.views import CaseView, IdentificationView
from shared.clocks import today
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Pool, Store, allowed
from shared.web.forms import Form, Name, Nik, Region, Yes
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["identifications"])


class VictimForm(Form):
    """Somebody who was hurt."""

    full_name: Name | None = None
    sex: Annotated[str, In("sex")]
    born_on: date | None = None
    age_estimate: Annotated[int, Field(ge=0, le=120, strict=True)] | None = None
    nik: Nik | None = None
    kk: Nik | None = None
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


class ClockView(Form):
    """A time limit and how it went."""

    rule: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None


class ClassifiedView(Form):
    """What follows from the classification."""

    case_id: UUID
    registration_no: str
    route: list[str]
    clocks: list[ClockView]


@router.get("/identifications", dependencies=[allowed("identification.list")])
async def get_queue(
    pool: Pool,
    status: IdentificationStatus = IdentificationStatus.WAITING,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[IdentificationView]:
    """Return the queue: danger first, then the longest waiting."""
    return await views.queue(pool, status, limit)


@router.get(
    "/identifications/{complaint_id}",
    dependencies=[allowed("identification.list")],
    responses=problems(404),
)
async def get_identification(complaint_id: UUID, pool: Pool) -> IdentificationView:
    """Return how far the identification of one complaint is."""
    return await views.identification(pool, complaint_id)


@router.post(
    "/identifications/{complaint_id}/take",
    dependencies=[allowed("identification.take")],
    responses=problems(404, 409),
)
async def take(
    complaint_id: UUID,
    store: Store,
    pool: Pool,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> IdentificationView:
    """Take a complaint up; its thirty minutes begin."""
    with suppress(AlreadyHandled):
        await commands.take(
            store, cause, complaint_id, officer_id=caller.id, expect=expect, now=now
        )
    return await views.identification(pool, complaint_id)


@router.post(
    "/identifications/{complaint_id}/case",
    status_code=201,
    dependencies=[allowed("case.choose")],
    responses=problems(404, 409),
)
async def choose_case(
    complaint_id: UUID,
    body: Annotated[NewCase | ExistingCase, Field(discriminator="kind")],
    store: Store,
    pool: Pool,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> IdentificationView:
    """Decide whether the complaint is a new case or one we know."""
    with suppress(AlreadyHandled):
        if isinstance(body, NewCase):
            await commands.open_new_case(
                store,
                cause,
                complaint_id,
                officer_id=caller.id,
                form=body.form.form(today(now)),
                filled_by=body.filled_by,
                expect=expect,
                now=now,
            )
        else:
            await commands.link_existing_case(
                store,
                cause,
                complaint_id,
                officer_id=caller.id,
                case_id=body.case_id,
                subkind=body.subkind,
                expect=expect,
                now=now,
            )
    return await views.identification(pool, complaint_id)


@router.post(
    "/identifications/{complaint_id}/classification",
    status_code=201,
    dependencies=[allowed("case.classify")],
    responses=problems(404, 409),
)
async def classify(
    request: Request,
    complaint_id: UUID,
    form: ClassificationForm,
    store: Store,
    pool: Pool,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> ClassifiedView:
    """Decide what the complaint is, where it happened and how urgent it is."""
    with suppress(AlreadyHandled):
        await commands.classify(
            store,
            cause,
            complaint_id,
            officer_id=caller.id,
            decision=Decision(**dict(form)),
            home_region=request.app.state.settings.home_region,
            expect=expect,
            now=now,
        )
    return await _classified(pool, complaint_id)


@router.get(
    "/cases/{case_id}",
    dependencies=[allowed("case.read")],
    responses=problems(404),
    tags=["cases"],
)
async def get_case(case_id: UUID, pool: Pool) -> CaseView:
    """Return a case by its codes."""
    return await views.case(pool, case_id)


async def _classified(pool: Pool, complaint_id: UUID) -> ClassifiedView:
    done = await views.identification(pool, complaint_id)
    if done.case_id is None or done.taken_at is None or done.due_at is None:
        raise RuntimeError("a classified complaint without a case")
    clock = ClockView(
        rule="identification",
        started_at=done.taken_at,
        due_at=done.due_at,
        stopped_at=done.completed_at,
    )
    return ClassifiedView(
        case_id=done.case_id,
        registration_no=done.registration_no,
        route=done.route,
        clocks=[clock],
    )
