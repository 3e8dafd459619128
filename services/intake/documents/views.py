"""What intake can be asked about papers and scans. Derived tables, like all views."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from services.intake.domain import (
    AgeGroup,
    Documents,
    DocumentStatus,
    Paper,
    ScanType,
    ViewingCopy,
    group_of_band,
    is_complete,
    status_of,
)
from shared.access.victims import Victims
from shared.access.wall import Source
from shared.contracts import person_of
from shared.eventstore import Event
from shared.eventstore.postgres import Connection, Pool
from shared.problems import Missing

SCAN = "select * from scans"


class PaperView(BaseModel):
    """How it stands with one paper; what stands on it is read through the door."""

    type: Paper
    status: DocumentStatus
    reason: str | None = None
    due_at: datetime | None = None
    noted_by: str | None = None
    noted_at: datetime | None = None


class ChecklistView(BaseModel):
    """The papers of one person, or of the complaint where nobody said whose.

    Each victim in the form of the case has a list, also where nobody noted anything yet; her age
    band and whether she is a child are told with it.
    """

    person_id: UUID | None
    role: Literal["reporter", "victim"] | None
    age_band: str | None
    is_child: bool | None
    age_group: AgeGroup | None
    complete: bool
    papers: list[PaperView]


class ScanView(BaseModel):
    """One file that was kept, and the hash that proves it.

    ``quarantined``: it should show a picture, and no copy for viewing could be made of it.
    """

    id: UUID
    complaint_id: UUID
    person_id: UUID | None
    type: ScanType
    media_type: str
    size: int
    sha256: str
    quarantined: bool
    copy_media_type: str | None
    pages: int | None
    of_pages: int | None
    stored_by: str
    stored_at: datetime


class DocumentsView(BaseModel):
    """All papers and scans of a complaint. Nothing else ever waits for ``complete``."""

    complaint_id: UUID
    complete: bool
    checklists: list[ChecklistView]
    scans: list[ScanView]


@dataclass(frozen=True)
class FileRow:
    """A file in the folder, as the history knows it."""

    name: str
    complaint_id: UUID
    scan_id: UUID


async def project(connection: Connection, event: Event) -> None:
    """Bring the tables up to date with one event."""
    match event:
        case Documents.AgeGroupNoted():
            await _begin_checklist(connection, event.complaint_id, event.person_id)
            await connection.execute(
                "update checklists set age_group = $3"
                " where complaint_id = $1 and person_id is not distinct from $2",
                *(event.complaint_id, event.person_id, event.group),
            )
        case Documents.DocumentNoted():
            await _begin_checklist(connection, event.complaint_id, event.note.person_id)
            await connection.execute(
                "insert into papers select complaint_id, n, $3, $4, $5, $6, $7, $8 from checklists"
                " where complaint_id = $1 and person_id is not distinct from $2"
                " on conflict (complaint_id, n, type) do update set status = excluded.status,"
                " reason = excluded.reason, due_at = excluded.due_at,"
                " noted_by = excluded.noted_by, noted_at = excluded.noted_at",
                *(event.complaint_id, event.note.person_id, event.type, event.note.status),
                *(event.note.reason, event.note.due_at, event.noted_by, event.noted_at),
            )
        case Documents.ScanStored():
            await _scan(connection, event)
        case Victims.VictimsNamed():
            await connection.execute("delete from victims where case_id = $1", event.case_id)
            await connection.executemany(
                "insert into victims values ($1, $2, $3, $4, $5)",
                [
                    (event.case_id, n, each.person_id, each.age_band, each.is_child)
                    for n, each in enumerate(event.victims)
                ],
            )


async def documents(source: Source, complaint_id: UUID) -> DocumentsView:
    """Return all papers and scans of a complaint; of one nobody spoke of, an empty list."""
    lists = await source.fetch(
        "select n, person_id, age_group from checklists where complaint_id = $1 order by n",
        complaint_id,
    )
    rows = await source.fetch("select * from papers where complaint_id = $1", complaint_id)
    found = await source.fetch(
        f"{SCAN} where complaint_id = $1 order by stored_at, id", complaint_id
    )
    noted: dict[int, dict[Paper, PaperView]] = {}
    for row in rows:
        noted.setdefault(row["n"], {})[Paper(row["type"])] = PaperView(**row)
    victims = {
        row["person_id"]: row
        for row in await source.fetch(
            "select v.* from victims v join complaints c using (case_id) where c.id = $1"
            " order by n",
            complaint_id,
        )
    }
    listed = {
        each["person_id"]: _checklist_view(
            *(complaint_id, each["person_id"], each["age_group"], noted.get(each["n"], {})),
            victims.get(each["person_id"]),
        )
        for each in lists
    }
    others = [
        _checklist_view(complaint_id, id, None, {}, victim)
        for id, victim in victims.items()
        if id not in listed
    ]
    # What was noted of nobody by name may be theirs of whom nothing else was noted.
    counted = [*listed.values(), *([] if None in listed else others)]
    checklists = [*listed.values(), *others]
    if not checklists:
        counted = checklists = [_checklist_view(complaint_id, None, None, {}, None)]
    return DocumentsView(
        complaint_id=complaint_id,
        complete=all(each.complete for each in counted),
        checklists=checklists,
        scans=[ScanView(**row) for row in found],
    )


async def scan(source: Source, complaint_id: UUID, type: ScanType, id: UUID) -> ScanView:
    """Return one scan of a complaint, or raise Missing."""
    row = await source.fetchrow(
        f"{SCAN} where complaint_id = $1 and type = $2 and id = $3", complaint_id, type, id
    )
    if row is None:
        raise Missing(f"Scan {id}")
    return ScanView(**row)


async def known_files(pool: Pool, names: Collection[str]) -> set[str]:
    """Return those of the names of which the history speaks."""
    rows = await pool.fetch("select name from scan_files where name = any($1)", list(names))
    return {row["name"] for row in rows}


async def files_of_the_forgotten(pool: Pool, names: Collection[str]) -> list[FileRow]:
    """Return those of the files that are of somebody of whom keys were destroyed once."""
    rows = await pool.fetch(
        "select name, complaint_id, scan_id from scan_files"
        " where name = any($1) and subject in"
        " (select json_array_elements_text(body -> 'data' -> 'subjects')::uuid"
        "  from es.events where name = 'SubjectKeysDestroyed')",
        list(names),
    )
    return [FileRow(**row) for row in rows]


async def _begin_checklist(
    connection: Connection, complaint_id: UUID, person_id: UUID | None
) -> None:
    """Begin somebody's checklist, if this is the first word of it."""
    await connection.execute(
        "insert into checklists"
        " select $1, (select count(*) from checklists where complaint_id = $1), $2"
        " where not exists (select from checklists"
        "  where complaint_id = $1 and person_id is not distinct from $2)",
        *(complaint_id, person_id),
    )


async def _scan(connection: Connection, event: Documents.ScanStored) -> None:
    copy: ViewingCopy | None = event.copy
    await connection.execute(
        "insert into scans values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        *(event.scan_id, event.complaint_id, event.original.person_id, event.type),
        *(event.media_type, event.size, event.sha256, event.quarantined),
        *((copy.media_type, copy.pages, copy.of_pages) if copy else (None, None, None)),
        *(event.stored_by, event.stored_at),
    )
    for file in (event.original, copy.file if copy else None):
        if file:
            await connection.execute(
                "insert into scan_files values ($1, $2, $3, $4)",
                *(file.name, event.complaint_id, event.scan_id),
                file.person_id or event.originator_id,
            )


def _checklist_view(
    complaint_id: UUID,
    person_id: UUID | None,
    group: str | None,
    noted: dict[Paper, PaperView],
    victim: Record | None,
) -> ChecklistView:
    age = AgeGroup(group) if group else None
    if age is None and victim:
        age = group_of_band(victim["age_band"])
    role: Literal["reporter", "victim"] | None = "victim" if person_id else None
    if person_id == person_of(complaint_id, "reporter"):
        role = "reporter"
    statuses = {paper: each.status for paper, each in noted.items()}
    return ChecklistView(
        person_id=person_id,
        role=role,
        age_band=victim["age_band"] if victim else None,
        is_child=victim["is_child"] if victim else None,
        age_group=age,
        complete=is_complete(statuses, age),
        papers=[
            noted.get(each) or PaperView(type=each, status=status_of(each, statuses, age))
            for each in Paper
        ],
    )
