"""The second reader of what people told: the matcher's, into memory and nowhere else (ADR 20).

It opens six fields of the people in case forms, and nothing of the story. Whoever is restricted or
forgotten is not read at all. Nobody but the memory and the index of numbers may call it
(tests/unit/test_one_door.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import structlog

from services.triage.domain import CaseForm, Perpetrator, Victim
from services.triage.matching.people import VICTIM, Known, number
from shared.eventstore import Keys
from shared.privacy import Sealed
from shared.privacy.places import texts
from shared.privacy.sealing import CannotOpen, Key, Restricted, key_id_of, unseal

NAMES = ("full_name", "nickname", "name_as_on_document")
FIELDS = (*NAMES, "born_on", "nik", "phone")
AT_ONCE = 20  # people, opened in a few milliseconds
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Form:
    """A case form as it is stored, with its case and the day it was filled in."""

    case_id: UUID
    form: CaseForm
    filled_on: date

    @property
    def person_ids(self) -> list[UUID]:
        """Return everybody in it."""
        return [each.person_id for each in self.people if each.person_id]

    @property
    def people(self) -> tuple[Victim | Perpetrator, ...]:
        """Return the victims, and those who are said to have done it."""
        return (*self.form.victims, *self.form.perpetrators)


@dataclass(frozen=True, slots=True)
class _Written:
    """Somebody in a form: still sealed."""

    person: Victim | Perpetrator
    person_id: UUID
    form: Form
    sealed: Mapping[str, Sealed]
    key_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Read:
    """Who was read, and who must not be for now."""

    known: tuple[Known, ...] = ()
    closed: frozenset[UUID] = frozenset()


async def read(keys: Keys, forms: Sequence[Form]) -> Read:
    """Return everybody in these forms whose texts may be opened, in the clear.

    A text that does not open is told by the id of its case, and keeps no other from being read.
    """
    people = [each for form in forms for each in _people(form)]
    try:
        found, closed = await _keys(keys, {id for each in people for id in each.key_ids})
        known = []
        for n, each in enumerate(people):
            if all(map(found.get, each.key_ids)):
                known.append(_opened(each, found))
            if n % AT_ONCE == 0:
                await asyncio.sleep(0)  # others have their turn
    except CannotOpen:
        if len(forms) > 1:  # one damaged text must not hide everybody
            parts = [await read(keys, [form]) for form in forms]
            return Read(
                tuple(each for part in parts for each in part.known),
                frozenset(id for part in parts for id in part.closed),
            )
        log.error("a case cannot be matched", case=str(forms[0].case_id))
        return Read()
    return Read(tuple(known), frozenset(each.person_id for each in people if each.key_ids & closed))


async def still_open(keys: Keys, people: Iterable[Known]) -> list[Known]:
    """Return those who may be shown this very moment, whatever another process has done."""
    told = list(people)
    found, _ = await _keys(keys, {id for each in told for id in each.key_ids})
    return [each for each in told if all(map(found.get, each.key_ids))]


async def _keys(keys: Keys, ids: set[UUID]) -> tuple[Mapping[UUID, Key | None], frozenset[UUID]]:
    """Return the keys that may be used, and which must not: as the keyring has it this moment."""
    keys.forget(ids)  # another process may have closed one
    try:
        return await keys.keys(ids), frozenset()
    except Restricted as restricted:
        return await keys.keys(ids - restricted.ids), restricted.ids


def _people(form: Form) -> Iterator[_Written]:
    for person in form.people:
        sealed = {
            name: text.sealed
            for name, text in texts(person)
            if name in FIELDS and text.sealed is not None
        }
        if person.person_id and sealed:
            key_ids = frozenset(key_id_of(each.token) for each in sealed.values())
            yield _Written(person, person.person_id, form, sealed, key_ids)


def _opened(each: _Written, keys: Mapping[UUID, Key | None]) -> Known:
    told = {name: _text(keys, sealed) for name, sealed in each.sealed.items()}
    is_victim = isinstance(each.person, Victim)
    return Known(
        person_id=each.person_id,
        case_id=each.form.case_id,
        role=VICTIM if is_victim else "perpetrator",
        key_ids=each.key_ids,
        names=tuple(told[name] for name in NAMES if name in told),
        born_on=_day(told.get("born_on")),
        age_band=each.person.age_band if isinstance(each.person, Victim) else None,
        as_of=each.form.filled_on,
        nik=number("nik", told.get("nik")),
        phone=number("phone", told.get("phone")),
        kelurahan_code=each.person.domicile_code if isinstance(each.person, Victim) else None,
    )


def _text(keys: Mapping[UUID, Key | None], each: Sealed) -> str:
    key = keys[key_id_of(each.token)]
    if key is None:
        raise CannotOpen("a key that is destroyed")
    return unseal(
        key, each.token, event_id=each.event_id, event_type=each.event_type, path=each.path
    )


def _day(text: str | None) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text) if text else None
    return None
