"""All that was told about a complaint, wherever it stands, by the names of its fields."""

from __future__ import annotations

from uuid import UUID

from services.intake import views
from services.intake.domain import Complaint, Contact, Emergency, Told, filled, owned, without
from shared.access.wall import Source
from shared.eventstore import EventStore
from shared.privacy import Personal
from shared.privacy.places import texts
from shared.problems import Missing


async def contact_of(store: EventStore, complaint_id: UUID) -> Contact | None:
    """Return the contact that a complaint came from, if an operator opened one."""
    try:
        return await store.load(Contact, Contact.create_id(complaint_id))
    except Missing:
        return None


def whole(complaint: Complaint, contact: Contact | None) -> Told | None:
    """Return what was told as it stands now.

    Of what was received in haste the rest is in the notes, also after it was completed: what
    nobody said again then.
    """
    if complaint.told is None or contact is None or not complaint.was_minimal:
        return complaint.told
    notes = without(contact.notes, complaint.settled)
    return owned(filled(complaint.told, notes), complaint.id)


async def texts_of(store: EventStore, source: Source, complaint_id: UUID) -> dict[str, Personal]:
    """Return the texts of a complaint, still covered. Raises Missing."""
    complaint = await store.load(Complaint, complaint_id)
    contact = await contact_of(store, complaint_id)
    told = dict(texts(whole(complaint, contact)))
    before = complaint.told_before
    if contact and complaint.was_minimal:
        before = (*contact.narratives, *before)
    earlier = [each for each in before if each not in told.values()]
    told |= {f"earlier.{n}.narrative": each for n, each in enumerate(earlier)}
    for n, wish in complaint.victims.items():
        told |= dict(texts(wish, f"victims.{n}.safe_contact"))
    if contact and contact.caller:
        told |= dict(texts(contact.caller, "caller"))
    if complaint.withdrawal_words:
        told["withdrawal.words"] = complaint.withdrawal_words
    for n, id in enumerate(await views.emergencies_of(source, complaint_id)):
        if (emergency := await store.load(Emergency, id)).whereabouts:
            told[f"emergencies.{n}.whereabouts"] = emergency.whereabouts
    return told
