"""While the system runs, what NATS lost of its streams is made anew."""

from __future__ import annotations

import asyncio

import pytest
from nats.errors import NoServersError

from deploy.local.watch import watch


async def test_provisioning_goes_on_whatever_becomes_of_nats(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deploy.local.watch.PROVISION", 0.01)
    tries, enough = 0, asyncio.Event()

    async def provision() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise NoServersError
        if tries == 2:
            await asyncio.Event().wait()  # it does not answer
        enough.set()

    watching = asyncio.create_task(watch((), (), provision, print))
    async with asyncio.timeout(5):
        await enough.wait()
    watching.cancel()
    await asyncio.wait([watching])
