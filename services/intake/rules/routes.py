"""The service standard and the rules of the house over HTTP: public, and written by two people."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from services.intake.domain import Component, HouseRule, Section
from services.intake.labels import label
from services.intake.rules import commands, views
from services.intake.rules.forms import (
    Asked,
    EditionView,
    LimitView,
    RulesForm,
    RulesView,
    RuleView,
    SectionView,
    SlotView,
    StandardForm,
    StandardView,
    Version,
)
from services.intake.rules.views import Edition, Register
from shared.access import ACTIONS, Resource, Subject, may
from shared.access.wall import Source
from shared.clocks.limits import Limit
from shared.eventstore import EventStore
from shared.problems import AlreadyHandled, Missing
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.problems import problems

router = APIRouter(tags=["standard"])
PUBLIC_TOO: dict[str, Any] = {"security": [{}, {"HTTPBearer": []}]}  # a token is not needed
NOT_SET = (
    "belum ditetapkan"  # A2 of the domain research: nobody invents what the office leaves open
)


class NoSuchVersion(Missing):
    """There is no such version."""


@router.get(
    "/standard",
    dependencies=[allowed("standard.read")],
    responses=problems(404),
    openapi_extra=PUBLIC_TOO,
)
async def get_standard(
    store: Store, reader: Reading, caller: Caller, now: Now, version: Asked = None
) -> StandardView:
    """Return the service standard that holds now, or a version of it."""
    found = await _edition(reader, "standard", version, now)
    _check_reader(caller, "standard.draft", found)
    return await _standard(store, found)


@router.get("/standard/versions", dependencies=[allowed("standard.draft")], responses=problems())
async def get_standard_versions(reader: Reading, now: Now) -> list[EditionView]:
    """Return every version that was written, also those that wait for somebody's approval."""
    return [EditionView(**_when(each)) for each in await views.versions(reader, "standard", now)]


@router.post(
    "/standard",
    status_code=201,
    dependencies=[allowed("standard.draft")],
    responses=problems(409),
)
async def draft_standard(
    form: StandardForm, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> StandardView:
    """Write a new version of the standard. It holds when another supervisor has approved it."""
    with suppress(AlreadyHandled):
        await commands.draft_standard(
            store,
            cause,
            form.version,
            title=form.title,
            issuer=form.issuer,
            sections=tuple(each.section() for each in form.sections),
            pledge=form.pledge,
            in_force_from=form.in_force_from,
            by=caller.id,
            now=now,
        )
    return await _standard(store, await _edition(reader, "standard", form.version, now))


@router.post(
    "/standard/{version}/approval",
    dependencies=[allowed("standard.approve")],
    responses=problems(404, 409),
)
async def approve_standard(
    version: Version, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> StandardView:
    """Approve a version as another person. It holds from its day on, and is never edited."""
    _check_another(caller, "standard.approve", await _edition(reader, "standard", version, now))
    with suppress(AlreadyHandled):
        await commands.approve_standard(store, cause, version, by=caller.id, now=now)
    return await _standard(store, await _edition(reader, "standard", version, now))


@router.get(
    "/rules",
    dependencies=[allowed("rules.read")],
    responses=problems(404),
    openapi_extra=PUBLIC_TOO,
)
async def get_rules(
    store: Store, reader: Reading, caller: Caller, now: Now, version: Asked = None
) -> RulesView:
    """Return the rules that hold now, or a version of them."""
    found = await _edition(reader, "rules", version, now)
    _check_reader(caller, "rules.draft", found)
    return await _rules(store, found)


@router.get("/rules/versions", dependencies=[allowed("rules.draft")], responses=problems())
async def get_rules_versions(reader: Reading, now: Now) -> list[EditionView]:
    """Return every version that was written, also those that wait for somebody's approval."""
    return [EditionView(**_when(each)) for each in await views.versions(reader, "rules", now)]


@router.post(
    "/rules", status_code=201, dependencies=[allowed("rules.draft")], responses=problems(409)
)
async def draft_rules(
    form: RulesForm, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> RulesView:
    """Write new rules and time limits. They hold when another supervisor has approved them."""
    with suppress(AlreadyHandled):
        await commands.draft_rules(
            store,
            cause,
            form.version,
            rules=tuple(HouseRule(**dict(each)) for each in form.rules),
            limits=tuple(Limit(**dict(each), version=form.version) for each in form.limits),
            instead_of=await views.version_at(reader, "rules", form.in_force_from),
            in_force_from=form.in_force_from,
            by=caller.id,
            now=now,
        )
    return await _rules(store, await _edition(reader, "rules", form.version, now))


@router.post(
    "/rules/{version}/approval",
    dependencies=[allowed("rules.approve")],
    responses=problems(404, 409),
)
async def approve_rules(
    version: Version, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> RulesView:
    """Approve rules as another person. From their day on every service keeps their time limits."""
    _check_another(caller, "rules.approve", await _edition(reader, "rules", version, now))
    with suppress(AlreadyHandled):
        await commands.approve_rules(store, cause, version, by=caller.id, now=now)
    return await _rules(store, await _edition(reader, "rules", version, now))


async def _edition(
    source: Source, register: Register, version: str | None, now: datetime
) -> Edition:
    version = version or await views.version_at(source, register, now)
    found = await views.edition(source, register, version, now)
    if found is None:
        raise NoSuchVersion(version)
    return found


def _check_reader(caller: Subject, action: str, found: Edition) -> None:
    """Raise NoSuchVersion for a draft, but to those who write and approve them."""
    if found.state == "draft" and caller.roles.isdisjoint(ACTIONS[action]):
        raise NoSuchVersion(found.version)


def _check_another(caller: Subject, action: str, found: Edition) -> None:
    """Raise Forbidden for whoever wrote it. What is shipped waits for nobody's approval."""
    if found.drafted_by is None:
        raise NoSuchVersion(found.version)
    may(caller, action, Resource(name=f"Version {found.version}", staff_id=found.drafted_by))


def _when(found: Edition) -> dict[str, Any]:
    return {
        "version": found.version,
        "status": found.state,
        "in_force_from": found.since,
        "in_force_to": found.until,
    }


async def _standard(store: EventStore, found: Edition) -> StandardView:
    told = await commands.standard_of(store, found.version)
    by_component = {each.component: each for each in told.sections}
    return StandardView(
        **_when(found),
        title=told.title,
        issuer=told.issuer,
        sections=[SectionView.model_validate(each, from_attributes=True) for each in told.sections],
        components=[_slot(each, by_component.get(each)) for each in Component],
        pledge=told.pledge or NOT_SET,
    )


def _slot(component: Component, section: Section | None) -> SlotView:
    return SlotView(
        component=component,
        label=label(component),
        section=section.number if section else None,
        text=None if section else NOT_SET,
    )


async def _rules(store: EventStore, found: Edition) -> RulesView:
    told = await commands.rules_of(store, found.version)
    return RulesView(
        **_when(found),
        rules=[RuleView.model_validate(each, from_attributes=True) for each in told.rules],
        limits=[LimitView.model_validate(each, from_attributes=True) for each in told.limits],
    )
