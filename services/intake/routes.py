"""Intake over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.intake import commands, reading, receipts, views
from services.intake.domain import Complaint
from services.intake.forms import ComplaintForm
from services.intake.lanes import in_line
from services.intake.letters import auto_reply
from services.intake.receipts import ReceiptView
from services.intake.repeats import causes_of
from services.intake.views import ComplaintView
from shared.access import PUBLIC, may, permitted
from shared.clocks import today
from shared.eventstore import Receipt
from shared.problems import AlreadyHandled
from shared.web import PUBLIC_TOO, BecauseOf, Caller, Now, Pool, Reading, Store, allowed
from shared.web.past import Past
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems())


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
    """Take down a complaint. Without a token only through the website's form.

    Sent again within some minutes it is the same complaint, there also without a key.
    """
    from_website = (form.channel, form.sub_channel) == ("online", "website")
    may(caller, "complaint.submit" if from_website else "complaint.receive")

    is_keyless = caller == PUBLIC and cause.fresh
    causes = await causes_of(request, cause, form.narrative, now) if is_keyless else [cause]

    async def take_down() -> tuple[Complaint, Receipt]:
        for earlier in causes[1:]:
            await store.once(earlier)
        return await commands.receive_complaint(
            store,
            causes[0],
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
        ids = [commands.complaint_id_of(each) for each in causes]
        id, number, event_id, leaf = await views.first_receipt(pool, ids)
    pepper: bytes = request.app.state.pepper
    odd = [*form.oddities(today(now))]
    return receipts.receipt(pepper, id, number, event_id, leaf, auto_reply(form.channel), odd)


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
async def get_complaint(id: UUID, reader: Reading, caller: Caller, past: Past) -> ComplaintView:
    """Return one complaint: how far it is, not what was told."""
    found = await views.complaint(reader, id)
    may(caller, "complaint.read", found.resource())
    return await past.of(found, [id], lambda then: views.complaint(then, id))


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
