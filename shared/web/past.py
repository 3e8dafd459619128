"""The answer of then: what a view showed at a time, for whoever asks what was known (``as_of``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, BaseModel

from shared.access.wall import Source
from shared.eventstore.asof import as_known
from shared.eventstore.postgres import PostgresEventStore

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
AsOf = Annotated[
    AwareDatetime | None,
    Query(description="As it was known at this time. Whether it is yours to see is asked of now."),
]


@dataclass(frozen=True)
class Then:
    """The time a request asks about; mostly it is now."""

    store: PostgresEventStore
    as_of: datetime | None

    async def of(
        self, today: T, journeys: Iterable[UUID], ask: Callable[[Source], Awaitable[T]]
    ) -> T:
        """Return what was known, or today's answer when nobody asked for another.

        ``journeys`` are the complaints it is about, and whatever office-wide thing it tells of.
        Raises Missing when there was nothing yet. Call it after ``may``.
        """
        if self.as_of is None:
            return today
        async with as_known(self.store, set(journeys), self.as_of) as then:
            return await ask(then)


async def _then(request: Request, as_of: AsOf = None) -> Then:
    return Then(cast(PostgresEventStore, request.app.state.store), as_of)


def as_far_as_still_so(known: M, today: M, codes: Iterable[str]) -> M:
    """Return what was known with these codes only as far as they say the same today.

    For a time at which a complaint belonged to it that has left since: that was about somebody
    else, and no code says which complaint it rested on. What is gone from a list is left out, and
    of another code that is not what it was nothing is said.
    """
    shown = dict[str, object]()
    for name in codes:
        was, now = getattr(known, name), getattr(today, name)
        if isinstance(was, list):
            shown[name] = [each for each in was if each in now]
        else:
            shown[name] = was if was == now else None
    return known.model_copy(update=shown)


Past = Annotated[Then, Depends(_then)]
