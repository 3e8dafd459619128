"""A service that is asked to stop finishes what it has begun, and then it goes."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import httpx
import pytest

from tests.faults.conftest import City, complain
from tests.services import Process, eventually

CLIENTS = 8
PATIENCE = 10  # seconds
# When all is tidied up, uvicorn ends by the very signal that asked it to.
IN_ORDER = (0, -signal.SIGTERM)


class Clients:
    """People who complain one after the other, and know which complaints were taken."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def complain(self, client: httpx.AsyncClient) -> None:
        with suppress(httpx.TransportError):  # it is gone
            while (answer := await complain(client)).status_code == 201:
                self.taken.append(answer.json()["complaint_id"])

    async def how_many_are_taken(self) -> int:
        return len(self.taken)


async def test_intake_asked_to_stop_loses_no_complaint_that_it_has_taken(city: City) -> None:
    people = Clients()
    async with city.started("intake") as intake, city.started("triage") as triage:
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(people.complain(intake.client))
            await eventually(people.how_many_are_taken, lambda n: n > 30)
            assert await stop(intake) in IN_ORDER

        await intake.start_again()
        await city.settled()
        assert await stop(triage) in IN_ORDER

    assert set(people.taken) <= set(await city.complaints())
    assert sorted(await city.identifications()) == sorted(await city.complaints())
    assert await city.parked() == 0


async def test_triage_asked_to_stop_in_the_middle_of_it_reacts_to_everything_once(
    city: City,
) -> None:
    people = Clients()
    async with city.started("intake") as intake, city.started("triage") as triage:
        async with asyncio.TaskGroup() as group:
            group.create_task(people.complain(intake.client))
            await eventually(city.identifications, lambda found: len(found) > 10)
            assert await stop(triage) in IN_ORDER
            assert len(people.taken) > len(await city.identifications())
            await stop(intake)

        await asyncio.gather(intake.start_again(), triage.start_again())
        await city.settled()

    assert sorted(await city.identifications()) == sorted(await city.complaints())
    assert await city.parked() == 0


async def test_nobody_who_dawdles_keeps_a_service_from_stopping(
    city: City, capfd: pytest.CaptureFixture[str]
) -> None:
    async with city.started("intake") as intake:
        at = intake.client.base_url
        _, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(b"POST /complaints HTTP/1.1\r\nHost: intake\r\nContent-Length: 9999\r\n\r\n{")
        dawdling = asyncio.create_task(dawdle(writer))

        assert await stop(intake) in IN_ORDER
        dawdling.cancel()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    assert "Application shutdown complete." in capfd.readouterr().err


async def dawdle(writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then; it is never enough."""
    with suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.5)


async def stop(service: Process) -> int:
    """Ask a service to stop, and return its exit code."""
    service.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        return await service.process.wait()
