"""The network parts the services from their servers: they say so, and go on when it is one again.

Nobody is told of a partition: packets are lost, and sent again later. So what a service gave up
long ago may still arrive, and be stored then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from tests.faults.chaos import wire
from tests.faults.namespace import Namespace, namespace, why_not
from tests.faults.nemesis import trial
from tests.faults.office import Office, Place, open_office
from tests.services import eventually
from tests.tokens import Issuer

WHY_NOT = why_not()
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
    pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT)),
]


@pytest.fixture(scope="module")
def apart() -> Iterator[Namespace]:
    with namespace() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    apart: Namespace, servers: Servers, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    place = Place(apart.ours("servers"), apart.theirs("clients"), apart.before)
    at, folder = urlsplit(issuer.url), tmp_path_factory.mktemp("office")
    async with wire(str(at.hostname), int(at.port or 0), Random(), host=place.servers) as line:  # noqa: S311
        there = replace(issuer, url=f"http://{place.servers}:{line.port}")
        async with open_office(servers, there, folder, place=place) as office:
            yield office


async def test_what_is_told_during_a_partition_is_stored_once_or_not_at_all(
    apart: Namespace, office: Office, chance: Random, tmp_path: Path
) -> None:
    @asynccontextmanager
    async def partition(_: Office, __: Random) -> AsyncIterator[None]:
        (intake,) = office.of("intake")
        with apart.pulled("servers"):
            ask = partial(intake.process.client.get, "/readyz")
            await eventually(ask, lambda answer: answer.status_code == 503)
            yield

    await trial(office, "partition", partition, chance, tmp_path, long=4)
