"""The one door to plaintext: it writes down who opens what of whom, and why, and only then opens.

Nothing else in the product may unseal (tests/unit/test_one_door.py). If the note cannot be stored,
the door stays shut.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from unicodedata import normalize
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.access.policy import Reason
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal, Sealed
from shared.privacy.sealing import Key, Restricted, key_id_of, unseal
from shared.problems import AlreadyHandled

ERASED = "[erased]"
RESTRICTED = "[restricted]"
COMPARED = "compared"  # the relation of an access in which nobody was shown anything
ACCESSES = UUID("e1b3a0c5-6f47-5d0e-a2a4-0f9f6d2b7a11")  # namespace of accesses


@dataclass(frozen=True, slots=True)
class Likeness:
    """What tells whether two texts are one, and nothing else of them; within one comparison.

    ``exact`` is equal when the texts are; ``spoken`` also when only letter case or the spaces
    between and around the words differ; ``loose`` also when all spaces and signs do.
    """

    exact: bytes
    spoken: bytes
    loose: bytes


class PersonalDataAccess(Aggregate):
    """Somebody looked at what is known of a person."""

    @dataclass(frozen=True)
    class PersonalDataAccessed(Aggregate.Created):
        """Somebody opened personal data; repeating it within the minute is the same access."""

        about: UUID
        fields: tuple[str, ...]
        key_ids: tuple[UUID, ...]
        purpose: str
        role: str
        relation: str
        accessed_at: datetime

    @event(PersonalDataAccessed)
    def __init__(
        self,
        id: UUID,
        about: UUID,
        fields: tuple[str, ...],
        key_ids: tuple[UUID, ...],
        purpose: str,
        role: str,
        relation: str,
        accessed_at: datetime,
    ) -> None:
        self.about = about


async def open_personal(
    store: EventStore,
    cause: Cause,
    reason: Reason,
    *,
    about: UUID,
    texts: Mapping[str, Personal],
    purpose: str,
    now: datetime,
) -> dict[str, str]:
    """Return the texts, by the names of their fields; ``[erased]`` where the key is destroyed.

    ``reason`` comes from ``may`` and from nowhere else. ``about`` is the complaint or case, and
    ``cause`` is part of its journey. ``[restricted]`` is what must not be read for now.
    """
    if not (reason.action.endswith(".open_personal") and str(about) in reason.about):
        raise TypeError("that reason is for something else")
    sealed = {name: _sealed(text) for name, text in texts.items()}
    ids = {key_id_of(each.token) for each in sealed.values()}
    store.keys.forget(ids)  # another replica may have destroyed one a moment ago
    keys, shut = await _keys(store, ids)
    # By whose it is, and not only by key: one may have been made after she asked to be forgotten.
    closed = await store.kept("closed", {each.subject for each in sealed.values()})
    opened = {
        name: each
        for name, each in sealed.items()
        if keys.get(key_id_of(each.token)) and each.subject not in closed
    }
    if opened:
        await _note(store, cause, (reason.role, reason.relation), about, opened, purpose, now)
    return {
        name: _open(keys[id], each)
        if name in opened
        else RESTRICTED
        if id in shut or keys[id]
        else ERASED
        for name, each in sealed.items()
        if (id := key_id_of(each.token))
    }


async def likenesses(
    store: EventStore,
    cause: Cause,
    *,
    about: UUID,
    texts: Mapping[str, Personal],
    purpose: str,
    now: datetime,
) -> dict[str, Likeness | None]:
    """Return how the texts, stored or of this request, compare; None where the key is destroyed.

    Nobody is shown a text, so nobody needs a reason; it is written down as ``compared`` all the
    same. What is closed is compared too: she must be recognised to stay closed, and to be forgotten
    in every version of what was told.
    """
    stored = {name: text.sealed for name, text in texts.items() if text.sealed}
    ids = {key_id_of(each.token) for each in stored.values()}
    store.keys.forget(ids)
    keys = await store.keys.to_seal(ids)
    opened = {name: each for name, each in stored.items() if keys[key_id_of(each.token)]}
    if opened:
        await _note(store, cause, ("", COMPARED), about, opened, purpose, now)
    secret = secrets.token_bytes(32)  # so that what comes out says nothing to anybody later
    found: dict[str, Likeness | None] = dict.fromkeys(texts)
    for name, text in texts.items():
        if name in opened:
            each = opened[name]
            found[name] = _likeness(secret, _open(keys[key_id_of(each.token)], each))
        elif name not in stored:
            found[name] = text.checked_by(lambda plain: _likeness(secret, plain))
    return found


def _likeness(secret: bytes, text: str) -> Likeness:
    folded = normalize("NFKC", text).casefold()
    letters = (each for each in folded if each.isalnum())
    exact, spoken, loose = (
        hashlib.blake2b(each.encode(), key=secret, digest_size=16).digest()
        for each in (text, " ".join(folded.split()), "".join(letters))
    )
    return Likeness(exact, spoken, loose)


async def _keys(
    store: EventStore, ids: set[UUID]
) -> tuple[dict[UUID, Key | None], frozenset[UUID]]:
    """Return the keys that may be used, and which are restricted: one person's do not close all."""
    try:
        return await store.keys.keys(ids), frozenset()
    except Restricted as restricted:
        return await store.keys.keys(ids - restricted.ids), restricted.ids


async def _note(
    store: EventStore,
    cause: Cause,
    by: tuple[str, str],
    about: UUID,
    opened: Mapping[str, Sealed],
    purpose: str,
    now: datetime,
) -> None:
    fields = tuple(sorted(opened))
    key_ids = tuple(sorted({key_id_of(each.token) for each in opened.values()}))
    minute = now.replace(second=0, microsecond=0).isoformat()
    role, relation = by
    what = (cause.actor, about, fields, key_ids, purpose, role, relation, minute)
    access = PersonalDataAccess(
        id=uuid5(ACCESSES, "|".join(str(each) for each in what)),
        about=about,
        fields=fields,
        key_ids=key_ids,
        purpose=purpose,
        role=role,
        relation=relation,
        accessed_at=now,
    )
    with suppress(AlreadyHandled):  # within the same minute: it is written down
        await store.save(
            access,
            cause=replace(
                cause, handler="open", message_id=str(access.id), fingerprint=b"", fresh=False
            ),
        )


def _sealed(text: Personal) -> Sealed:
    if text.sealed is None:
        raise ValueError("this text was never stored")
    return text.sealed


def _open(key: Key | None, each: Sealed) -> str:
    if key is None:
        return ERASED
    return unseal(
        key, each.token, event_id=each.event_id, event_type=each.event_type, path=each.path
    )
