"""Lets victims be found by NIK and telephone number: writes their keyed hashes into the keyring.

It follows the log, so that filling in a form waits for nothing. Twice is as once. One process of
the service does it; with the key of a person the keyring deletes what she is found by.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol
from uuid import UUID

from services.triage.domain import Case, Person
from services.triage.matching.memory import NEXT, form_of, latest_forms
from services.triage.matching.people import VICTIM
from services.triage.matching.reading import Form, read
from shared.eventstore import Event, Keys
from shared.eventstore.log import RECORDED, bookmark, leadership, move_bookmark, recorded
from shared.eventstore.postgres import PostgresEventStore
from shared.privacy.keyring import Keyring
from shared.privacy.numbers import Kind
from shared.problems import Refused

READER = "blind-index"
NEWS = f"""{RECORDED} where l.index >= $1 and l.index < $2
    and l.name in ('CaseFormFilled', 'ErasureWithdrawn') order by l.index"""
SPAN = 2_000  # places in the log between two bookmarks
EVERY = 0.1  # seconds
ATTEMPTS = 60  # seconds for which the keys of somebody who is not forgotten after all are awaited


class Finder(Protocol):
    """The side of the keyring that finds people by their numbers."""

    async def index(self, kind: Kind, text: str, key_id: UUID) -> None:
        """Let this key be found by a number."""

    async def find(self, kind: Kind, text: str) -> list[UUID]:
        """Return the keys with this number."""


def finder_of(keys: Keys) -> Finder:
    """Return where people are found by their numbers."""
    if not isinstance(keys, Keyring):
        raise TypeError("only the keyring finds people by their numbers")
    return keys


async def index_numbers(dsn: str, store: PostgresEventStore) -> None:
    """Index the numbers of every form that is stored, for ever, if no other process does."""
    async with leadership(dsn, READER) as connection:
        if connection is None:
            return
        done, _ = await bookmark(store.pool, READER)
        while True:
            until = min(done + SPAN, await store.pool.fetchval(NEXT))
            for row in await store.pool.fetch(NEWS, done, until):
                await _hear(store, recorded(store.codec, row).event)
            if until > done:
                await move_bookmark(store.pool, READER, until, {})
                done = until
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def _hear(store: PostgresEventStore, event: Event) -> None:
    match event:
        case Case.CaseFormFilled():
            await _index(store, [form_of(event)])
        case Person.ErasureWithdrawn() if case_id := event.reach.case_id:
            # A form may have come while she was closed.
            for _ in range(ATTEMPTS):
                closed = await _index(store, await latest_forms(store, [case_id]))
                if closed.isdisjoint(event.reach.persons):
                    return
                await asyncio.sleep(1)


async def _index(store: PostgresEventStore, forms: list[Form]) -> frozenset[UUID]:
    """Index everybody in these forms, and return who could not be read."""
    finder, found = finder_of(store.keys), await read(store.keys, forms)
    for each in found.known:
        numbers: tuple[tuple[Kind, str | None], ...] = (("nik", each.nik), ("phone", each.phone))
        for kind, text in numbers if each.role == VICTIM else ():
            for key_id in each.key_ids if text else ():
                with suppress(Refused):  # destroyed in this moment
                    await finder.index(kind, text or "", key_id)
    return found.closed
