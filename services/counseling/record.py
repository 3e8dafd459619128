"""The record of a case in counseling: every text that was written down about it, still sealed."""

from __future__ import annotations

from services.counseling.domain import Casework, Lookup
from services.counseling.help.commands import first_help_of
from shared.eventstore import EventStore
from shared.privacy import Personal
from shared.privacy.places import texts
from shared.problems import Missing


async def record_of(store: EventStore, casework: Casework) -> dict[str, Personal]:
    """Return the texts by their names: ``basis``, ``words.0``, ``contact.0.notes.1`` …

    A complaint has the place in the names at which it became known to the casework.
    """
    told = [
        *texts(casework.basis, "basis"),
        *texts(casework.words, "words"),
        *texts(casework.note, "note"),
    ]
    for n, id in enumerate(casework.complaints.followed):
        if helped := await first_help_of(store, casework.case_id, id):
            told += texts(helped.note, f"help.{n}.note")
    for n, id in enumerate(casework.complaints.reported):
        try:
            lookup = await store.load(Lookup, Lookup.create_id(casework.case_id, id))
        except Missing:
            continue
        told += texts(lookup.notes, f"contact.{n}.notes")
        told += texts(tuple(lookup.folders.values()), f"contact.{n}.folders")
    return dict(told)
