"""kill -9 at the worst moments: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import signal
from contextlib import suppress

import httpx
import nats
import pytest

from shared.eventstore import new_id
from tests.facts import case_classified, tell
from tests.faults.conftest import City, complain, complain_until_answered
from tests.services import Process


@pytest.mark.parametrize("moment", ["stored_but_not_published", "published_but_not_bookmarked"])
async def test_intake_killed_on_the_way_to_nats_tells_of_its_complaint_once(
    city: City, moment: str
) -> None:
    key = new_id().hex
    async with city.started("intake", fault=moment) as intake, city.started("triage"):
        with suppress(httpx.TransportError):  # it may be gone before it can answer
            await complain(intake.client, key)
        await dead(intake)
        assert len(await city.complaints()) == 1

        await intake.start_again("services.intake.app:create_app")
        complaint = await complain_until_answered(intake.client, key)
        await city.settled()

    assert await city.complaints() == [complaint]
    assert await city.identifications() == [complaint]


async def test_triage_killed_before_it_could_acknowledge_reacts_once(
    city: City,
) -> None:
    async with (
        city.started("intake") as intake,
        city.started("triage", fault="handled_but_not_acknowledged") as triage,
    ):
        complaint = await complain_until_answered(intake.client, new_id().hex)
        await dead(triage)
        assert await city.identifications() == [complaint]

        await triage.start_again("services.triage.app:create_app")
        await city.settled()

    assert await city.identifications() == [complaint]
    assert await city.parked() == 0


async def test_another_replica_of_intake_takes_over_from_one_that_is_killed(city: City) -> None:
    async with (
        city.started("intake") as leader,
        city.started("intake") as other,
        city.started("triage"),
    ):
        first = await complain_until_answered(leader.client, new_id().hex)
        await city.settled()
        await leader.kill()

        second = await complain_until_answered(other.client, new_id().hex)
        await city.settled()

    assert await city.identifications() == [first, second]


async def test_intake_killed_in_the_middle_of_parking_parks_once(city: City) -> None:
    unknown = new_id()
    async with (
        city.started("intake", fault="parked_but_not_answered_for") as intake,
        await nats.connect(city.servers.nats_url) as connection,
    ):
        await tell(connection.jetstream(), case_classified(unknown, new_id()), unknown)
        await dead(intake)
        assert await city.parked() == 1

        await intake.start_again("services.intake.app:create_app")
        await city.answered("triage", "intake")

    assert await city.parked() == 1


async def dead(service: Process) -> None:
    assert await service.process.wait() == -signal.SIGKILL
