"""What a service has told, over HTTP and for other services only: what NATS lost, they fetch."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from shared.contracts import PARTITIONS
from shared.messaging.told import Latest, Told, latest, told
from shared.web import Pool, allowed
from shared.web.problems import problems

router = APIRouter(prefix="/facts", tags=["facts"])


@router.get("", dependencies=[allowed("facts.read")], responses=problems())
async def get_facts(
    request: Request,
    partition: Annotated[int, Query(ge=0, lt=PARTITIONS)],
    after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Told:
    """Return facts of a partition after an index, in order; ``after=next-1`` for more of them.

    Each is as it was put on NATS. Who has come to ``head`` has everything.
    """
    state = request.app.state
    return await told(state.store, state.published, partition, after, limit)


@router.get("/latest", dependencies=[allowed("facts.read")], responses=problems())
async def get_latest_facts(pool: Pool) -> Latest:
    """Return which index the last fact of each partition and name had that NATS took."""
    return await latest(pool)
