"""The procedure of a complaint over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.intake.domain.rules import RULE_SETS
from services.intake.procedure import views
from services.intake.procedure.views import ProcedureView
from services.intake.views import complaint
from shared.access import may
from shared.web import Caller, Reading, allowed
from shared.web.past import Past
from shared.web.problems import problems

router = APIRouter(tags=["rights"])


@router.get(
    "/complaints/{id}/procedure",
    dependencies=[allowed("procedure.read")],
    responses=problems(404),
)
async def get_procedure(id: UUID, reader: Reading, caller: Caller, past: Past) -> ProcedureView:
    """Return which of the steps 3.1 to 3.7 happened, when, in order and in time (standard 8.2)."""
    found = await complaint(reader, id)
    may(caller, "procedure.read", found.resource())
    today = await views.procedure(reader, found)
    return await past.of(today, [id, RULE_SETS], lambda then: views.procedure(then, found))
