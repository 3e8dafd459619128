"""Fills an event store: journeys that the services' own commands told, again under other ids.

Each event goes through ``es.append``, so its leaf, its chain and the once-only check are real.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg

from bench.ground import Ground
from deploy.provision import parts_of
from services.intake.commands import receive_complaint
from services.intake.domain import Told
from services.triage import commands as triage
from services.triage.domain import CaseForm, Decision, Locus, Perpetrator, Victim
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_pool
from shared.privacy import Personal

OFFICER = "019a0000-0000-7000-8000-000000000201"
REGION = "35.73.05.1002"
NUMBER = "PPA-2026-000001"
VARYING = re.compile(rf"([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|{NUMBER})")
VERSION, DERIVED = 14, "5"  # of an id: derived ones have no order, and nor may their copies
AT_ONCE = 20_000  # events of one transaction
STORED = """
    select stream_id::text, version, event_id::text, name, body::text,
           (body -> 'cause' ->> 'handler') as handler, (body -> 'cause' ->> 'message') as message
    from es.events order by tx_id, position"""
STAGED = """
    create temporary table staged (
        n bigint generated always as identity primary key, stream_id uuid, version int,
        event_id uuid, name text, body text, handler text, message_id text
    ) on commit drop"""
APPENDED = """
    select count(es.append(stream_id, version, event_id, name, body, handler, message_id, ''))
    from (select * from staged order by n) s"""
StoredRow: TypeAlias = tuple[object, ...]
COLUMNS = ("stream_id", "version", "event_id", "name", "body", "handler", "message_id")


@dataclass(frozen=True)
class Journey:
    """The events of one journey, cut where an id stands that is another in every journey."""

    texts: tuple[tuple[int, str, str | None, tuple[str, ...]], ...]  # version, name, handler, parts

    def copies(self) -> Iterator[StoredRow]:
        """Yield the rows of one copy after the other, for ever, each with fresh ids."""
        for n in count(1):
            fresh: dict[str, str] = {OFFICER: OFFICER, NUMBER: f"PPA-2026-{n:06d}"}
            for version, name, handler, parts in self.texts:
                for id in parts[1::2]:
                    if id not in fresh:
                        fresh[id] = str(uuid4() if id[VERSION] == DERIVED else new_id())
                told = [fresh[part] if at % 2 else part for at, part in enumerate(parts)]
                stream, event_id, message, body = "".join(told).split("\n", 3)
                known = (handler, message) if handler else (None, None)
                yield stream, version, event_id, name, body, *known


async def journey(ground: Ground, service: str) -> Journey:
    """Let a service tell one journey, and return it."""
    database, parts = await ground.database(service), parts_of(service)
    async with open_pool(database.url) as pool:
        await TELL[service](PostgresEventStore(pool, parts.codec, parts.project, MemoryKeys()))
        rows = await pool.fetch(STORED)
    caused, texts = set[tuple[str, str]](), []
    for row in rows:
        cause = (row["handler"], row["message"])
        text = f"{row['stream_id']}\n{row['event_id']}\n{row['message']}\n{row['body']}"
        handler = row["handler"] if cause not in caused else None  # only the first brings it along
        caused.add(cause)
        texts.append((row["version"], row["name"], handler, tuple(VARYING.split(text))))
    return Journey(tuple(texts))


async def fill(
    connection: asyncpg.Connection[asyncpg.Record], rows: Iterator[StoredRow], many: int
) -> None:
    """Append so many events, in transactions of thousands."""
    while many:
        some = list(islice(rows, min(many, AT_ONCE)))
        async with connection.transaction():
            await connection.execute(STAGED)
            await connection.copy_records_to_table("staged", records=some, columns=COLUMNS)
            await connection.fetchval(APPENDED)
        many -= len(some)


def _cause(handler: str, complaint_id: UUID) -> Cause:
    return Cause(handler=handler, message_id=str(new_id()), actor=f"staff:{OFFICER}").about(
        complaint_id
    )


async def _in_intake(store: PostgresEventStore) -> None:
    told = Told(
        reporter_role="victim",
        narrative=Personal("Suami saya memukul saya. " * 20),
        in_danger=False,
        locus_code=REGION,
        reporter=None,
    )
    await receive_complaint(
        *(store, _cause("POST /complaints", new_id())),
        number=1,
        channel="walk_in",
        sub_channel=None,
        told=told,
        now=now_utc(),
    )


async def _in_triage(store: PostgresEventStore) -> None:
    complaint_id, now = new_id(), now_utc()
    await triage.queue_complaint(
        *(store, _cause("triage-queue-complaint", complaint_id)),
        complaint_id=complaint_id,
        registration_no=NUMBER,
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=REGION,
        received_at=now,
    )
    await triage.take(
        *(store, _cause("POST identification", complaint_id), complaint_id),
        officer_id=OFFICER,
        expect=None,
        now=now,
    )
    await triage.open_new_case(
        *(store, _cause("PUT identification", complaint_id), complaint_id),
        officer_id=OFFICER,
        form=FORM,
        filled_by="officer",
        expect=None,
        now=now,
    )
    await triage.classify(
        *(store, _cause("PUT classification", complaint_id), complaint_id),
        officer_id=OFFICER,
        decision=DECISION,
        home_region="35.73",
        expect=None,
        now=now,
    )


FORM = CaseForm(
    victims=(Victim(sex="P", full_name=Personal("Sumarni"), born_on=Personal("1992-03-04")),),
    perpetrators=(Perpetrator(full_name=Personal("Slamet"), sex="L", relation="SPOUSE"),),
    violence=("PHYSICAL",),
    domestic=True,
)
DECISION = Decision(
    vawc=True,
    locus=Locus.IN,
    locus_code=REGION,
    urgency="medium",
    basis=Personal("Perempuan, dipukul suami, di Merjosari."),
    victim_in_city=True,
    needs=("psychological", "female_counselor"),
)
TELL = {"intake": _in_intake, "triage": _in_triage}
