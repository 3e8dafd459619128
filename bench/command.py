"""A whole command, events and view in one transaction, beside its two statements bare."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from bench.append import MANY, encoded
from bench.ground import BARE_EVENT, Ground
from bench.measure import Act, writers_side_by_side
from bench.table import Row, at_least
from services.triage.app import PARTS
from services.triage.commands import queue_complaint
from services.triage.domain import Identification
from shared.eventstore import Cause, new_id
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import Pool, PostgresEventStore, open_pool

GOAL = 0.5
NUMBER, CHANNEL, ROLE, REGION = "PPA-2026-000001", "walk_in", "victim", "35.73.05.1002"
BARE_VIEW = (
    "insert into bare.identifications (complaint_id, registration_no, channel,"
    " reporter_role, in_danger, locus_code, received_at, status, version, stream_id)"
    " values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9)"
)


async def section(ground: Ground) -> list[Row]:
    """Measure one and eight writers."""
    rows = []
    database = await ground.database("triage")
    async with open_pool(database.url) as pool:
        ours, theirs = _command(pool), _bare(pool)
        for writers in (1, MANY):
            pair = await writers_side_by_side(ours, theirs, writers, ground.pace)
            what = f"whole command, {writers} writer{'s' if writers > 1 else ''}"
            rows.append(at_least(what, pair, "bare transaction", GOAL))
    return rows


def _command(pool: Pool) -> Act:
    store = PostgresEventStore(pool, PARTS.codec, PARTS.project, MemoryKeys())

    async def command(_: int) -> None:
        complaint_id = new_id()
        cause = Cause(
            handler="bench-command",
            message_id=str(new_id()),
            correlation_id=complaint_id,
            actor="policy:bench",
        )
        await queue_complaint(
            store,
            cause,
            complaint_id=complaint_id,
            registration_no=NUMBER,
            channel=CHANNEL,
            reporter_role=ROLE,
            in_danger=False,
            locus_code=REGION,
            received_at=datetime.now(UTC),
        )

    return command


def _bare(pool: Pool) -> Act:
    name, body = encoded()

    async def bare(_: int) -> object:
        complaint_id = new_id()
        stream: UUID = Identification.create_id(complaint_id)
        view = NUMBER, CHANNEL, ROLE, False, REGION, datetime.now(UTC), 1, stream
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(BARE_EVENT, stream, 1, new_id(), name, body)
            return await connection.execute(BARE_VIEW, complaint_id, *view)

    return bare
