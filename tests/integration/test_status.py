"""Who asks how far a complaint is: she learns a little, and the man after her learns nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.intake.status import commands, routes, views
from shared.clocks import today
from shared.eventstore import now_utc
from tests import cases
from tests.cases import YOURS, Told, a_cause
from tests.conftest import MakeDatabase
from tests.services import in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"
FAKE = "2026-999999-AAAAAA"


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    database = (await make_database("intake")).url
    async with in_process(
        "intake", database=database, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as running:
        yield running


@pytest.fixture
def intake(service: tuple[httpx.AsyncClient, FastAPI]) -> httpx.AsyncClient:
    return service[0]


@pytest.fixture
def operator(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("operator")


@pytest.fixture
async def told(service: tuple[httpx.AsyncClient, FastAPI], issuer: Issuer) -> Told:
    return await cases.complaint(*service, issuer, YOURS)


def right(told: Told) -> dict[str, str]:
    return {name: told.receipt[name] for name in ("public_code", "pin")}


def wrong(told: Told) -> dict[str, str]:
    return right(told) | {"pin": f"{(int(told.receipt['pin']) + 1) % 1_000_000:06d}"}


async def stored(app: FastAPI, name: str) -> int:
    count: int = await app.state.store.pool.fetchval(
        "select count(*) from es.events where name = $1", name
    )
    return count


async def test_she_is_told_in_plain_words_and_what_was_promised(
    intake: httpx.AsyncClient, told: Told, operator: dict[str, str]
) -> None:
    soon = now_utc() + timedelta(days=2)
    at = f"/complaints/{told.complaint_id}/promises"
    for what, due_at in (("next_contact", soon), ("assessment", soon + timedelta(days=1))):
        body = {"what": what, "due_at": due_at.isoformat(), "words": "Rahasia."}
        made = await intake.post(at, json=body, headers=operator)
    await intake.post(f"{at}/{made.json()['id']}/kept", headers=operator)

    answer = (await intake.post("/status", json=right(told))).json()

    assert answer.keys() == {"status", "label", "received_at", "promises"}
    assert (answer["status"], answer["label"]) == ("followed_up", "Ditindaklanjuti")
    assert answer["promises"] == [{"what": "next_contact", "due_at": str(today(soon))}]


async def test_a_new_time_is_not_shown_before_she_was_told_of_it(
    intake: httpx.AsyncClient, told: Told, operator: dict[str, str]
) -> None:
    soon, later = (now_utc() + timedelta(days=days) for days in (2, 4))
    at = f"/complaints/{told.complaint_id}/promises"
    body = {"what": "next_contact", "due_at": soon.isoformat()}
    its = f"{at}/{(await intake.post(at, json=body, headers=operator)).json()['id']}"
    shown = []
    for informed in (False, True):
        renewal = {"due_at": later.isoformat(), "informed": informed, "medium": "in_person"}
        await intake.post(f"{its}/renewal", json=renewal, headers=operator)
        shown.append((await intake.post("/status", json=right(told))).json()["promises"])

    assert shown == [[], [{"what": "next_contact", "due_at": str(today(later))}]]


async def test_asking_twice_in_a_minute_is_one_enquiry(
    service: tuple[httpx.AsyncClient, FastAPI], told: Told
) -> None:
    _, app = service
    store, noon = app.state.store, now_utc().replace(second=10)
    for seconds in (0, 30, 60):
        await commands.note_asked(
            store, a_cause(told.complaint_id), told.complaint_id, noon + timedelta(seconds=seconds)
        )

    assert await stored(app, "StatusAsked") == 2


async def test_who_guesses_learns_nothing_and_leaves_a_trace(
    service: tuple[httpx.AsyncClient, FastAPI], told: Told, operator: dict[str, str]
) -> None:
    """The man who found her receipt, or only heard of one."""
    intake, app = service
    loop = asyncio.get_running_loop()
    took: list[float] = []

    async def ask(body: dict[str, str]) -> httpx.Response:
        begun = loop.time()
        answer = await intake.post("/status", json=body)
        took.append(loop.time() - begun)
        return answer

    guesses = [await ask(wrong(told)) for _ in range(5)]
    locked = await ask(right(told))
    unknown = [
        await ask(right(told) | {"public_code": code}) for code in (FAKE, "x", "2026-000001-AAAAAA")
    ]
    seen = await intake.get(f"/complaints/{told.complaint_id}/enquiries", headers=operator)

    answers = [*guesses, locked, *unknown]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text for each in answers}) == 1
    assert {*map(frozenset, (each.headers.keys() for each in answers))} == {
        frozenset(locked.headers.keys())
    }
    assert min(took) >= routes.REFUSED_AFTER
    assert max(took) < 2 * routes.REFUSED_AFTER + 1
    assert (seen.json()["told"], seen.json()["refused"]) == (0, 6)
    assert await stored(app, "StatusRefused") == 6


async def test_the_same_wrong_pin_counts_each_time_whatever_key_is_sent(
    service: tuple[httpx.AsyncClient, FastAPI], told: Told
) -> None:
    intake, app = service
    for _ in range(3):
        await intake.post("/status", json=wrong(told), headers={"Idempotency-Key": "k" * 9})

    assert await stored(app, "StatusRefused") == 3


async def test_ten_wrong_in_all_lock_it_until_she_shows_who_she_is(
    service: tuple[httpx.AsyncClient, FastAPI], told: Told, operator: dict[str, str]
) -> None:
    intake, app = service
    at = f"/complaints/{told.complaint_id}"
    for _ in range(2):
        for _ in range(5):
            await intake.post("/status", json=wrong(told))
        await an_hour_later(app)

    locked = await intake.post("/status", json=right(told))
    seen = (await intake.get(f"{at}/enquiries", headers=operator)).json()
    opened = await intake.post(f"{at}/status-unlock", json={"basis": "code_word"}, headers=operator)
    again = await intake.post("/status", json=right(told))

    assert locked.status_code == 404
    assert seen["locked_at"] is not None
    assert opened.json()["locked_at"] is None
    assert again.status_code == 200
    assert await stored(app, "StatusLocked") == 1


async def test_unlocking_forgives_the_last_hour_too(
    intake: httpx.AsyncClient, told: Told, operator: dict[str, str]
) -> None:
    for _ in range(5):
        await intake.post("/status", json=wrong(told))
    before = await intake.post("/status", json=right(told))
    path = f"/complaints/{told.complaint_id}/status-unlock"
    await intake.post(path, json={"basis": "in_person"}, headers=operator)
    after = await intake.post("/status", json=right(told))

    assert (before.status_code, after.status_code) == (404, 200)


async def test_of_many_guesses_at_once_one_is_looked_at_and_every_one_leaves_a_trace(
    service: tuple[httpx.AsyncClient, FastAPI], told: Told
) -> None:
    intake, app = service

    answers = await asyncio.gather(*(intake.post("/status", json=wrong(told)) for _ in range(4)))

    assert {each.status_code for each in answers} == {404}
    counted = await app.state.store.pool.fetchval("select count(*) from desk.wrong_pins")
    assert 1 <= counted <= 4
    assert await stored(app, "StatusRefused") >= counted


async def test_after_thirty_days_nobody_knows_at_which_times_a_pin_was_wrong(
    service: tuple[httpx.AsyncClient, FastAPI], told: Told
) -> None:
    intake, app = service
    pool = app.state.store.pool
    await intake.post("/status", json=wrong(told))

    async def left(days: int) -> Any:
        await views.prune(pool, now_utc() + timedelta(days=days))
        return await pool.fetchval("select count(*) from desk.wrong_pins")

    assert (await left(29), await left(31)) == (1, 0)


async def an_hour_later(app: FastAPI) -> None:
    """Let what was wrong until now lie an hour back."""
    pool = app.state.store.pool
    rows = await pool.fetch("select * from desk.wrong_pins")
    await pool.execute("delete from desk.wrong_pins")
    for row in rows:
        await pool.execute(
            "insert into desk.wrong_pins values ($1, $2)",
            *(row["registration_no"], row["at"] - timedelta(hours=1)),
        )
