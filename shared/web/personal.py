"""Reading what a person told, and who read it: the door's two routes, for every service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from shared.access import Reason
from shared.access.door import open_personal
from shared.access.forgetting import accesses
from shared.contracts.codes import In
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import PostgresEventStore
from shared.privacy import Personal
from shared.problems import Malformed
from shared.web import Caller, allowed
from shared.web.forms import Form
from shared.web.problems import problems

router = APIRouter(prefix="/privacy", tags=["privacy"])


class OpeningForm(Form):
    """What is to be read, and for which purpose. Every reading is written down."""

    purpose: Annotated[str, In("purpose")]
    fields: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,80}$")], ...] | None = Field(
        default=None, max_length=100, description="Their names; nothing means all of them."
    )


class OpenedView(BaseModel):
    """What was told, by the names of the fields; ``[erased]`` where it was to be forgotten."""

    fields: dict[str, str]


class AccessView(BaseModel):
    """One reading of personal data: who, what of whom, and why."""

    index: int
    recorded_at: datetime
    actor: str
    correlation: UUID
    about: UUID
    purpose: str
    role: str
    relation: str
    fields: list[str]
    subjects: list[UUID] | None


class NoSuchField(Malformed):
    """There is nothing personal under this name."""


async def opened(
    store: EventStore,
    cause: Cause,
    reason: Reason,
    form: OpeningForm,
    *,
    about: UUID,
    journey: UUID,
    texts: Mapping[str, Personal],
    now: datetime,
) -> OpenedView:
    """Return the texts that are asked for. Raises NoSuchField, which names no value."""
    wanted = texts if form.fields is None else {}
    for name in form.fields or ():
        if name not in texts:
            raise NoSuchField("fields")
        wanted = {**wanted, name: texts[name]}
    told = await open_personal(
        store,
        cause.about(journey),
        reason,
        about=about,
        texts=wanted,
        purpose=form.purpose,
        now=now,
    )
    return OpenedView(fields=told)


@router.get("/accesses", dependencies=[allowed("privacy.breach.report")], responses=problems())
async def get_accesses(
    request: Request,
    caller: Caller,
    actor: Annotated[str | None, Query(max_length=100, pattern=r"^[\w:.-]+$")] = None,
    person: Annotated[
        UUID | None,
        Query(description="Who saw what is known of her, or of her story?"),
    ] = None,
    complaint: Annotated[UUID | None, Query(description="Who saw what was told in it?")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AccessView]:
    """Return who read what of whom: for a person who asks, and to say whom a breach concerns."""
    store: PostgresEventStore = request.app.state.store
    rows: list[dict[str, Any]] = await accesses(
        store.pool,
        after=after,
        actor=actor,
        person=person,
        since=since,
        until=until,
        limit=limit,
        complaint=complaint,
        stories=await request.app.state.stories_of(store.pool, person) if person else (),
        asker=caller.id,
    )
    return [AccessView(**row) for row in rows]
