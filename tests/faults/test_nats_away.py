"""What a person notices when NATS is down: nothing. Others hear of it later, that is all."""

from __future__ import annotations

import asyncio

from shared.eventstore import new_id
from tests.faults.conftest import City, complain, complain_until_answered
from tests.services import eventually


async def test_complaints_taken_while_nats_is_down_are_told_when_it_is_back(city: City) -> None:
    async with city.started("intake") as intake, city.started("triage"):
        before = await complain_until_answered(intake.client, new_id().hex)
        await eventually(city.identifications, bool)

        city.servers.nats.stop()
        answers = await asyncio.gather(*(complain(intake.client) for _ in range(20)))
        assert [answer.status_code for answer in answers] == [201] * 20
        assert (await intake.client.get("/readyz")).json()["nats"] == "away"

        city.servers.nats.start()
        await city.settled()

    taken = {before, *(answer.json()["complaint_id"] for answer in answers)}
    assert len(taken) == 21
    assert sorted(await city.identifications()) == sorted(taken)
    assert await city.parked() == 0


async def test_a_killed_nats_forgets_nothing_that_it_acknowledged(city: City) -> None:
    async with city.started("intake") as intake:
        for _ in range(5):
            await complain_until_answered(intake.client, new_id().hex)
        await city.published()

        city.servers.nats.kill()
        city.servers.nats.start()

        async with city.started("triage"):
            await city.settled()

    assert sorted(await city.identifications()) == sorted(await city.complaints())


async def test_intake_starts_without_nats_and_takes_complaints(city: City) -> None:
    city.servers.nats.stop()
    async with city.started("intake") as intake:
        complaint = await complain_until_answered(intake.client, new_id().hex)

        city.servers.nats.start()
        async with city.started("triage"):
            await city.settled()

    assert await city.identifications() == [complaint]


async def test_triage_starts_without_nats_and_listens_when_it_is_there(city: City) -> None:
    city.servers.nats.stop()
    async with city.started("triage"), city.started("intake") as intake:
        complaint = await complain_until_answered(intake.client, new_id().hex)
        city.servers.nats.start()
        await city.settled()

    assert await city.identifications() == [complaint]
