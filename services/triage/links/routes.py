"""Linking and unlinking over HTTP."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from fastapi import APIRouter

from services.triage import views
from services.triage.forms import LinkingForm, UnlinkingForm
from services.triage.links import commands
from services.triage.views import CaseView, IdentificationView
from shared.access import may
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["links"])


@router.post(
    "/identifications/{complaint_id}/unlinking",
    dependencies=[allowed("identification.unlink")],
    responses=problems(404, 409),
)
async def unlink(
    complaint_id: UUID,
    form: UnlinkingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    expect: Expected,
    now: Now,
) -> IdentificationView:
    """Take a complaint out of a case it does not belong to; it is identified again."""
    found = await views.identification(reader, complaint_id)
    may(caller, "identification.unlink", found.resource())
    with suppress(AlreadyHandled):
        await commands.unlink(
            store, cause, complaint_id, reason=form.reason, by=caller.id, expect=expect, now=now
        )
    return await views.identification(reader, complaint_id)


@router.post(
    "/cases/{case_id}/linking",
    status_code=201,
    dependencies=[allowed("case.link")],
    responses=problems(404, 409),
)
async def link_cases(
    case_id: UUID,
    form: LinkingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CaseView:
    """Say that two cases belong together: nothing is merged, and it can be taken back."""
    may(caller, "case.link", (await views.case(reader, case_id)).resource())
    may(caller, "case.read", (await views.case(reader, form.case_id)).resource())
    with suppress(AlreadyHandled):
        await commands.link_cases(
            store, cause, case_id, other_id=form.case_id, kind=form.kind, by=caller.id, now=now
        )
    return await views.case(reader, case_id)


@router.post(
    "/cases/{case_id}/linking/{other_id}/separation",
    dependencies=[allowed("case.link")],
    responses=problems(404, 409),
)
async def separate_cases(
    case_id: UUID,
    other_id: UUID,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CaseView:
    """Say that two cases do not belong together."""
    may(caller, "case.link", (await views.case(reader, case_id)).resource())
    may(caller, "case.read", (await views.case(reader, other_id)).resource())
    with suppress(AlreadyHandled):
        await commands.separate_cases(
            store, cause, case_id, other_id=other_id, by=caller.id, now=now
        )
    return await views.case(reader, case_id)
