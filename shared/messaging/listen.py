"""From NATS to a policy: whenever this happens, do that, in the order of each case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingNew

from shared.contracts import PARTITIONS, Fact
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import OUTAGES
from shared.messaging.bus import Bus
from shared.messaging.running import Work
from shared.problems import AlreadyHandled, Problem, Stale

PAUSES = (0.1, 1.0, 5.0, 30.0)  # seconds; after the last one the message is parked
RACES = 10  # tries at once when somebody else writes the same stream
PULL = 5.0  # seconds; a pull that NATS forgot in a restart is asked again after this
NOBODY = UUID(int=0)
log = structlog.get_logger()


@dataclass(frozen=True)
class Policy:
    """Whenever ``fact`` is heard, ``react``. The name tells what was handled: never change it."""

    name: str
    fact: type[Fact]
    react: Callable[[Any, Cause, Any], Awaitable[object]]  # the store, why, and what was heard


Heard = dict[tuple[str, str], Policy]


class NotReadable(Problem):
    """A message does not have the form of the fact it claims to be."""


class Unheard(Exception):
    """No policy of this version hears that fact. While versions change, another replica may."""


class BehindParked(Problem):
    """Something of this case is parked; what comes after it waits behind it."""


def readers(service: str, policies: Iterable[Policy]) -> list[tuple[str, str, str]]:
    """Return (stream, partition, durable) for each source and partition a service follows."""
    streams = sorted({policy.fact.stream() for policy in policies})
    return [
        (stream, f"{n:02d}", f"{service}-{stream}-{n:02d}")
        for stream in streams
        for n in range(PARTITIONS)
    ]


def heard_by(policies: Iterable[Policy]) -> Heard:
    """Return the policy for each fact, by stream and name. Two for one fact is a mistake."""
    heard: Heard = {}
    for policy in policies:
        fact = policy.fact.stream(), policy.fact.__name__
        if fact in heard:
            raise ValueError(f"two policies hear {fact}")
        heard[fact] = policy
    return heard


def listeners(
    service: str, bus: Bus, store: EventStore, policies: tuple[Policy, ...]
) -> dict[str, Work]:
    """Return the work of following every partition of every source, by durable name."""
    heard = heard_by(policies)
    return {
        durable: partial(listen, bus, store, heard, stream, durable)
        for stream, _, durable in readers(service, policies)
    }


async def listen(bus: Bus, store: EventStore, heard: Heard, stream: str, durable: str) -> None:
    """Follow one partition, forever."""
    subscription = await bus.bind(stream, durable)
    try:
        while True:
            try:
                (message,) = await subscription.fetch(1, timeout=PULL)
            except NothingNew:
                continue
            await settle(message, bus, store, heard, durable)
    finally:
        with suppress(NatsError):  # gone with its connection, or to be left behind for good
            await subscription.unsubscribe()


async def settle(message: Msg, bus: Bus, store: EventStore, heard: Heard, durable: str) -> None:
    """Handle one message, and answer for it: done, again later, or parked."""
    correlation = correlation_of(message.subject)
    try:
        if await bus.waits(durable, correlation):
            raise BehindParked(str(correlation))
        await handle(message.subject, message.headers or {}, message.data, store, heard)
    except AlreadyHandled:
        await message.ack_sync(timeout=PULL)
    except Exception as error:
        attempt = message.metadata.num_delivered
        if isinstance(error, (*OUTAGES, NatsError)):  # ends by itself: wait, however long
            await _again(message, durable, error, PAUSES[min(attempt - 1, 2)])
        elif attempt > len(PAUSES) or is_final(error):
            await _park(message, bus, durable, correlation, error)
        else:
            await _again(message, durable, error, PAUSES[attempt - 1])
    else:
        await message.ack_sync(timeout=PULL)


async def handle(
    subject: str,
    headers: Mapping[str, str],
    data: bytes,
    store: EventStore,
    heard: Heard,
) -> None:
    """Let the policy react to one fact, once. Raises what the policy raises."""
    _, stream, name, *_ = subject.split(".")
    policy = heard.get((stream, name))
    if policy is None:
        raise Unheard(name)
    try:
        message_id, fact = UUID(headers["ce-id"]), policy.fact.model_validate_json(data)
    except (KeyError, ValueError) as error:
        raise NotReadable(type(error).__name__) from None
    cause = Cause(
        handler=policy.name,
        message_id=str(message_id),
        correlation_id=correlation_of(subject),
        actor=f"policy:{policy.name}",
    )
    await store.once(cause)
    for attempt in range(RACES):
        try:
            await policy.react(store, cause, fact)
            return
        except Stale:  # somebody was faster; what they stored is there to be read now
            if attempt == RACES - 1:
                raise


def correlation_of(subject: str) -> UUID:
    """Return the journey a message belongs to; for a subject nobody can read, one of its own."""
    try:
        return UUID(subject.rpartition(".")[2])
    except ValueError:
        return uuid5(NOBODY, subject)


def is_final(error: Exception) -> bool:
    """Say whether trying again would only fail again."""
    return isinstance(error, Problem) and not isinstance(error, Stale)


async def _again(message: Msg, durable: str, error: Exception, pause: float) -> None:
    attempt = message.metadata.num_delivered
    log.warning("again", reader=durable, attempt=attempt, error=type(error).__name__)
    await message.nak(delay=pause)
    await asyncio.sleep(pause)  # spare NATS a pull that must stay empty


async def _park(message: Msg, bus: Bus, durable: str, correlation: UUID, error: Exception) -> None:
    metadata = message.metadata
    log.error("parks", reader=durable, case=str(correlation), error=type(error).__name__)
    about = {
        "parked-subject": message.subject,
        "parked-sequence": str(metadata.sequence.stream),
        "parked-reason": type(error).__name__,  # the class, never the text: it may hold a value
        "parked-deliveries": str(metadata.num_delivered),
    }
    try:
        await bus.park(durable, correlation, message.data, dict(message.headers or {}) | about)
    except (NatsError, OSError) as trouble:
        log.warning("cannot park yet", reader=durable, error=type(trouble).__name__)
        await message.nak(delay=PAUSES[1])
    else:
        await message.term()
