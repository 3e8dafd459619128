"""How far a complaint is, over HTTP: little for whoever holds the receipt, nothing for others."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from prometheus_client import Counter
from pydantic import BaseModel, Field

from services.intake import receipts
from services.intake.asked import AboutComplaint
from services.intake.domain import Status
from services.intake.labels import label
from services.intake.status import commands, views
from services.intake.status.views import EnquiriesView
from services.intake.views import complaint
from shared.access import may
from shared.clocks import today
from shared.contracts.codes import In
from shared.problems import AlreadyHandled, Missing
from shared.web import BecauseOf, Caller, Now, Pool, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.problems import problems

router = APIRouter(tags=["status"])
PUBLIC_TOO: dict[str, Any] = {"security": [{}, {"HTTPBearer": []}]}  # a token is not needed
REFUSED_AFTER = 0.25  # seconds: every refusal takes as long, whatever was or was not there
UNKNOWN = Counter("aduan_status_unknown_codes", "Times a status was asked with no code of ours")


class StatusForm(Form):
    """The code and the PIN on the receipt."""

    public_code: str = Field(min_length=1, max_length=40)
    pin: str = Field(pattern=r"^[0-9]{6}$", repr=False)


class PromisedView(BaseModel):
    """What was promised, and the day it is due: no hour at which somebody could wait for her."""

    what: str
    due_at: date


class StatusView(BaseModel):
    """How far a complaint is, in plain words, what was promised, and nothing else."""

    status: Status
    label: str
    received_at: datetime
    promises: list[PromisedView]


class UnlockForm(Form):
    """How she showed that it is she who complained."""

    basis: Annotated[str, In("unlock_basis")]


class NoSuchReceipt(Missing):
    """There is no complaint under this code and PIN."""


@router.post(
    "/status",
    dependencies=[allowed("status.ask")],
    responses=problems(404),
    openapi_extra=PUBLIC_TOO,
)
async def ask_status(
    request: Request, form: StatusForm, store: Store, pool: Pool, cause: BecauseOf, now: Now
) -> StatusView:
    """Return how far a complaint is to whoever holds its receipt.

    A wrong PIN, an unknown code and a locked one get the same answer after the same time.
    """
    answer_at = asyncio.get_running_loop().time() + REFUSED_AFTER
    pepper: bytes = request.app.state.pepper
    number = receipts.registration_of(pepper, form.public_code)
    found = await views.find(pool, number) if number else None
    if number is None or found is None:
        UNKNOWN.inc()
        raise await _refusal(answer_at)
    right = hmac.compare_digest(receipts.pin(pepper, found.id), form.pin)
    told = None
    if not found.is_locked:
        told = await views.admit(pool, number, right=right, since=found.unlocked_at, now=now)
    if not told:
        await commands.note_refused(store, cause, found.id, now, was_locked=told is None)
        raise await _refusal(answer_at)
    await commands.note_asked(store, cause, found.id, now)
    promised = await views.promised(pool, found.id, now)
    return StatusView(
        status=found.status,
        label=label(found.status),
        received_at=found.received_at,
        promises=[PromisedView(what=what, due_at=today(due_at)) for what, due_at in promised],
    )


@router.get(
    "/complaints/{id}/enquiries",
    dependencies=[allowed("complaint.read")],
    responses=problems(404),
)
async def get_enquiries(id: UUID, reader: Reading, caller: Caller) -> EnquiriesView:
    """Return how often the status was asked, and in vain: somebody may be after her."""
    may(caller, "complaint.read", (await complaint(reader, id)).resource())
    return await views.enquiries(reader, id)


@router.post(
    "/complaints/{id}/status-unlock",
    dependencies=[allowed("status.unlock")],
    responses=problems(404, 409),
)
async def unlock_status(asked: AboutComplaint, form: UnlockForm) -> EnquiriesView:
    """Let the status be asked again, once she has shown who she is."""
    await asked.may("status.unlock")
    with suppress(AlreadyHandled):
        await commands.unlock(
            *(asked.store, asked.cause, asked.id),
            basis=form.basis,
            by=asked.caller.id,
            now=asked.now,
        )
    return await views.enquiries(asked.reader, asked.id)


async def _refusal(answer_at: float) -> NoSuchReceipt:
    """Return the one refusal, when its time has come."""
    await asyncio.sleep(max(0.0, answer_at - asyncio.get_running_loop().time()))
    return NoSuchReceipt("status")
