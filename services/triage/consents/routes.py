"""Consent for the children of a case, over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.triage import views
from services.triage.consents import commands
from services.triage.consents.views import ConsentView, consents
from services.triage.domain import Said
from shared.access import may
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form, Name, When, Yes
from shared.web.past import Past
from shared.web.problems import problems

router = APIRouter(responses=problems(404), tags=["cases"])


class ConsentForm(Form):
    """What somebody said for a child: who that was, to what, when, and with a paper or without."""

    person_id: UUID = Field(description="The child, one of the victims in the form of the case.")
    giver: Annotated[str, In("consent_giver")]
    giver_name: Name | None = None
    purposes: tuple[Annotated[str, In("consent_purpose")], ...] = Field(min_length=1, max_length=5)
    agrees: Yes = Field(
        default=True,
        description="False: refused. It stands beside what another agreed to: see `takes_back`.",
    )
    takes_back: UUID | None = Field(
        default=None,
        description=(
            "The id of what this very person said before and says no more, for these purposes. Two"
            " parents have one code: what the other said is never taken back by it."
        ),
    )
    said_at: When
    has_document: Yes = False
    grounds: Annotated[Personal, Text(2_000)] | None = Field(
        default=None,
        description=(
            "How it was checked that this one may speak for her, where somebody at home is said to"
            " have done it; or why no parent was asked. Never contact the home to find out."
        ),
    )


@router.get(
    "/cases/{case_id}/consents", dependencies=[allowed("case.read")], responses=problems(404)
)
async def get_consents(
    case_id: UUID, reader: Reading, caller: Caller, past: Past
) -> list[ConsentView]:
    """Return what was said for the children of a case, by codes."""
    found = await views.case(reader, case_id)
    may(caller, "case.read", found.resource())
    today = await consents(reader, case_id)
    return await past.of(today, found.complaint_ids, lambda then: consents(then, case_id))


@router.post(
    "/cases/{case_id}/consents",
    status_code=201,
    dependencies=[allowed("case.record_consent")],
    responses=problems(404, 409),
)
async def state_consent(
    case_id: UUID,
    form: ConsentForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> list[ConsentView]:
    """Write down who agreed to what for a child, or did not. No help and no report waits for it.

    Of whoever may have done it only a supervisor takes it, for a reason.
    """
    why = may(caller, "case.record_consent", (await views.case(reader, case_id)).resource())
    said = dict(form)
    person_id = said.pop("person_id")
    with suppress(AlreadyHandled):
        await commands.state_consent(
            store,
            cause,
            case_id,
            person_id=person_id,
            said=Said(**said),
            by=caller.id,
            by_supervisor=why.role == "supervisor",
            now=now,
        )
    return await consents(reader, case_id)
