"""What a person notices when PostgreSQL is down: an honest answer, soon, and no harm done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.postgres import Postgres
from shared.eventstore import new_id
from shared.web.problems import MEDIA_TYPE, NOT_STORED, UNCERTAIN
from tests.faults.conftest import City, complain, complain_until_answered
from tests.faults.frozen import frozen
from tests.services import eventually

Outage = Callable[[Postgres], AbstractContextManager[None]]
Question = Callable[[], Coroutine[Any, Any, httpx.Response]]
SOON = 5.5  # seconds: five are promised, the rest is for a busy test machine
MANY = 30  # more than there are connections in the pool
OFTEN = 10
A_FEW = 6

PAUSE = """
    create function pause() returns trigger language plpgsql as
        'begin perform pg_advisory_xact_lock_shared(1); return null; end';
    grant execute on function pause() to public;
    create constraint trigger pause after insert on es.events
        deferrable initially {when} for each row execute function pause();
    select pg_advisory_lock(1)"""


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
        questions: list[Question] = [
            lambda: intake.client.get(f"/complaints/{complaint}", headers=operator),
            lambda: intake.client.get("/readyz"),
            lambda: triage.client.get(f"/identifications/{complaint}", headers=officer),
            lambda: triage.client.get("/identifications", headers=officer),
            lambda: triage.client.post(f"/identifications/{complaint}/take", headers=officer),
        ]

        assert {(await ask()).status_code for ask in questions} == {200}

        with outage(city.servers.postgres):
            answers = await asyncio.gather(*(soon(ask()) for ask in questions * OFTEN))
            alive = [await soon(each.client.get("/healthz")) for each in (intake, triage)]

        for ask in questions:
            await eventually(ask, lambda answer: answer.status_code == 200)

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.status_code for answer in alive} == {200}  # a restart would mend nothing


@pytest.mark.parametrize(
    ("when", "told"),
    [
        pytest.param("immediate", NOT_STORED, id="appending"),
        pytest.param("deferred", UNCERTAIN, id="committing"),
    ],
)
async def test_a_complaint_on_its_way_when_postgresql_begins_to_hang_is_taken_once(
    city: City, when: str, told: str
) -> None:
    keys = [new_id().hex for _ in range(A_FEW)]
    admin = await asyncpg.connect(city.databases["intake"].admin_url)
    async with city.started("intake") as intake, city.started("triage"):
        await admin.execute(PAUSE.format(when=when))
        asked = [asyncio.create_task(soon(complain(intake.client, key))) for key in keys]
        await eventually(lambda: waiting(admin), lambda count: count == A_FEW)

        with hanging(city.servers.postgres):
            answers = await asyncio.gather(*asked)
        await admin.close()  # and so lets them all pass

        again = [complain_until_answered(intake.client, key) for key in keys]
        complaints = await asyncio.gather(*again)
        await city.settled()

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["detail"] for answer in answers} == {told}
    assert sorted(await city.complaints()) == sorted(set(complaints))
    assert sorted(await city.identifications()) == sorted(set(complaints))
    assert len(set(complaints)) == A_FEW


async def waiting(admin: asyncpg.Connection[asyncpg.Record]) -> int:
    count: int = await admin.fetchval(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    return count


async def soon(asked: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
    """Return the answer, and insist that it came in time."""
    began = monotonic()
    answer = await asked
    assert monotonic() - began < SOON
    return answer
