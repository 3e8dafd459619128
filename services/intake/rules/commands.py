"""What the office can do with its standard and its rules: write a version, and agree on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.domain import HouseRule, RuleSet, Section, ServiceStandard, VersionTaken
from services.intake.domain.rules import RULE_SETS
from services.intake.domain.standard import STANDARDS
from services.intake.rules import given
from shared.clocks.limits import Limit
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


@dataclass(frozen=True)
class Rules:
    """What is in one version of the rules."""

    version: str
    rules: tuple[HouseRule, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Standard:
    """What is in one version of the standard."""

    version: str
    title: str
    issuer: str
    sections: tuple[Section, ...]
    pledge: str | None


async def rules_of(store: EventStore, version: str) -> Rules:
    """Return one version of the rules, also one that is only drafted. Raises Missing."""
    if version == given.RULES_VERSION:
        return Rules(version, given.RULES, given.LIMITS)
    found = await store.load(RuleSet, RuleSet.create_id(version))
    return Rules(version, found.rules, found.limits)


async def standard_of(store: EventStore, version: str) -> Standard:
    """Return one version of the standard, also one that is only drafted. Raises Missing."""
    if version == given.STANDARD_VERSION:
        return Standard(version, given.TITLE, given.ISSUER, given.SECTIONS, None)
    found = await store.load(ServiceStandard, ServiceStandard.create_id(version))
    return Standard(version, found.title, found.issuer, found.sections, found.pledge)


async def draft_standard(
    store: EventStore,
    cause: Cause,
    version: str,
    *,
    title: str,
    issuer: str,
    sections: tuple[Section, ...],
    pledge: str | None,
    in_force_from: datetime,
    by: str,
    now: datetime,
) -> None:
    """Write a new version of the standard. Raises VersionTaken, NumberTwice."""
    await store.once(cause)
    await _check_free(store, ServiceStandard, version, given.STANDARD_VERSION)
    drafted = ServiceStandard.draft(
        version,
        title=title,
        issuer=issuer,
        sections=sections,
        pledge=pledge,
        in_force_from=in_force_from,
        by=by,
        now=now,
    )
    await store.save(drafted, cause=cause.about(STANDARDS))


async def approve_standard(
    store: EventStore, cause: Cause, version: str, *, by: str, now: datetime
) -> None:
    """Let a version of the standard hold from its day on. Raises Missing, NotAnotherPerson."""
    await store.once(cause)
    standard = await store.load(ServiceStandard, ServiceStandard.create_id(version))
    standard.approve(by, now)
    await store.save(standard, cause=cause.about(STANDARDS))


async def draft_rules(
    store: EventStore,
    cause: Cause,
    version: str,
    *,
    rules: tuple[HouseRule, ...],
    limits: tuple[Limit, ...],
    instead_of: str,
    in_force_from: datetime,
    by: str,
    now: datetime,
) -> None:
    """Write new rules. Time limits that they do not name stay as in the version they replace.

    Raises VersionTaken, and what ``RuleSet.draft`` raises.
    """
    await store.once(cause)
    await _check_free(store, RuleSet, version, given.RULES_VERSION)
    before = (await rules_of(store, instead_of)).limits
    named = {each.rule for each in limits}
    kept = tuple(replace(each, version=version) for each in before if each.rule not in named)
    drafted = RuleSet.draft(
        version, rules=rules, limits=limits + kept, in_force_from=in_force_from, by=by, now=now
    )
    await store.save(drafted, cause=cause.about(RULE_SETS))


async def approve_rules(
    store: EventStore, cause: Cause, version: str, *, by: str, now: datetime
) -> None:
    """Let rules hold from their day on. Raises Missing, NotAnotherPerson.

    All versions are one journey: every service hears of them in the order they were approved in.
    """
    await store.once(cause)
    rules = await store.load(RuleSet, RuleSet.create_id(version))
    rules.approve(by, now)
    await store.save(rules, cause=cause.about(RULE_SETS))


async def _check_free(
    store: EventStore, kind: type[RuleSet] | type[ServiceStandard], version: str, shipped: str
) -> None:
    try:
        await store.load(kind, kind.create_id(version))
    except Missing:
        if version != shipped:
            return
    raise VersionTaken(version)
