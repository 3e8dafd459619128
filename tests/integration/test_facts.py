"""`GET /facts` tells other services what NATS was told, and nobody else anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.triage.settings import Settings
from shared.contracts import PARTITIONS, partition_of
from shared.contracts.intake import ComplaintReceived
from shared.messaging import open_bus
from shared.messaging.missed import NobodyToAsk
from shared.messaging.told import Latest, Told
from shared.web.peers import Peers
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.services import Process, as_process, environment, eventually, in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"
STAFF = ("operator", "identification_officer", "counselor", "supervisor", "auditor", "admin")
# Long enough that no random id can hold one.
PERSONAL = ("Sumarni", "0812-0000", "81200000101", "3573990000000001", "memukul")


@dataclass(frozen=True)
class Intake:
    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    complaints: list[str]  # in the order of the log

    async def facts(self, partition: int, after: int = -1, **query: int) -> Told:
        answer = await self.client.get(
            "/facts",
            params={"partition": partition, "after": after, **query},
            headers=self.issuer.headers("service"),
        )
        assert answer.status_code == 200
        return Told.model_validate(answer.json())


@pytest.fixture
async def intake(
    empty_nats: str, make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Intake]:
    database = (await make_database("intake")).url
    told = {"database": database, "nats": empty_nats, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", **told) as (client, app):
        complaints = []
        for _ in range(40):
            answer = await client.post(
                "/complaints", json=WALK_IN, headers=issuer.headers("operator")
            )
            complaints.append(answer.json()["complaint_id"])
        await eventually(
            lambda: client.get("/readyz"), lambda answer: answer.json()["unpublished"] == 0
        )
        yield Intake(client, app, issuer, complaints)


async def test_it_tells_the_same_as_nats_was_told(intake: Intake, empty_nats: str) -> None:
    async with open_bus(empty_nats, name="test") as bus:
        jetstream = await bus.jetstream()
        count = (await jetstream.stream_info("intake")).state.last_seq
        messages = [await jetstream.get_msg("intake", seq=n + 1) for n in range(count)]
    facts = {
        fact.headers["ce-id"]: fact
        for partition in range(PARTITIONS)
        for fact in (await intake.facts(partition)).facts
    }

    assert len(messages) == len(facts) == len(intake.complaints)
    for message in messages:
        headers = dict(message.headers or {})
        fact = facts[headers["ce-id"]]
        assert fact.subject == message.subject
        for name in ("ppa-previous-of", "Nats-Expected-Stream"):  # of the way over NATS only
            headers.pop(name)
        assert {name: fact.headers[name] for name in headers} == headers
        assert fact.index == int(headers["ppa-index"])
        body = ComplaintReceived.model_validate(fact.body)
        assert body == ComplaintReceived.model_validate_json(message.data or b"")
        assert not [word for word in PERSONAL if word in fact.model_dump_json()]


async def test_a_partition_is_told_in_order_page_by_page_up_to_the_head(intake: Intake) -> None:
    for partition in range(PARTITIONS):
        expected = [each for each in intake.complaints if partition_of(UUID(each)) == partition]
        found, after, told = [], -1, None
        while told is None or told.next < told.head:
            told = await intake.facts(partition, after, limit=1)
            found += [fact.headers["ce-correlationid"] for fact in told.facts]
            after = told.next - 1
        assert found == expected
        assert (await intake.facts(partition, told.head - 1)).facts == []


async def test_it_says_how_far_nats_was_told(intake: Intake) -> None:
    answer = await intake.client.get("/facts/latest", headers=intake.issuer.headers("service"))
    latest = Latest.model_validate(answer.json()).partitions

    for partition in range(PARTITIONS):
        told = (await intake.facts(partition)).facts
        last = {"ComplaintReceived": told[-1].index} if told else {}
        assert latest.get(partition, {}) == last


@pytest.mark.parametrize("path", ["/facts?partition=0", "/facts/latest"])
async def test_it_is_refused_to_staff_agencies_and_the_public(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path, path: str
) -> None:
    database = (await make_database("intake")).url
    told: dict[str, Any] = {"database": database, "nats": NOWHERE, "issuer": issuer.url}
    async with in_process("intake", pepper=pepper, **told) as (client, _):
        for role in (*STAFF, "agency", "privacy_officer", "referral_officer"):
            answer = await client.get(path, headers=issuer.headers(role))
            assert (role, answer.status_code) == (role, 403)
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=issuer.headers("service"))).status_code == 200


@pytest.fixture
async def publisher(
    empty_nats: str, make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Process]:
    database = (await make_database("intake")).url
    told: dict[str, Any] = {"database": database, "nats": empty_nats, "issuer": issuer.url}
    async with as_process("intake", pepper=pepper, **told) as intake:
        yield intake


async def test_a_service_shows_its_secret_and_is_answered(
    publisher: Process, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = Peers(settings(monkeypatch, issuer, {"intake": str(publisher.client.base_url)}))
    await publisher.client.post("/complaints", json=WALK_IN, headers=issuer.headers("operator"))
    asked = issuer.asked.count("/token")

    latest = await eventually(lambda: peers.latest("intake"), lambda found: found.partitions)
    (partition,) = latest.partitions
    assert len((await peers.told("intake", partition, -1)).facts) == 1
    assert issuer.asked.count("/token") == asked + 1  # and kept


async def test_without_the_secret_or_an_address_nothing_is_answered(
    publisher: Process, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = tmp_path / "secret"
    wrong.write_text("another")
    wrong.chmod(0o600)
    told = settings(monkeypatch, issuer, {"intake": str(publisher.client.base_url)})
    peers = Peers(told.model_copy(update={"client_secret_file": wrong}))

    with pytest.raises(ConnectionError):
        await peers.latest("intake")
    with pytest.raises(NobodyToAsk):
        await peers.latest("referral")


def settings(monkeypatch: pytest.MonkeyPatch, issuer: Issuer, peers: dict[str, str]) -> Settings:
    told = environment(
        "triage", database="postgresql://x@y/z", nats=NOWHERE, issuer=issuer.url, peers=peers
    )
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return Settings()
