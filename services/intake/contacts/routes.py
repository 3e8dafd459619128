"""The counter over HTTP: contacts, their drafts, and how each ends."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from pydantic_core import to_jsonable_python

from services.intake.commands import complaint_id_of
from services.intake.contacts import commands, views
from services.intake.contacts.views import ContactView
from services.intake.desk import AtDesk
from services.intake.domain import Circumstances, Contact, ContactStatus, Letter
from services.intake.forms import NotesForm, TellingForm
from services.intake.letters import LETTERS
from services.intake.receipts import ReceiptView
from shared.access import may, permitted
from shared.clocks import today
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Expected, Now, Reading, Store, allowed
from shared.web.forms import Form, Yes
from shared.web.personal import OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["contacts"])
SAVE_AGAIN = 10  # seconds: how often a screen should send what is noted
CallerNumber = Annotated[Personal, Text(24, pattern=r"^([0-9+ ()-]{3,24}|withheld)$")]


class OpenForm(Form):
    """How somebody came to us."""

    channel: Annotated[str, In("channel")]
    sub_channel: Annotated[str, In("sub_channel")] | None = None
    caller_number: CallerNumber | None = None
    language: Annotated[str, In("language")] | None = None
    queue_ticket: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,12}$")] | None = None
    private_room: Yes = False
    companion: Yes = False
    call_back: Yes = False
    message_received_at: AwareDatetime | None = None

    def circumstances(self) -> Circumstances:
        """Return what the domain keeps of it, but for the number."""
        return Circumstances(
            language=self.language,
            queue_ticket=self.queue_ticket,
            private_room=self.private_room,
            has_companion=self.companion,
            call_back=self.call_back,
            message_received_at=self.message_received_at,
        )


class DropForm(Form):
    """Why it broke off."""

    reason: Annotated[str, In("drop_reason")] = "line_lost"


class KeptView(BaseModel):
    """When the notes were kept, as which version, and how soon they should be sent again."""

    kept_at: datetime
    version: int
    again_after: int = SAVE_AGAIN


class DraftView(BaseModel):
    """What is noted so far: the codes, and the texts by the names of their fields."""

    codes: dict[str, Any]
    fields: dict[str, str]


class ClosedView(BaseModel):
    """Where a complaint about the office itself belongs."""

    contact: ContactView
    information: str
    text: str


@router.post("/contacts", status_code=201, dependencies=[allowed("contact.open")])
async def open_contact(
    form: OpenForm, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> ContactView:
    """Turn to somebody at the counter, on the line or in a message; ten minutes begin."""
    with suppress(AlreadyHandled):
        await commands.open_contact(
            store,
            cause,
            channel=form.channel,
            sub_channel=form.sub_channel,
            operator_id=caller.id,
            caller_number=form.caller_number,
            circumstances=form.circumstances(),
            now=now,
        )
    return await views.contact(reader, complaint_id_of(cause))


@router.get("/contacts", dependencies=[allowed("contact.list")])
async def get_contacts(
    reader: Reading,
    caller: Caller,
    now: Now,
    status: ContactStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ContactView]:
    """Return the contacts of the last day, masked: who rings again is found among the dropped.

    Who was cut off and is not received yet stays on the list until somebody goes on with it.
    """
    return permitted(caller, "contact.list", await views.contacts(reader, status, now, limit))


@router.get("/contacts/{id}", dependencies=[allowed("contact.list")], responses=problems(404))
async def get_contact(id: UUID, reader: Reading, caller: Caller) -> ContactView:
    """Return one contact: how far it is, not what was said."""
    found = await views.contact(reader, id)
    may(caller, "contact.list", found.resource())
    return found


@router.put(
    "/contacts/{id}/draft",
    dependencies=[allowed("contact.continue")],
    responses=problems(404, 409),
)
async def keep_draft(
    id: UUID,
    form: NotesForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
    desk: AtDesk,
    expect: Expected,
) -> KeptView:
    """Keep what is noted so far, sealed. What is left empty stays as it was noted before.

    Only who has the contact writes: others resume it first. `If-Match` with the version last seen
    refuses what was written over another's notes. What comes after the drop is received as it is.
    """
    may(caller, "contact.continue", (await views.contact(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.keep_draft(
            *(store, cause, id),
            notes=form.notes(),
            operator_id=caller.id,
            expect=expect,
            numbers=desk.numbers,
            now=now,
        )
    return KeptView(kept_at=now, version=(await views.contact(reader, id)).version)


@router.post(
    "/contacts/{id}/personal",
    dependencies=[allowed("contact.open_personal")],
    responses=problems(404),
)
async def open_draft(
    id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> DraftView:
    """Read back what is noted, for a purpose. It is written down who did."""
    found = await views.contact(reader, id)
    reason = may(caller, "contact.open_personal", found.resource())
    contact = await store.load(Contact, Contact.create_id(id))
    noted = dict(texts(contact.notes)) | dict(texts(contact.caller, "caller"))
    told = await opened(store, cause, reason, form, about=id, journey=id, texts=noted, now=now)
    return DraftView(codes=to_jsonable_python(contact.notes, fallback=repr), fields=told.fields)


@router.post(
    "/contacts/{id}/drop", dependencies=[allowed("contact.continue")], responses=problems(404, 409)
)
async def drop(
    id: UUID,
    form: DropForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
    desk: AtDesk,
) -> ContactView:
    """Say that the line is lost, or that she left. What is noted is received as it is."""
    may(caller, "contact.continue", (await views.contact(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.drop(store, cause, id, reason=form.reason, numbers=desk.numbers, now=now)
    return await views.contact(reader, id)


@router.post(
    "/contacts/{id}/resumption",
    dependencies=[allowed("contact.continue")],
    responses=problems(404, 409),
)
async def resume(
    id: UUID, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> ContactView:
    """Go on with a contact, as your own: she rings again, or a colleague had it."""
    may(caller, "contact.continue", (await views.contact(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.resume(store, cause, id, operator_id=caller.id, now=now)
    return await views.contact(reader, id)


@router.post(
    "/contacts/{id}/complaint",
    status_code=201,
    dependencies=[allowed("contact.continue")],
    responses=problems(404, 409),
)
async def receive_from_contact(
    id: UUID,
    form: TellingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
    desk: AtDesk,
) -> ReceiptView:
    """Take down what was told, or the rest of what was received in haste."""
    found = await views.contact(reader, id)
    may(caller, "contact.continue", found.resource())
    with suppress(AlreadyHandled):
        await commands.receive_from_contact(
            store,
            cause,
            id,
            told=form.told(),
            operator_id=caller.id,
            numbers=desk.numbers,
            now=now,
        )
    return await desk.receipt(id, found.channel, form.oddities(today(now)))


@router.post(
    "/complaints/{id}/handover",
    dependencies=[allowed("contact.continue")],
    responses=problems(404, 409),
)
async def hand_over(
    id: UUID, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> ContactView:
    """Let an identification officer take it up; the ten minutes end."""
    may(caller, "contact.continue", (await views.contact(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.hand_over(store, cause, id, operator_id=caller.id, now=now)
    return await views.contact(reader, id)


@router.post(
    "/contacts/{id}/service-complaint",
    dependencies=[allowed("contact.continue")],
    responses=problems(404, 409),
)
async def close_service_complaint(
    id: UUID, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> ClosedView:
    """Close a complaint about the office itself: it is no case, and belongs to SP4N-LAPOR."""
    may(caller, "contact.continue", (await views.contact(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.close_service_complaint(
            store, cause, id, information="SP4N_LAPOR", operator_id=caller.id, now=now
        )
    return ClosedView(
        contact=await views.contact(reader, id),
        information="SP4N_LAPOR",
        text=LETTERS[Letter.SERVICE_COMPLAINT],
    )
