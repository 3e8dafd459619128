"""From one service's store to another's policy: told in order, heard at least once, done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from asyncpg import InterfaceError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, RawStreamMsg

from deploy.provision import provision_nats
from services.triage.domain import Case, Identification
from services.triage.policies import queue_received_complaint
from shared.contracts import PARTITIONS, partition_of
from shared.contracts.intake import ComplaintReceived
from shared.eventstore import Cause, EventStore, new_id
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.postgres import open_pool
from shared.messaging import Bus, Policy, listeners, open_bus, running
from shared.messaging.parked import parked
from shared.problems import Stale
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.facts import complaint_received, tell
from tests.services import eventually, in_process
from tests.tokens import Issuer

# Of WALK_IN, her number however it is written: a shorter piece of it is in many an id by chance.
PERSONAL = ("Sumarni", "0812-0000", "0000-0101", "81200000101", "3573990000000001", "memukul")


@pytest.fixture
async def bus(empty_nats: str) -> AsyncIterator[Bus]:
    async with open_bus(empty_nats, name="test") as bus:
        yield bus


@pytest.fixture
async def jetstream(bus: Bus) -> JetStreamContext:
    return await bus.jetstream()


async def test_a_fact_says_where_it_comes_from_and_which_of_its_partition_came_before(
    jetstream: JetStreamContext,
    empty_nats: str,
    make_database: MakeDatabase,
    issuer: Issuer,
    pepper: Path,
) -> None:
    database, operator = (await make_database("intake")).url, issuer.headers("operator")
    complaints: dict[str, str] = {}
    for _ in range(2):  # the second time, the relay goes on where it was
        async with in_process(
            "intake", database=database, nats=empty_nats, issuer=issuer.url, pepper=pepper
        ) as (intake, _app):
            for _ in range(12):
                answer = await intake.post("/complaints", json=WALK_IN, headers=operator)
                receipt = answer.json()
                complaints[receipt["complaint_id"]] = receipt["receipt"]["event_id"]
            facts = await eventually(
                lambda: everything(jetstream, "intake"), lambda f: len(f) == len(complaints)
            )

    before: dict[str, str] = {}
    for fact in facts:
        service, name, partition, complaint = (fact.subject or "").split(".")[1:]
        headers = fact.headers or {}
        assert (service, name) == ("intake", "ComplaintReceived")
        assert int(partition) == partition_of(UUID(complaint))
        assert headers["Nats-Msg-Id"] == headers["ce-id"] == complaints.pop(complaint)
        assert headers["ce-type"] == "id.aduan.intake.ComplaintReceived"
        assert headers["ce-subject"] == headers["ce-correlationid"] == complaint
        assert headers["ppa-previous"] == before.get(partition, "-")
        before[partition] = headers["ppa-index"]
        assert not [word for word in PERSONAL if word in f"{fact.subject} {headers} {fact.data!r}"]
    assert len(before) < len(facts)  # so some did have one before them
    assert complaints == {}


async def test_what_nats_did_not_answer_for_is_told_again_until_it_does_and_in_order(
    jetstream: JetStreamContext,
    empty_nats: str,
    make_database: MakeDatabase,
    issuer: Issuer,
    pepper: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish, chance = Bus.publish, Random(2026)  # noqa: S311 so that a failure can be repeated

    async def publish_or_not(self: Bus, *told: Any) -> None:
        if (missed := chance.random()) < 0.4:
            if missed < 0.2:  # it arrived, only the answer did not
                await publish(self, *told)
            raise TimeoutError
        await publish(self, *told)

    monkeypatch.setattr(Bus, "publish", publish_or_not)
    database, operator = (await make_database("intake")).url, issuer.headers("operator")
    told = {"database": database, "nats": empty_nats, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", **told) as (intake, _):
        asked = [intake.post("/complaints", json=WALK_IN, headers=operator) for _ in range(20)]
        complaints = [answer.json()["complaint_id"] for answer in await asyncio.gather(*asked)]
        facts = await eventually(
            lambda: everything(jetstream, "intake"), lambda facts: len(facts) >= len(complaints)
        )

    assert sorted(correlation_of(fact) for fact in facts) == sorted(complaints)
    for partition in range(PARTITIONS):
        indexes = [
            int((fact.headers or {})["ppa-index"])
            for fact in facts
            if partition_of(UUID(correlation_of(fact))) == partition
        ]
        assert indexes == sorted(indexes)


@pytest.mark.parametrize("failure", [Stale, RuntimeError, OSError, InterfaceError])
async def test_what_fails_twice_is_tried_a_third_time_and_has_one_effect(
    bus: Bus, jetstream: JetStreamContext, short_pauses: None, failure: type[Exception]
) -> None:
    store = MemoryEventStore(Identification, Case)
    attempts: list[UUID] = []

    async def react(store: EventStore, cause: Cause, fact: ComplaintReceived) -> None:
        attempts.append(fact.complaint_id)
        if len(attempts) <= 2:
            raise failure
        await queue_received_complaint(store, cause, fact)

    journey, first, second = new_id(), new_id(), new_id()
    async with running(listeners("triage", bus, store, (policy(react),))):
        await tell(jetstream, complaint_received(first), journey)
        await tell(jetstream, complaint_received(second), journey)
        await answered_for(jetstream, 2)

    assert attempts == [first, first, first, second]
    assert store.names == ["ComplaintQueued", "ComplaintQueued"]
    assert await parked(bus) == []


@pytest.mark.parametrize("failure", [Stale, RuntimeError])
async def test_what_fails_every_time_is_parked_in_the_end(
    bus: Bus, jetstream: JetStreamContext, short_pauses: None, failure: type[Exception]
) -> None:
    store = MemoryEventStore(Identification, Case)

    async def react(_: EventStore, __: Cause, ___: ComplaintReceived) -> None:
        raise failure

    journey = new_id()
    async with running(listeners("triage", bus, store, (policy(react),))):
        await tell(jetstream, complaint_received(journey), journey)
        (message,) = await eventually(lambda: parked(bus), bool)

    assert message.reason == failure.__name__
    assert message.headers["parked-deliveries"] == "5"  # at once, and after each of four pauses
    assert message.correlation == str(journey)


async def test_a_value_that_the_database_cannot_take_is_no_outage(
    bus: Bus, jetstream: JetStreamContext, short_pauses: None, make_database: MakeDatabase
) -> None:
    too_large = 2**40
    async with open_pool((await make_database("triage")).url) as pool:

        async def react(_: EventStore, __: Cause, ___: ComplaintReceived) -> None:
            await pool.fetchval("select $1::int4", too_large)

        store, journey = MemoryEventStore(Identification, Case), new_id()
        async with running(listeners("triage", bus, store, (policy(react),))):
            await tell(jetstream, complaint_received(journey), journey)
            (message,) = await eventually(lambda: parked(bus), bool)

    assert message.reason == "DataError"


async def test_an_outage_parks_nothing_however_long_it_lasts(
    bus: Bus, jetstream: JetStreamContext, short_pauses: None
) -> None:
    store, attempts = MemoryEventStore(Identification, Case), 0

    async def react(store: EventStore, cause: Cause, fact: ComplaintReceived) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 20:
            raise ConnectionError
        await queue_received_complaint(store, cause, fact)

    complaint = new_id()
    async with running(listeners("triage", bus, store, (policy(react),))):
        await tell(jetstream, complaint_received(complaint), complaint)
        await answered_for(jetstream, 1)

    assert store.names == ["ComplaintQueued"]
    assert await parked(bus) == []


async def test_a_fact_that_is_told_again_when_nats_has_forgotten_it_has_one_effect(
    bus: Bus, jetstream: JetStreamContext
) -> None:
    store, complaint, id = MemoryEventStore(Identification, Case), new_id(), new_id()

    async with running(listeners("triage", bus, store, (policy(queue_received_complaint),))):
        for _ in range(2):
            await tell(jetstream, complaint_received(complaint), complaint, id=id)
        await answered_for(jetstream, 2)

    assert store.names == ["ComplaintQueued"]
    assert await parked(bus) == []


async def test_a_fact_that_is_told_again_at_once_is_not_even_stored(
    jetstream: JetStreamContext,
) -> None:
    complaint, headers = new_id(), {"Nats-Msg-Id": "1", "ce-id": str(new_id())}

    for _ in range(2):
        await tell(jetstream, complaint_received(complaint), complaint, headers=headers)

    assert len(await everything(jetstream, "intake")) == 1


async def test_a_service_that_loses_its_place_starts_over_and_changes_nothing(
    jetstream: JetStreamContext, empty_nats: str, make_database: MakeDatabase, issuer: Issuer
) -> None:
    database = (await make_database("triage")).url
    officer = issuer.headers("identification_officer")
    first, second = new_id(), new_id()
    running_triage = in_process("triage", database=database, nats=empty_nats, issuer=issuer.url)
    async with running_triage as (triage, _):

        async def waiting() -> set[UUID]:
            answer = await triage.get("/identifications", headers=officer)
            return {UUID(each["complaint_id"]) for each in answer.json()}

        await tell(jetstream, complaint_received(first), first)
        await eventually(waiting, lambda found: found == {first})

        for reader in await readers(jetstream):
            await jetstream.delete_consumer("intake", reader.name)
        await tell(jetstream, complaint_received(second), second)
        await provision_nats(empty_nats)
        await answered_for(jetstream, 2)

        assert await waiting() == {first, second}


async def test_work_ends_even_if_it_forgets_that_it_was_asked_to() -> None:
    """asyncio.wait_for does, until Python 3.12, when it is asked just as an answer arrives."""
    is_running = asyncio.Event()

    async def forgetful() -> None:
        with suppress(asyncio.CancelledError):
            is_running.set()
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async with asyncio.timeout(10), running({"forgetful": forgetful}):
        await is_running.wait()


async def test_listeners_stop_in_the_middle_of_a_crowd(
    bus: Bus, jetstream: JetStreamContext
) -> None:
    store, told = MemoryEventStore(Identification, Case), [new_id() for _ in range(400)]
    async with AsyncExitStack() as replicas:
        for _ in range(8):
            work = listeners("triage", bus, store, (policy(queue_received_complaint),))
            await replicas.enter_async_context(running(work))
        telling = [tell(jetstream, complaint_received(each), each) for each in told]
        crowd = asyncio.gather(*telling)
        await eventually(lambda: how_many(store), lambda n: n > 50)

        async with asyncio.timeout(10):
            await replicas.aclose()
    await crowd


async def test_provisioning_twice_changes_nothing(
    bus: Bus, jetstream: JetStreamContext, empty_nats: str
) -> None:
    store, complaint = MemoryEventStore(Identification, Case), new_id()
    async with running(listeners("triage", bus, store, (policy(queue_received_complaint),))):
        await tell(jetstream, complaint_received(complaint), complaint)
        await answered_for(jetstream, 1)
    before = [(each.config, each.ack_floor) for each in await readers(jetstream)]

    await provision_nats(empty_nats)

    assert [(each.config, each.ack_floor) for each in await readers(jetstream)] == before


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.listen.PAUSES", (0.01,) * 4)


def policy(react: Any) -> Policy:
    return Policy("triage-queue-received-complaint", ComplaintReceived, react)


def correlation_of(fact: RawStreamMsg) -> str:
    return (fact.subject or "").rpartition(".")[2]


async def how_many(store: MemoryEventStore) -> int:
    return len(store.rows)


async def everything(jetstream: JetStreamContext, stream: str) -> list[RawStreamMsg]:
    """Every message of a stream, in order."""
    last = (await jetstream.stream_info(stream)).state.last_seq
    return [await jetstream.get_msg(stream, seq=seq) for seq in range(1, last + 1)]


async def readers(jetstream: JetStreamContext) -> list[ConsumerInfo]:
    """What triage has heard of intake, by partition."""
    found = await jetstream.consumers_info("intake")
    return sorted(found, key=lambda reader: reader.name)


async def answered_for(jetstream: JetStreamContext, count: int) -> None:
    """Wait until triage has answered for so many messages of intake."""

    async def answered() -> tuple[int, int]:
        found = await readers(jetstream)
        waiting = sum((each.num_pending or 0) + (each.num_ack_pending or 0) for each in found)
        delivered = sum(each.delivered.consumer_seq for each in found if each.delivered)
        return waiting, delivered

    await eventually(answered, lambda now: now[0] == 0 and now[1] >= count)
