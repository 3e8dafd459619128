"""Two processes of every service: when the one that leads is gone or asleep, the other leads.

The leader gives every event its place and tells it to the others. One that wakes up again and
still believes that it leads must neither give a place twice nor tell the others anything new.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from deploy.provision import SERVICES
from tests.faults.nemesis import Fault, killed, stopped, trial
from tests.faults.office import Office, Replica, open_office
from tests.tokens import Issuer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    servers: Servers, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    async with open_office(servers, issuer, tmp_path_factory.mktemp("office"), each=2) as office:
        yield office


def to_the_leaders(harm: Callable[[Replica], AbstractAsyncContextManager[None]]) -> Fault:
    """Harm the leader of every service, one after the other, until another leads each of them."""

    @asynccontextmanager
    async def fault(office: Office, chance: Random) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            harmed = list[Replica]()
            for service in chance.sample(SERVICES, len(SERVICES)):
                harmed.append(await office.leader(service))
                await stack.enter_async_context(harm(harmed[-1]))
                await asyncio.sleep(chance.uniform(0, 0.5))
            for each in harmed:
                await office.leader(each.service, but=each)
            yield

    return fault


FAULTS = {
    "leaders killed": to_the_leaders(killed),
    "leaders frozen": to_the_leaders(lambda replica: stopped(replica.pid)),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_another_leads_and_nothing_is_lost_or_happens_twice(
    office: Office, name: str, chance: Random, tmp_path: Path
) -> None:
    await trial(office, name, FAULTS[name], chance, tmp_path, long=1)
