"""Intake over HTTP."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.intake import commands, reading, receipts, views
from services.intake.domain import Complaint, Status
from services.intake.forms import ComplaintForm
from services.intake.lanes import in_line
from services.intake.letters import auto_reply
from services.intake.receipts import ReceiptView
from services.intake.views import ComplaintView
from shared.access import may, permitted
from shared.eventstore import Receipt
from shared.problems import AlreadyHandled, Missing
from shared.web import BecauseOf, Caller, Now, Pool, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems())
PUBLIC_TOO: dict[str, Any] = {"security": [{}, {"HTTPBearer": []}]}  # a token is not needed


class StatusForm(Form):
    """The code and the PIN on the receipt."""

    public_code: str = Field(min_length=1, max_length=40)
    pin: str = Field(pattern=r"^[0-9]{6}$", repr=False)


class StatusView(BaseModel):
    """How far a complaint is, and nothing else."""

    status: Status
    received_at: datetime


class NoSuchReceipt(Missing):
    """There is no complaint under this code and PIN."""


@router.post("/complaints", status_code=201, tags=["complaints"], openapi_extra=PUBLIC_TOO)
async def receive_complaint(
    request: Request,
    form: ComplaintForm,
    store: Store,
    pool: Pool,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ReceiptView:
    """Take down a complaint. Without a token only through the website's form."""
    from_website = (form.channel, form.sub_channel) == ("online", "website")
    may(caller, "complaint.submit" if from_website else "complaint.receive")

    async def take_down() -> tuple[Complaint, Receipt]:
        return await commands.receive_complaint(
            store,
            cause,
            number=await views.next_number(pool),
            channel=form.channel,
            sub_channel=form.sub_channel,
            told=form.told(),
            now=now,
        )

    try:
        complaint, stored = await in_line(request, caller, take_down)
        id, number, event_id, leaf = (
            *(complaint.id, complaint.registration_no),
            *(stored.event_id, stored.leaf),
        )
    except AlreadyHandled:
        id = commands.complaint_id_of(cause)
        number, event_id, leaf = await views.receipt(pool, id)
    pepper: bytes = request.app.state.pepper
    return receipts.receipt(pepper, id, number, event_id, leaf, auto_reply(form.channel))


@router.get("/complaints", dependencies=[allowed("complaint.read")], tags=["complaints"])
async def find_complaint(
    reader: Reading,
    caller: Caller,
    registration_no: Annotated[str, Query(pattern=r"^PPA-[0-9]{4}-[0-9]{6,9}$")],
) -> list[ComplaintView]:
    """Return the complaint with this number, if it is there for the caller.

    There is no other way to look for one: neither by a name nor by an address.
    """
    found = await views.numbered(reader, registration_no)
    return permitted(caller, "complaint.read", found)


@router.get(
    "/complaints/{id}",
    dependencies=[allowed("complaint.read")],
    responses=problems(404),
    tags=["complaints"],
)
async def get_complaint(id: UUID, reader: Reading, caller: Caller) -> ComplaintView:
    """Return one complaint: how far it is, not what was told."""
    found = await views.complaint(reader, id)
    may(caller, "complaint.read", found.resource())
    return found


@router.post(
    "/complaints/{id}/personal",
    dependencies=[allowed("complaint.open_personal")],
    responses=problems(404),
    tags=["complaints"],
)
async def open_complaint(
    id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read what was told, for a purpose. It is written down who did."""
    found = await views.complaint(reader, id)
    reason = may(caller, "complaint.open_personal", found.resource())
    told = await reading.texts_of(store, reader, id)
    return await opened(store, cause, reason, form, about=id, journey=id, texts=told, now=now)


@router.post(
    "/status",
    dependencies=[allowed("status.ask")],
    responses=problems(404),
    openapi_extra=PUBLIC_TOO,
)
async def ask_status(request: Request, form: StatusForm, pool: Pool, now: Now) -> StatusView:
    """Return how far a complaint is to whoever holds its receipt.

    A wrong PIN, an unknown code and a locked one get the same answer.
    """
    pepper: bytes = request.app.state.pepper
    number = receipts.registration_of(pepper, form.public_code)
    found = await views.status_of(pool, number) if number else None
    if number is None or found is None:
        raise NoSuchReceipt("status")
    right = hmac.compare_digest(receipts.pin(pepper, found[0]), form.pin)
    if not await views.admit(pool, number, right=right, now=now):
        raise NoSuchReceipt("status")
    return StatusView(status=found[1], received_at=found[2])
