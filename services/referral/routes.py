"""Referral over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from services.referral import commands, views
from services.referral.domain import Referral, ReferralNeed
from services.referral.views import AgencyView, DisclosedView, NeedView, ReferralView
from shared.access import may, permitted
from shared.access.wall import case_resource
from shared.contracts.codes import In
from shared.eventstore import new_id
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled, Malformed
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form, Line, When
from shared.web.past import Past
from shared.web.personal import OpenedView, OpeningForm, opened
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


class KeepingForm(Form):
    """Why a referral goes on."""

    grounds: Annotated[Personal, Text(2_000)]


class AnswerForm(Form):
    """What an agency answered, as an officer heard it. What is declined has a reason."""

    answer: Literal["accepted", "declined"]
    reason: Annotated[str, In("referral_decline")] | None = None
    medium: Annotated[str, In("colleague_medium")]
    answered_at: When

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if (self.answer == "declined") != (self.reason is not None):
            raise ValueError("reason: of what is declined, and of nothing else")
        return self


@router.get("/agencies", dependencies=[allowed("agency.list")])
async def get_agencies(reader: Reading) -> list[AgencyView]:
    """Return all agencies."""
    return await views.agencies(reader)


@router.post(
    "/agencies",
    status_code=201,
    dependencies=[allowed("agency.register")],
    responses=problems(409),
)
async def register_agency(
    form: AgencyForm, store: Store, reader: Reading, cause: BecauseOf
) -> list[AgencyView]:
    """Register an agency, and return all there are."""
    with suppress(AlreadyHandled):
        await commands.register_agency(store, cause, **dict(form))
    return await views.agencies(reader)


@router.get("/referrals", dependencies=[allowed("referral.list")])
async def get_referrals(
    reader: Reading,
    caller: Caller,
    past: Past,
    case_id: UUID | None = None,
    moot: Annotated[bool, Query(description="Only what rests on a decision of the past.")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ReferralView]:
    """Return the referrals of a case, or the latest of all; with ``as_of`` of one case only."""
    found = await views.referrals(reader, case_id, limit, moot=moot)
    hers = permitted(caller, "referral.list", found)
    if past.as_of and case_id is None:
        raise Malformed("as_of: of one case, so say case_id")
    journeys = {each.complaint_id for each in hers}
    known = await past.of(
        hers, journeys, lambda then: views.referrals(then, case_id, limit, moot=moot)
    )
    return [each for each in known if each.complaint_id in journeys]


@router.get("/referrals/needed", dependencies=[allowed("need.list")])
async def get_needs(reader: Reading, caller: Caller) -> list[NeedView]:
    """Return the cases that wait for an officer to say where they go."""
    return permitted(caller, "need.list", await views.needs(reader))


@router.get("/agency/referrals", dependencies=[allowed("agency.referral.list")])
async def get_disclosed(
    reader: Reading, caller: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[DisclosedView]:
    """Return what was referred to your agency, as far as it is disclosed to you."""
    found = await views.disclosed(reader, caller.agency, limit)
    return permitted(caller, "agency.referral.list", found)


@router.post(
    "/referrals",
    status_code=201,
    dependencies=[allowed("referral.make")],
    responses=problems(404, 409),
)
async def make_referral(
    form: ReferralForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> list[ReferralView]:
    """Refer a case that waited for a decision, and return the latest referrals."""
    case = (await store.load(ReferralNeed, form.need_id)).case
    name = f"{ReferralNeed.__name__} {form.need_id}"  # as the store calls one that is not there
    may(caller, "referral.make", await case_resource(reader, name, case.case_id, caller.id))
    with suppress(AlreadyHandled):
        await commands.make_referral(store, cause, **dict(form), now=now)
    return permitted(caller, "referral.list", await views.referrals(reader, None, 100))


@router.post(
    "/referrals/{id}/keeping",
    dependencies=[allowed("referral.keep")],
    responses=problems(404, 409),
)
async def keep_referral(
    id: UUID,
    form: KeepingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ReferralView:
    """Let a referral go on, though the case was decided anew and what it was made for is past."""
    may(caller, "referral.keep", (await views.referral(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.keep_referral(store, cause, id, grounds=form.grounds, by=caller.id, now=now)
    return await views.referral(reader, id)


@router.post(
    "/referrals/{id}/answer",
    dependencies=[allowed("referral.answer")],
    responses=problems(404, 409),
)
async def note_answer(
    id: UUID,
    form: AnswerForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> ReferralView:
    """Note what the agency answered by telephone or letter. Declined, it must go elsewhere."""
    found = await views.referral(reader, id)
    may(caller, "referral.answer", found.resource())
    if not found.referred_at <= form.answered_at <= now:
        raise Malformed("answered_at: after it was referred, and not in the future")
    with suppress(AlreadyHandled):
        await commands.note_answer(
            store,
            cause,
            id,
            declined=form.reason,
            medium=form.medium,
            answered_at=form.answered_at,
            by=caller.id,
            now=now,
        )
    return await views.referral(reader, id)


@router.post(
    "/referrals/{id}/personal",
    dependencies=[allowed("referral.open_personal")],
    responses=problems(404),
)
async def open_referral(
    id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read why the case was referred, for a purpose. It is written down who did."""
    found = await views.referral(reader, id)
    reason = may(caller, "referral.open_personal", found.resource())
    referral = await store.load(Referral, id)
    return await opened(
        store,
        cause,
        reason,
        form,
        about=id,
        journey=found.complaint_id,
        texts=dict(texts(referral.basis, "basis")),
        now=now,
    )
