"""From NATS to a policy: whenever this happens, do that, in the order of each case."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from uuid import UUID

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingNew

from shared.eventstore import EventStore
from shared.eventstore.postgres import OUTAGES
from shared.messaging.bus import Bus
from shared.messaging.missed import Missed, Place, previous_of, told_last
from shared.messaging.react import (
    BehindParked,
    Heard,
    Policy,
    correlation_of,
    handle,
    heard_by,
    is_final,
    readers,
)
from shared.messaging.running import Work, stop
from shared.messaging.told import Latest, ToldFact
from shared.problems import AlreadyHandled

PAUSES = (0.1, 1.0, 5.0, 30.0)  # seconds; after the last one the message is parked
PULL = 5.0  # seconds; a pull that NATS forgot in a restart is asked again after this
HOLD = 3.0  # seconds; NATS gives a message to somebody else after ten without a word of us
log = structlog.get_logger()


def listeners(
    service: str,
    bus: Bus,
    store: EventStore,
    policies: tuple[Policy, ...],
    missed: Missed | None = None,
) -> dict[str, Work]:
    """Return the work of following every partition of every source, by durable name.

    Without ``missed`` what NATS loses stays lost.
    """
    heard = heard_by(policies)
    follows = readers(service, policies)
    work: dict[str, Work] = {
        durable: partial(listen, Reader(durable, stream, int(partition), bus, store, heard, missed))
        for stream, partition, durable in follows
    }
    if missed:
        sources = {stream for stream, _, _ in follows}
        work |= {f"{service}-{each}-latest": partial(missed.look, each) for each in sources}
    return work


class NotCaughtUp(ConnectionError):
    """Something was told before this, and could not be had yet."""


@dataclass(frozen=True)
class Reader:
    """One partition of one source, and who hears it."""

    durable: str
    stream: str
    partition: int
    bus: Bus
    store: EventStore
    heard: Heard
    missed: Missed | None = None

    @property
    def names(self) -> list[str]:
        """Return the names of the facts it hears."""
        return [name for stream, name in self.heard if stream == self.stream]


async def listen(reader: Reader) -> None:
    """Follow one partition, forever."""
    subscription = await reader.bus.bind(reader.stream, reader.durable)
    missed, compared = reader.missed, None
    if missed:
        missed.look_soon(reader.stream)
    try:
        while True:
            latest = missed.latest.get(reader.stream) if missed else None  # then NATS has its time
            try:
                (message,) = await subscription.fetch(1, timeout=PULL)
            except NothingNew:
                if missed and latest is not compared:
                    with suppress(*OUTAGES, NatsError):
                        await compare(reader, missed, latest)
                        compared = latest
                continue
            await settle(message, reader)
    finally:
        with suppress(NatsError):  # gone with its connection, or to be left behind for good
            await subscription.unsubscribe()


async def settle(message: Msg, reader: Reader) -> None:
    """Handle one message, and answer for it: done, again later, or parked."""
    try:
        await before(message, reader)
        await attempt(message.subject, message.headers or {}, message.data, reader)
    except AlreadyHandled:
        await _done(message, reader)
    except Exception as error:
        tries = message.metadata.num_delivered
        if (pause := pause_after(error, tries)) is None:
            await _park(message, reader, error)
        else:
            log.warning("again", reader=reader.durable, attempt=tries, error=type(error).__name__)
            await message.nak(delay=pause)
            await asyncio.sleep(pause)  # spare NATS a pull that must stay empty
    else:
        await _done(message, reader)


async def before(message: Msg, reader: Reader) -> None:
    """Handle what came before a message and was not brought, if there is anything.

    Raises NotCaughtUp, an outage, whatever goes wrong: nothing may overtake what is missing.
    """
    missed, index = reader.missed, index_of(message)
    if missed is None or index is None:
        return
    previous = previous_of(message.headers or {}, reader.names, index)
    try:
        place = await missed.place(reader.durable)
        if place.kept_in or place.next <= previous:
            async with _held(message):
                await _catch_up(reader, missed, place, previous)
    except Exception as error:
        log.warning("cannot catch up", reader=reader.durable, error=type(error).__name__)
        raise NotCaughtUp(reader.durable) from error


async def compare(reader: Reader, missed: Missed, latest: Latest | None) -> None:
    """Handle what a publisher says it has told, and NATS did not bring."""
    last = told_last(latest, reader.partition, reader.names)
    place = await missed.place(reader.durable)
    if latest and latest.head is not None and place.next > latest.head:
        place = await missed.forgotten(reader.durable, reader.stream, place)
    await _catch_up(reader, missed, place, last)


async def _catch_up(reader: Reader, missed: Missed, place: Place, last: int) -> None:
    if place.kept_in:
        await _park_anew(reader, missed, place)
    if place.next > last:
        return
    facts = missed.facts(reader.durable, reader.stream, reader.partition, place.next, last)
    async for fact in facts:
        if fact.name in reader.names:
            await _answer_for(fact, reader)
        await missed.move(reader.durable, fact.index + 1)
    await missed.move(reader.durable, last + 1)


async def _park_anew(reader: Reader, missed: Missed, place: Place) -> None:
    """What was parked in a stream that is gone is handled, or parked, again."""
    stream = await reader.bus.parked_since()
    if place.kept_in == {stream}:
        return
    for index, event_id in await missed.lost(reader.durable, stream):
        fact = await missed.fact(reader.stream, reader.partition, index)
        if fact is None or event_id not in (None, event_of(fact.headers)):
            log.error("publisher forgot", reader=reader.durable, set_aside=index)
            await missed.give_up(reader.durable, index)
        elif await _answer_for(fact, reader):
            await missed.forget(reader.durable, index)


async def _answer_for(fact: ToldFact, reader: Reader) -> bool:
    """Handle one fact that did not come over NATS, as if it had; False when it is parked."""
    data = json.dumps(fact.body).encode()
    for tries in count(1):
        try:
            await attempt(fact.subject, fact.headers, data, reader)
        except AlreadyHandled:
            return True
        except Exception as error:
            pause = pause_after(error, tries)
            if pause is None:
                about = _about(fact.subject, error, tries)
                try:
                    await _set_aside(reader, fact.subject, data, fact.headers | about, fact.index)
                except (*OUTAGES, NatsError):
                    pause = PAUSES[1]
                else:
                    return False
            log.warning("again", reader=reader.durable, attempt=tries, error=type(error).__name__)
            await asyncio.sleep(pause)
        else:
            return True
    raise AssertionError("a count has no end")


async def attempt(subject: str, headers: Mapping[str, str], data: bytes, reader: Reader) -> None:
    """Handle one fact, unless something of its case is parked: then it waits behind that."""
    correlation = correlation_of(subject)
    if await reader.bus.waits(reader.durable, correlation):
        raise BehindParked(str(correlation))
    await handle(subject, headers, data, reader.store, reader.heard)


def pause_after(error: Exception, tries: int) -> float | None:
    """Return the seconds until the next try after so many; None when it is to be parked."""
    if isinstance(error, (*OUTAGES, NatsError)):  # ends by itself: wait, however long
        return PAUSES[min(tries - 1, 2)]
    return None if tries > len(PAUSES) or is_final(error) else PAUSES[tries - 1]


def index_of(message: Msg) -> int | None:
    """Return a fact's place in its publisher's log; None for what no relay of ours has told."""
    index = (message.headers or {}).get("ppa-index", "")
    return int(index) if index.isdecimal() else None


def event_of(headers: Mapping[str, str]) -> UUID | None:
    """Return which event a fact tells of; None where that cannot be read."""
    try:
        return UUID(headers.get("ce-id", ""))
    except ValueError:
        return None


async def _done(message: Msg, reader: Reader) -> None:
    if reader.missed and (index := index_of(message)) is not None:
        await reader.missed.move(reader.durable, index + 1)
    await message.ack_sync(timeout=PULL)


async def _park(message: Msg, reader: Reader, error: Exception) -> None:
    metadata, index = message.metadata, index_of(message)
    about = _about(message.subject, error, metadata.num_delivered)
    about["parked-sequence"] = str(metadata.sequence.stream)
    headers = dict(message.headers or {}) | about
    try:
        await _set_aside(reader, message.subject, message.data, headers, index)
        if reader.missed and index is not None:
            await reader.missed.move(reader.durable, index + 1)
    except (*OUTAGES, NatsError) as trouble:
        log.warning("cannot park yet", reader=reader.durable, error=type(trouble).__name__)
        await message.nak(delay=PAUSES[1])
    else:
        await message.term()


async def _set_aside(
    reader: Reader, subject: str, data: bytes, headers: dict[str, str], index: int | None
) -> None:
    correlation, why = correlation_of(subject), headers["parked-reason"]
    log.error("parks", reader=reader.durable, case=str(correlation), error=why)
    stream = await reader.bus.parked_since() if reader.missed and index is not None else ""
    await reader.bus.park(reader.durable, correlation, data, headers)
    if reader.missed and index is not None:
        await reader.missed.park(reader.durable, index, stream, event_of(headers))


def _about(subject: str, error: Exception, tries: int) -> dict[str, str]:
    return {
        "parked-subject": subject,
        "parked-reason": type(error).__name__,  # the class, never the text: it may hold a value
        "parked-deliveries": str(tries),
    }


@asynccontextmanager
async def _held(message: Msg) -> AsyncIterator[None]:
    """Let NATS give a message to nobody else for as long as this takes."""

    async def hold() -> None:
        while True:
            await asyncio.sleep(HOLD)
            with suppress(NatsError):
                await message.in_progress()

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        await stop(holding)
