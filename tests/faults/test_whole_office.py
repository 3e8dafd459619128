"""Whatever breaks in the whole office, nothing that was told is lost, and nothing happens twice.

People use all four services while it breaks; afterwards every invariant must hold. The office is
the same for all of these: what one fault leaves behind is there when the next comes.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import nats
import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from shared.eventstore import new_id
from shared.messaging.bus import PARKED
from tests.faults.invariants import broken
from tests.faults.load import COMPLAIN, OK, REFUSED, Sent
from tests.faults.nemesis import FAULTS, LASTING, LONG, at_random, trial
from tests.faults.office import Office, open_office
from tests.tokens import Issuer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]
SOAK = 60 * float(os.environ.get("MINUTES") or 0)
SECONDS = SOAK or 25.0
SHORT = 1.0  # second for which something is dead; to begin again takes it long enough
STRETCH = min(30.0, SECONDS)  # of trouble, after which everything must be right
SPOILED = {
    "triage": """
        delete from es.handled where message_id in (
            select message_id from es.handled where handler = 'triage-queue-received-complaint'
            limit 1);
        insert into es.handled values ('triage-queue-received-complaint', 'out of nowhere', '')""",
    "counseling": "update views.counselors set load = load + 1",
    "referral": """
        alter table es.events disable trigger all;
        update es.events set body = replace(body::text, '"actor"', '"Actor"')::json
        where name = 'AgencyRegistered'""",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    servers: Servers, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    async with open_office(servers, issuer, tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.mark.parametrize("name", FAULTS)
async def test_nothing_is_lost_and_nothing_happens_twice(
    office: Office, name: str, chance: Random, tmp_path: Path
) -> None:
    long = SHORT if name.endswith("killed") else LONG
    await trial(office, name, FAULTS[name], chance, tmp_path, long=long)


@pytest.mark.timeout(SECONDS * 4 + 120)
async def test_nor_when_one_fault_follows_the_other_and_two_come_at_once(
    office: Office, chance: Random, tmp_path: Path
) -> None:
    faults = FAULTS | LASTING if SOAK else FAULTS
    for stretch in range(1, round(SECONDS / STRETCH) + 1):
        trouble = at_random(STRETCH, faults, print)
        await trial(office, f"at random, {stretch}", trouble, chance, tmp_path, long=0)


async def test_whatever_is_spoiled_by_hand_is_noticed(office: Office, tmp_path: Path) -> None:
    """Last, because this office is right no more."""
    told = [each for each in office.sent if each.step is COMPLAIN and OK in each.ends]
    office.sent += [
        Sent(COMPLAIN, "acknowledged and nowhere", [OK]),
        Sent(COMPLAIN, told[0].message_id, [REFUSED]),
    ]
    for service, statements in SPOILED.items():
        async with office.admin(service) as database:
            await database.execute(statements)
    async with await nats.connect(office.servers.nats_url) as client:
        await client.jetstream().publish(f"{PARKED}.triage-intake-00.{new_id()}", b"{}")

    found = [each async for each in broken(office, tmp_path, within=5)]

    assert {each.invariant for each in found} == {"I1", "I2", "I3", "I4", "I5", "I6", "I11"}
