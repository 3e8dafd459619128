"""What happens to a received complaint, over HTTP: put right, withdrawn, answered safely."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from services.intake import views
from services.intake.complaints import commands
from services.intake.complaints.forms import (
    AcknowledgementView,
    AmendmentForm,
    AnswerForm,
    OutgoingForm,
    OutgoingView,
    SafelyForm,
    SpokenForm,
    SpokenView,
    WithdrawalForm,
    WithdrawalView,
)
from services.intake.contacts import views as contacts
from services.intake.domain import Acknowledgement, Complaint, OutgoingContact
from services.intake.letters import acknowledgement, is_lapor
from services.intake.reading import contact_of, whole
from services.intake.views import ComplaintView
from shared.access import Reason, may
from shared.access.door import open_personal
from shared.eventstore import Cause, EventStore
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.problems import problems

router = APIRouter(prefix="/complaints/{id}", responses=problems(404, 409), tags=["complaints"])


@router.post("/amendments", dependencies=[allowed("complaint.amend")])
async def amend(
    id: UUID,
    form: AmendmentForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ComplaintView:
    """Correct or complete what was told. What it was before stays in the history."""
    may(caller, "complaint.amend", (await views.complaint(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.amend(
            store,
            cause,
            id,
            notes=form.changes.notes(),
            changed=form.changed(),
            why=form.why,
            staff_id=caller.id,
            now=now,
        )
    return await views.complaint(reader, id)


@router.put("/safe-contact", dependencies=[allowed("complaint.amend")])
async def set_safe_contact(
    id: UUID,
    form: SafelyForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ComplaintView:
    """Say how somebody may be contacted from now on. What is not said is not allowed.

    What was agreed and is not mentioned stays: see the descriptions of the fields.
    """
    may(caller, "complaint.amend", (await views.complaint(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.set_safe_contact(
            *(store, cause, id),
            safe_contact=form.safe_contact(),
            keeps=form.keeps(),
            whom=form.whom,
            n=form.place,
            person_id=form.person_id,
            basis=form.basis,
            staff_id=caller.id,
            now=now,
        )
    return await views.complaint(reader, id)


@router.post("/code-word", dependencies=[allowed("complaint.compare_code_word")])
async def compare_code_word(
    id: UUID,
    form: SpokenForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> SpokenView:
    """Say whether a word that somebody says is the code word agreed with her: yes or no.

    Letter case and spaces do not matter. Each try is written down. After three wrong ones within
    an hour none is compared until the time that the refusal names.
    """
    may(caller, "complaint.compare_code_word", await contacts.about(reader, id))
    with suppress(AlreadyHandled):
        await commands.compare_code_word(
            store, cause, id, **dict(form) | {"n": form.place}, staff_id=caller.id, now=now
        )
    return SpokenView(is_right=await commands.is_right(store, cause, id))


@router.post("/withdrawal", dependencies=[allowed("complaint.withdraw")])
async def withdraw(
    id: UUID,
    form: WithdrawalForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> WithdrawalView:
    """Note that the reporter does not want it to go on. A person decides what follows."""
    may(caller, "complaint.withdraw", (await views.complaint(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.withdraw(
            store,
            cause,
            id,
            reason=form.reason,
            words=form.words,
            basis=form.basis,
            staff_id=caller.id,
            now=now,
        )
    complaint = await store.load(Complaint, id)
    told = complaint.told
    reasons = {
        "decision_pending": True,
        "in_danger": told is not None and told.in_danger,
        "child": bool(complaint.child),
    }
    return WithdrawalView(
        complaint_id=id,
        withdrawn_at=complaint.withdrawn_at or now,
        goes_on=True,
        because=[code for code, holds in reasons.items() if holds],
    )


@router.post("/outgoing-contacts", status_code=201, dependencies=[allowed("complaint.reach")])
async def attempt_contact(
    id: UUID,
    form: OutgoingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OutgoingView:
    """Say that you are about to contact somebody. It is refused unless that is safe for her."""
    may(caller, "complaint.reach", await contacts.about(reader, id))
    with suppress(AlreadyHandled):
        await commands.attempt_contact(
            store, cause, id, **dict(form) | {"n": form.place}, staff_id=caller.id, now=now
        )
    attempt = await store.load(OutgoingContact, OutgoingContact.create_id(cause.message_id))
    return OutgoingView(id=attempt.id, complaint_id=id, **dict(form) | {"n": attempt.n})


@router.post("/acknowledgement", status_code=201, dependencies=[allowed("complaint.acknowledge")])
async def acknowledge(
    id: UUID,
    form: AnswerForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> AcknowledgementView:
    """Tell the institution that sent it that we have it: its own number, nothing more."""
    resource = (await views.complaint(reader, id)).resource()
    may(caller, "complaint.acknowledge", resource)
    with suppress(AlreadyHandled):
        await commands.acknowledge(
            store, cause, id, medium=form.medium, staff_id=caller.id, now=now
        )
    reason = may(caller, "sender.open_personal", resource)
    told = await store.load(Acknowledgement, Acknowledgement.create_id(id))
    return AcknowledgementView(
        complaint_id=id,
        acknowledged_at=told.acknowledged_at,
        text=await _answer(store, cause, reason, id, now),
    )


async def _answer(store: EventStore, cause: Cause, reason: Reason, id: UUID, now: datetime) -> str:
    """Return the words for the sender, with their own number read through the door."""
    told = whole(await store.load(Complaint, id), await contact_of(store, id))
    sender = told.referred_by if told else None
    if sender is None:
        return acknowledgement(None, None)
    system = sender.external_ref if sender.source_system else None
    number = system if is_lapor(sender.source_system) else sender.letter_no or system
    read: dict[str, str] = {}
    if number:
        read = await open_personal(
            store,
            cause.about(id),
            reason,
            about=id,
            texts={"referred_by.number": number},
            purpose="referral",
            now=now,
        )
    return acknowledgement(sender.source_system, read.get("referred_by.number"))
