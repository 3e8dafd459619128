"""All that was told about a complaint, wherever it stands, by the names of its fields."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.intake import views
from services.intake.domain import (
    REPORTER,
    VICTIM,
    Account,
    Complaint,
    Contact,
    Emergency,
    SafeContact,
    Told,
    agreed_with,
    filled,
    owned,
    wish_of,
    without,
)
from shared.access.victims import victims_of
from shared.access.wall import Source
from shared.contracts import person_of
from shared.contracts.victims import Places
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


async def places_of(store: EventStore, complaint: Complaint) -> Places | None:
    """Return who stands where in the forms of the case of a complaint; None: it has no case yet."""
    return (await victims_of(store, complaint.case_id)).places if complaint.case_id else None


async def account_of(store: EventStore, complaint_id: UUID) -> Account:
    """Return a complaint with all that says how somebody may be contacted. Raises Missing."""
    complaint = await store.load(Complaint, complaint_id)
    contact = await contact_of(store, complaint_id)
    places = await places_of(store, complaint)
    return Account(complaint, whole(complaint, contact), contact, places)


async def rules_for(
    store: EventStore, account: Account, whom: str, n: int
) -> list[SafeContact | None]:
    """Return what must all allow it to contact somebody. None: nobody asked her.

    What a victim said in another complaint of her case holds too, as long as it is about that case;
    what she or another may have said there counts unless she spoke for herself since.
    """
    complaint, places = account.complaint, account.places
    rules = [wish_of(account, whom, n)]
    her = _who(complaint, whom, n, places)
    if places is None or her is None:
        return rules
    at = places.place_of(her)  # None: she stands in the form of today no more
    known = [complaint.known_of(whom, n, places)]
    others = (await victims_of(store, places.case_id)).complaints
    for id in others:
        other = await account_of(store, id)
        if id != complaint.id and other.complaint.case_id == places.case_id:
            known.append(there := other.complaint.known_of_victim(her, places))
            wish = there.last.safe_contact if there.last else None
            if at is not None and not there.doubts:  # of what is not certain: below
                wish = wish_of(other, VICTIM, at)
            rules += [wish] if wish else []
    spoke = [each.last.set_at for each in known if each.last]
    doubts = (each.set_at for one in known[1:] for each in one.doubts)
    if any(not spoke or doubt >= max(spoke) for doubt in doubts):
        rules.append(SafeContact())
    return rules


async def texts_of(store: EventStore, source: Source, complaint_id: UUID) -> dict[str, Personal]:
    """Return the texts of a complaint, still covered. Raises Missing.

    What a victim said of how she may be contacted stands at her place of today: of whoever is in
    the form no more nothing stands there. What was sealed before it was known who she is goes with
    her: it is not shown once she asked to be forgotten, though its key is the story's.
    """
    account = await account_of(store, complaint_id)
    complaint, contact = account.complaint, account.contact
    now, places = account.told, account.places
    counted = sorted({each.n for each in complaint.wishes.said})
    has_said = now is not None and now.safe_contact is not None
    whose = [(REPORTER, 0, "safe_contact")] * has_said + [
        (VICTIM, n, f"victims.{n}.safe_contact")
        for n in (range(len(places.today)) if places and places.forms else counted)
        if any(each.at is not None for each in complaint.known_of(VICTIM, n, places).said)
    ]
    known = {where: _who(complaint, whom, n, places) for whom, n, where in whose}
    persons = {each for each in known.values() if each}
    gone = await store.kept("closed", persons) | await store.forgotten(persons)
    told = dict(texts(now and replace(now, safe_contact=None)))
    for whom, n, where in whose:
        wish = agreed_with(account, whom, n)
        hers = {known[where], person_of(complaint_id, "reporter") if whom == REPORTER else None}
        told |= {
            name: text
            for name, text in texts(wish, where)
            if known[where] not in gone or (text.sealed and text.sealed.subject in hers)
        }
    before = complaint.told_before
    if contact and complaint.was_minimal:
        before = (*contact.narratives, *before)
    earlier = [each for each in before if each not in told.values()]
    told |= {f"earlier.{n}.narrative": each for n, each in enumerate(earlier)}
    if contact and contact.caller:
        told |= dict(texts(contact.caller, "caller"))
    if complaint.withdrawal_words:
        told["withdrawal.words"] = complaint.withdrawal_words
    for n, id in enumerate(await views.emergencies_of(source, complaint_id)):
        if (emergency := await store.load(Emergency, id)).whereabouts:
            told[f"emergencies.{n}.whereabouts"] = emergency.whereabouts
    return told


def _who(complaint: Complaint, whom: str, n: int, places: Places | None) -> UUID | None:
    """Return which victim somebody certainly is. Who stays unknown is none that anybody knows."""
    if places is None or (whom != VICTIM and complaint.stays_unknown):
        return None
    is_victim = complaint.told is not None and complaint.told.reporter_role == VICTIM
    teller = places.teller(is_first=complaint.is_first) if is_victim else None
    return places.who(n) if whom == VICTIM else teller
