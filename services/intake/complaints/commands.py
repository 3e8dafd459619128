"""What can be done with a complaint after it was received; nothing of it is ever deleted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain import (
    Acknowledgement,
    Complaint,
    Notes,
    NotReferred,
    OutgoingContact,
    SafeContact,
    SpokenWords,
    agreed_with,
    check_basis,
    check_safe,
)
from services.intake.reading import account_of, contact_of, places_of, rules_for, whole
from shared.access.door import likenesses
from shared.access.victims import place_in
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def amend(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    notes: Notes,
    changed: tuple[str, ...],
    why: str,
    staff_id: str,
    now: datetime,
) -> None:
    """Correct or complete what was told. Raises NotReceived, ImpossibleDate, ChannelMismatch."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    complaint.amend(notes, changed, why, staff_id, now)
    await store.save(complaint, cause=cause.about(id))


async def set_safe_contact(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    safe_contact: SafeContact,
    keeps: tuple[str, ...],
    whom: str,
    n: int | None,
    basis: str,
    staff_id: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    """Say how somebody may be contacted from now on; ``keeps`` is what nobody spoke of.

    Raises NotReceived, NotHere, NobodyThere, and Stale where not she stands there by what we know.
    """
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    check_basis(basis, complaint, await contact_of(store, id), staff_id)
    places = await places_of(store, complaint)
    n = place_in(places, n, person_id)
    complaint.set_safe_contact(
        safe_contact, now, whom=whom, n=n, basis=basis, places=places, keeps=keeps
    )
    await store.save(complaint, cause=cause.about(id))


async def compare_code_word(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    word: Personal,
    whom: str,
    n: int | None,
    staff_id: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    """Compare a word that somebody says with the one agreed with her, and note whether it is.

    The same try has the same answer: ``is_right``. Raises TooManyWrongWords, and Stale where
    another try was written meanwhile, or not she stands there by what we know: no word has an
    answer that was not counted.
    """
    await store.once(cause)
    words = await spoken_words(store, id)
    words.check_open(now)
    account = await account_of(store, id)
    n = place_in(account.places, n, person_id)
    wish = agreed_with(account, whom, n)
    texts = {"spoken": word}
    if wish and wish.code_word:
        texts["safe_contact.code_word"] = wish.code_word
    cause = cause.about(id)
    marks = await likenesses(store, cause, about=id, texts=texts, purpose="recognition", now=now)
    agreed, said = marks.get("safe_contact.code_word"), marks["spoken"]
    is_right = bool(agreed and said and agreed.spoken == said.spoken)
    words.compare(
        SpokenWords.try_id_of(cause.message_id), whom, n, staff_id, now, is_right=is_right
    )
    await store.save(words, cause=cause)


async def is_right(store: EventStore, cause: Cause, id: UUID) -> bool:
    """Return whether the word of one try was the right one."""
    return (await spoken_words(store, id)).answers[SpokenWords.try_id_of(cause.message_id)]


async def spoken_words(store: EventStore, complaint_id: UUID) -> SpokenWords:
    """Return what became of the words said in a complaint; a fresh stream where nobody said any."""
    try:
        return await store.load(SpokenWords, SpokenWords.create_id(complaint_id))
    except Missing:
        return SpokenWords(complaint_id=complaint_id)


async def withdraw(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    reason: str,
    words: Personal | None,
    basis: str,
    staff_id: str,
    now: datetime,
) -> None:
    """Note that she does not want it to go on. It goes on until a person decides.

    Raises NotReceived, NotHere.
    """
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    check_basis(basis, complaint, await contact_of(store, id), staff_id)
    complaint.withdraw(reason, words, basis, staff_id, now)
    await store.save(complaint, cause=cause.about(id))


async def attempt_contact(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    whom: str,
    n: int | None,
    medium: str,
    purpose: str,
    staff_id: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    """Note that somebody is about to be contacted.

    Raises ContactUnsafe, and Stale where not she stands there by what we know: then nobody may be.
    """
    await store.once(cause)
    account = await account_of(store, id)
    n = place_in(account.places, n, person_id)
    for rules in await rules_for(store, account, whom, n):
        check_safe(rules, medium, now)
    attempt = OutgoingContact(
        id=OutgoingContact.create_id(cause.message_id),
        complaint_id=id,
        medium=medium,
        purpose=purpose,
        staff_id=staff_id,
        attempted_at=now,
        whom=whom,
        n=n,
    )
    await store.save(attempt, cause=cause.about(id))


async def acknowledge(
    store: EventStore, cause: Cause, id: UUID, *, medium: str, staff_id: str, now: datetime
) -> None:
    """Note that the institution that sent it is told we have it. A sender is told once."""
    await store.once(cause)
    complaint = await store.load(Complaint, id)
    told = whole(complaint, await contact_of(store, id))
    if told is None or told.referred_by is None:
        raise NotReferred(f"Complaint {id}")
    try:
        await store.load(Acknowledgement, Acknowledgement.create_id(id))
    except Missing:
        acknowledgement = Acknowledgement(
            id=Acknowledgement.create_id(id),
            complaint_id=id,
            medium=medium,
            staff_id=staff_id,
            acknowledged_at=now,
        )
        await store.save(acknowledgement, cause=cause.about(id))
    else:
        await store.save(cause=cause.about(id))
