"""The standard and the rules over HTTP: public, agreed on by two people, kept by every service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from shared.clocks.keeping import limit_at, started
from shared.eventstore import new_id, now_utc
from tests.cases import a_cause
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"


def some_rules(version: str, since: datetime, **more: Any) -> dict[str, Any]:
    rule = {"number": "7.2", "text": "Menghormati petugas dan pengguna lain.", "is_conduct": True}
    return {"version": version, "in_force_from": since.isoformat(), "rules": [rule]} | more


def a_standard(version: str, since: datetime, **more: Any) -> dict[str, Any]:
    items = [{"number": "4.1", "text": "Tidak dipungut biaya"}]
    return {
        "version": version,
        "in_force_from": since.isoformat(),
        "title": "Pengaduan kekerasan",
        "issuer": "Dinas",
        "sections": [{"number": "4", "title": "Biaya", "component": "cost", "items": items}],
    } | more


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("intake")


@pytest.fixture
async def intake(
    database: Database, issuer: Issuer, pepper: Path
) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process(
        "intake", database=database.url, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as (client, _):
        yield client


@pytest.fixture
def ani(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("supervisor")


@pytest.fixture
def budi(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("supervisor", nth=2)


async def test_anybody_reads_the_standard_and_sees_what_is_not_decided(
    intake: httpx.AsyncClient,
) -> None:
    told = (await intake.get("/standard")).json()

    assert (told["version"], told["status"]) == ("0", "in_force")
    assert told["sections"][1]["items"][1]["text"].endswith("Maksimal 30 menit")
    slots = {each["component"]: each for each in told["components"]}
    assert len(slots) == 14
    assert slots["time"]["section"] == "2"
    for open_one in ("cost", "product"):
        assert slots[open_one]["text"] == told["pledge"] == "belum ditetapkan"


async def test_the_shipped_rules_are_the_duties_with_the_limits_that_hold(
    intake: httpx.AsyncClient,
) -> None:
    told = (await intake.get("/rules")).json()

    assert [each["number"] for each in told["rules"]] == [f"7.{n}" for n in range(1, 7)]
    limits = {each["rule"]: each["amount"] for each in told["limits"]}
    assert (limits["counter"], limits["identification"]) == (10, 30)


@pytest.mark.parametrize(("register", "body"), [("standard", a_standard), ("rules", some_rules)])
async def test_a_version_holds_when_another_supervisor_has_agreed_and_is_never_edited(
    intake: httpx.AsyncClient, ani: dict[str, str], budi: dict[str, str], register: str, body: Any
) -> None:
    draft, at = body("2027-01", now_utc() - timedelta(days=1)), f"/{register}"
    before = (await intake.get(at)).json()

    written = await intake.post(at, json=draft, headers=ani | {"Idempotency-Key": "k" * 9})
    again = await intake.post(at, json=draft, headers=ani | {"Idempotency-Key": "k" * 9})
    edited = await intake.post(at, json=draft, headers=ani)
    shipped = await intake.post(at, json=draft | {"version": before["version"]}, headers=ani)
    seen = [await intake.get(f"{at}?version=2027-01", headers=who) for who in ({}, ani)]
    waiting = (await intake.get(f"{at}/versions", headers=budi)).json()
    own = await intake.post(f"{at}/2027-01/approval", headers=ani)
    agreed = await intake.post(f"{at}/2027-01/approval", headers=budi)
    twice = await intake.post(f"{at}/2027-01/approval", headers=budi)
    after = (await intake.get(at)).json()
    earlier = (await intake.get(f"{at}?version={before['version']}")).json()

    assert (written.status_code, again.json()) == (201, written.json())
    assert written.json()["status"] == "draft"
    assert (edited.status_code, shipped.status_code) == (409, 409)
    assert edited.json()["type"] == "/problems/version-taken"
    assert [each.status_code for each in seen] == [404, 200]  # a draft is nobody else's
    assert [(each["version"], each["status"]) for each in waiting] == [("2027-01", "draft")]
    assert own.status_code == 403
    assert agreed.status_code == twice.status_code == 200
    assert twice.json() == agreed.json() == after
    assert (after["version"], after["status"]) == ("2027-01", "in_force")
    assert after["in_force_from"] > draft["in_force_from"]  # nothing holds before it was approved
    assert (earlier["status"], earlier["in_force_to"]) == ("replaced", after["in_force_from"])


async def test_what_was_approved_for_later_waits_and_survives_a_restart(
    intake: httpx.AsyncClient,
    database: Database,
    issuer: Issuer,
    pepper: Path,
    ani: dict[str, str],
    budi: dict[str, str],
) -> None:
    tomorrow = now_utc() + timedelta(days=1)
    limits = [{"rule": "identification", "amount": 20}]
    await intake.post("/rules", json=some_rules("2027-01", tomorrow, limits=limits), headers=ani)
    await intake.post("/rules/2027-01/approval", headers=budi)

    async with in_process(
        "intake", database=database.url, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as (restarted, _):
        now = (await restarted.get("/rules")).json()
        then = (await restarted.get("/rules?version=2027-01")).json()

    assert now["version"] == "2026-11-24"
    assert now["in_force_to"] == then["in_force_from"]
    assert then["status"] == "approved"
    kept = {each["rule"]: each["amount"] for each in then["limits"]}
    assert (kept["identification"], kept["counter"], len(kept)) == (20, 10, len(now["limits"]))


@pytest.mark.parametrize(
    ("more", "type"),
    [
        ({"limits": [{"rule": "coffee", "amount": 5}]}, "no-such-rule"),
        ({"limits": [{"rule": "tpks_police_report", "amount": 9_999}]}, "longer-than-the-law"),
        ({"rules": some_rules("x", now_utc())["rules"] * 2}, "number-twice"),
    ],
)
async def test_rules_that_cannot_be_are_refused(
    intake: httpx.AsyncClient, ani: dict[str, str], more: dict[str, Any], type: str
) -> None:
    answer = await intake.post("/rules", json=some_rules("2027-01", now_utc(), **more), headers=ani)

    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{type}")
    assert (await intake.get("/rules/versions", headers=ani)).json() == []


async def test_all_versions_are_one_journey_so_that_nobody_hears_them_in_another_order(
    intake: httpx.AsyncClient, database: Database, ani: dict[str, str], budi: dict[str, str]
) -> None:
    for version in ("2027-01", "2027-02"):
        await intake.post("/rules", json=some_rules(version, now_utc()), headers=ani)
        await intake.post(f"/rules/{version}/approval", headers=budi)

    connection = await asyncpg.connect(database.admin_url)
    journeys = await connection.fetch(
        "select distinct body ->> 'correlation' from es.events where name = 'RuleSetApproved'"
    )
    await connection.close()
    assert len(journeys) == 1


async def test_every_service_keeps_the_limits_from_the_time_on_that_the_office_set(
    make_database: MakeDatabase,
    empty_nats: str,
    issuer: Issuer,
    pepper: Path,
    ani: dict[str, str],
    budi: dict[str, str],
) -> None:
    told = {"nats": empty_nats, "issuer": issuer.url}
    intake_db, triage_db = await make_database("intake"), await make_database("triage")
    today = now_utc()
    tomorrow = today + timedelta(days=1)
    async with (
        in_process("intake", database=intake_db.url, pepper=pepper, **told) as (intake, _),
        in_process("triage", database=triage_db.url, **told) as (_, triage),
    ):
        store = triage.state.store
        limits = [{"rule": "identification", "amount": 20, "warn": 15}]
        rules = some_rules("2027-01", tomorrow, limits=limits)
        await intake.post("/rules", json=rules, headers=ani)
        await intake.post("/rules/2027-01/approval", headers=budi)
        await eventually(
            lambda: limit_at(store, "identification", tomorrow),
            lambda limit: limit.version == "2027-01",
        )

        lengths = []
        for at in (today, tomorrow):
            clock = await started(store, "identification", new_id(), at, staff_id="ani")
            await store.save(clock, cause=a_cause(clock.id))
            lengths.append((clock.rule_version, clock.due_at - at))
        other = await limit_at(store, "counter", tomorrow)

    assert lengths == [
        ("2026-11-24", timedelta(minutes=30)),
        ("2027-01", timedelta(minutes=20)),
    ]
    assert (other.amount, other.version) == (10, "2027-01")  # the version has every limit
