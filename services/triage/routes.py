"""Triage over HTTP."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field

from services.triage import commands, finding, times, views
from services.triage.consents import commands as consents
from services.triage.domain import Case, Decision, IdentificationStatus
from services.triage.forms import ClassificationForm, ExistingCase, NewCase, Undetermined
from services.triage.views import CaseView, IdentificationView
from shared.access import knock, may, permitted
from shared.clocks import today
from shared.eventstore import EventStore
from shared.privacy.places import texts
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.forms import Form, Yes
from shared.web.odd import Oddity
from shared.web.past import Past, as_far_as_still_so
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["identifications"])


class CaseOpeningForm(OpeningForm):
    """What is to be read of a case, and for which purpose."""

    earlier: Yes = Field(
        default=False, description="Every form and basis there was: forms.0, decisions.0 …"
    )


class ClockView(Form):
    """A time limit and how it went."""

    model_config = ConfigDict(from_attributes=True)

    rule: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None


class ChosenView(IdentificationView):
    """How far the identification is, and what is odd in the form that was just filled in."""

    warnings: list[Oddity]


class ClassifiedView(Form):
    """What follows from the classification."""

    case_id: UUID
    registration_no: str
    route: list[str]
    clocks: list[ClockView]


@router.get("/identifications", dependencies=[allowed("identification.list")])
async def get_queue(
    reader: Reading,
    caller: Caller,
    status: IdentificationStatus = IdentificationStatus.WAITING,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[IdentificationView]:
    """Return the queue: danger first, then the longest waiting."""
    return permitted(caller, "identification.list", await views.queue(reader, status, limit))


@router.get(
    "/identifications/{complaint_id}",
    dependencies=[allowed("identification.list")],
    responses=problems(404),
)
async def get_identification(
    complaint_id: UUID, reader: Reading, caller: Caller, past: Past
) -> IdentificationView:
    """Return how far the identification of one complaint is."""
    found = await views.identification(reader, complaint_id)
    may(caller, "identification.list", found.resource())
    return await past.of(
        found, [complaint_id], lambda then: views.identification(then, complaint_id)
    )


@router.post(
    "/identifications/{complaint_id}/take",
    dependencies=[allowed("identification.take")],
    responses=problems(404, 409),
)
async def take(
    complaint_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> IdentificationView:
    """Take a complaint up; its thirty minutes begin."""
    found = await views.identification(reader, complaint_id)
    may(caller, "identification.take", found.resource())
    with suppress(AlreadyHandled):
        await commands.take(
            store, cause, complaint_id, officer_id=caller.id, expect=expect, now=now
        )
    return await views.identification(reader, complaint_id)


@router.post(
    "/identifications/{complaint_id}/case",
    status_code=201,
    dependencies=[allowed("case.choose")],
    responses=problems(404, 409),
)
async def choose_case(
    request: Request,
    complaint_id: UUID,
    body: Annotated[NewCase | ExistingCase | Undetermined, Field(discriminator="kind")],
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> ChosenView:
    """Decide whether the complaint is a new case or one we know, or that nobody can say yet.

    A warning refuses nothing.
    """
    found = await views.identification(reader, complaint_id)
    may(caller, "case.choose", found.resource())
    if isinstance(body, ExistingCase):
        may(caller, "case.read", (await views.case(reader, body.case_id)).resource())
    home, told = request.app.state.settings.home_region, today(found.received_at)
    with suppress(AlreadyHandled):
        if isinstance(body, NewCase):
            await commands.open_new_case(
                store,
                cause,
                complaint_id,
                officer_id=caller.id,
                form=body.form.form(today(now), reported_on=told, home=home),
                filled_by=body.filled_by,
                expect=expect,
                now=now,
            )
        elif isinstance(body, Undetermined):
            await commands.leave_undetermined(
                store, cause, complaint_id, officer_id=caller.id, expect=expect, now=now
            )
        elif body.subkind == "new_perpetrator":
            await commands.open_linked_case(
                store,
                cause,
                complaint_id,
                officer_id=caller.id,
                case_id=body.case_id,
                form=body.form.form(today(now), reported_on=told, home=home) if body.form else None,
                filled_by=body.filled_by,
                basis=body.basis,
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
                basis=body.basis,
                expect=expect,
                now=now,
            )
    chosen = await views.identification(reader, complaint_id)
    odd = body.form.oddities(today(now)) if isinstance(body, NewCase) else ()
    return ChosenView(**dict(chosen), warnings=[*odd])


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
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> ClassifiedView:
    """Decide what the complaint is, where it happened and how urgent it is."""
    found = await views.identification(reader, complaint_id)
    may(caller, "case.classify", found.resource())
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
    return await _classified(store, reader, complaint_id)


@router.get(
    "/cases/{case_id}",
    dependencies=[allowed("case.read")],
    responses=problems(404),
    tags=["cases"],
)
async def get_case(case_id: UUID, reader: Reading, caller: Caller, past: Past) -> CaseView:
    """Return a case by its codes.

    With ``as_of`` a time at which it held a complaint that has left it since, a code that says
    something else today is null, and what is gone from a list is left out: it may be about somebody
    else.
    """
    found = await views.case(reader, case_id)
    may(caller, "case.read", found.resource())
    known = await past.of(found, found.complaint_ids, lambda then: views.case(then, case_id))
    if past.as_of is None:
        return known
    # Whether a case it was linked to is there for somebody is asked of now, like that of the case.
    linked = await views.there(reader, known.linked_cases)
    known = known.model_copy(update={"linked_cases": linked})
    if set(known.complaint_ids) <= set(found.complaint_ids):
        return known
    return as_far_as_still_so(known, found, views.OF_ITS_COMPLAINTS)


@router.post(
    "/cases/{case_id}/personal",
    dependencies=[allowed("case.open_personal")],
    responses=problems(404),
    tags=["cases"],
)
async def open_case(
    case_id: UUID,
    form: CaseOpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read the case form and the basis of the decision, for a purpose. It is written down.

    With ``earlier`` a supervisor reads what was replaced, to see how it came about.
    """
    action = "case.history.open_personal" if form.earlier else "case.open_personal"
    knock(caller, action)  # whoever may never is told so, also of a case that is not hers
    found = await views.case(reader, case_id)
    reason = may(caller, action, found.resource())
    case = await store.load(Case, case_id)
    if form.earlier:
        told = dict([*texts(case.forms, "forms"), *texts(case.bases, "bases")])
    else:
        told = dict([*texts(case.form, "form"), *texts(case.basis, "decision.basis")])
        told |= dict(texts(case.added, "incidents"))
        decided = (await finding.supervision_of(store, case_id)).told
        told |= {f"{what}.{n}": text for n, (what, text) in enumerate(decided)}
        told |= await finding.bases_of_choice(store, case)
        told |= await consents.texts_of(store, case_id)
    return await opened(
        store,
        cause,
        reason,
        form,
        about=case_id,
        journey=case.complaint_ids[0],
        texts=told,
        now=now,
    )


async def _classified(store: EventStore, reader: Reading, complaint_id: UUID) -> ClassifiedView:
    done = await views.identification(reader, complaint_id)
    if done.case_id is None:
        raise RuntimeError("a classified complaint without a case")
    clocks = await times.of(store, complaint_id, await store.load(Case, done.case_id))
    return ClassifiedView(
        case_id=done.case_id,
        registration_no=done.registration_no,
        route=done.route,
        clocks=[ClockView.model_validate(clock) for clock in clocks],
    )
