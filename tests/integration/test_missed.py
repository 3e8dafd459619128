"""A reader that misses something fetches it first, whatever NATS did with it, and in its order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy.provision import provision_nats
from services.triage.domain import Case, Identification
from services.triage.policies import queue_received_complaint
from shared.contracts import partition_of
from shared.contracts.intake import ComplaintHandedOver, ComplaintReceived
from shared.eventstore import Cause, EventStore, new_id, now_utc
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.postgres import Pool, PostgresEventStore, open_pool
from shared.messaging import Bus, Missed, Policy, listeners, open_bus, running
from shared.messaging.bus import PARKED
from shared.messaging.missed import NobodyToAsk
from shared.messaging.parked import parked, replay
from shared.messaging.react import heard_by
from shared.messaging.told import Latest, Told, ToldFact
from shared.problems import Refused
from tests.conftest import MakeDatabase
from tests.facts import complaint_received, in_partition
from tests.services import eventually

READER = "triage-intake-07"
JOURNEY = in_partition(7)  # of most that is told here
T = TypeVar("T")
Fact = ComplaintReceived | ComplaintHandedOver


@dataclass
class Intake:
    """A publisher, whom NATS serves as well as the test wants."""

    jetstream: JetStreamContext
    told_facts: list[ToldFact] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)  # after which index
    is_away: bool = False
    is_unknown: bool = False
    is_mad: bool = False
    thinks: float = 0.0  # seconds

    async def tell(self, fact: Fact, journey: UUID = JOURNEY, *, lost: bool = False) -> UUID:
        """Tell a fact, over NATS unless it is lost there, and return the id of its event."""
        id, index, name = new_id(), 2 * len(self.told_facts), type(fact).__name__
        headers = {
            "ce-id": str(id),
            "Nats-Msg-Id": str(id),
            "ppa-index": str(index),
            "ppa-previous-of": " ".join(f"{n}={i}" for n, i in self.last.items()) or "-",
        }
        subject = fact.subject(f"{partition_of(journey):02d}", str(journey))
        body = fact.model_dump(mode="json")
        self.told_facts.append(ToldFact(index=index, subject=subject, headers=headers, body=body))
        self.last[name] = index
        if not lost:
            data = fact.model_dump_json().encode()
            await self.jetstream.publish(subject, data, headers=dict(headers))
        return id

    async def told(self, source: str, partition: int, after: int) -> Told:
        """Answer two facts at a time."""
        self.asked.append(after)
        if self.is_unknown:
            raise NobodyToAsk(source)
        if self.is_away:
            raise ConnectionError
        if self.is_mad:
            raise ValueError
        await asyncio.sleep(self.thinks)
        head = 2 * len(self.told_facts)
        here = [each for each in self.told_facts if f".{partition:02d}." in each.subject]
        facts = [each for each in here if each.index > after][:2]
        return Told(facts=facts, next=facts[-1].index + 1 if len(facts) == 2 else head, head=head)

    async def latest(self, _: str) -> Latest:
        if self.is_unknown or self.is_away or self.is_mad:
            raise ConnectionError
        return Latest(partitions={7: dict(self.last)}, head=2 * len(self.told_facts))

    def restored(self, facts: int) -> None:
        """Be as in a backup of when only so many facts were told."""
        del self.told_facts[facts:]
        self.last = {each.name: each.index for each in self.told_facts}


@dataclass
class Triage:
    """A listener whose effects lie in memory, and its place in PostgreSQL."""

    bus: Bus
    pool: Pool
    intake: Intake
    store: MemoryEventStore = field(default_factory=lambda: MemoryEventStore(Identification, Case))
    heard: list[UUID] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)

    async def react(self, store: EventStore, cause: Cause, fact: ComplaintReceived) -> None:
        if fact.complaint_id in self.refused:
            raise Refused(str(fact.complaint_id))
        await queue_received_complaint(store, cause, fact)
        self.heard.append(fact.complaint_id)

    @property
    def policy(self) -> Policy:
        return Policy("triage-queue-received-complaint", ComplaintReceived, self.react)

    def works(self, every: float = 60) -> tuple[Missed, Any]:
        missed = Missed(self.pool, self.intake, every)
        return missed, running(listeners("triage", self.bus, self.store, (self.policy,), missed))

    async def place(self) -> int | None:
        next: int | None = await self.pool.fetchval(
            "select next_index from es.bookmarks where reader = $1", READER
        )
        return next

    async def has_come_to(self, next: int) -> None:
        await eventually(self.place, lambda now: now == next)

    async def set_aside(self) -> list[int]:
        rows = await self.pool.fetch("select index from es.parked order by index")
        return [row["index"] for row in rows]


@pytest.fixture
async def triage(empty_nats: str, make_database: MakeDatabase) -> AsyncIterator[Triage]:
    url = (await make_database("triage")).url
    async with open_bus(empty_nats, name="test") as bus, open_pool(url) as pool:
        yield Triage(bus, pool, Intake(await bus.jetstream()))


@pytest.fixture
def intake(triage: Triage) -> Intake:
    return triage.intake


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.listen.PAUSES", (0.01,) * 4)
    monkeypatch.setattr("shared.messaging.listen.PULL", 0.3)


async def test_what_nats_lost_is_fetched_first_and_handled_in_its_order(
    triage: Triage, intake: Intake
) -> None:
    complaints = [new_id() for _ in range(7)]
    missed, works = triage.works()
    async with works:
        for nth, complaint in enumerate(complaints):
            await intake.tell(complaint_received(complaint), lost=1 <= nth < 6)
        await triage.has_come_to(13)

    assert triage.heard == complaints
    assert intake.asked == [0, 4, 8]  # two at a time, from the one after the first
    assert missed.gaps == {}
    assert await parked(triage.bus) == []


async def test_where_nothing_is_lost_nobody_is_asked(triage: Triage, intake: Intake) -> None:
    """Also when other facts came between, which this service does not hear."""
    complaints = [new_id() for _ in range(10)]
    _, works = triage.works()
    async with works:
        for complaint in complaints:
            await intake.tell(complaint_received(complaint))
            for journey in (JOURNEY, JOURNEY):
                await intake.tell(handed_over(complaint), journey, lost=True)
        await triage.has_come_to(55)

    assert triage.heard == complaints
    assert intake.asked == []


async def test_the_last_one_of_all_is_missed_too(triage: Triage, intake: Intake) -> None:
    first, last = new_id(), new_id()
    _, works = triage.works(every=0.1)
    async with works:
        await intake.tell(complaint_received(first))
        await triage.has_come_to(1)
        await intake.tell(complaint_received(last), lost=True)
        await triage.has_come_to(3)

    assert triage.heard == [first, last]


async def test_a_service_that_never_heard_anything_is_told_all(
    triage: Triage, intake: Intake
) -> None:
    complaints = [new_id() for _ in range(5)]
    for complaint in complaints:
        await intake.tell(complaint_received(complaint), lost=True)
    _, works = triage.works(every=0.1)
    async with works:
        await triage.has_come_to(9)

    assert triage.heard == complaints


async def test_a_service_that_heard_before_it_kept_its_place_hears_nothing_twice(
    triage: Triage, intake: Intake
) -> None:
    complaints = [new_id() for _ in range(5)]
    _, works = triage.works()
    async with works:
        for complaint in complaints:
            await intake.tell(complaint_received(complaint))
        await triage.has_come_to(9)
    await as_admin_forgets_places(triage)

    complaints.append(new_id())
    _, works = triage.works()
    async with works:
        await intake.tell(complaint_received(complaints[-1]))
        await triage.has_come_to(11)

    assert triage.heard == complaints
    assert intake.asked[0] == -1
    assert triage.store.names == ["ComplaintQueued"] * 6


@pytest.mark.parametrize("trouble", ["is_away", "is_unknown", "is_mad"])
async def test_while_its_publisher_cannot_be_asked_a_reader_waits_and_says_so(
    triage: Triage, intake: Intake, trouble: str
) -> None:
    complaints = [new_id() for _ in range(3)]
    missed, works = triage.works()
    setattr(intake, trouble, True)
    async with works:
        for nth, complaint in enumerate(complaints):
            await intake.tell(complaint_received(complaint), lost=nth == 1)
        await eventually(lambda: as_coroutine(len(intake.asked)), lambda asked: asked > 8)
        assert triage.heard == complaints[:1]
        assert missed.gaps == {READER: 1}

        setattr(intake, trouble, False)
        await triage.has_come_to(5)
        assert missed.gaps == {}

    assert triage.heard == complaints
    assert await parked(triage.bus) == []


async def test_what_is_fetched_and_cannot_be_handled_is_parked_and_its_case_waits(
    triage: Triage, intake: Intake
) -> None:
    other = in_partition(7)
    complaints = [new_id() for _ in range(4)]
    triage.refused = {complaints[1]}
    _, works = triage.works()
    async with works:
        await intake.tell(complaint_received(complaints[0]))
        await intake.tell(complaint_received(complaints[1]), lost=True)
        await intake.tell(complaint_received(complaints[2]))
        await intake.tell(complaint_received(complaints[3]), other)
        await triage.has_come_to(7)

    assert triage.heard == [complaints[0], complaints[3]]
    messages = await parked(triage.bus)
    assert [each.reason for each in messages] == ["Refused", "BehindParked"]
    assert [each.headers["ppa-index"] for each in messages] == ["2", "4"]
    assert await triage.set_aside() == [2, 4]


async def test_what_was_parked_is_parked_again_when_nats_lost_it(
    triage: Triage, intake: Intake, empty_nats: str
) -> None:
    complaints = [new_id() for _ in range(4)]
    triage.refused = {complaints[0], complaints[1]}
    _, works = triage.works(every=0.1)
    async with works:
        for complaint in complaints[:3]:
            await intake.tell(complaint_received(complaint))
        await eventually(triage.set_aside, lambda indexes: indexes == [0, 2, 4])

        await intake.jetstream.delete_stream(PARKED)
        triage.refused = {complaints[1]}  # mended meanwhile
        await provision_nats(empty_nats)
        await intake.tell(complaint_received(complaints[3]))
        await triage.has_come_to(7)
        messages = await eventually(lambda: parked(triage.bus), lambda found: len(found) == 3)

    assert triage.heard == [complaints[0]]
    assert [each.headers["ppa-index"] for each in messages] == ["2", "4", "6"]
    assert await triage.set_aside() == [2, 4, 6]


async def test_a_publisher_that_was_put_back_is_heard_from_there_on(
    triage: Triage, intake: Intake
) -> None:
    complaints, after = [new_id() for _ in range(5)], new_id()
    _, works = triage.works(every=0.1)
    async with works:
        for complaint in complaints:
            await intake.tell(complaint_received(complaint))
        await triage.has_come_to(9)

        intake.restored(facts=2)
        await triage.has_come_to(4)
        await intake.tell(complaint_received(after), lost=True)
        await triage.has_come_to(5)

    assert triage.heard == [*complaints, after]


async def test_what_was_set_aside_is_not_taken_for_what_has_its_number_now(
    triage: Triage, intake: Intake, empty_nats: str
) -> None:
    gone, another, next = (new_id() for _ in range(3))
    triage.refused = {gone}
    _, works = triage.works(every=0.1)

    async def given_up() -> list[int]:
        rows = await triage.pool.fetch("select index from es.parked where kept_in = 'nowhere'")
        return [row["index"] for row in rows]

    async with works:
        await intake.tell(complaint_received(gone))
        await triage.has_come_to(1)
        intake.restored(facts=0)
        await intake.jetstream.delete_stream(PARKED)
        await provision_nats(empty_nats)
        for complaint in (another, next):
            await intake.tell(complaint_received(complaint))
        await eventually(given_up, lambda indexes: indexes == [0])
        await triage.has_come_to(3)

    assert triage.heard == [another, next]


async def test_two_replicas_that_miss_the_same_have_one_effect_each(
    triage: Triage, intake: Intake
) -> None:
    complaints = [new_id() for _ in range(30)]
    for complaint in complaints[:20]:
        await intake.tell(complaint_received(complaint), lost=True)
    async with AsyncExitStack() as replicas:
        for _ in range(3):
            await replicas.enter_async_context(triage.works(every=0.1)[1])
        for nth, complaint in enumerate(complaints[20:]):
            await intake.tell(complaint_received(complaint), lost=nth % 3 == 0)
        await triage.has_come_to(59)

    assert [each["complaint_id"] for each in triage.store.data] == list(map(str, complaints))
    assert await parked(triage.bus) == []


async def test_a_place_moves_forwards_only(triage: Triage) -> None:
    """A replica that was held up for a while must not take the others back with it."""
    missed, _ = triage.works()
    for next in (5, 9, 7):
        await missed.move(READER, next)
    assert (await missed.place(READER)).next == 9


async def test_what_is_replayed_is_set_aside_no_more(triage: Triage, intake: Intake) -> None:
    complaint = new_id()
    triage.refused = {complaint}
    _, works = triage.works()
    async with works:
        await intake.tell(complaint_received(complaint))
        await triage.has_come_to(1)
    assert await triage.set_aside() == [0]

    triage.refused = set()
    policies = heard_by((triage.policy,))
    store = cast(
        PostgresEventStore,
        SimpleNamespace(
            pool=triage.pool, once=triage.store.once, load=triage.store.load, save=triage.store.save
        ),
    )
    assert await replay(triage.bus, store, policies, await parked(triage.bus)) == (1, None)

    assert triage.heard == [complaint]
    assert await triage.set_aside() == []


async def test_while_one_replica_asks_the_others_are_not_given_what_it_holds(
    triage: Triage, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.listen.HOLD", 0.2)
    durable = (await intake.jetstream.consumer_info("intake", READER)).config
    durable.ack_wait = 1
    await intake.jetstream.add_consumer("intake", durable)
    intake.thinks = 3
    complaints = [new_id() for _ in range(2)]
    async with AsyncExitStack() as replicas:
        for _ in range(2):
            await replicas.enter_async_context(triage.works()[1])
        for nth, complaint in enumerate(complaints):
            await intake.tell(complaint_received(complaint), lost=nth == 0)
        await triage.has_come_to(3)

    assert triage.heard == complaints
    assert len(intake.asked) == 1


async def test_that_the_stream_of_what_is_parked_is_gone_does_not_mean_that_nothing_is(
    triage: Triage, intake: Intake
) -> None:
    assert not await triage.bus.waits(READER, JOURNEY)
    await intake.jetstream.delete_stream(PARKED)

    with pytest.raises(NotFoundError):
        await triage.bus.waits(READER, JOURNEY)


async def test_a_fact_that_no_relay_told_is_heard_and_moves_no_place(
    triage: Triage, intake: Intake
) -> None:
    complaint = new_id()
    fact = complaint_received(complaint)
    _, works = triage.works()
    async with works:
        await intake.jetstream.publish(
            fact.subject("07", str(JOURNEY)),
            fact.model_dump_json().encode(),
            headers={"ce-id": str(new_id())},
        )
        await eventually(lambda: as_coroutine(triage.heard), bool)

    assert await triage.place() is None


def handed_over(complaint: UUID) -> ComplaintHandedOver:
    return ComplaintHandedOver(
        occurred_at=now_utc(), complaint_id=complaint, operator_id=str(new_id())
    )


async def as_admin_forgets_places(triage: Triage) -> None:
    """As if this service had run before there were places."""
    await triage.pool.execute("update es.bookmarks set reader = 'before-' || reader")


async def as_coroutine(value: T) -> T:
    return value
