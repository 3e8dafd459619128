"""The issuer on a folder of its own, with a clock that stands still."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.offices import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
async def issuer(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    async with office.open() as client:
        yield client
