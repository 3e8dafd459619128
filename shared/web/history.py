"""The history over HTTP, the same in every service."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from pydantic_core import to_jsonable_python

from shared.eventstore.postgres import PostgresEventStore
from shared.history import questions
from shared.web import Caller, allowed
from shared.web.problems import problems

router = APIRouter(prefix="/history", tags=["history"])
Code = Annotated[str | None, Query(max_length=100, pattern=r"^[\w:./ {}-]+$")]


@router.get("/events", dependencies=[allowed("history.events")], responses=problems())
async def events(
    request: Request,
    caller: Caller,
    correlation: Annotated[UUID | None, Query(description="The id of the complaint.")] = None,
    stream: UUID | None = None,
    type: Code = None,
    actor: Annotated[Code, Query(description="`staff:<sub>`, `policy:<name>`, `public`.")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Return events in the order of their index; ask again with ``after=next`` for more."""
    store: PostgresEventStore = request.app.state.store
    asked = questions.Question(correlation, stream, type, actor, since, until, after, limit)
    found = await questions.events(store.pool, store.codec, asked, caller.id)
    return {"events": found, "next": found[-1]["index"] if len(found) == limit else None}


@router.get("/streams/{id}", dependencies=[allowed("history.stream")], responses=problems(404))
async def stream(
    request: Request, id: UUID, caller: Caller, as_of: AwareDatetime | None = None
) -> dict[str, Any]:
    """Return the state of one aggregate, now or as it was known at a time.

    Its id is the `stream_id` of any of its events; some are derived from a complaint's or a case's.
    """
    store: PostgresEventStore = request.app.state.store
    found = await questions.state(store.pool, store.codec, id, as_of, caller.id)
    jsonable: dict[str, Any] = to_jsonable_python(found, fallback=repr)
    return jsonable
