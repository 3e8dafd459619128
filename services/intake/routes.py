"""Intake over HTTP."""

from __future__ import annotations

import hmac
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.intake import commands, receipts, views
from services.intake.domain import Complaint, ReferredBy, Reporter, SafeContact, Status, Told
from services.intake.views import ComplaintView
from shared.access import may
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled, Missing
from shared.web import PUBLIC_TOO, BecauseOf, Caller, Now, Pool, Reading, Store, allowed
from shared.web.forms import Form, Line, Name, Nik, Phone, Region, Yes
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems())

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ReporterForm(Form):
    """Who tells us."""

    full_name: Name | None = None
    phone: Phone | None = None
    nik: Nik | None = None
    anonymous: Yes = False


class SafeContactForm(Form):
    """How we may contact her without putting her at risk."""

    may_call: Yes = False
    phone: Phone | None = None
    hours: tuple[tuple[Clock, Clock], ...] = Field(default=(), max_length=14)
    leave_message: Yes = False
    code_word: Annotated[Personal, Text(60)] | None = None

    def safe_contact(self) -> SafeContact:
        """Return what the domain keeps: her hours tell her habits, so they are covered too."""
        hours = tuple(Personal(f"{begin}-{end}") for begin, end in self.hours)
        return SafeContact(**dict(self) | {"hours": hours})


class ReferredByForm(Form):
    """The institution that sends the case."""

    institution: Line
    officer: Name | None = None
    letter_no: Annotated[Personal, Text(80)] | None = None
    letter_on: date | None = None
    services_given: tuple[Annotated[str, In("service")], ...] = Field(default=(), max_length=20)
    purpose: Annotated[Personal, Text(2_000)] | None = None


class ComplaintForm(Form):
    """What a person tells us. Only channel, role, narrative and danger are needed."""

    channel: Annotated[str, In("channel")]
    sub_channel: Annotated[str, In("sub_channel")] | None = None
    reporter_role: Annotated[str, In("reporter_role")]
    reporter: ReporterForm | None = None
    narrative: Annotated[Personal, Text(20_000)]
    in_danger: Yes
    occurred_on: date | None = None
    locus_text: Annotated[Personal, Text(500)] | None = None
    locus_code: Region | None = None
    safe_contact: SafeContactForm | None = None
    referred_by: ReferredByForm | None = None

    def told(self) -> Told:
        """Return what the domain keeps of it."""
        return Told(
            reporter_role=self.reporter_role,
            narrative=self.narrative,
            in_danger=self.in_danger,
            reporter=Reporter(**dict(self.reporter)) if self.reporter else None,
            occurred_on=self.occurred_on,
            locus_text=self.locus_text,
            locus_code=self.locus_code,
            safe_contact=self.safe_contact.safe_contact() if self.safe_contact else None,
            referred_by=ReferredBy(**dict(self.referred_by)) if self.referred_by else None,
        )


class Proof(BaseModel):
    """What proves that the complaint is in our history."""

    event_id: UUID
    leaf_hash: str


class ReceiptView(BaseModel):
    """What the person takes home. The PIN is told here and nowhere else."""

    complaint_id: UUID
    registration_no: str
    receipt: Proof
    public_code: str
    pin: str


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
    try:
        complaint, stored = await commands.receive_complaint(
            store,
            cause,
            number=await views.next_number(pool),
            channel=form.channel,
            sub_channel=form.sub_channel,
            told=form.told(),
            now=now,
        )
        id, number, event_id, leaf = (
            *(complaint.id, complaint.registration_no),
            *(stored.event_id, stored.leaf),
        )
    except AlreadyHandled:
        id = commands.complaint_id_of(cause)
        number, event_id, leaf = await views.receipt(pool, id)
    pepper: bytes = request.app.state.pepper
    return ReceiptView(
        complaint_id=id,
        registration_no=number,
        receipt=Proof(event_id=event_id, leaf_hash=leaf.hex()),
        public_code=receipts.public_code(pepper, number),
        pin=receipts.pin(pepper, id),
    )


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
    told = dict(texts((await store.load(Complaint, id)).told))
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
