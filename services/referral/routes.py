"""Referral over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.referral import commands, views
from services.referral.views import AgencyView, NeedView, ReferralView
from shared.contracts.codes import In
from shared.eventstore import new_id
from shared.privacy import Personal, Text
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Now, Pool, Store, allowed
from shared.web.forms import Form, Line
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["referrals"])


class AgencyForm(Form):
    """An agency that takes cases over."""

    agency_id: UUID = Field(default_factory=new_id)
    name: Line
    kind: Annotated[str, In("agency_kind")]
    region_code: Annotated[str, Field(pattern=r"^([0-9]{2}(\.[0-9]{2})?|ID)$", examples=["35.07"])]
    serves: tuple[Annotated[str, In("need")], ...] = Field(default=(), max_length=20)
    answer_within_hours: Annotated[int, Field(ge=1, le=24 * 30, strict=True)] = 24


class ReferralForm(Form):
    """Where a case that waits for a decision goes."""

    need_id: UUID
    agency_id: UUID
    purpose: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", examples=["locus"])] = "locus"
    basis: Annotated[Personal, Text(2_000)]


@router.get("/agencies", dependencies=[allowed("agency.list")])
async def get_agencies(pool: Pool) -> list[AgencyView]:
    """Return all agencies."""
    return await views.agencies(pool)


@router.post(
    "/agencies",
    status_code=201,
    dependencies=[allowed("agency.register")],
    responses=problems(409),
)
async def register_agency(
    form: AgencyForm, store: Store, pool: Pool, cause: BecauseOf
) -> list[AgencyView]:
    """Register an agency, and return all there are."""
    with suppress(AlreadyHandled):
        await commands.register_agency(store, cause, **dict(form))
    return await views.agencies(pool)


@router.get("/referrals", dependencies=[allowed("referral.list")])
async def get_referrals(
    pool: Pool,
    case_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ReferralView]:
    """Return the referrals of a case, or the latest of all."""
    return await views.referrals(pool, case_id, limit)


@router.get("/referrals/needed", dependencies=[allowed("referral.list")])
async def get_needs(pool: Pool) -> list[NeedView]:
    """Return the cases that wait for an officer to say where they go."""
    return await views.needs(pool)


@router.post(
    "/referrals",
    status_code=201,
    dependencies=[allowed("referral.make")],
    responses=problems(404, 409),
)
async def make_referral(
    form: ReferralForm, store: Store, pool: Pool, cause: BecauseOf, now: Now
) -> list[ReferralView]:
    """Refer a case that waited for a decision, and return the latest referrals."""
    with suppress(AlreadyHandled):
        await commands.make_referral(store, cause, **dict(form), now=now)
    return await views.referrals(pool, None, 100)
