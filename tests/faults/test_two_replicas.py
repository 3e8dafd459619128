"""Two processes of one service share the work: each fact once, and a case in its order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from itertools import chain
from uuid import UUID

import nats
import pytest
from nats.js import JetStreamContext

from shared.eventstore import new_id
from tests.facts import case_classified, counselor_assigned, tell
from tests.faults.conftest import City, complain_until_answered
from tests.services import eventually

CLIENTS, EACH = 8, 25
CASES, FACTS = 12, 10
SOURCES = ((case_classified, "followed_up"), (counselor_assigned, "counselor_assigned"))
Told = dict[tuple[str, str], list[str]]  # by complaint and by what was told of it


@pytest.fixture
async def jetstream(city: City) -> AsyncIterator[JetStreamContext]:
    async with await nats.connect(city.servers.nats_url) as connection:
        yield connection.jetstream()


async def test_two_replicas_of_triage_queue_every_complaint_once(
    city: City, jetstream: JetStreamContext
) -> None:
    async with city.started("intake") as intake, city.started("triage"), city.started("triage"):
        await eventually(lambda: pulls(jetstream, "intake"), lambda waiting: set(waiting) == {2})

        async def client() -> list[str]:
            keys = [new_id().hex for _ in range(EACH)]
            return [await complain_until_answered(intake.client, key) for key in keys]

        complaints = chain(*await asyncio.gather(*(client() for _ in range(CLIENTS))))
        await city.settled()

    assert sorted(await city.identifications()) == sorted(complaints)
    assert len(await city.identifications()) == CLIENTS * EACH
    assert await city.parked() == 0


async def test_two_replicas_of_intake_hear_of_a_case_in_the_order_in_which_it_was_told(
    city: City, jetstream: JetStreamContext
) -> None:
    async with city.started("intake") as intake, city.started("intake"):
        keys = [new_id().hex for _ in range(CASES)]
        complaints = await asyncio.gather(
            *(complain_until_answered(intake.client, key) for key in keys)
        )
        await eventually(lambda: pulls(jetstream, "triage"), lambda waiting: set(waiting) == {2})

        told: Told = defaultdict(list)
        for _ in range(FACTS):  # of all cases in turn, and from two sources at a time
            for complaint in complaints:
                for make, status in SOURCES:
                    case = new_id()
                    await tell(jetstream, make(UUID(complaint), case), UUID(complaint))
                    told[complaint, status].append(str(case))
        await eventually(lambda: heard_by(city), lambda heard: size(heard) == size(told))

    assert await heard_by(city) == told
    assert await city.parked() == 0


async def heard_by(city: City) -> Told:
    """The cases that each complaint was said to belong to, in the order of its stream."""
    heard: Told = defaultdict(list)
    for each in await city.happened("intake", "ComplaintProgressed"):
        heard[each["stream_id"], each["data"]["status"]].append(each["data"]["case_id"])
    return heard


def size(told: Told) -> int:
    return sum(len(cases) for cases in told.values())


async def pulls(jetstream: JetStreamContext, stream: str) -> list[int]:
    """How many processes are waiting at each partition of a source."""
    readers = await jetstream.consumers_info(stream)
    reader = "triage-" if stream == "intake" else "intake-"
    return [each.num_waiting or 0 for each in readers if each.name.startswith(reader)]
