"""The provable log on a real database: signed, proven, witnessed, never over another past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from deploy.local.servers import Servers
from shared.history import records
from shared.history.notes import (
    Checkpoint,
    checkpoint_of,
    from_base64,
    key_of,
    opened,
    policy_of,
    sign,
)
from shared.history.signer import LogFolder, RolledBack, sign_on, sign_once
from shared.history.tree import EMPTY, Edge, is_included, leaf_hash, only_grew, root_of, unbundled
from shared.history.verify import main as verify
from shared.history.witness import Witness, private_key, serve, serve_nats
from tests.complaints import WALK_IN
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, in_process, log_folder
from tests.tokens import Issuer

ORIGIN = "intake.aduan/log1"


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("intake")


@asynccontextmanager
async def intake(
    database: Database, issuer: Issuer, pepper: Path, nats: str = "nats://127.0.0.1:1", **more: Any
) -> AsyncIterator[httpx.AsyncClient]:
    told = {"database": database.url, "nats": nats, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", **told, **more) as (client, _):
        yield client


async def complain(client: httpx.AsyncClient, issuer: Issuer) -> dict[str, Any]:
    answer = await client.post("/complaints", json=WALK_IN, headers=issuer.headers("operator"))
    found: dict[str, Any] = answer.json()
    return found


async def proof_of(client: httpx.AsyncClient, event_id: str) -> tuple[int, list[bytes], str]:
    async def ask() -> httpx.Response:
        return await client.get(f"/log/proof/{event_id}")

    answer = await eventually(ask, lambda found: found.status_code == 200)
    head, index, *path = answer.text.partition("\n\n")[0].split("\n")
    assert head == "c2sp.org/tlog-proof@v1"
    return int(index.removeprefix("index ")), list(map(from_base64, path)), answer.text


async def test_a_receipt_is_proven_offline_a_second_later(
    database: Database, issuer: Issuer, pepper: Path
) -> None:
    """What she takes home is enough: the event's id and its leaf, and the key of the log."""
    async with intake(database, issuer, pepper) as client:
        receipts = [(await complain(client, issuer))["receipt"] for _ in range(5)]
        policy = policy_of((await client.get("/log/policy")).text)
        for receipt in receipts:
            index, path, text = await proof_of(client, receipt["event_id"])
            said, signed = opened(text.partition("\n\n")[2], policy.logs)
            newest = checkpoint_of(said)
            assert [each.name for each in signed] == [ORIGIN]
            leaf = bytes.fromhex(receipt["leaf_hash"])
            assert is_included(leaf, index, newest.size, newest.root, path)
            assert not is_included(EMPTY, index, newest.size, newest.root, path)


async def test_a_receipt_is_checked_on_the_command_line(
    database: Database,
    issuer: Issuer,
    pepper: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with intake(database, issuer, pepper) as client:
        receipt = (await complain(client, issuer))["receipt"]
        _, _, text = await proof_of(client, receipt["event_id"])
        (tmp_path / "proof").write_text(text)
        (tmp_path / "policy").write_text((await client.get("/log/policy")).text)
    proof, policy = str(tmp_path / "proof"), str(tmp_path / "policy")
    assert verify([proof, "--leaf", receipt["leaf_hash"], "--policy", policy]) == 0
    assert "right  event 1 of intake.aduan/log1" in capsys.readouterr().out
    assert verify([proof, "--leaf", "00" * 32, "--policy", policy]) == 1
    assert verify([proof, "--leaf", "nonsense", "--policy", policy]) == 1
    assert verify([policy, "--leaf", receipt["leaf_hash"], "--policy", policy]) == 1


async def test_what_is_not_there_has_no_proof(
    database: Database, issuer: Issuer, pepper: Path
) -> None:
    async with intake(database, issuer, pepper) as client:
        assert (await client.get(f"/log/proof/{UUID(int=1)}")).status_code == 404


async def fill(database: Database, count: int) -> None:
    """Let there be many events: the log only asks for their order and their hashes."""
    connection = await asyncpg.connect(database.admin_url)
    before = await connection.fetchval("select coalesce(max(index) + 1, 0) from es.log")
    await connection.execute("set session_replication_role = replica")  # no such streams
    await connection.execute(
        "insert into es.log (index, stream_id, version, event_id, leaf, name, correlation, actor,"
        " recorded_at) select n, gen_random_uuid(), 1, gen_random_uuid(),"
        " sha256(n::text::bytea), 'X', gen_random_uuid(), 'x', now()"
        " from generate_series($1::bigint, $2::bigint) n",
        *(before, before + count - 1),
    )
    await connection.close()


def leaves(size: int) -> list[bytes]:
    return [sha256(str(n).encode()).digest() for n in range(size)]


async def test_the_tree_is_the_same_however_it_grew(database: Database, tmp_path: Path) -> None:
    """By one leaf, by thousands, and begun again anywhere: the root is that of RFC 6962."""
    connection = await asyncpg.connect(database.url)
    edge, size = Edge(), 0
    for more in (1, 254, 1, 1, 511, 66_000, 3):
        await fill(database, more)
        size += more
        while await records.grow(connection, edge, 5_000):
            pass
        assert edge.size == size
        assert edge.root() == root_of(leaves(size))
        begun_again = await records.edge_at(connection, size)
        assert begun_again.hashes == edge.hashes
        edge = begun_again
    all_leaves = leaves(size)
    for index in (0, 1, 255, 256, 700, 65_535, 65_536, size - 1):
        path = await records.inclusion(connection, index, size)
        assert is_included(all_leaves[index], index, size, edge.root(), path)
    for old in (1, 255, 256, 257, 768, 65_536, 66_000, size):
        path = await records.consistency(connection, old, size)
        assert len(path) <= 18
        before = root_of(all_leaves[:old])
        assert only_grew(old, size, before, edge.root(), path)
    await connection.close()


async def test_every_leaf_is_the_hash_of_its_eight_lines(
    database: Database, issuer: Issuer, pepper: Path
) -> None:
    async with intake(database, issuer, pepper) as client:
        receipt = (await complain(client, issuer))["receipt"]
        index, *_ = await proof_of(client, receipt["event_id"])
        width = index + 1
        auditor = issuer.headers("auditor")
        told = await client.get(f"/log/entries/000.p/{width}", headers=auditor)
        entries = unbundled(told.content)
        hashes = (await client.get(f"/log/tile/0/000.p/{width}")).content
        assert b"".join(map(leaf_hash, entries)) == hashes
        assert entries[index].split(b"\n")[4] == b"ComplaintReceived"
        assert leaf_hash(entries[index]).hex() == receipt["leaf_hash"]
        for path in ("tile/0/000.p/999", "tile/0/001", "tile/9/000", "tile/0/x", "entries/x/000"):
            assert (await client.get(f"/log/{path}", headers=auditor)).status_code == 404
        assert (await client.get(f"/log/entries/000.p/{width}")).status_code == 401


async def signed(database: Database) -> list[int]:
    connection = await asyncpg.connect(database.url)
    rows = await connection.fetch("select size from es.checkpoints order by n")
    await connection.close()
    return [row["size"] for row in rows]


async def test_a_database_that_was_rolled_back_is_not_signed(
    database: Database, tmp_path: Path
) -> None:
    folder = LogFolder.create(tmp_path / "log", ORIGIN)
    connection = await asyncpg.connect(database.url)
    await fill(database, 300)
    edge = Edge()
    await records.grow(connection, edge, 5_000)
    await sign_once(connection, folder, folder.key(), edge)
    rolled_back = await records.edge_at(connection, 299)
    with pytest.raises(RolledBack):
        await sign_once(connection, folder, folder.key(), rolled_back)
    other = LogFolder.create(tmp_path / "other", ORIGIN)
    other.keep(checkpoint_of(f"{ORIGIN}\n7\n{'A' * 43}=\n"))
    with pytest.raises(RolledBack):  # as long as it was, and not the same
        await sign_once(connection, other, other.key(), edge)
    await connection.close()
    assert await signed(database) == [300]


async def test_nothing_signed_is_changed_by_anybody(database: Database) -> None:
    admin = await asyncpg.connect(database.admin_url)
    for table in ("nodes", "checkpoints", "cosignatures"):
        for change in (f"delete from es.{table}", f"truncate es.{table}"):  # noqa: S608 ours
            with pytest.raises(asyncpg.PostgresError, match="append-only"):
                await admin.execute(change)
    await admin.close()


async def test_the_signer_goes_on_after_it_was_stopped(
    database: Database, issuer: Issuer, pepper: Path
) -> None:
    for _ in range(3):
        async with intake(database, issuer, pepper) as client:
            receipt = (await complain(client, issuer))["receipt"]
            await proof_of(client, receipt["event_id"])
    sizes = await signed(database)
    assert sizes == sorted(sizes)
    folder = LogFolder(log_folder(database.url), ORIGIN)
    last = folder.last()
    assert last is not None
    assert last.size == sizes[-1]


# Witnesses.


def a_witness(folder: Path, name: str, policy: str) -> Witness:
    folder.mkdir()
    log = key_of(policy.split()[1])
    return Witness(folder / "seen.sqlite", name, private_key(folder / "key"), [log])


@pytest.fixture
async def witnesses(database: Database, tmp_path: Path, servers: Servers) -> AsyncIterator[None]:
    """Three witnesses: two on HTTP, one on NATS; two of them are enough."""
    folder = LogFolder(log_folder(database.url), ORIGIN)
    names = ("polres.example/w1", "rsud.example/w1", "dinas.example/w1")
    them = [a_witness(tmp_path / f"w{n}", name, folder.policy()) for n, name in enumerate(names)]
    https = [serve(each, "127.0.0.1", 0) for each in them[:2]]
    for each in https:
        Thread(target=each.serve_forever, daemon=True).start()
    at = [f"http://127.0.0.1:{each.server_address[1]}" for each in https] + ["nats:"]
    lines = [f"witness {w.name} {w.key} {where}" for w, where in zip(them, at, strict=True)]
    lines += [f"group agencies 2 {' '.join(names)}", "quorum agencies", ""]
    (folder.folder / "witnesses").write_text("\n".join(lines))
    over_nats = asyncio.create_task(serve_nats(them[2], servers.nats_url, None))
    yield
    over_nats.cancel()
    for each in https:
        each.shutdown()
        each.server_close()
    for witness in them:
        witness.close()


async def test_witnesses_cosign_over_http_and_over_nats(
    database: Database, issuer: Issuer, pepper: Path, servers: Servers, witnesses: None
) -> None:
    more = {"log_witness_every": 0.1}
    async with intake(database, issuer, pepper, servers.nats_url, **more) as client:
        policy = policy_of((await client.get("/log/policy")).text)
        for _ in range(3):  # each time they have seen a part of it already
            await complain(client, issuer)

            async def seen() -> set[str]:
                note = (await client.get("/log/checkpoint")).text
                return {each.name for each in opened(note, policy.keys)[1]} if note else set()

            await eventually(seen, lambda names: len(names) == 4)
        quorum = (await client.get("/log/quorum")).json()
        assert quorum["witnessed"] == quorum["size"] > 0
        assert not quorum["is_late"]


async def test_a_log_that_contradicts_itself_is_refused_and_kept_as_proof(
    database: Database, tmp_path: Path
) -> None:
    folder = LogFolder.create(tmp_path / "log", ORIGIN)
    witness = a_witness(tmp_path / "w", "polres.example/w1", folder.policy())

    def show(old: int, size: int, root: bytes) -> int:
        text = Checkpoint(ORIGIN, size, root).text
        note = f"{text}\n{sign(text, ORIGIN, folder.key())}"
        return witness.add_checkpoint(f"old {old}\n\n{note}".encode(), 1_764_000_000).status

    assert show(0, 1, leaf_hash(b"one")) == 200
    assert show(1, 1, leaf_hash(b"one")) == 200  # the same again is no contradiction
    assert show(0, 1, leaf_hash(b"one")) == 409  # it knows more: begin there
    assert show(1, 1, leaf_hash(b"another")) == 422
    assert show(1, 2, leaf_hash(b"two")) == 422
    assert len(witness.contradictions()) == 2
    assert witness.add_checkpoint(b"nonsense", 0).status == 400
    witness.close()


async def test_a_witness_that_is_away_stops_nothing_and_is_told(
    database: Database, issuer: Issuer, pepper: Path
) -> None:
    folder = LogFolder(log_folder(database.url), ORIGIN)
    key = "witness.polres.example/w1+213d7f4d+BIZwSGO1Jy9V5iykIoYbRpFvvGdXyKRjRkkk6c+MnhSi"
    name = "witness.polres.example/w1"
    told = f"witness {name} {key} http://127.0.0.1:1\nquorum {name}\n"
    (folder.folder / "witnesses").write_text(told)
    async with intake(database, issuer, pepper, log_witness_every=0.1) as client:
        receipt = (await complain(client, issuer))["receipt"]
        await proof_of(client, receipt["event_id"])
        quorum = (await client.get("/log/quorum")).json()
        assert (quorum["witnessed"], quorum["needed"]) == (0, 1)


async def test_only_a_witness_can_say_that_it_saw(
    database: Database, issuer: Issuer, pepper: Path, servers: Servers, witnesses: None
) -> None:
    async with intake(database, issuer, pepper) as client:
        receipt = (await complain(client, issuer))["receipt"]
        await proof_of(client, receipt["event_id"])
        for lines in ("", "— polres.example/w1 AAAA\n", "— somebody AAAAAAAA\n"):
            said = await client.post(
                "/log/cosignatures", content=lines, headers={"Content-Type": "text/plain"}
            )
            assert said.status_code in (409, 422)  # nothing at all is not even a note


async def test_two_processes_do_not_both_sign(database: Database, tmp_path: Path) -> None:
    folder = LogFolder.create(tmp_path / "log", ORIGIN)
    await fill(database, 10)
    both = [asyncio.create_task(sign_on(database.url, folder)) for _ in range(2)]

    async def sizes() -> list[int]:
        return await signed(database)

    assert await eventually(sizes, len) == [10]
    for each in both:
        each.cancel()
    await asyncio.gather(*both, return_exceptions=True)
