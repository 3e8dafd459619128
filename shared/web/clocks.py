"""Time limits over HTTP, the same in every service: what runs, what was late, and why."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Query

from shared.access import Resource, Subject, may, permitted
from shared.access.relations import NOBODY
from shared.access.wall import Row, Source, tied, ties
from shared.clocks.clock import Clock
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled, Missing
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(prefix="/clocks", tags=["clocks"])
CLOCKS = (
    "select c.*, counselor_of(c.case_id) as counselor_id,"  # noqa: S608 constants
    " is_told_to_counselors(c.rule) as is_told_to_counselors,"
    f" {ties('c.case_id', 'c.complaint_id')} from clocks c"
)
THOSE = {
    "running": "stopped_at is null",
    "breached": "breached",
    "unexplained": "breached and not explained",
    "all": "true",
}


class ClockView(Row):
    """A time limit and how it went. ``warn_at`` is when a warning is due before it is over."""

    id: UUID
    rule: str
    rule_version: str
    about: UUID
    complaint_id: UUID | None
    case_id: UUID | None
    staff_id: str | None
    started_at: datetime
    warn_at: datetime | None
    due_at: datetime
    stopped_at: datetime | None
    breached: bool
    explained: bool


class ExplanationForm(Form):
    """Why it took longer."""

    explanation: Annotated[Personal, Text(4_000)]


@router.get("", dependencies=[allowed("clock.list")], responses=problems())
async def get_clocks(
    reader: Reading,
    caller: Caller,
    status: Literal["running", "breached", "unexplained", "all"] = "running",
    rule: Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_]+$")] = None,
    about: UUID | None = None,
    complaint_id: UUID | None = None,
    case_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ClockView]:
    """Return time limits, what is due first: one's own and those of the cases one counsels.

    A supervisor sees all of them.
    """
    rows = await reader.fetch(
        f"{CLOCKS} where {THOSE[status]} and ($1::text is null or rule = $1)"
        " and ($2::uuid is null or about = $2) and ($3::uuid is null or complaint_id = $3)"
        " and ($4::uuid is null or case_id = $4) order by due_at limit $5",
        *(rule, about, complaint_id, case_id, limit),
    )
    return permitted(caller, "clock.list", [_clock(row) for row in rows])


@router.post(
    "/{id}/explanations", dependencies=[allowed("clock.explain")], responses=problems(404, 409)
)
async def explain(
    id: UUID,
    form: ExplanationForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ClockView:
    """Say why it took longer. Nothing waits for it, and a breach stays a breach."""
    found = await clock(reader, id)
    may(caller, "clock.explain", found.resource())
    with suppress(AlreadyHandled):
        await _explain(store, cause, id, form.explanation, caller.id, now)
    return await clock(reader, id)


@router.post(
    "/{id}/personal", dependencies=[allowed("clock.open_personal")], responses=problems(404)
)
async def open_explanations(
    id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read why it took longer, for a purpose. It is written down who did."""
    found = await clock(reader, id)
    reason = may(caller, "clock.open_personal", found.resource())
    told = dict(texts((await store.load(Clock, id)).explanations, "explanations"))
    journey = found.complaint_id or found.case_id or id
    return await opened(store, cause, reason, form, about=id, journey=journey, texts=told, now=now)


async def clocks_of_case(source: Source, caller: Subject, case_id: UUID) -> list[ClockView]:
    """Return the time limits of a case that are there for somebody, over or not."""
    rows = await source.fetch(f"{CLOCKS} where case_id = $1 order by due_at, id", case_id)
    return permitted(caller, "clock.list", [_clock(row) for row in rows])


async def clock(source: Source, id: UUID) -> ClockView:
    """Return one time limit, or raise Missing."""
    row = await source.fetchrow(f"{CLOCKS} where id = $1", id)
    if row is None:
        raise Missing(f"Clock {id}")
    return _clock(row)


async def _explain(
    store: EventStore, cause: Cause, id: UUID, explanation: Personal, staff_id: str, now: datetime
) -> None:
    await store.once(cause)
    kept = await store.load(Clock, id)
    kept.explain(explanation, staff_id, now)
    await store.save(kept, cause=cause.about(kept.complaint_id or kept.case_id or id))


def _clock(row: Record) -> ClockView:
    ours = ClockView.model_validate(dict(row))
    resource = Resource(
        name=f"Clock {ours.id}",
        timed_id=ours.staff_id,
        counselor_id=row["counselor_id"],
        **tied(row),
    )
    if not row["is_told_to_counselors"]:  # nor to whoever broke the glass, as her counselor would
        resource = replace(resource, counselor_id=None, broken_by=NOBODY)
    return ours.tied_to(resource)
