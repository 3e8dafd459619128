"""What officers were shown of old cases, and which searches a supervisor is to look at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.triage.domain import (
    Case,
    CaseProgress,
    Identification,
    MatchReason,
    RefusedSearch,
    Shown,
)
from shared.access.wall import Row, Source
from shared.eventstore import Event
from shared.eventstore.postgres import Connection
from shared.problems import Missing

CASES = """
    select id, registration_no, counselor_id, classified_at is not null as is_classified,
           referral_ids <> '{}' as is_referred from cases"""
REGISTERED = """
    select id from cases where registration_no = $1 and ended_for is null
    union select c.id from cases c join identifications i on i.case_id = c.id
    where i.registration_no = $1"""  # also by the number of a further complaint
OF_KEYS = """
    select distinct l.stream_id from es.keys k join es.log l using (index)
    where k.key_id = any($1) and l.name = 'CaseFormFilled'"""


@dataclass(frozen=True)
class Card:
    """A case as far as a candidate shows it: codes only."""

    case_id: UUID
    registration_no: str
    counselor_id: UUID | None
    progress: CaseProgress


@dataclass(frozen=True)
class Search:
    """What an officer was shown, and when."""

    id: UUID
    shown_at: datetime
    complete: bool
    shown: tuple[Shown, ...]


class SearchAlarmView(Row):
    """A search that a supervisor is to look at: ids and numbers."""

    kind: str
    complaint_id: UUID
    officer_id: str
    searches: int
    noticed_at: datetime


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    id, version = event.originator_id, event.originator_version
    match event:
        case Case.CaseFormFilled():
            await connection.execute(
                "insert into latest_forms values ($1, $2)"
                " on conflict (case_id) do update set version = excluded.version",
                *(id, version),
            )
        case Identification.CandidatesShown():
            await connection.execute(
                "insert into searches values ($1, $2, $3, $4, $5)",
                *(event.search_id, event.complaint_id, event.officer_id),
                *(event.complete, event.shown_at),
            )
            await connection.executemany(
                "insert into candidates values ($1, $2, $3, $4, $5, $6, $7, $8)",
                [
                    (
                        *(event.search_id, place, each.case_id, each.known_as, each.role),
                        *(each.score, list(each.reasons), each.proposed),
                    )
                    for place, each in enumerate(event.shown)
                ],
            )
            await _grown(connection, id, version)
        case Identification.FishingSuspected():
            await connection.execute(
                "insert into search_alarms values ($1, $2, 'fishing', $3, $4, $5, $6)",
                *(id, version, event.complaint_id, event.officer_id),
                *(event.searches, event.noticed_at),
            )
            await _grown(connection, id, version)
        case Identification.UnshownCaseChosen():
            await connection.execute(
                "insert into search_alarms values ($1, $2, 'not_shown', $3, $4, $5, $6)",
                *(id, version, event.complaint_id, event.officer_id),
                *(event.searches, event.noticed_at),
            )
            await _grown(connection, id, version)
        case RefusedSearch.CandidatesRefused():
            await connection.execute(
                "insert into search_alarms values ($1, $2, 'refused', $3, $4, 1, $5)",
                *(id, version, event.complaint_id, event.officer_id, event.refused_at),
            )


async def _grown(connection: Connection, id: UUID, version: int) -> None:
    await connection.execute(
        "update identifications set version = $2 where stream_id = $1", id, version
    )


async def cards(source: Source, case_ids: Collection[UUID]) -> dict[UUID, Card]:
    """Return those of the cases that are there for whoever asks."""
    rows = await source.fetch(f"{CASES} where id = any($1)", list(case_ids)) if case_ids else []
    return {row["id"]: _card(**row) for row in rows}


async def registered(source: Source, registration_no: str) -> list[UUID]:
    """Return the cases of the complaint with a number, of those that are there for who asks."""
    return [row["id"] for row in await source.fetch(REGISTERED, registration_no)]


async def cases_of_keys(source: Source, key_ids: Collection[UUID]) -> list[UUID]:
    """Return the cases in whose forms these keys seal somebody."""
    rows = await source.fetch(OF_KEYS, list(key_ids)) if key_ids else []
    return [row["stream_id"] for row in rows]


async def to_be_forgotten(source: Source, person_ids: Collection[UUID]) -> set[UUID]:
    """Return those of them whom somebody asked to forget, and who are closed from that moment."""
    rows = await source.fetch(
        "select id from erasures, unnest(persons || person_id) as id"
        " where id = any($1) and status <> 'filed'",
        list(person_ids),
    )
    return {row["id"] for row in rows}


async def last_search(source: Source, complaint_id: UUID, id: UUID | None = None) -> Search:
    """Return what was shown for a complaint the last time, or by one search; or raise Missing."""
    row = await source.fetchrow(
        "select * from searches where complaint_id = $1 and ($2::uuid is null or id = $2)"
        " order by shown_at desc limit 1",
        *(complaint_id, id),
    )
    if row is None:
        raise Missing(f"Search for complaint {complaint_id}")
    found = await source.fetch(
        "select * from candidates where search_id = $1 order by place", row["id"]
    )
    shown = tuple(
        Shown(
            case_id=each["case_id"],
            score=each["score"],
            reasons=tuple(MatchReason(reason) for reason in each["reasons"]),
            proposed=each["proposed"],
            known_as=each["known_as"],
            role=each["role"],
        )
        for each in found
    )
    return Search(row["id"], row["shown_at"], row["complete"], shown)


async def search_alarms(source: Source, limit: int) -> list[SearchAlarmView]:
    """Return the searches to look at, the latest first."""
    rows = await source.fetch(
        "select * from search_alarms order by noticed_at desc limit $1", limit
    )
    return [SearchAlarmView(**row) for row in rows]


def _card(
    id: UUID,
    registration_no: str,
    counselor_id: UUID | None,
    is_classified: bool,
    is_referred: bool,
) -> Card:
    progress = CaseProgress.CLASSIFIED if is_classified else CaseProgress.OPENED
    if counselor_id or is_referred:
        progress = CaseProgress.ACCOMPANIED if counselor_id else CaseProgress.REFERRED
    return Card(id, registration_no, counselor_id, progress)
