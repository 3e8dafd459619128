"""What every answer carries, how much one may ask for, and what a stranger's page may not do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.access import PUBLIC, Subject
from shared.eventstore import new_id
from shared.web import armor, limits
from shared.web.limits import OPEN, STAFF, Limits, TooMany
from tests.complaints import WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.services import in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"  # a service takes complaints without NATS
WRONG = {"public_code": "XXXX-XXXX", "pin": "000000"}
Service = tuple[httpx.AsyncClient, FastAPI]


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Service]:
    database = (await make_database("intake")).url
    told = {"database": database, "nats": NOWHERE, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", **told) as running:
        yield running


@pytest.fixture
def intake(service: Service) -> httpx.AsyncClient:
    return service[0]


@pytest.fixture
def operator(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("operator")


async def test_every_answer_is_armored_also_the_bad_ones(
    intake: httpx.AsyncClient, service: Service, operator: dict[str, str]
) -> None:
    answers = [
        await intake.get("/healthz"),
        await intake.get("/openapi.json"),
        await intake.get("/nowhere"),
        await intake.put("/complaints"),
        await intake.get(f"/complaints/{new_id()}"),
        await intake.post("/complaints", content=b"{", headers=operator),
        await intake.post("/complaints", content=b" " * 300_000, headers=operator),
        await intake.post("/complaints", json=WALK_IN, headers=operator),
        await intake.post("/complaints", headers={"Cookie": "s=1"}),
    ]
    service[1].state.verifier = None  # a bug of ours
    answers.append(await intake.post("/complaints", json=WALK_IN, headers=operator))

    told = [answer.status_code for answer in answers]
    assert told == [200, 200, 404, 405, 401, 422, 413, 201, 403, 500]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in armor.HEADERS} == armor.HEADERS
        assert "strict-transport-security" not in answer.headers  # no promise over plain HTTP
        assert "server" not in answer.headers


async def test_over_tls_a_browser_is_told_to_stay_with_it(service: Service) -> None:
    transport = httpx.ASGITransport(service[1])
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        answer = await client.get("/healthz")
    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")


async def test_an_answer_may_bring_a_policy_of_its_own() -> None:
    async def page(_: Any, __: Any, send: Any) -> None:
        own = [(b"Content-Security-Policy", b"default-src 'self'")]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(armor.Armor(page))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers["cache-control"] == "no-store"


FROM_ELSEWHERE: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour's host": {"Sec-Fetch-Site": "same-site"},
    "another site with our origin": {"Sec-Fetch-Site": "cross-site", "Origin": "http://test"},
    "another origin": {"Origin": "http://jahat.example"},
    "an origin that hides": {"Origin": "null"},
    "our name as the beginning of another": {"Origin": "http://test.jahat.example"},
    "another port": {"Origin": "http://test:8080"},
    "nothing at all": {},
}
FROM_HERE: dict[str, dict[str, str]] = {
    "our own page": {"Sec-Fetch-Site": "same-origin"},
    "the person, by reloading": {"Sec-Fetch-Site": "none"},
    "an older browser on our page": {"Origin": "http://test"},
}


@pytest.mark.parametrize("headers", FROM_ELSEWHERE.values(), ids=FROM_ELSEWHERE.keys())
async def test_a_strangers_page_cannot_act_with_her_cookie(
    intake: httpx.AsyncClient, operator: dict[str, str], headers: dict[str, str]
) -> None:
    with_cookie = {"Cookie": "__Host-aduan=1"} | operator | headers

    answer = await intake.post("/complaints", json=WALK_IN, headers=with_cookie)

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/foreign-origin"


@pytest.mark.parametrize("headers", FROM_HERE.values(), ids=FROM_HERE.keys())
async def test_our_own_pages_can(
    intake: httpx.AsyncClient, operator: dict[str, str], headers: dict[str, str]
) -> None:
    with_cookie = {"Cookie": "__Host-aduan=1"} | operator | headers
    answer = await intake.post("/complaints", json=WALK_IN, headers=with_cookie)
    assert answer.status_code == 201


async def test_what_carries_no_cookie_or_changes_nothing_may_come_from_anywhere(
    intake: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "http://jahat.example"}
    told = await intake.post("/complaints", json=WALK_IN, headers=operator | elsewhere)
    assert told.status_code == 201
    looked = await intake.get("/healthz", headers=elsewhere | {"Cookie": "__Host-aduan=1"})
    assert looked.status_code == 200


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three requests at once, and one more every ten seconds."""
    for name in ("STAFF", "OPEN"):
        monkeypatch.setattr(limits, name, limits.Rate(3, 0.1))


@pytest.mark.usefixtures("scarce")
async def test_who_asks_too_often_is_told_when_to_come_back(
    intake: httpx.AsyncClient, issuer: Issuer
) -> None:
    path = f"/complaints/{new_id()}"
    first, second = (issuer.headers("operator", nth=n) for n in (1, 2))
    told = [(await intake.get(path, headers=first)).status_code for _ in range(5)]
    assert told == [404, 404, 404, 429, 429]

    refused = await intake.get(path, headers=first)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too-many"
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert (await intake.get(path, headers=second)).status_code == 404  # a colleague goes on


@pytest.mark.usefixtures("scarce")
async def test_a_complaint_is_taken_however_often(
    intake: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    for _ in range(5):
        assert (await intake.post("/status", json=WRONG)).status_code in (404, 429)
        assert (await intake.post("/complaints", json=WEBSITE)).status_code == 201
        answer = await intake.post("/complaints", json=WALK_IN, headers=operator)
        assert answer.status_code == 201
    assert (await intake.post("/status", json=WRONG)).status_code == 429
    assert (await intake.get("/healthz")).status_code == 200


@pytest.mark.usefixtures("scarce")
async def test_guessing_tokens_counts_for_the_place_it_comes_from(
    intake: httpx.AsyncClient,
) -> None:
    path = f"/complaints/{new_id()}"
    told = [
        (await intake.get(path, headers={"Authorization": f"Bearer {n}"})).status_code
        for n in range(5)
    ]
    assert told == [401, 401, 401, 429, 429]


async def test_the_documents_promise_a_429_where_there_may_be_one(
    intake: httpx.AsyncClient,
) -> None:
    paths = (await intake.get("/openapi.json")).json()["paths"]
    assert "429" in paths["/status"]["post"]["responses"]
    assert "429" not in paths["/complaints"]["post"]["responses"]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def refused(bucket: Limits, who: Subject, host: str = "10.1.2.3", times: int = 1) -> bool:
    for _ in range(times):
        try:
            bucket.count(who, host)
        except TooMany:
            return True
    return False


def test_a_network_is_one_caller_and_another_network_is_another() -> None:
    for one, neighbour, stranger in (
        ("10.1.2.3", "10.1.2.200", "10.1.3.3"),
        ("2001:db8:0:100::1", "2001:db8:0:1ff::9", "2001:db8:0:200::1"),
        ("::ffff:10.1.2.3", "10.1.2.4", "::ffff:10.1.3.4"),
    ):
        bucket = Limits(Clock())
        assert not refused(bucket, PUBLIC, one, int(OPEN.burst))
        assert refused(bucket, PUBLIC, neighbour)
        assert not refused(bucket, PUBLIC, stranger)


def test_what_was_taken_comes_back_in_time_and_not_beyond() -> None:
    clock, who = Clock(), Subject("x", frozenset({"operator"}))
    bucket = Limits(clock)
    assert not refused(bucket, who, times=int(STAFF.burst))
    assert refused(bucket, who)
    clock.now += 1
    assert not refused(bucket, who, times=int(STAFF.a_second))
    assert refused(bucket, who)
    clock.now += 10_000
    assert not refused(bucket, who, times=int(STAFF.burst))
    assert refused(bucket, who)


def test_no_address_is_kept_and_no_trace_outlives_the_day() -> None:
    clock = Clock()
    bucket = Limits(clock)
    bucket.count(PUBLIC, "10.1.2.3")
    (today,) = bucket._left
    clock.now += limits.DAY
    bucket.count(PUBLIC, "10.1.2.3")
    assert len(bucket._left) == 2
    assert "10.1" not in str(bucket._left)
    assert today != list(bucket._left)[1]


def test_the_memory_for_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MANY", 10)
    bucket = Limits()
    for n in range(50):
        bucket.count(PUBLIC, f"10.1.{n}.1")
    assert len(bucket._left) == 10
