"""Streams of events in PostgreSQL, one stream to an aggregate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate, CanMutateAggregate
from uuid_utils.compat import uuid7

from shared.privacy.sealing import Key
from shared.problems import Malformed

A = TypeVar("A", bound=Aggregate)
Event = CanMutateAggregate[UUID]
NOWHERE = UUID(int=0)  # the journey of a cause that nobody has placed yet; it cannot be stored


def now_utc() -> datetime:
    """Return the time of this machine, for those who pass it in."""
    return datetime.now(UTC)  # noqa: TID251 this is where it comes from


def new_id() -> UUID:
    """Return a fresh id (uuid7: ids made later sort later)."""
    return uuid7()


class KeyReused(Malformed):
    """This Idempotency-Key was used for another request."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why something is stored: the request or message that asked for it, and who sent it.

    ``handler`` and ``message_id`` name the cause for ever: the same pair has one effect.
    ``fingerprint`` is the hash of what was asked; ``fresh`` says nobody can ask it a second time;
    ``at`` is when it reached us.
    """

    handler: str
    message_id: str
    correlation_id: UUID = NOWHERE
    actor: str
    fingerprint: bytes = b""
    fresh: bool = False
    at: datetime = field(default_factory=now_utc)

    def about(self, journey: UUID) -> Cause:
        """Return this cause as part of a journey: that of a complaint, by its id."""
        return replace(self, correlation_id=journey)


@dataclass(frozen=True)
class Receipt:
    """Proof that an event was stored: its id and its leaf hash."""

    event_id: UUID
    leaf: bytes
    event: Event


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An event as it lies in the store. ``index`` is its place in the order everybody reads."""

    index: int
    event_id: UUID
    name: str
    event: Event
    correlation: UUID
    actor: str
    cause: dict[str, Any]
    recorded_at: datetime
    leaf: bytes

    @property
    def stream_id(self) -> UUID:
        """Name the aggregate the event belongs to."""
        return self.event.originator_id

    @property
    def version(self) -> int:
        """Count the events of the aggregate up to this one."""
        return self.event.originator_version


class Keys(Protocol):
    """Where the keys are that personal texts are sealed with: the keyring, or one in memory."""

    def take(self) -> Key:
        """Return a key that nobody has, stored already. Raises NoKeys, which is an outage."""

    async def to_seal(self, ids: Iterable[UUID]) -> dict[UUID, Key | None]:
        """Return each key, None if it was destroyed, to seal with; also what must not be opened."""

    async def keys(self, ids: Iterable[UUID]) -> dict[UUID, Key | None]:
        """Return each key, None if it was destroyed. Raises Forbidden while one is restricted."""

    def forget(self, ids: Iterable[UUID]) -> None:
        """Look again before these are used: another process may have destroyed them."""

    async def restrict(self, ids: Sequence[UUID]) -> None:
        """Let nobody open these for now."""

    async def unrestrict(self, ids: Sequence[UUID]) -> None:
        """Let them be opened again."""

    async def hold(self, ids: Sequence[UUID]) -> None:
        """Let nobody destroy these. Raises Refused when one is destroyed already."""

    async def unhold(self, ids: Sequence[UUID]) -> None:
        """Let them be destroyed again."""

    async def destroy(self, ids: Sequence[UUID], event_id: UUID, at: datetime) -> None:
        """Destroy these, all or none. Twice is as once. Raises Refused under legal hold."""


class EventStore(Protocol):
    """Where aggregates are kept."""

    keys: Keys

    async def load(
        self,
        kind: type[A],
        id: UUID,
        *,
        version: int | None = None,
        as_of: datetime | None = None,
        expect: int | None = None,
    ) -> A:
        """Rebuild an aggregate from its events, or raise Missing.

        As it was at a version, or as it was known at a time (of recording, aware).
        Raises Stale when it is not at the version that the caller expects.
        """

    async def save(self, *aggregates: Aggregate, cause: Cause) -> list[Receipt]:
        """Store the new events of all aggregates and remember the cause, all or nothing.

        Load, decide, then save: nothing may be written in between.
        Raises Stale when a stream has grown meanwhile, AlreadyHandled when the cause is known,
        KeyReused when it is known for something else.
        """

    async def kept(
        self, why: str, subjects: Collection[UUID], *, but_for: UUID | None = None
    ) -> set[UUID]:
        """Return which of these are ``closed``, or ``held``, because of anybody but one person."""

    async def forgotten(self, persons: Collection[UUID]) -> set[UUID]:
        """Return of whom keys were destroyed once: what was sealed for her then is no more."""

    async def handled(self, cause: Cause) -> bool:
        """Say whether this cause has had its effect; KeyReused if it was for something else."""

    async def once(self, cause: Cause) -> None:
        """Raise AlreadyHandled when this cause has had its effect."""
