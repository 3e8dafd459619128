"""Regions over HTTP, for every service that asks where something happened.

What is searched for may be told by a victim: it comes in a body, is kept nowhere, and no answer
repeats it. What comes back proposes; a person decides.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel

from shared.contracts import regions
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.problems import Missing
from shared.web import PUBLIC_TOO, allowed
from shared.web.forms import Form, Region
from shared.web.problems import problems

router = APIRouter(
    prefix="/regions",
    tags=["regions"],
    dependencies=[allowed("region.find")],
    responses=problems(),
)
MOST = 20  # candidates; a name that more regions have needs another word


class RegionView(BaseModel):
    """A region by its Kemendagri code."""

    code: str
    name: str
    full_name: str
    kind: Annotated[str, In("region_kind")]
    postal_code: str | None
    in_city: bool
    namesakes: int


class PlaceForm(Form):
    """Where it happened, in somebody's words."""

    text: Annotated[Personal, Text(200)]


class PlacesView(BaseModel):
    """Which regions may be meant, those in the city first, and what to ask if it is not clear."""

    candidates: list[RegionView]
    ambiguous: bool
    question: Annotated[str, In("region_question")] | None


class NoSuchRegion(Missing):
    """There is no such region in our table."""


@router.post("/search", openapi_extra=PUBLIC_TOO)
async def search_regions(request: Request, form: PlaceForm) -> PlacesView:
    """Find the regions that a text may mean. Nothing of it is kept."""
    found = form.text.checked_by(regions.find)
    candidates = [_view(request, each) for each in found.regions]
    candidates.sort(key=lambda each: not each.in_city)
    return PlacesView(
        candidates=candidates[:MOST],
        ambiguous=found.question is not None,
        question=found.question,
    )


@router.get("", openapi_extra=PUBLIC_TOO)
async def get_regions(
    request: Request, within: Annotated[Region | None, Query()] = None
) -> list[RegionView]:
    """Return what a region consists of, one level down; the provinces if none is named."""
    return [_view(request, each) for each in regions.regions_in(within)]


@router.get("/{code}", responses=problems(404), openapi_extra=PUBLIC_TOO)
async def get_region(request: Request, code: Annotated[Region, Path()]) -> RegionView:
    """Return one region."""
    found = regions.region(code)
    if found is None:
        raise NoSuchRegion("code")
    return _view(request, found)


def _view(request: Request, region: regions.Region) -> RegionView:
    home: str = request.app.state.settings.home_region
    return RegionView(
        code=region.code,
        name=region.name,
        full_name=region.full_name,
        kind=region.kind,
        postal_code=region.postal_code,
        in_city=regions.is_within(region.code, home),
        namesakes=region.namesakes,
    )
