"""From NATS to a policy: whenever this happens, do that, in the order of each case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingNew
from pydantic import ValidationError

from shared.contracts import PARTITIONS, Fact
from shared.eventstore import Cause, EventStore
from shared.messaging.bus import Bus
from shared.messaging.running import Work
from shared.problems import AlreadyHandled, Problem, Stale

PAUSES = (0.1, 1.0, 5.0, 30.0)  # seconds; after the last one the message is parked
PULL = 5.0  # seconds; a pull that NATS forgot in a restart is asked again after this
NOBODY = UUID(int=0)
log = structlog.get_logger()


@dataclass(frozen=True)
class Policy:
    """Whenever ``fact`` is heard, ``react``. The name tells what was handled: never change it."""

    name: str
    fact: type[Fact]
    react: Callable[[Any, Cause, Any], Awaitable[object]]  # the store, why, and what was heard


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


def listeners(
    service: str, bus: Bus, store: EventStore, policies: tuple[Policy, ...]
) -> dict[str, Work]:
    """Return the work of following every partition of every source, by durable name."""
    heard = {policy.fact.__name__: policy for policy in policies}
    return {
        durable: partial(listen, bus, store, heard, stream, durable)
        for stream, _, durable in readers(service, policies)
    }


async def listen(
    bus: Bus, store: EventStore, heard: Mapping[str, Policy], stream: str, durable: str
) -> None:
    """Follow one partition, forever."""
    subscription = await bus.bind(stream, durable)
    while True:
        try:
            (message,) = await subscription.fetch(1, timeout=PULL)
        except NothingNew:
            continue
        await settle(message, bus, store, heard, durable)


async def settle(
    message: Msg, bus: Bus, store: EventStore, heard: Mapping[str, Policy], durable: str
) -> None:
    """Handle one message, and answer for it: done, again later, or parked."""
    correlation = correlation_of(message.subject)
    try:
        if await bus.waits(durable, correlation):
            raise BehindParked(str(correlation))
        await handle(message.subject, message.headers or {}, message.data, store, heard)
    except AlreadyHandled:
        await message.ack_sync(timeout=PULL)
    except Exception as error:
        # A bug in a policy and an outage look alike from here: try again, then ask a person.
        attempt = message.metadata.num_delivered
        if attempt > len(PAUSES) or is_final(error):
            await _park(message, bus, durable, correlation, error)
        else:
            log.warning("again", reader=durable, attempt=attempt, error=type(error).__name__)
            await message.nak(delay=PAUSES[attempt - 1])
            await asyncio.sleep(PAUSES[attempt - 1])  # spare NATS a pull that must stay empty
    else:
        await message.ack_sync(timeout=PULL)


async def handle(
    subject: str,
    headers: Mapping[str, str],
    data: bytes,
    store: EventStore,
    heard: Mapping[str, Policy],
) -> None:
    """Let the policy react to one fact, once. Raises what the policy raises."""
    policy = heard.get(subject.split(".")[2])
    if policy is None:
        return  # told to others, not to us
    cause = Cause(
        handler=policy.name,
        message_id=str(UUID(headers["ce-id"])),
        correlation_id=correlation_of(subject),
        actor=f"policy:{policy.name}",
    )
    await store.once(cause)
    await policy.react(store, cause, policy.fact.model_validate_json(data))


def correlation_of(subject: str) -> UUID:
    """Return the journey a message belongs to; for a subject nobody can read, one of its own."""
    try:
        return UUID(subject.rpartition(".")[2])
    except ValueError:
        return uuid5(NOBODY, subject)


def is_final(error: Exception) -> bool:
    """Say whether trying again would only fail again."""
    unreadable = isinstance(error, ValidationError | KeyError | ValueError)
    return (unreadable or isinstance(error, Problem)) and not isinstance(error, Stale)


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
