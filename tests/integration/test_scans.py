"""Files as evidence: kept as they came, looked at as a harmless copy, and gone with their keys."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image
from pydantic import ValidationError

from deploy.keys import keys_beside
from deploy.provision import parts_of
from services.intake.documents import objects, routes
from services.intake.documents.commands import documents_of
from services.intake.documents.copying import Copier
from services.intake.documents.sweeping import sweep
from services.intake.domain import MOST_SCANS, Documents
from services.intake.settings import Settings
from shared.access.forgetting import forget, keys_of, until_sequenced
from shared.contracts import person_of
from shared.eventstore import new_id, now_utc
from shared.eventstore.rebuild import rebuild
from shared.web.wire import BoundedHttp
from tests import cases, files
from tests.cases import FOREIGN, YOURS, Told, a_cause
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, free_port, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
PICTURE = files.with_gps()
LARGEST = 10 * 1024 * 1024


@dataclass
class Desk:
    """Intake with its folder, and a complaint."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    told: Told
    folder: Path
    database: Database

    async def send(
        self,
        content: Any = PICTURE,
        media_type: str = "image/jpeg",
        type: str = "evidence",
        who: str = "operator",
        query: str = "",
        **headers: str,
    ) -> httpx.Response:
        return await self.client.post(
            f"{self.at}/{type}/scans{query}",
            content=content,
            headers=self.issuer.headers(who) | {"Content-Type": media_type} | headers,
        )

    async def look(
        self,
        scan: httpx.Response,
        what: str = "copy",
        who: str = "supervisor",
        nth: int = 1,
    ) -> httpx.Response:
        told = scan.json()
        return await self.client.post(
            f"{self.at}/{told['type']}/scans/{told['id']}/opening",
            json={"purpose": "supervision", "what": what},
            headers=self.issuer.headers(who, nth=nth),
        )

    async def names(self) -> list[str]:
        rows = await self.app.state.store.pool.fetch("select name from es.events order by position")
        return [row["name"] for row in rows]

    async def scans(self) -> list[dict[str, Any]]:
        found = await self.client.get(self.at, headers=self.issuer.headers("operator"))
        listed: list[dict[str, Any]] = found.json()["scans"]
        return listed

    @property
    def at(self) -> str:
        return f"/complaints/{self.told.complaint_id}/documents"

    @property
    def lying(self) -> list[Path]:
        return sorted(self.folder.iterdir())


@pytest.fixture
async def desk(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path, tmp_path: Path
) -> AsyncIterator[Desk]:
    database = await make_database("intake")
    folder = tmp_path / "objects"
    folder.mkdir(mode=0o700)
    told: dict[str, Any] = {"nats": NOWHERE, "issuer": issuer.url, "pepper": pepper}
    told |= {"objects_folder": folder}
    async with in_process("intake", database=database.url, **told) as (client, app):
        complaint = await cases.complaint(client, app, issuer, YOURS)
        yield Desk(client, app, issuer, complaint, folder, database)


async def test_a_photograph_is_kept_as_it_came_and_seen_as_a_copy(desk: Desk) -> None:
    stored = await desk.send()
    assert stored.status_code == 201, stored.text
    told = stored.json()
    assert (told["media_type"], told["size"]) == ("image/jpeg", len(PICTURE))
    assert told["sha256"] == sha256(PICTURE).hexdigest()
    assert (told["copy_media_type"], told["quarantined"]) == ("image/jpeg", False)
    assert await desk.scans() == [told]

    copy, original = await desk.look(stored), await desk.look(stored, "original")
    assert original.content == PICTURE
    assert Image.open(BytesIO(copy.content)).size == (200, 300)
    assert not Image.open(BytesIO(copy.content)).getexif()
    assert (await desk.names())[-2:] == ["PersonalDataAccessed"] * 2


async def test_the_event_proves_what_came(desk: Desk) -> None:
    stored = await desk.send()
    pool = desk.app.state.store.pool
    body = await pool.fetchval("select body::text from es.events where name = 'ScanStored'")
    data = json.loads(body)["data"]
    assert data["sha256"] == sha256(PICTURE).hexdigest()
    assert (data["scan_id"], data["size"]) == (stored.json()["id"], len(PICTURE))
    assert data["stored_by"] == staff_id("operator")
    assert data["original"]["file_key"].startswith("enc1.")
    assert data["copy"]["file"]["file_key"].startswith("enc1.")


async def test_what_is_looked_at_is_given_away_as_a_file_and_as_nothing_else(desk: Desk) -> None:
    stored = await desk.send(files.with_php())
    for what in ("copy", "original"):
        answer = await desk.look(stored, what)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"] == 'attachment; filename="scan.jpg"'
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_who_may_look_at_the_copy_and_who_at_the_original(desk: Desk) -> None:
    stored = await desk.send()
    tried = {
        (who, nth, what): (await desk.look(stored, what, who, nth)).status_code
        for who, nth in (
            *(("operator", 1), ("identification_officer", 2), ("counselor", YOURS)),
            *(("counselor", FOREIGN), ("supervisor", 1), ("auditor", 1), ("admin", 1)),
        )
        for what in ("copy", "original")
    }
    assert {each for each, status in tried.items() if status == 200} == {
        ("counselor", YOURS, "copy"),
        ("supervisor", 1, "copy"),
        ("supervisor", 1, "original"),
    }
    assert tried["counselor", FOREIGN, "copy"] == 404
    assert tried["counselor", YOURS, "original"] == 403
    assert tried["operator", 1, "copy"] == 403


async def test_what_cannot_be_written_down_is_not_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = await desk.send()

    async def fail(*_: object, **__: object) -> None:
        raise ConnectionError

    async def never(*_: object) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr(desk.app.state.store, "save", fail)
    monkeypatch.setattr(objects, "read", never)
    answer = await desk.look(stored)
    assert answer.status_code == 503


async def test_the_access_says_which_file_and_for_what(desk: Desk) -> None:
    stored = await desk.send(type="KTP")
    await desk.look(stored, "original")
    pool = desk.app.state.store.pool
    body = await pool.fetchval(
        "select body::text from es.events where name = 'PersonalDataAccessed'"
    )
    data = json.loads(body)["data"]
    assert data["fields"] == [f"ktp.{stored.json()['id']}.original"]
    assert (data["about"], data["purpose"]) == (str(desk.told.complaint_id), "supervision")


async def test_a_scan_brings_its_paper(desk: Desk) -> None:
    await desk.send(type="KTP")
    found = await desk.client.get(desk.at, headers=desk.issuer.headers("operator"))
    (checklist,) = found.json()["checklists"]
    papers = {each["type"]: each["status"] for each in checklist["papers"]}
    assert papers["KTP"] == "received"


async def test_a_file_says_nothing_by_its_name_or_by_what_lies_in_it(desk: Desk) -> None:
    stored = await desk.send(type="KTP")
    for file in desk.lying:
        assert len(file.name) == 32
        assert set(file.name) <= set("0123456789abcdef")
        assert file.stat().st_mode & 0o777 == 0o600
        assert stored.json()["id"].replace("-", "") not in file.name
        assert b"JFIF" not in file.read_bytes()
    assert len(desk.lying) == 2


async def test_a_large_file_goes_through_piece_by_piece(desk: Desk) -> None:
    sound = files.AN_M4A + os.urandom(3 * 1024 * 1024)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(sound), 100_000):
            yield sound[at : at + 100_000]

    stored = await desk.send(pieces(), "audio/mp4")
    assert stored.status_code == 201, stored.text
    assert (await desk.look(stored, "original")).content == sound
    none = await desk.look(stored)
    assert (none.status_code, none.json()["type"]) == (409, "/problems/no-copy")
    assert stored.json()["quarantined"] is False


# The same thing twice, and many at once.


async def test_the_same_request_twice_is_one_file(desk: Desk) -> None:
    once = {"Idempotency-Key": "scan-of-today"}
    first, again = await desk.send(**once), await desk.send(**once)
    both = await asyncio.gather(*(desk.send(**{"Idempotency-Key": "both-at-once"}) for _ in "12"))
    other = await desk.send(files.a_picture(), **once)
    assert first.json() == again.json()
    assert both[0].json() == both[1].json()
    assert other.json()["type"] == "/problems/key-reused"
    assert len(await desk.scans()) == 2
    assert len(desk.lying) == 4


async def test_several_pages_may_be_sent_at_the_same_time(desk: Desk) -> None:
    sent = [desk.send(files.AN_M4A, "audio/mp4", type="KK") for _ in range(10)]
    answers = await asyncio.gather(*sent)
    assert [answer.status_code for answer in answers] == [201] * 10
    assert len(await desk.scans()) == 10


async def test_one_file_too_many_of_a_kind_is_refused_and_leaves_nothing(desk: Desk) -> None:
    for n in range(MOST_SCANS):
        stored = await desk.send(files.AN_M4A, "audio/mp4", **{"Idempotency-Key": f"file-no-{n}"})
        assert stored.status_code == 201
    before = desk.lying
    refused = await desk.send()
    again = await desk.send(files.AN_M4A, "audio/mp4", **{"Idempotency-Key": "file-no-9"})
    left = desk.lying
    other = await desk.send(type="KK")
    assert (refused.status_code, again.status_code, other.status_code) == (409, 201, 201)
    assert refused.json()["type"] == "/problems/too-many-scans"
    assert refused.json()["detail"] == f"most: {MOST_SCANS}"
    assert left == before


# What brings harm. Each gets a clear answer, and the complaint stays as it was.

REFUSED: dict[str, tuple[bytes, str, int, str]] = {
    "a program called a photograph": (files.AN_EXE, "image/jpeg", 415, "kind-not-accepted"),
    "a page called a photograph": (files.HTML, "image/jpeg", 415, "kind-not-accepted"),
    "a drawing called a PNG": (files.A_SVG, "image/png", 415, "kind-not-accepted"),
    "a drawing": (files.A_SVG, "image/svg+xml", 415, "kind-not-accepted"),
    "an archive called a photograph": (files.A_ZIP, "image/jpeg", 415, "kind-not-accepted"),
    "a TIFF": (files.a_picture("TIFF"), "application/octet-stream", 415, "kind-not-accepted"),
    "a HEIC": (files.A_HEIC, "image/heic", 415, "kind-not-accepted"),
    "no type": (PICTURE, "", 415, "kind-not-accepted"),
    "a byte too much": (PICTURE + bytes(LARGEST), "image/jpeg", 413, "file-too-large"),
    "nothing": (b"", "image/jpeg", 422, "file-incomplete"),
}


@pytest.mark.parametrize(
    ("content", "media_type", "status", "kind"), REFUSED.values(), ids=REFUSED.keys()
)
async def test_what_we_do_not_take_is_refused_and_leaves_nothing(
    desk: Desk, content: bytes, media_type: str, status: int, kind: str
) -> None:
    before = await desk.names()
    answer = await desk.send(content, media_type)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert files.CANARY not in answer.text
    assert desk.lying == []
    assert await desk.names() == before


QUARANTINED: dict[str, tuple[bytes, str]] = {
    "a bomb": (files.a_bomb(), "image/png"),
    "half of a photograph": (files.a_picture(size=(900, 900))[:2_000], "image/jpeg"),
    "a PDF that is none": (b"%PDF-1.7\n" + files.HTML, "application/pdf"),
}


@pytest.mark.parametrize(("content", "media_type"), QUARANTINED.values(), ids=QUARANTINED.keys())
async def test_of_what_we_cannot_show_the_original_is_kept_all_the_same(
    desk: Desk, content: bytes, media_type: str
) -> None:
    stored = await desk.send(content, media_type, "KK")
    assert stored.status_code == 201
    assert (stored.json()["quarantined"], stored.json()["copy_media_type"]) == (True, None)
    assert (await desk.look(stored)).json()["type"] == "/problems/no-copy"
    assert (await desk.look(stored, "original")).content == content
    found = await desk.client.get(desk.at, headers=desk.issuer.headers("operator"))
    assert found.json()["checklists"][0]["papers"][1]["status"] == "not_asked"


async def test_a_copy_that_fails_by_our_own_fault_costs_nobody_the_upload(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_process(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", no_process)
    stored = await desk.send()
    assert (stored.status_code, stored.json()["quarantined"]) == (201, True)


async def test_a_polyglot_keeps_its_program_to_the_original(desk: Desk) -> None:
    stored = await desk.send(files.with_php())
    assert b"<?php" in (await desk.look(stored, "original")).content
    assert b"<?php" not in (await desk.look(stored)).content


async def test_a_pdf_is_seen_without_its_script(desk: Desk) -> None:
    original = files.a_pdf()
    stored = await desk.send(original, "application/pdf")
    assert (stored.json()["pages"], stored.json()["of_pages"]) == (2, 2)
    copy = await desk.look(stored)
    assert copy.headers["content-type"] == "application/pdf"
    assert b"JavaScript" not in copy.content
    assert (await desk.look(stored, "original")).content == original


async def test_a_length_that_lies_is_noticed_either_way(desk: Desk) -> None:
    less = await desk.send(PICTURE, **{"Content-Length": str(len(PICTURE) + 5)})
    more = await desk.send(PICTURE, **{"Content-Length": str(len(PICTURE) - 5)})
    huge = await desk.send(PICTURE, **{"Content-Length": str(10**12)})
    assert [each.json()["type"] for each in (less, more, huge)] == [
        "/problems/file-incomplete",
        "/problems/file-incomplete",
        "/problems/file-too-large",
    ]
    assert desk.lying == []


async def test_a_file_without_end_is_cut_off(desk: Desk) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield PICTURE
        while True:
            sent += 1
            yield bytes(100_000)

    answer = await desk.send(endless())
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/file-too-large")
    assert sent < 120
    assert desk.lying == []


async def test_who_dawdles_is_given_up_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LONGEST", 0.3)

    async def dawdle() -> AsyncIterator[bytes]:
        while True:
            yield PICTURE[:1]
            await asyncio.sleep(0.05)

    async with asyncio.timeout(5):
        answer = await desk.send(dawdle())
    assert answer.status_code == 503
    assert "Nothing of this request is stored" in answer.json()["detail"]
    assert desk.lying == []


async def test_no_other_call_takes_more_than_before(desk: Desk) -> None:
    operator = desk.issuer.headers("operator")
    large = await desk.client.put(f"{desk.at}/KK", content=b" " * 300_000, headers=operator)
    stranger = await desk.send(bytes(300_000), who="auditor")
    nowhere = await desk.client.post(
        f"/complaints/{new_id()}/documents/KK/scans",
        content=PICTURE,
        headers=operator | {"Content-Type": "image/jpeg"},
    )
    assert (large.status_code, stranger.status_code, nowhere.status_code) == (413, 403, 404)


# Who is forgotten takes her files along.


def subjects(desk: Desk) -> set[UUID]:
    return {Documents.create_id(desk.told.complaint_id)}


async def test_what_is_closed_for_now_is_closed(desk: Desk) -> None:
    stored, store = await desk.send(), desk.app.state.store
    await until_sequenced(store.pool)
    keys = await keys_of(store.pool, subjects(desk))
    await store.keys.restrict(keys)
    closed = await desk.look(stored)
    assert await sweep(desk.folder, store, now_utc()) == (0, 0)
    await store.keys.unrestrict(keys)
    assert (closed.status_code, closed.json()["type"]) == (403, "/problems/file-closed")
    assert (await desk.look(stored)).status_code == 200


async def forgotten(desk: Desk, *who: UUID) -> None:
    id, store = new_id(), desk.app.state.store
    await until_sequenced(store.pool)
    await forget(store, a_cause(id), id, subjects=who, now=now_utc())


async def test_with_the_key_the_file_is_gone_and_then_its_noise_too(desk: Desk) -> None:
    stored, lying = await desk.send(), desk.lying
    await forgotten(desk, *subjects(desk))
    for what in ("copy", "original"):
        answer = await desk.look(stored, what)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/file-forgotten")
    assert desk.lying == lying
    assert await sweep(desk.folder, desk.app.state.store, now_utc()) == (0, 2)
    assert desk.lying == []


async def test_a_victim_takes_her_own_files_and_no_others(desk: Desk) -> None:
    mother, child = (person_of(desk.told.case_id, "victim", n) for n in (0, 1))
    hers, his, whole = [
        await desk.send(query=f"?person_id={who}" if who else "") for who in (mother, child, None)
    ]
    await forgotten(desk, mother)
    await sweep(desk.folder, desk.app.state.store, now_utc())
    assert [(await desk.look(each)).status_code for each in (hers, his, whole)] == [404, 200, 200]
    assert len(desk.lying) == 4


async def test_what_comes_after_she_was_forgotten_stays(desk: Desk) -> None:
    await desk.send()
    await forgotten(desk, *subjects(desk))
    later = await desk.send()
    assert await sweep(desk.folder, desk.app.state.store, now_utc()) == (0, 2)
    assert (await desk.look(later)).status_code == 200


async def test_the_sweep_takes_what_no_request_finished_after_a_day(desk: Desk) -> None:
    stored = await desk.send()
    for name in ("0" * 32, "1" * 32 + ".new"):
        (desk.folder / name).write_bytes(b"noise")
    store, now = desk.app.state.store, now_utc()
    assert await sweep(desk.folder, store, now + timedelta(hours=23)) == (0, 0)
    assert await sweep(desk.folder, store, now + timedelta(hours=25)) == (2, 0)
    assert (await desk.look(stored)).status_code == 200


# Faults.


async def test_a_file_whose_event_did_not_make_it_is_an_orphan_and_the_request_may_come_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, once = desk.app.state.store, {"Idempotency-Key": "scan-of-today"}
    with monkeypatch.context() as patch:

        async def fail(*_: object, **__: object) -> None:
            raise ConnectionError

        patch.setattr(store, "save", fail)
        assert (await desk.send(**once)).status_code == 503
    assert len(desk.lying) == 2  # nobody knows whether it was committed: only the sweep may judge
    stored = await desk.send(**once)
    assert stored.status_code == 201
    assert await sweep(desk.folder, store, now_utc() + timedelta(days=2)) == (2, 0)
    assert (await desk.look(stored, "original")).content == PICTURE


async def test_no_file_is_closed_while_a_thread_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number would go to the next file that is opened, and so would what is written."""
    writing, may_go_on, wrote = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()

    def slowly(file: int, sealed: bytes) -> None:
        loop.call_soon_threadsafe(writing.set)
        may_go_on.wait(5)
        wrote.append(os.write(file, sealed))

    async def content() -> AsyncIterator[bytes]:
        yield PICTURE

    monkeypatch.setattr(objects, "_write", slowly)
    keeping = asyncio.create_task(objects.keep(tmp_path, content()))
    await writing.wait()
    keeping.cancel()
    await asyncio.sleep(0.05)
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert wrote == [len(PICTURE) + 16]
    assert os.listdir(tmp_path) == []


async def test_a_disk_that_is_full_is_an_outage_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = await desk.send()
    assert answer.status_code == 503
    assert desk.lying == []


async def test_a_file_that_was_changed_is_not_shown(desk: Desk) -> None:
    stored = await desk.send()
    for file in desk.lying:
        content = bytearray(file.read_bytes())
        content[50] ^= 1
        file.write_bytes(content)
    answer = await desk.look(stored, "original")
    assert answer.status_code == 500
    assert b"JFIF" not in answer.content


async def test_another_file_in_its_place_is_not_shown(desk: Desk) -> None:
    first, second = await desk.send(), await desk.send(files.with_php())
    documents = await documents_of(desk.app.state.store, desk.told.complaint_id)
    mine, foreign = (documents.scans[UUID(each.json()["id"])].original for each in (first, second))
    (desk.folder / foreign.name).replace(desk.folder / mine.name)
    assert (await desk.look(first, "original")).status_code == 500


async def test_views_made_anew_are_what_they_were(desk: Desk) -> None:
    await desk.send(type="KK")
    await desk.send(files.AN_M4A, "audio/mp4")
    admin = await asyncpg.connect(desk.database.admin_url)
    before = [
        await admin.fetch(f"select * from views.{table} order by 1, 2")  # noqa: S608
        for table in ("checklists", "papers", "scans", "scan_files")
    ]
    parts = parts_of("intake")
    connect = partial(asyncpg.connect, desk.database.admin_url)
    await rebuild(connect, parts.codec, parts.project, schema=parts.schema, app_role="aduan_intake")
    after = [
        await admin.fetch(f"select * from views.{table} order by 1, 2")  # noqa: S608
        for table in ("checklists", "papers", "scans", "scan_files")
    ]
    await admin.close()
    assert all(before)
    assert after == before


async def test_no_word_of_any_file_lies_anywhere(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every file that could be sent has her name in it; afterwards nothing has but what we show."""
    for content, media_type in (
        *((PICTURE, "image/jpeg"), (files.with_php(), "image/jpeg"), (files.HTML, "image/jpeg")),
        *((files.a_pdf(), "application/pdf"), (files.AN_M4A, "audio/mp4")),
        *((files.A_ZIP, "image/jpeg"), (files.AN_EXE, "audio/mpeg")),
    ):
        await desk.send(content, media_type)
    admin = await asyncpg.connect(desk.database.admin_url)
    tables = await admin.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname in ('es', 'views', 'desk')"
    )
    dumped = [str(await admin.fetch(f"select t::text from {t['name']} t")) for t in tables]  # noqa: S608
    await admin.close()
    keys = await asyncpg.connect(keys_beside(desk.database.url))
    dumped.append(str(await keys.fetch("select t::text from keys.keys t")))
    await keys.close()
    printed = capfd.readouterr()
    texts = [*dumped, printed.out, printed.err, *(str(path) for path in desk.lying)]
    assert not [text for text in texts if "zyxwanda" in text.lower() or "<?php" in text]
    for file in desk.lying:
        assert b"Zyxwanda" not in file.read_bytes()
    assert len(desk.lying) == 7  # two of three pictures and a PDF, one of a voice


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o770])
def test_a_folder_that_lies_open_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ValidationError, match="objects_folder"):
        Settings(objects_folder=folder)


async def test_over_a_real_line_who_hangs_up_half_way_leaves_nothing(desk: Desk) -> None:
    port = free_port()
    config = uvicorn.Config(desk.app, port=port, http=BoundedHttp, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: asyncio.sleep(0, server.started), bool)
    token = desk.issuer.token("operator")
    head = (
        f"POST {desk.at}/KTP/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + PICTURE + bytes(50_000))
    await writer.drain()
    await eventually(lambda: asyncio.sleep(0, desk.lying), bool)
    writer.close()
    await eventually(lambda: asyncio.sleep(0, desk.lying), lambda lying: not lying)
    server.should_exit = True
    await serving


async def test_a_crowd_of_pictures_waits_its_turn(desk: Desk) -> None:
    assert isinstance(desk.app.state.copier, Copier)
    answers = await asyncio.gather(*(desk.send() for _ in range(8)))
    assert [answer.json()["quarantined"] for answer in answers] == [False] * 8
