"""Each service has a user of its own on NATS, who may do its own work there and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from deploy.local.servers import Servers
from deploy.nats.users import SERVICES, users
from deploy.provision import provision_nats
from shared.eventstore import new_id
from shared.messaging import open_bus
from shared.messaging.bus import Login, NatsClient
from shared.messaging.parked import parked
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer

OFFICER = "identification_officer"
NOT_FOR_SERVICES = (
    *("STREAM.CREATE.mine", "STREAM.UPDATE.intake", "STREAM.DELETE.intake", "STREAM.PURGE.intake"),
    *("STREAM.MSG.DELETE.parked", "STREAM.MSG.GET.intake", "DIRECT.GET.intake", "STREAM.LIST"),
    *("CONSUMER.CREATE.intake.mine", "CONSUMER.DELETE.intake.triage-intake-00"),
    "STREAM.SNAPSHOT.intake",
)


class Guest:
    """Somebody on NATS, and what the server refused."""

    def __init__(self, client: NatsClient, refused: list[str]) -> None:
        self.client, self._refused = client, refused

    async def publish(self, subject: str) -> list[str]:
        await self.client.publish(subject, b"{}")
        return await self._told()

    async def listen(self, subject: str) -> list[str]:
        await self.client.subscribe(subject)
        return await self._told()

    async def _told(self) -> list[str]:
        """Do what nobody may; once that is refused, all that was refused before it is known."""
        await self.client.publish("nobody.may", b"")

        async def refused() -> list[str]:
            return self._refused

        told = await eventually(refused, lambda told: told and "nobody.may" in told[-1])
        return told[:-1]


def seed_of(servers: Servers, user: str) -> str:
    return servers.nats.seeds[user].read_text()


@asynccontextmanager
async def logged_in(servers: Servers, user: str) -> AsyncIterator[Guest]:
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    client, login = NatsClient(), Login(seed=seed_of(servers, user))
    await client.connect(servers.nats.address, **login.options(user), error_cb=note)
    try:
        yield Guest(client, refused)
    finally:
        await client.close()


@asynccontextmanager
async def administrator(servers: Servers) -> AsyncIterator[JetStreamContext]:
    async with await nats.connect(servers.nats_url) as client:
        yield client.jetstream()


async def test_triage_cannot_speak_in_the_name_of_intake(servers: Servers, empty_nats: str) -> None:
    async with logged_in(servers, "triage") as triage, administrator(servers) as jetstream:
        refused = await triage.publish(f"ppa.intake.ComplaintReceived.00.{new_id()}")

        assert "permissions violation for publish" in refused[0]
        assert (await jetstream.stream_info("intake")).state.messages == 0


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_hears_its_own_inbox_and_nothing_else(
    servers: Servers, empty_nats: str, service: str
) -> None:
    others = [f"_INBOX_{each.name}.>" for each in users() if each.name != service]
    for subject in (*others, ">", "ppa.>", "_INBOX.>", "parked.>", "$SYS.>", f"ppa.{service}.>"):
        async with logged_in(servers, service) as guest:
            assert "permissions violation for subscription" in (await guest.listen(subject))[0]
    async with logged_in(servers, service) as guest:
        assert await guest.listen(f"_INBOX_{service}.mine") == []


@pytest.mark.parametrize("call", NOT_FOR_SERVICES)
async def test_a_service_changes_no_stream_and_reads_none_but_through_its_durables(
    servers: Servers, empty_nats: str, call: str
) -> None:
    async with administrator(servers) as jetstream:
        before = [each.config for each in await jetstream.streams_info()]
        for service in SERVICES:
            async with logged_in(servers, service) as guest:
                assert "permissions violation" in (await guest.publish(f"$JS.API.{call}"))[0]
        assert [each.config for each in await jetstream.streams_info()] == before


async def test_a_service_takes_no_message_that_is_meant_for_another(
    servers: Servers, empty_nats: str
) -> None:
    async with logged_in(servers, "referral") as guest:
        refused = await guest.publish("$JS.API.CONSUMER.MSG.NEXT.intake.triage-intake-00")
        assert "permissions violation" in refused[0]
    async with logged_in(servers, "referral") as guest:
        refused = await guest.publish("$JS.ACK.intake.triage-intake-00.1.1.1.1.0")
        assert "permissions violation" in refused[0]
    async with logged_in(servers, "referral") as guest:
        assert "permissions violation" in (await guest.publish("parked.triage-intake-00.x"))[0]


async def test_who_has_no_seed_gets_no_connection(servers: Servers) -> None:
    for login in (Login(), Login(seed=NOBODYS)):
        client, options = NatsClient(), login.options("triage") | {"allow_reconnect": False}
        with pytest.raises(NatsError):
            await client.connect(servers.nats.address, **options)
        await client.close()


NOBODYS = "SUAMHS2532WF6HLVI4GXICX7G7QOVZHXOCLHLZMOKNUJ4OYW7JK3YUK46E"  # a seed nobody knows


async def test_the_provisioner_makes_everything_from_nothing_and_deletes_nothing(
    servers: Servers,
) -> None:
    login = Login(seed=seed_of(servers, "provisioner"))
    async with administrator(servers) as jetstream:
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(stream.config.name or "")
        for _ in range(2):
            await provision_nats(servers.nats.address, login)
            made = {each.config.name for each in await jetstream.streams_info()}
            assert made == {*SERVICES, "parked"}
    async with logged_in(servers, "provisioner") as guest:
        assert "permissions violation" in (await guest.publish("$JS.API.STREAM.DELETE.intake"))[0]


async def test_the_monitor_sees_figures_and_no_message(servers: Servers, empty_nats: str) -> None:
    async with logged_in(servers, "monitor") as guest:
        jetstream = guest.client.jetstream()
        assert (await jetstream.stream_info("intake")).state.messages == 0
        assert len(await jetstream.consumers_info("intake")) > 0
    for subject in ("$JS.API.STREAM.MSG.GET.intake", "ppa.intake.ComplaintReceived.00.x"):
        async with logged_in(servers, "monitor") as guest:
            assert "permissions violation" in (await guest.publish(subject))[0]


async def test_four_services_with_their_own_users_carry_a_complaint_to_the_end(
    servers: Servers,
    empty_nats: str,
    make_database: MakeDatabase,
    issuer: Issuer,
    pepper: Path,
) -> None:
    """Publish, follow, acknowledge, park and look at what is parked: all of it is permitted."""
    told = {"nats": servers.nats.address, "issuer": issuer.url}
    async with AsyncExitStack() as stack:
        clients = {}
        for service in SERVICES:
            more = {"pepper": pepper} if service == "intake" else {}
            seed = {"nats_seed_file": servers.nats.seeds[service]}
            database = (await make_database(service)).url
            clients[service], _ = await stack.enter_async_context(
                in_process(service, database=database, **told, **seed, **more)
            )
        operator = issuer.headers("operator")
        answer = await clients["intake"].post("/complaints", json=WALK_IN, headers=operator)
        complaint = answer.json()["complaint_id"]
        path, officer = f"/identifications/{complaint}", issuer.headers(OFFICER)
        triage, supervisor = clients["triage"], issuer.headers("supervisor")
        await eventually(lambda: triage.get(path, headers=officer), lambda a: a.is_success)
        for step, body in (("take", None), ("case", NEW_CASE), ("classification", FOLLOW_UP)):
            done = await triage.post(f"{path}/{step}", json=body, headers=officer)
            assert done.is_success, done.text
        await eventually(
            lambda: clients["counseling"].get("/casework", headers=supervisor),
            lambda answer: done.json()["case_id"] in answer.text,
        )
        for service in SERVICES:
            ready = (await clients[service].get("/readyz")).json()
            assert (ready["nats"], ready["parked"], ready["failing"]) == ("connected", 0, {})


async def test_what_a_service_parks_is_looked_at_and_removed_by_the_user_for_that(
    servers: Servers, empty_nats: str
) -> None:
    triage, clerk = (Login(seed=seed_of(servers, user)) for user in ("triage", "parked"))
    address, journey = servers.nats.address, new_id()
    async with open_bus(address, name="triage", login=triage) as bus:
        await bus.park("triage-intake-00", journey, b"{}", {"parked-sequence": "1"})
        assert await bus.waits("triage-intake-00", journey)
        assert await bus.count_parked("triage") == 1
    async with open_bus(address, name="parked", login=clerk) as bus:
        (found,) = await parked(bus)
        await (await bus.jetstream()).delete_msg("parked", found.sequence)
        assert await parked(bus) == []
