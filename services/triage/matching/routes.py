"""Old cases over HTTP: what an officer searches by, and the masked candidates that she is shown."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.triage import views as triage
from services.triage.domain import CaseProgress, MatchReason
from services.triage.matching import commands, views
from services.triage.matching.forms import SearchForm
from services.triage.matching.masks import masked_name, masked_number
from services.triage.matching.memory import Memory
from services.triage.matching.people import Known
from services.triage.matching.views import Search, SearchAlarmView
from shared.access import Subject, may
from shared.access.wall import Reader
from shared.eventstore.postgres import PostgresEventStore
from shared.problems import AlreadyHandled, Missing
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["identifications"])


class CandidateView(BaseModel):
    """A case that may be the one: masked, until somebody opens it for a purpose."""

    case_id: UUID
    registration_no: str
    full_name: str | None = None
    nik: str | None = None
    phone: str | None = None
    birth_year: int | None = None
    age_band: str | None = None
    kelurahan_code: str | None = None
    role: str | None = None
    score: int
    reasons: list[MatchReason]
    proposed: bool
    counselor_id: UUID | None
    progress: CaseProgress


class CandidatesView(BaseModel):
    """What was found; ``complete`` says whether everybody we know was looked at."""

    search_id: UUID | None = None
    shown_at: datetime | None = None
    complete: bool
    candidates: list[CandidateView] = []


async def _memory(request: Request) -> Memory:
    return cast(Memory, request.app.state.matching)


async def _postgres(store: Store) -> PostgresEventStore:
    return cast(PostgresEventStore, store)


Remembering = Annotated[Memory, Depends(_memory)]
Records = Annotated[PostgresEventStore, Depends(_postgres)]


@router.post(
    "/identifications/{complaint_id}/candidates",
    dependencies=[allowed("candidate.search")],
    responses=problems(404, 409),
)
async def search_candidates(
    complaint_id: UUID,
    form: SearchForm,
    store: Records,
    memory: Remembering,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> CandidatesView:
    """Search for a case that we know already. What is asked and shown is written down first."""
    await _hers(complaint_id, store, reader, caller, now)
    with suppress(AlreadyHandled):
        await commands.search(
            store,
            cause,
            memory,
            reader,
            complaint_id,
            officer_id=caller.id,
            told=form.plain(),
            now=now,
        )
    found = await views.last_search(reader, complaint_id, commands.search_id_of(cause))
    return await _rendered(found, store, memory, reader)


@router.get(
    "/identifications/{complaint_id}/candidates",
    dependencies=[allowed("candidate.search")],
    responses=problems(404, 409),
)
async def get_candidates(
    complaint_id: UUID,
    store: Records,
    memory: Remembering,
    reader: Reading,
    caller: Caller,
    now: Now,
) -> CandidatesView:
    """Return what was shown for the complaint the last time, without searching again.

    Only while it is to be decided: what is masked is as it is today, and for nothing else.
    """
    await _hers(complaint_id, store, reader, caller, now)
    await commands.check_search(store, complaint_id, officer_id=caller.id)
    try:
        found = await views.last_search(reader, complaint_id)
    except Missing:
        return CandidatesView(complete=memory.complete)
    return await _rendered(found, store, memory, reader)


@router.get("/search-alarms", dependencies=[allowed("search.alarm.list")])
async def get_search_alarms(
    reader: Reading, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[SearchAlarmView]:
    """Return searches that were refused or many, and choices that no search had led to."""
    return await views.search_alarms(reader, limit)


async def _hers(
    complaint_id: UUID, store: PostgresEventStore, reader: Reader, caller: Subject, now: datetime
) -> None:
    """Raise Missing unless it is this officer's complaint; whoever tries leaves a trace."""
    try:
        found = await triage.identification(reader, complaint_id)
        may(caller, "candidate.search", found.resource())
    except Missing:
        await commands.note_refusal(
            store, complaint_id, actor=caller.actor, officer_id=caller.id, now=now
        )
        raise


async def _rendered(
    found: Search, store: PostgresEventStore, memory: Memory, reader: Reader
) -> CandidatesView:
    """Return what was shown, without those who are closed or forgotten since."""
    unknown = {
        each.case_id
        for each in found.shown
        if each.known_as and memory.index.person(each.known_as) is None
    }
    await memory.learn(store, unknown)
    people = (memory.index.person(each.known_as) for each in found.shown if each.known_as)
    may_be_shown = await memory.may_be_shown(store, [each for each in people if each])
    cards = await views.cards(reader, [each.case_id for each in found.shown])
    return CandidatesView(
        search_id=found.id,
        shown_at=found.shown_at,
        complete=found.complete,
        candidates=[
            CandidateView(
                **vars(cards[each.case_id]),
                **(_masked(may_be_shown[each.known_as]) if each.known_as else {}),
                role=each.role,
                score=each.score,
                reasons=list(each.reasons),
                proposed=each.proposed,
            )
            for each in found.shown
            if each.case_id in cards and (each.known_as is None or each.known_as in may_be_shown)
        ],
    )


def _masked(person: Known) -> dict[str, object]:
    return {
        "full_name": masked_name(person.names[0]) if person.names else None,
        "nik": masked_number(person.nik, 4, 4),
        "phone": masked_number(person.phone, 0, 3),
        "birth_year": person.born_on.year if person.born_on else None,
        "age_band": person.age_band,
        "kelurahan_code": person.kelurahan_code,
    }
