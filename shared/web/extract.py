"""The officer's extract over HTTP, the same in every service: what somebody did, provably."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from shared.access import Resource, may
from shared.access.extract import Deed, deeds, note_extract
from shared.contracts.codes import In
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Pool, Store, allowed
from shared.web.forms import Form, When
from shared.web.problems import problems

router = APIRouter(prefix="/extract", tags=["history"])
LINES = "application/x-ndjson"
Most = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[int, Query(ge=-1, le=2**62)]


class DeedView(BaseModel):
    """One thing she did. ``event_id`` and ``leaf_hash`` are what the log of the service proves."""

    index: int
    event_id: UUID
    leaf_hash: str
    type: str
    recorded_at: datetime
    correlation_id: UUID = Field(description="The complaint; or the register it belongs to.")
    registration_no: str | None
    rule_version: str


class ExtractView(BaseModel):
    """What somebody did, in the order of the log; ask again with ``after=next`` for more."""

    service: str
    staff_id: str
    deeds: list[DeedView]
    next: int | None


class ExtractForm(Form):
    """Whose deeds a supervisor looks up, and why. That she did is kept."""

    staff_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    reason: Annotated[str, In("extract_reason")]
    since: When
    until: When
    after: int = Field(default=-1, ge=-1, le=2**62, strict=True)
    limit: int = Field(default=100, ge=1, le=1000, strict=True)


@router.get(
    "",
    dependencies=[allowed("extract.own")],
    responses=problems() | {200: {"model": ExtractView, "content": {LINES: {}}}},
)
async def get_extract(
    request: Request,
    store: Store,
    pool: Pool,
    caller: Caller,
    since: Annotated[When, Query(alias="from")],
    until: Annotated[When, Query(alias="to")],
    after: After = -1,
    limit: Most = 100,
    form: Annotated[Literal["json", "lines"], Query(alias="format")] = "json",
) -> Response:
    """Return what oneself did under which rules; as JSON, or one JSON object a line.

    Also of a case that is no more there for her: it is what she has to answer for.
    """
    may(caller, "extract.own", Resource(name="Extract", staff_id=caller.id))
    found = await deeds(
        *(store, pool, caller.id),
        since=since,
        until=until,
        after=after,
        limit=limit,
        to=None,  # her own deeds, all of them
        journeys=request.app.state.journeys,
    )
    if form == "lines":
        lines = "".join(f"{_view(each).model_dump_json()}\n" for each in found)
        return Response(lines, media_type=LINES)
    told = _extract(request, caller.id, found, limit)
    return Response(told.model_dump_json(), media_type="application/json")


@router.post("", dependencies=[allowed("extract.other")], responses=problems(409))
async def take_extract(
    request: Request,
    form: ExtractForm,
    store: Store,
    pool: Pool,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ExtractView:
    """Return what a member of staff did, for a reason. It is written down who asked."""
    may(caller, "extract.other")
    with suppress(AlreadyHandled):
        await note_extract(
            *(store, cause),
            staff_id=form.staff_id,
            reason=form.reason,
            since=form.since,
            until=form.until,
            by=caller.id,
            now=now,
        )
    found = await deeds(
        *(store, pool, form.staff_id),
        since=form.since,
        until=form.until,
        after=form.after,
        limit=form.limit,
        to=caller.id,
        journeys=request.app.state.journeys,
    )
    return _extract(request, form.staff_id, found, form.limit)


def _extract(request: Request, staff_id: str, found: list[Deed], limit: int) -> ExtractView:
    return ExtractView(
        service=request.app.state.name,
        staff_id=staff_id,
        deeds=[_view(each) for each in found],
        next=found[-1].index if len(found) == limit else None,
    )


def _view(deed: Deed) -> DeedView:
    return DeedView.model_validate(deed, from_attributes=True)
