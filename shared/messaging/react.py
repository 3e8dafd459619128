"""From a fact to the policy that hears it: whenever this happens, do that, and do it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from shared.contracts import PARTITIONS, Fact
from shared.eventstore import Cause, EventStore
from shared.problems import Problem, Stale

RACES = 10  # tries at once when somebody else writes the same stream
NOBODY = UUID(int=0)


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
