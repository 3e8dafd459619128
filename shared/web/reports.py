"""How timely a service was, over HTTP, the same in every service (R-SLA-04)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from shared.clocks import HERE
from shared.web import Now, Pool, allowed
from shared.web.forms import Day
from shared.web.problems import problems

router = APIRouter(prefix="/reports", tags=["clocks"])
FEWEST = 5  # runs in a group; fewer could be one person
SEVERAL = "several"  # channels of a rule that are too small each, taken together
TIMES = """
    with runs as (
        select r.rule, coalesce(j.channel, 'unknown') as channel,
               stopped_at is not null and not breached as in_time,
               extract(epoch from stopped_at - r.started_at) / 60 as minutes
        from clock_runs r left join ({journeys}) j on j.complaint_id = r.complaint_id
        where r.started_at >= $1 and r.started_at < $2
          and (stopped_at is not null or breached or due_at <= $3)
    ), cells as (
        select *, case when count(*) over (partition by rule, channel) < $4 then $5::text
                       else channel end as cell
        from runs
    )
    select rule, cell as channel, count(*) as runs, avg(in_time::int)::float as share_in_time,
           percentile_cont(0.5) within group (order by minutes) as median_minutes
    from cells group by rule, cell order by rule, cell"""


class TimesView(BaseModel):
    """How timely one kind of thing was done; no figures where there were too few to tell."""

    rule: str
    channel: str
    runs: int | None
    share_in_time: float | None
    median_minutes: float | None


@router.get("/times", dependencies=[allowed("report.times")], responses=problems())
async def get_times(
    request: Request,
    pool: Pool,
    now: Now,
    since: Annotated[Day, Query(alias="from", description="A day in Malang.")],
    until: Annotated[Day, Query(alias="to", description="The day after the last one.")],
) -> list[TimesView]:
    """Return how many of what began in these days was done in time, by rule and channel.

    Each rule is one group of officers: the counter, who identifies, who counsels. There are no
    totals, or one could subtract what is shown from them.
    """
    rows = await pool.fetch(
        TIMES.format(journeys=request.app.state.journeys),
        *(_midnight(since), _midnight(until), now, FEWEST, SEVERAL),
    )
    return [
        TimesView(**row)
        if row["runs"] >= FEWEST
        else TimesView(
            rule=row["rule"],
            channel=row["channel"],
            runs=None,
            share_in_time=None,
            median_minutes=None,
        )
        for row in rows
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), HERE)
