"""The answer of then: what a view showed at a time, for whoever asks what was known (``as_of``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime

from shared.access.wall import Source
from shared.eventstore.asof import as_known
from shared.eventstore.postgres import PostgresEventStore

T = TypeVar("T")
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


Past = Annotated[Then, Depends(_then)]
