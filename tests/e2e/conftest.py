"""The whole system as its users meet it: `python -m deploy.local`, on ports of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.clients import Clients, clients_of
from deploy.local.running import Running
from tests.services import PROJECT


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    command = [sys.executable, "-m", "deploy.local", "--ephemeral", "--port-base", "0", "--json"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as system:  # noqa: S603
        assert system.stdout is not None
        try:
            yield Running.model_validate_json(system.stdout.readline())
        finally:
            system.send_signal(signal.SIGTERM)
            assert system.wait(30) == 0, "the system did not stop cleanly"


@pytest.fixture
async def clients(running: Running) -> AsyncIterator[Clients]:
    async with clients_of(running) as clients:
        yield clients
