"""What a process of triage knows of everybody in case forms: loaded at its start, kept up to date.

It follows the log, so it hears of every form and every erasure, whichever process wrote them. What
it knows is gone when it ends. While it loads, it says so.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Collection, Iterable
from uuid import UUID

import asyncpg
import structlog

from services.triage.domain import Case, Person
from services.triage.matching.index import Index
from services.triage.matching.people import Known
from services.triage.matching.reading import AT_ONCE, Form, read, still_open
from services.triage.matching.views import to_be_forgotten
from shared.access.forgetting import Shredding
from shared.clocks import today
from shared.eventstore import Event
from shared.eventstore.log import RECORDED, recorded
from shared.eventstore.postgres import PostgresEventStore

HEARD = [
    *("CaseFormFilled", "ErasureRequested", "ErasureWithdrawn", "PersonErased"),
    "SubjectKeysDestroyed",
]
NEXT = "select next_index from es.sequencer"
NEWS = f"{RECORDED} where l.index >= $1 and l.index < $2 and l.name = any($3) order by l.index"
FORMS = """
    select e.stream_id, e.version, e.event_id, e.name, e.body::text as body
    from latest_forms f join es.events e on (e.stream_id, e.version) = (f.case_id, f.version)
    where {which} order by f.case_id limit $2"""
ALL = FORMS.format(which="f.case_id > $1")
SOME = FORMS.format(which="f.case_id = any($1)")
PAGE = 200  # forms read with one statement
SPAN = 5_000  # places in the log looked at with one statement
EVERY = 0.25  # seconds
BEFORE_ALL = UUID(int=0)
log = structlog.get_logger()


class Memory:
    """Everybody we know, and how far in the log this is true."""

    def __init__(self) -> None:
        self.index = Index()
        self.complete = False  # everybody is here, and not only those who were asked for
        self._next = 0  # place in the log
        self._opening: dict[UUID, UUID] = {}  # people whose texts are to open again: their cases
        self._lock = asyncio.Lock()  # nobody comes back by a reading that was under way

    async def follow(self, _: str, store: PostgresEventStore) -> None:
        """Load everybody, then follow the log, for ever; a failure in between is made good."""
        if not self.complete:
            self._next = await store.pool.fetchval(NEXT)
            async for forms in _all_forms(store):
                await self._learn(store, forms)
                gc.freeze()  # it stays: the collector need not look at it again and again
            self.complete = True
            log.info("the matcher knows everybody", people=len(self.index))
        while True:
            await self._hear_news(store)
            await self.learn(store, set(self._opening.values()))
            await asyncio.sleep(EVERY)

    async def learn(self, store: PostgresEventStore, cases: Collection[UUID]) -> None:
        """Know everybody in these cases, by their latest forms."""
        if cases:
            await self._learn(store, await latest_forms(store, cases))

    async def may_be_shown(
        self, store: PostgresEventStore, people: Iterable[Known]
    ) -> dict[UUID, Known]:
        """Return those of them who may be shown this moment, and know the others no more.

        Both are asked anew: the keyring, and whether somebody asked to forget them.
        """
        told = list(people)
        if not told:
            return {}
        going = await to_be_forgotten(store.pool, [each.person_id for each in told])
        left = [each for each in told if each.person_id not in going]
        may = {each.person_id: each for each in await still_open(store.keys, left)}
        self._forget(each.person_id for each in told if each.person_id not in may)
        return may

    async def _hear_news(self, store: PostgresEventStore) -> None:
        last = await store.pool.fetchval(NEXT)
        while self._next < last:
            until = min(self._next + SPAN, last)
            for row in await store.pool.fetch(NEWS, self._next, until, HEARD):
                await self._hear(store, recorded(store.codec, row).event)
            self._next = until

    async def _hear(self, store: PostgresEventStore, event: Event) -> None:
        match event:
            case Case.CaseFormFilled():
                await self.learn(store, [event.originator_id])
            case Person.ErasureRequested() | Person.PersonErased():
                async with self._lock:
                    self._forget(event.reach.persons)
            case Shredding.SubjectKeysDestroyed():
                async with self._lock:
                    self._forget(event.subjects)
            case Person.ErasureWithdrawn() if event.reach.case_id:
                # Her keys open a moment after this.
                self._opening |= dict.fromkeys(event.reach.persons, event.reach.case_id)

    def _forget(self, persons: Iterable[UUID]) -> None:
        for id in persons:
            self.index.remove(id)
            self._opening.pop(id, None)

    async def _learn(self, store: PostgresEventStore, forms: list[Form]) -> None:
        async with self._lock:
            people = [id for form in forms for id in form.person_ids]
            going = await to_be_forgotten(store.pool, people)
            found = await read(store.keys, forms)
            cases = {form.case_id for form in forms}
            for case_id in cases:  # who stands in an earlier form only is in it no more
                for each in self.index.in_case(case_id):
                    self.index.remove(each.person_id)
            for n, each in enumerate(found.known):
                if each.person_id not in going:
                    self.index.add(each)
                if n % AT_ONCE == 0:
                    await asyncio.sleep(0)
            self._opening = {
                id: case_id
                for id, case_id in self._opening.items()
                if case_id not in cases or id in found.closed
            }


async def latest_forms(store: PostgresEventStore, cases: Collection[UUID]) -> list[Form]:
    """Return the latest form of each of these cases that has one."""
    rows = await store.pool.fetch(SOME, list(cases), len(cases))
    return [_stored_form(store, row) for row in rows]


def form_of(event: Case.CaseFormFilled) -> Form:
    """Return a form as it was filled in."""
    return Form(event.originator_id, event.form, today(event.filled_at))


async def _all_forms(store: PostgresEventStore) -> AsyncIterator[list[Form]]:
    """Yield the latest form of every case, page by page."""
    after = BEFORE_ALL
    while rows := await store.pool.fetch(ALL, after, PAGE):
        yield [_stored_form(store, row) for row in rows]
        after = rows[-1]["stream_id"]


def _stored_form(store: PostgresEventStore, row: asyncpg.Record) -> Form:
    event, _ = store.codec.decode(
        row["name"], row["body"], row["stream_id"], row["version"], row["event_id"]
    )
    if not isinstance(event, Case.CaseFormFilled):
        raise TypeError("not a case form")
    return form_of(event)
