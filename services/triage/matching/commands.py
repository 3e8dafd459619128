"""What an officer may ask the matcher, and what is written down before she is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import to_json

from services.triage.domain import (
    Identification,
    MatchReason,
    NothingAsked,
    RefusedSearch,
    Shown,
    check_dates,
)
from services.triage.matching import views
from services.triage.matching.evidence import Match
from services.triage.matching.indexing import finder_of
from services.triage.matching.memory import Memory
from services.triage.matching.people import VICTIM, Asked, Known, asked_for
from shared.access.wall import Reader
from shared.clocks import today
from shared.eventstore import Cause
from shared.eventstore.postgres import PostgresEventStore
from shared.privacy import Personal
from shared.privacy.numbers import Kind
from shared.problems import AlreadyHandled, Missing

SEARCHES = UUID("4c5d1a86-0a7b-5b43-8a34-8d5d0a4a7f60")  # namespace of searches
LOOKED_AT, SHOWN = 60, 20  # candidates whose cases are looked up; and that an officer is shown
SURE = 100


def search_id_of(cause: Cause) -> UUID:
    """Derive a search from what asked for it, so that asking again finds what was shown."""
    return uuid5(SEARCHES, cause.message_id)


async def search(
    store: PostgresEventStore,
    cause: Cause,
    memory: Memory,
    reader: Reader,
    complaint_id: UUID,
    *,
    officer_id: str,
    told: Mapping[str, Any],
    now: datetime,
) -> None:
    """Find cases that a complaint may be about, and write down what will be shown, and to whom.

    ``told`` are the fields of a SearchForm in the clear. ``reader`` sees what the officer may see.
    Raises NothingAsked, and DateToCome where nobody can be born that day.
    """
    await store.once(cause)
    identification = await store.load(Identification, Identification.create_id(complaint_id))
    identification.check_search(officer_id)
    if not told:
        raise NothingAsked("body")
    check_dates([told.get("born_on")], [], today(now))
    complete = memory.complete
    found = await _candidates(store, memory, reader, told, now)
    identification.show_candidates(
        search_id_of(cause),
        officer_id,
        asked=tuple(sorted(told)),
        query=Personal(to_json(told).decode()),
        shown=tuple(each for each in found if each.case_id != identification.case_id)[:SHOWN],
        complete=complete,
        now=now,
    )
    await store.save(identification, cause=cause.about(complaint_id))


async def check_search(store: PostgresEventStore, complaint_id: UUID, *, officer_id: str) -> None:
    """Raise AlreadyClassified where nothing is left to search for."""
    identification = await store.load(Identification, Identification.create_id(complaint_id))
    identification.check_search(officer_id)


async def note_refusal(
    store: PostgresEventStore, complaint_id: UUID, *, actor: str, officer_id: str, now: datetime
) -> None:
    """Leave a trace of a search by somebody whose complaint it is not, once a minute."""
    with suppress(Missing, AlreadyHandled):  # of what is not there nobody learns anything
        await store.load(Identification, Identification.create_id(complaint_id))
        refused = RefusedSearch(complaint_id=complaint_id, officer_id=officer_id, refused_at=now)
        cause = Cause(handler="refuse-search", message_id=str(refused.id), actor=actor)
        await store.save(refused, cause=cause.about(complaint_id))


async def _candidates(
    store: PostgresEventStore,
    memory: Memory,
    reader: Reader,
    told: Mapping[str, Any],
    now: datetime,
) -> list[Shown]:
    """Return the cases that may be meant and that the officer may see, the likeliest first."""
    number = told.get("registration_no")
    registered = await views.registered(reader, number) if number else []
    known_by = {name: value for name, value in told.items() if name != "registration_no"}
    asked = asked_for(**known_by, today=today(now))
    exact = {*registered, *await _with_the_same_number(store, asked)}  # also while we load
    await memory.learn(store, [id for id in exact if not memory.index.in_case(id)])
    matches = memory.index.search(asked)[:LOOKED_AT]
    others = [each for case_id in registered for each in memory.index.in_case(case_id)]
    people = await memory.may_be_shown(store, [*(each.person for each in matches), *others])
    shown = {
        each.person.case_id: _shown(each) for each in matches if each.person.person_id in people
    }
    for case_id in registered:
        shown[case_id] = _registered(case_id, shown.get(case_id), people.values())
    visible = await views.cards(reader, shown)
    return sorted(
        (each for each in shown.values() if each.case_id in visible),
        key=lambda each: (not each.proposed, -each.score, str(each.case_id)),
    )


def _registered(case_id: UUID, found: Shown | None, people: Iterable[Known]) -> Shown:
    """Return a case that was asked for by its number; with her who matched, or else a victim."""
    if found is None:
        victims = (each for each in people if each.case_id == case_id and each.role == VICTIM)
        her = next(victims, None)
        found = Shown(
            case_id, SURE, (), True, her.person_id if her else None, her.role if her else None
        )
    reasons = (MatchReason.SAME_REGISTRATION_NO, *found.reasons)
    return replace(found, score=SURE, reasons=reasons, proposed=True)


async def _with_the_same_number(store: PostgresEventStore, asked: Asked) -> list[UUID]:
    """Return the cases of victims with this NIK or telephone number."""
    finder, key_ids = finder_of(store.keys), list[UUID]()
    numbers: tuple[tuple[Kind, str | None], ...] = (("nik", asked.nik), ("phone", asked.phone))
    for kind, text in numbers:
        key_ids += await finder.find(kind, text) if text else []
    return await views.cases_of_keys(store.pool, key_ids)


def _shown(match: Match) -> Shown:
    return Shown(
        case_id=match.person.case_id,
        score=match.score,
        reasons=match.reasons,
        proposed=match.proposed,
        known_as=match.person.person_id,
        role=match.person.role,
    )
