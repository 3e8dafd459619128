"""What intake can be asked to note about papers, and to keep of scans."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from services.intake.domain import (
    AgeGroup,
    Complaint,
    Documents,
    Note,
    Paper,
    Scan,
    UnknownPerson,
)
from shared.access.victims import victims_of
from shared.contracts import person_of
from shared.eventstore import Cause, EventStore
from shared.problems import Missing, Stale

SCANS = UUID("2b8a4f0d-6d0c-5a8e-9a52-7c1d0e9b3f15")  # namespace of the ids of scans
MOST_VICTIMS = 20  # of a case form that was filled in before we were told who is in it
TRIES = 20  # of those who store at once one succeeds each time


async def documents_of(store: EventStore, complaint_id: UUID) -> Documents:
    """Return the papers of a complaint; fresh ones where nobody said a word of any yet."""
    try:
        return await store.load(Documents, Documents.create_id(complaint_id))
    except Missing:
        return Documents(complaint_id=complaint_id)


async def note_document(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    type: Paper,
    note: Note,
    group: AgeGroup | None,
    may_waive: bool,
    by: str,
    now: datetime,
) -> None:
    """Note how it stands with one paper. Raises UnknownPerson if it is of nobody in here."""
    await store.once(cause)
    await check_person(store, complaint_id, note.person_id)
    documents = await documents_of(store, complaint_id)
    documents.note(type, note, by, now, group, may_waive=may_waive)
    await store.save(documents, cause=cause.about(complaint_id))


def scan_id_of(cause: Cause) -> UUID:
    """Derive the scan from the request, so that a repeated request is the same scan."""
    return uuid5(SCANS, cause.message_id)


async def store_scan(
    store: EventStore, cause: Cause, complaint_id: UUID, *, scan: Scan, by: str, now: datetime
) -> None:
    """Keep a file that is on the disk already; its id is ``scan_id_of`` the cause.

    Several pages are often sent at the same time: who comes second need not send hers again.
    """
    for left in reversed(range(TRIES)):
        await store.once(cause)
        documents = await documents_of(store, complaint_id)
        documents.store_scan(scan_id_of(cause), scan, by, now)
        try:
            await store.save(documents, cause=cause.about(complaint_id))
        except Stale:
            if not left:
                raise
        else:
            return


async def check_person(store: EventStore, complaint_id: UUID, person_id: UUID | None) -> None:
    """Raise UnknownPerson unless she told us of it, or is a victim in the form of its case.

    Her papers are sealed with her own key: under a wrong one they would be forgotten with another.
    """
    if person_id is None:
        return
    complaint = await store.load(Complaint, complaint_id)
    known = {person_of(complaint_id, "reporter")}
    if complaint.case_id:
        known |= {person_of(complaint.case_id, "victim", n) for n in range(MOST_VICTIMS)}
        victims = await victims_of(store, complaint.case_id)
        known |= {id for _, ids in victims.places.forms for id in ids}
    if person_id not in known:
        raise UnknownPerson("person_id")
