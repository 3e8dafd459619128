"""A person whom nobody could mistake goes the whole way; afterwards no file knows her."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats

from deploy.clients import Clients
from deploy.demo import SCENARIOS
from deploy.local.login import token_as
from deploy.local.running import Running, pid_of
from deploy.rotate import rotate
from tests.files import with_gps, with_php
from tests.services import eventually

HERS = {  # words that stand nowhere else, in any case and any form we might write them
    "name": "Zyxwanda Quovadisari",
    "nik": "3573994987650001",
    "phone": "0812-0000-0177",
    "address": "Gang Xylofon Ungu 977",
    "narrative": "ia mengancam saya dengan gunting bergagang toska",
    "code_word": "kemangi biru",
}
CANARY = re.compile(
    rb"zyxwanda|quovadisari|3573994987650001|0812-?0000-?0177|xylofon|toska|kemangi", re.IGNORECASE
)
TOLD: dict[str, Any] = {
    "channel": "walk_in",
    "reporter_role": "victim",
    "reporter": {"full_name": HERS["name"], "phone": HERS["phone"], "nik": HERS["nik"]},
    "narrative": HERS["narrative"],
    "in_danger": False,
    "locus_text": HERS["address"],
    "locus_code": "35.73.05.1002",
    "safe_contact": {
        "may_call": True,
        "phone": HERS["phone"],
        "hours": [["09:00", "15:00"]],
        "code_word": HERS["code_word"],
        "who_may_answer": HERS["name"],
        "cover_story": HERS["address"],
    },
}
FORM = {
    "victims": [{"full_name": HERS["name"], "nik": HERS["nik"], "sex": "P", "in_city": True}],
    "perpetrators": [{"full_name": HERS["name"], "sex": "L", "relation": "SPOUSE"}],
    "violence": ["PHYSICAL"],
}
IDENTIFYING = {"purpose": "identification"}


async def test_nothing_she_told_lies_anywhere(running: Running, clients: Clients) -> None:
    officer, journey = "identification_officer", []
    connection = await nats.connect(running.nats)
    captured: list[bytes] = []

    async def capture(message: Any) -> None:
        captured.append(f"{message.subject}{message.headers}".encode() + message.data)

    await connection.subscribe(">", cb=capture)
    told = await clients.post("operator", "intake", "/complaints", TOLD)
    at = f"/identifications/{told['complaint_id']}"
    await eventually(lambda: clients.get(officer, "triage", "/identifications"), lambda q: bool(q))
    await clients.post(officer, "triage", f"{at}/take")
    read = await eventually(
        lambda: reading(clients, officer, "intake", f"/complaints/{told['complaint_id']}/personal"),
        lambda answer: answer is not None,
    )
    await clients.post(officer, "triage", f"{at}/case", {"kind": "new", "form": FORM})
    decision = SCENARIOS["SK-01"]["classification"] | {"basis": HERS["narrative"]}
    decided = await clients.post(officer, "triage", f"{at}/classification", decision)
    journey.append(decided["case_id"])
    seen = await bring_files(running, told["complaint_id"])
    await at_the_counter(clients)
    await refused_requests(running)
    os.kill(pid_of(running.data, "triage"), signal.SIGKILL)
    await ready_again(running, "triage")

    assert read is not None
    assert read["narrative"] == HERS["narrative"]
    assert read["reporter.nik"] == HERS["nik"]
    assert read["safe_contact.code_word"] == HERS["code_word"]
    assert all(CANARY.search(original) for original in seen)
    await connection.drain()
    assert captured
    assert [message for message in captured if CANARY.search(message)] == []
    shown = await answers_of(running, clients)
    assert [where for where, text in shown.items() if CANARY.search(text)] == []
    await write_everything(running)
    found = {str(path) for path in files_of(running) if CANARY.search(content_of(path))}
    assert found == set()


async def test_what_she_told_is_read_in_the_next_epoch_too(
    running: Running, clients: Clients
) -> None:
    told = await clients.post("operator", "intake", "/complaints", TOLD)
    await rotate(running, "intake", destroy=True)
    os.kill(pid_of(running.data, "intake"), signal.SIGKILL)  # it knew the key by heart
    await ready_again(running, "intake")
    at = f"/complaints/{told['complaint_id']}/personal"
    read = await clients.post("supervisor", "intake", at, {"purpose": "supervision"})
    assert read["fields"]["reporter.full_name"] == HERS["name"]


async def test_the_search_would_find_her(running: Running) -> None:
    admin = await asyncpg.connect(running.postgres)
    await admin.execute("create table public.planted (told text)")
    await admin.execute("insert into public.planted values ($1)", HERS["name"])
    await write_everything(running)
    found = [path for path in files_of(running) if CANARY.search(content_of(path))]
    await admin.execute("drop table public.planted")
    await admin.close()
    assert any("base" in path.parts for path in found)
    assert any("pg_wal" in path.parts for path in found)


async def at_the_counter(clients: Clients) -> None:
    """Her call: its number, what is noted, an emergency, and the line is lost."""
    call = {"channel": "call_center", "caller_number": HERS["phone"]}
    contact = await clients.post("operator", "intake", "/contacts", call)
    at = f"/contacts/{contact['id']}"
    noted = {name: value for name, value in TOLD.items() if name != "channel"}
    await clients.put("operator", "intake", f"{at}/draft", noted)
    help = {"services": ["POLICE_110"], "where": HERS["address"]}
    await clients.post("operator", "intake", f"{at}/emergency", help)
    await clients.post("operator", "intake", f"{at}/drop", {"reason": "line_lost"})


async def reading(clients: Clients, who: str, service: str, at: str) -> dict[str, str] | None:
    """What was told, once the service has heard that she may read it."""
    try:
        answer = await clients.post(who, service, at, IDENTIFYING)
    except Exception:  # the fact that the officer took it up is on its way
        return None
    fields: dict[str, str] = answer["fields"]
    return fields


async def bring_files(running: Running, complaint: str) -> list[bytes]:
    """Two photographs with her name in them; return them as a supervisor sees them."""
    seen, at = [], f"/complaints/{complaint}/documents/KTP/scans"
    operator, supervisor = [
        {"Authorization": f"Bearer {await token_as(running, who)}"}
        for who in ("operator", "supervisor")
    ]
    async with httpx.AsyncClient(base_url=running.urls["intake"], timeout=60) as client:
        for content, kind in ((with_gps(), "image/jpeg"), (with_php(), "image/jpeg")):
            sent = operator | {"Content-Type": kind}
            scan = (await client.post(at, content=content, headers=sent)).raise_for_status()
            look = {"purpose": "supervision", "what": "original"}
            opening = f"{at}/{scan.json()['id']}/opening"
            answer = await client.post(opening, json=look, headers=supervisor)
            seen.append(answer.raise_for_status().content)
    return seen


async def refused_requests(running: Running) -> None:
    """Requests that go wrong with her in them: a wrong field, no JSON, a wrong place."""
    async with httpx.AsyncClient(base_url=running.urls["intake"]) as client:
        for body in ({**TOLD, HERS["name"]: 1}, {**TOLD, "channel": HERS["name"]}):
            assert (await client.post("/complaints", json=body)).status_code in (401, 422)
        await client.post("/complaints", content=b'{"narrative": "' + HERS["name"].encode())
        await client.post("/status", json={"public_code": HERS["name"], "pin": "000000"})
        await client.get("/complaints", headers={"Idempotency-Key": HERS["nik"]})


async def ready_again(running: Running, service: str) -> None:
    async with httpx.AsyncClient(base_url=running.urls[service]) as client:
        await eventually(lambda: client.get("/readyz"), lambda answer: answer.status_code == 200)


async def answers_of(running: Running, clients: Clients) -> dict[str, bytes]:
    """What the services show to those who look at them from outside and to the auditor."""
    shown: dict[str, bytes] = {}
    async with httpx.AsyncClient() as client:
        for name, url in running.urls.items():
            for path in ("/metrics", "/readyz") if name != "issuer" else ():
                shown[name + path] = (await client.get(url + path)).content
    for service in ("intake", "triage", "referral", "counseling"):
        events = await clients.get("auditor", service, "/history/events", limit=1000)
        shown[f"{service} history"] = str(events).encode()
    return shown


async def write_everything(running: Running) -> None:
    """Let PostgreSQL write what it still holds in memory."""
    admin = await asyncpg.connect(running.postgres)
    await admin.execute("checkpoint")
    await admin.close()


def content(path: Path) -> bytes:
    """What is in a file; PostgreSQL throws caches of its own away while we look."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def files_of(running: Running) -> list[Path]:
    """Every file the system has written, but for this test's own."""
    return [
        path
        for path in running.data.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_size
    ]


def content_of(path: Path) -> bytes:
    """What is in a file; PostgreSQL may have removed it since we saw it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
