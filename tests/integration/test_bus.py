"""The connection to NATS comes back, whatever ended it."""

from __future__ import annotations

from shared.messaging import open_bus
from tests.services import eventually


async def test_a_client_that_closed_for_good_is_replaced(empty_nats: str) -> None:
    async with open_bus(empty_nats, name="test") as bus:
        first = await bus.jetstream()
        # nats-py does this on errors that it takes for final: an expired login, say.
        await first._nc.close()
        assert not bus.is_connected

        info = await (await bus.jetstream()).stream_info("intake")

        assert info.config.name == "intake"
        assert bus.is_connected


async def test_what_is_parked_is_counted_for_each_service(empty_nats: str) -> None:
    async with open_bus(empty_nats, name="test") as bus:
        jetstream = await bus.jetstream()
        for reader in ("triage-intake-00", "triage-intake-07", "intake-triage-07"):
            await jetstream.publish(f"parked.{reader}.x", b"")

        assert await eventually(lambda: bus.count_parked("triage"), lambda n: n == 2) == 2
        assert await bus.count_parked("referral") == 0
