"""A bundle of a real database is found right, and whatever its operator changes in it is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.bundle import bundle
from shared.eventstore import now_utc
from shared.history.notes import WITNESS, cosign, public_key
from shared.history.signer import LogFolder
from shared.history.verify import main
from shared.history.witness import private_key
from tests.complaints import WALK_IN
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, in_process, log_folder
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"
ORIGIN = "intake.aduan/log1"
WITNESS_NAME = "polres.example/w1"
FORGE = """
    update es.events set body = replace(body::text, 'walk_in', 'call_center')::json
    where name = 'ComplaintReceived'"""
CHAIN_ANEW = """
    update es.events e set leaf = es.leaf_hash(
        e.event_id, e.stream_id, e.version, e.name, e.recorded_at, previous.leaf, e.body::text)
    from es.events this left join es.events previous
      on previous.stream_id = this.stream_id and previous.version = this.version - 1
    where this.event_id = e.event_id and e.version = $1"""


@pytest.fixture
async def told(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path, tmp_path: Path
) -> AsyncIterator[Database]:
    """A log with complaints in it that was signed and that a witness saw."""
    database = await make_database("intake")
    key = private_key(tmp_path / "witness")
    folder = LogFolder(log_folder(database.url), ORIGIN)
    told = f"witness {WITNESS_NAME} {public_key(WITNESS_NAME, WITNESS, key)}\n"
    (folder.folder / "witnesses").write_text(f"{told}quorum {WITNESS_NAME}\n")
    more = {"nats": NOWHERE, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", database=database.url, **more) as (client, _):
        for _ in range(3):
            await client.post("/complaints", json=WALK_IN, headers=issuer.headers("operator"))
        note = await newest(client, 6)
        text = note.partition("\n\n")[0] + "\n"
        seen = cosign(text, WITNESS_NAME, key, int(now_utc().timestamp()))
        said = await client.post(
            "/log/cosignatures", content=seen, headers={"Content-Type": "text/plain"}
        )
        assert said.status_code == 204
        yield database


async def newest(client: httpx.AsyncClient, size: int) -> str:
    async def ask() -> str:
        return (await client.get("/log/checkpoint")).text

    return await eventually(ask, lambda note: f"\n{size}\n" in note)


async def check(database: Database, out: Path) -> int:
    connection = await asyncpg.connect(database.admin_url)
    policy = LogFolder(log_folder(database.url), ORIGIN).policy()
    await bundle(connection, "intake", policy, out, now_utc())
    await connection.close()
    return main([str(out)])


async def test_an_honest_database_is_found_right(
    told: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await check(told, tmp_path / "b.tar") == 0
    said = capsys.readouterr().out
    assert "intake: 6 events; 6 of them seen by witnesses" in said
    assert "WRONG" not in said


async def test_nothing_that_was_told_can_be_read_in_it(told: Database, tmp_path: Path) -> None:
    await check(told, tmp_path / "b.tar")
    content = (tmp_path / "b.tar").read_bytes()
    reporter: dict[str, Any] = WALK_IN["reporter"]
    for text in (WALK_IN["narrative"], *reporter.values()):
        assert str(text).encode() not in content


async def test_what_a_superuser_changes_is_found(
    told: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """He needs no password to take the triggers off, and no skill to compute every hash anew."""
    admin = await asyncpg.connect(told.admin_url)
    for table in ("events", "log"):
        await admin.execute(f"alter table es.{table} disable trigger all")
    await admin.execute(FORGE)
    assert await check(told, tmp_path / "changed.tar") == 1
    assert "WRONG  2." in capsys.readouterr().out
    for version in (1, 2):
        await admin.execute(CHAIN_ANEW, version)
    await admin.execute(
        "update es.log l set leaf = e.leaf from es.events e where e.event_id = l.event_id"
    )
    assert await check(told, tmp_path / "recomputed.tar") == 1
    assert "WRONG  2." in capsys.readouterr().out
    await admin.close()
