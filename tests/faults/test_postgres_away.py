"""What a person notices when PostgreSQL is down: an honest answer, soon, and no harm done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Any

import httpx
import pytest

from deploy.local.postgres import Postgres
from shared.eventstore import new_id
from shared.web.problems import MEDIA_TYPE, NOT_STORED, UNCERTAIN
from tests.faults.conftest import City, complain, complain_until_answered
from tests.faults.frozen import frozen
from tests.services import eventually

Outage = Callable[[Postgres], AbstractContextManager[None]]
SOON = 5.5  # seconds: five are promised, the rest is for a busy test machine
MANY = 30  # more than there are connections in the pool


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    postgres.stop()
    yield
    postgres.start()


@contextmanager
def killed(postgres: Postgres) -> Iterator[None]:
    postgres.kill()
    yield
    postgres.start()


@contextmanager
def hanging(postgres: Postgres) -> Iterator[None]:
    with frozen(postgres.process.pid):
        yield


@pytest.mark.parametrize("outage", [stopped, killed, hanging])
async def test_a_complaint_is_refused_soon_and_taken_once_when_postgresql_is_back(
    city: City, outage: Outage
) -> None:
    keys = [new_id().hex for _ in range(MANY)]
    async with city.started("intake") as intake, city.started("triage"):
        before = await complain_until_answered(intake.client, new_id().hex)
        await city.settled()

        with outage(city.servers.postgres):
            answers = await asyncio.gather(*(soon(complain(intake.client, key)) for key in keys))

        again = [complain_until_answered(intake.client, key) for key in keys]
        complaints = [before, *await asyncio.gather(*again)]
        await city.settled()

    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.json()["detail"] in (NOT_STORED, UNCERTAIN)
    assert len(set(complaints)) == 1 + MANY
    assert sorted(await city.complaints()) == sorted(complaints)
    assert sorted(await city.identifications()) == sorted(complaints)
    assert await city.parked() == 0


@pytest.mark.parametrize("outage", [stopped, hanging])
async def test_no_question_hangs_while_postgresql_does(city: City, outage: Outage) -> None:
    operator = city.issuer.headers("operator")
    officer = city.issuer.headers("identification_officer")
    async with city.started("intake") as intake, city.started("triage") as triage:
        complaint = await complain_until_answered(intake.client, new_id().hex)
        await city.settled()
        questions = [
            lambda: intake.client.get(f"/complaints/{complaint}", headers=operator),
            lambda: intake.client.get("/readyz"),
            lambda: triage.client.get(f"/identifications/{complaint}", headers=officer),
            lambda: triage.client.get("/identifications", headers=officer),
            lambda: triage.client.post(f"/identifications/{complaint}/take", headers=officer),
        ]

        with outage(city.servers.postgres):
            answers = [answer for ask in questions for answer in await ask_often(ask)]
            alive = [await soon(each.client.get("/healthz")) for each in (intake, triage)]

        for ask in questions:
            await eventually(ask, lambda answer: answer.status_code == 200)

    assert {answer.status_code for answer in answers} == {503}
    assert [answer.status_code for answer in alive] == [200, 200]  # a restart would mend nothing


async def soon(asked: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
    """Return the answer, and insist that it came in time."""
    began = monotonic()
    answer = await asked
    assert monotonic() - began < SOON
    return answer


async def ask_often(ask: Callable[[], Coroutine[Any, Any, httpx.Response]]) -> list[httpx.Response]:
    return await asyncio.gather(*(soon(ask()) for _ in range(MANY)))
