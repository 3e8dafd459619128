"""A message that cannot be handled is set aside with all that follows of its case. Others pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from nats.js import JetStreamContext

from services.intake.app import PARTS
from services.intake.domain import Complaint, Told
from services.intake.policies import POLICIES
from shared.contracts.triage import SubjectKeysDestroyed
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_store
from shared.messaging import Bus, listeners, open_bus, running
from shared.messaging.parked import Parked, parked, replay
from shared.messaging.react import heard_by, readers
from shared.privacy import Personal
from shared.problems import Missing
from tests.conftest import MakeDatabase
from tests.facts import case_classified, in_partition, tell
from tests.services import as_process, eventually
from tests.tokens import Issuer

SECRET = "Sumarni"  # what must show nowhere


@dataclass(frozen=True)
class Desk:
    """Intake's ears: its store and its policies, which listen to triage."""

    store: PostgresEventStore
    bus: Bus
    jetstream: JetStreamContext

    async def take(self, id: UUID) -> UUID:
        """Store a complaint."""
        now = now_utc()
        complaint = Complaint(id=id, channel="walk_in", sub_channel=None, opened_at=now)
        told = Told(reporter_role="victim", narrative=Personal(SECRET), in_danger=False)
        complaint.receive("PPA-2026-" + id.hex, told, now)
        cause = Cause(handler="test", message_id=str(new_id()), correlation_id=id, actor="test")
        await self.store.save(complaint, cause=cause)
        return id

    async def tell(self, about: UUID, **differently: Any) -> UUID:
        """Tell that a complaint became a case, and return the id of the case."""
        case = new_id()
        await tell(
            self.jetstream, case_classified(about, case), **({"correlation": about} | differently)
        )
        return case

    async def cases_of(self, complaint: UUID) -> list[UUID]:
        """The cases a complaint was said to have become, one after the other."""
        rows = await self.store.pool.fetch(
            "select (body -> 'data' ->> 'case_id')::uuid from es.events"
            " where stream_id = $1 and name = 'ComplaintProgressed' order by version",
            complaint,
        )
        return [row[0] for row in rows]

    async def heard(self, complaint: UUID, *cases: UUID) -> None:
        """Wait until these are the cases of a complaint."""
        await eventually(lambda: self.cases_of(complaint), lambda found: found == list(cases))

    async def parked(self, count: int) -> list[Parked]:
        """Wait until so many messages are parked, and return them."""
        return await eventually(lambda: parked(self.bus), lambda found: len(found) == count)

    async def replay(self, messages: list[Parked]) -> tuple[int, Exception | None]:
        return await replay(self.bus, self.store, heard_by(POLICIES), messages)


@asynccontextmanager
async def listening(nats: str, database: str) -> AsyncIterator[Desk]:
    async with (
        open_store(database, PARTS.codec, project=PARTS.project, keys=MemoryKeys()) as store,
        open_bus(nats, name="test") as bus,
        running(listeners("intake", bus, store, POLICIES)),
    ):
        yield Desk(store, bus, await bus.jetstream())


@pytest.fixture
async def desk(empty_nats: str, make_database: MakeDatabase) -> AsyncIterator[Desk]:
    async with listening(empty_nats, (await make_database("intake")).url) as desk:
        yield desk


IMPOSSIBLE: list[tuple[str, dict[str, Any]]] = [  # why it is parked, and how it is told
    ("NotReadable", {"data": f"{SECRET} says".encode()}),
    ("NotReadable", {"data": b"\xff\xfe\x00"}),
    ("NotReadable", {"data": b""}),
    ("NotReadable", {"data": f'{{"complaint_id": "{SECRET}"}}'.encode()}),
    ("NotReadable", {"headers": {"Nats-Msg-Id": "no id"}}),
    ("NotReadable", {"headers": {"Nats-Msg-Id": "no such id", "ce-id": "1"}}),
    ("NotReadable", {"headers": {}}),
    ("Missing", {"correlation": "no-such-journey"}),
    ("Missing", {}),
]


async def test_what_cannot_be_handled_is_parked_and_the_rest_of_its_partition_flows_on(
    desk: Desk,
) -> None:
    known = await desk.take(in_partition(0))
    told: list[UUID] = []
    for _, differently in IMPOSSIBLE:
        await desk.tell(in_partition(0), **differently)
        told.append(await desk.tell(known))

    await desk.heard(known, *told)
    messages = await desk.parked(len(IMPOSSIBLE))

    assert [message.reason for message in messages] == [reason for reason, _ in IMPOSSIBLE]
    for message, (_, differently) in zip(messages, IMPOSSIBLE, strict=True):
        assert message.reader == "intake-triage-00"
        assert message.subject.startswith("ppa.triage.CaseClassified.00.")
        assert message.headers["parked-deliveries"] == "1"
        assert message.data == differently.get("data", message.data)
        assert SECRET not in str(message.headers)


async def test_what_follows_of_a_case_waits_behind_and_is_handled_in_order_when_it_is_mended(
    desk: Desk,
) -> None:
    complaint = new_id()
    cases = [await desk.tell(complaint) for _ in range(4)]
    messages = await desk.parked(4)
    assert [each.reason for each in messages] == ["Missing"] + ["BehindParked"] * 3

    await desk.take(complaint)
    cases.append(await desk.tell(complaint))
    messages = await desk.parked(5)
    assert await desk.cases_of(complaint) == []

    assert await desk.replay(messages) == (5, None)
    assert await desk.cases_of(complaint) == cases
    assert await parked(desk.bus) == []

    cases.append(await desk.tell(complaint))
    await desk.heard(complaint, *cases)


async def test_what_this_version_of_a_service_does_not_know_is_parked_and_not_dropped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While versions change, an old replica may get what only the new one has a policy for."""
    monkeypatch.setattr("shared.messaging.listen.PAUSES", (0.01,) * 4)
    (reader,) = (n for n in readers("intake", POLICIES) if n[:2] == ("triage", "00"))
    known = (await desk.jetstream.consumer_info("triage", reader[2])).config
    known.filter_subjects = ["ppa.triage.*.00.*"]
    await desk.jetstream.add_consumer("triage", known)
    complaint = in_partition(0)
    fact = SubjectKeysDestroyed(occurred_at=now_utc(), person_id=new_id(), keys=1)

    await tell(desk.jetstream, fact, complaint)
    messages = await desk.parked(1)

    done, error = await desk.replay(messages)
    assert done == 0
    assert error is not None
    assert await parked(desk.bus) == messages


async def test_replaying_stops_at_what_still_fails_and_nothing_overtakes_it(desk: Desk) -> None:
    complaint = new_id()
    first = await desk.tell(complaint)
    await desk.tell(complaint, data=b"?")
    await desk.tell(complaint)
    messages = await desk.parked(3)
    done, error = await desk.replay(messages)
    assert (done, type(error)) == (0, Missing)

    await desk.take(complaint)
    done, error = await desk.replay(messages)

    assert (done, type(error).__name__) == (1, "NotReadable")
    assert await desk.cases_of(complaint) == [first]
    assert await parked(desk.bus) == messages[1:]


async def test_replaying_what_was_handled_changes_nothing_and_forgets_it(desk: Desk) -> None:
    complaint = await desk.take(new_id())
    fact, id = case_classified(complaint, new_id()), new_id()
    await tell(desk.jetstream, fact, complaint, id=id)
    await desk.heard(complaint, fact.case_id)
    about = {"ce-id": str(id), "parked-subject": fact.subject("00", str(complaint))}
    await desk.bus.park("intake-triage-00", complaint, fact.model_dump_json().encode(), about)

    assert await desk.replay(await desk.parked(1)) == (1, None)
    assert await desk.cases_of(complaint) == [fact.case_id]
    assert await parked(desk.bus) == []


async def test_nobody_reads_in_the_log_what_was_in_a_parked_message(
    empty_nats: str,
    make_database: MakeDatabase,
    issuer: Issuer,
    pepper: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    database = (await make_database("intake")).url
    async with (
        as_process("intake", database=database, nats=empty_nats, issuer=issuer.url, pepper=pepper),
        open_bus(empty_nats, name="test") as bus,
    ):
        jetstream = await bus.jetstream()
        for _, differently in IMPOSSIBLE:
            id = new_id()
            fact = case_classified(id, new_id())
            await tell(jetstream, fact, **({"correlation": id} | differently))
        await eventually(lambda: parked(bus), lambda found: len(found) == len(IMPOSSIBLE))

    said = "".join(capfd.readouterr())
    assert said.count('"parks"') == len(IMPOSSIBLE)
    assert SECRET not in said
