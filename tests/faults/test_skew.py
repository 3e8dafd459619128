"""Clocks that are three days off: of services, and of PostgreSQL. NATS cannot be given another.

What a service notes with a wrong clock stays as wrong as it said it; nothing is lost by it, and no
time limit is broken by a clock that is right. PostgreSQL dates the record: there auditors notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from deploy.provision import SERVICES
from tests.faults.nemesis import Fault, started, trial
from tests.faults.office import Office, open_office
from tests.faults.skewed import SKEW
from tests.services import eventually
from tests.tokens import Issuer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]
APART = (("intake", "referral"), ("triage", "counseling"))  # neither hears what the other notes
A_WHILE = 1.5  # seconds
DATED_WRONG = """
    select count(*) from es.events
    where abs(extract(epoch from (body ->> 'at')::timestamptz - recorded_at)) > 86400"""
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
TIME = 7  # the rule of auditors about dates
WRONGLY_BROKEN = """
    select b.body ->> 'data' from es.events b
    where b.name = 'ClockBreached'
      and abs(extract(epoch from (b.body -> 'data' ->> 'noticed_at')::timestamptz - b.recorded_at))
          < 86400
      and not exists (
        select from es.events s
        where s.stream_id = b.stream_id and s.name in ('ClockStarted', 'ClockStartedAgain')
          and abs(extract(epoch from (s.body -> 'data' ->> 'started_at')::timestamptz
                                   - s.recorded_at)) > 86400)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    servers: Servers, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    async with open_office(servers, issuer, tmp_path_factory.mktemp("office")) as office:
        yield office


def services_are(direction: str) -> Fault:
    """Start two services with a clock that is off, and then with the right one again."""

    @asynccontextmanager
    async def fault(office: Office, chance: Random) -> AsyncIterator[None]:
        services = chance.choice(APART)
        before = [await dated_wrong(office, service) for service in services]
        await restarted(office, services, direction)
        for service, count in zip(services, before, strict=True):
            ask = partial(dated_wrong, office, service)
            await eventually(ask, lambda now, count=count: now > count, within=60)  # type: ignore[misc]
        await restarted(office, services, None)
        yield

    return fault


async def dated_wrong(office: Office, service: str) -> int:
    """How much a service has noted with a clock that is days off."""
    async with office.admin(service) as database:
        count: int = await database.fetchval(DATED_WRONG)
    return count


async def restarted(office: Office, services: tuple[str, ...], direction: str | None) -> None:
    """Start these services anew, with a clock that is off or with the right one."""
    replicas = [each for service in services for each in office.of(service)]
    await asyncio.gather(*(each.process.kill() for each in replicas))
    skewed = "tests.faults.skewed:{}_{}"
    await asyncio.gather(
        *(
            each.start(skewed.format(each.service, direction) if direction else None)
            for each in replicas
        )
    )


def postgres_is(by: str) -> Fault:
    """Let PostgreSQL have another time."""

    @asynccontextmanager
    async def fault(office: Office, _: Random) -> AsyncIterator[None]:
        server = office.servers.postgres
        right = server.process.program
        lie = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": by,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        try:
            await asyncio.to_thread(server.stop)
            server.process.program = replace(right, environment=right.environment | lie)
            await started(server)
            yield
        finally:
            server.process.program = right
            await asyncio.to_thread(server.stop)
            await started(server)

    return fault


@pytest.mark.parametrize("direction", ["ahead", "behind"])
async def test_a_service_whose_clock_is_wrong_loses_nothing_and_breaks_no_limit_of_others(
    office: Office, direction: str, chance: Random, tmp_path: Path
) -> None:
    name = f"services {SKEW.days} days {direction}"
    await trial(office, name, services_are(direction), chance, tmp_path, long=0)

    for service in SERVICES:
        async with office.admin(service) as database:
            assert await database.fetch(WRONGLY_BROKEN) == []


@pytest.mark.skipif(FAKETIME is None, reason="needs libfaketime (the Debian package faketime)")
@pytest.mark.parametrize("by", ["-3d", "+3d"])
async def test_an_auditor_notices_that_the_clock_of_postgresql_was_wrong_and_nothing_else_is(
    office: Office, by: str, chance: Random, tmp_path: Path
) -> None:
    fault = postgres_is(by)
    await trial(office, f"PostgreSQL {by}", fault, chance, tmp_path, long=A_WHILE, but=(TIME,))
