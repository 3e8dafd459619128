"""What becomes known of a case later, over HTTP."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from fastapi import APIRouter, Request

from services.triage import views
from services.triage.amending import commands
from services.triage.decisions.views import IncidentView, incidents
from services.triage.domain import Incident, check_dates, in_region
from services.triage.forms import AmendedForm, NewIncident
from services.triage.views import CaseView
from shared.access import may
from shared.clocks import today
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.past import Past
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["cases"])


@router.post(
    "/cases/{case_id}/form",
    dependencies=[allowed("case.amend_form")],
    responses=problems(404, 409),
)
async def amend_form(
    request: Request,
    case_id: UUID,
    body: AmendedForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> CaseView:
    """Replace the case form: more is known now, or it was wrong. The old one stays in history."""
    found = await views.case(reader, case_id)
    may(caller, "case.amend_form", found.resource())
    home = request.app.state.settings.home_region
    form = body.form.form(today(now), reported_on=today(found.opened_at), home=home)
    with suppress(AlreadyHandled):
        await commands.amend_form(
            store,
            cause,
            case_id,
            form=form,
            filled_by=body.filled_by,
            by=caller.id,
            expect=expect,
            now=now,
        )
    return await views.case(reader, case_id)


@router.get(
    "/cases/{case_id}/incidents", dependencies=[allowed("case.read")], responses=problems(404)
)
async def get_incidents(
    case_id: UUID, reader: Reading, caller: Caller, past: Past
) -> list[IncidentView]:
    """Return every time that it happened, by codes and days."""
    found = await views.case(reader, case_id)
    may(caller, "case.read", found.resource())
    today = await incidents(reader, case_id)
    known = await past.of(today, found.complaint_ids, lambda then: incidents(then, case_id))
    # What a complaint told that turned out to be about somebody else is not hers to see, also then.
    its = {None, *found.complaint_ids}
    return [each for each in known if each.complaint_id in its]


@router.post(
    "/cases/{case_id}/incidents",
    status_code=201,
    dependencies=[allowed("case.add_incident")],
    responses=problems(404, 409),
)
async def add_incident(
    request: Request,
    case_id: UUID,
    form: NewIncident,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CaseView:
    """Write down that it happened another time, as a further complaint tells (R-TRI-05)."""
    may(caller, "case.add_incident", (await views.case(reader, case_id)).resource())
    told = dict(form)
    complaint_id = told.pop("complaint_id")
    check_dates([], [form.occurred_on], today(now))
    home = request.app.state.settings.home_region
    incident = Incident(**told, in_city=in_region(form.locus_code, home))
    with suppress(AlreadyHandled):
        await commands.add_incident(
            store,
            cause,
            case_id,
            complaint_id=complaint_id,
            incident=incident,
            by=caller.id,
            now=now,
        )
    return await views.case(reader, case_id)
