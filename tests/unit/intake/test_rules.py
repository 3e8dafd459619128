"""The standard and the rules: word for word, in versions that two people agreed on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.intake.domain import (
    Component,
    HouseRule,
    LimitsMissing,
    LongerThanTheLaw,
    NotAnotherPerson,
    NumberTwice,
    Paragraph,
    RuleSet,
    Section,
    ServiceStandard,
)
from services.intake.rules import given as shipped
from shared.clocks.limits import GIVEN, NoSuchRule
from shared.problems import Problem
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOMORROW = MONDAY + timedelta(days=1)
RULES = (HouseRule("7.2", "Menghormati petugas.", is_conduct=True),)
LIMITS = tuple(replace(each, version="2027-01") for each in GIVEN.values())
SEED = Path(__file__).with_name("service-standard.txt")
NUMBERED = re.compile(r"^\s*(?:\d\.|[ab]\.|[cd][12]\.?)\s+")


def test_the_standard_that_is_shipped_is_the_offices_word_for_word() -> None:
    lines = (NUMBERED.sub("", line).strip() for line in SEED.read_text().splitlines())
    told = [line for line in lines if line]

    ours = [shipped.TITLE, shipped.TITLE]  # it stands there twice
    for section in shipped.SECTIONS:
        ours += [section.title, *(item.text for item in section.items)]

    assert [*ours, shipped.ISSUER] == told


def test_officers_find_every_paragraph_under_the_number_they_know() -> None:
    numbers = [item.number for section in shipped.SECTIONS for item in section.items]

    assert [each.number for each in shipped.SECTIONS] == ["1", "2", "3", "6", "7", "8", "9"]
    assert {"1.1", "2.a", "2.b", "3.c1", "3.c2", "3.d1", "3.d2", "3.7", "6.4", "9.2"} <= set(
        numbers
    )
    assert len(numbers) == len(set(numbers)) == 36


def test_a_service_standard_has_fourteen_components() -> None:
    assert len(Component) == 14
    filled = {each.component for each in shipped.SECTIONS if each.component}
    assert filled == {Component.REQUIREMENTS, Component.TIME, Component.PROCEDURE}


def test_of_the_duties_only_behaviour_is_something_to_reprimand() -> None:
    assert [each.number for each in shipped.RULES if each.is_conduct] == ["7.2"]
    assert len(shipped.RULES) == 6


def a_rule_set(in_force_from: datetime = TOMORROW) -> RuleSet:
    return RuleSet.draft(
        "2027-01", rules=RULES, limits=LIMITS, in_force_from=in_force_from, by="ani", now=MONDAY
    )


def test_rules_hold_when_another_person_has_approved_them() -> None:
    given(a_rule_set()).when(RuleSet.approve, "budi", MONDAY).then(
        RuleSet.RuleSetApproved, version="2027-01", in_force_from=TOMORROW, limits=LIMITS
    )


def test_nobody_approves_what_she_wrote_herself() -> None:
    given(a_rule_set()).when(RuleSet.approve, "ani", MONDAY).refused(NotAnotherPerson)
    given(a_standard()).when(ServiceStandard.approve, "ani", MONDAY).refused(NotAnotherPerson)


def test_approving_twice_changes_nothing() -> None:
    once = given(a_rule_set(), lambda rules: rules.approve("budi", MONDAY))
    once.when(RuleSet.approve, "cici", TOMORROW).then_nothing()


def test_nothing_holds_before_it_was_approved() -> None:
    later = MONDAY + timedelta(days=9)
    given(a_rule_set()).when(RuleSet.approve, "budi", later).then(
        RuleSet.RuleSetApproved, in_force_from=later
    )


@pytest.mark.parametrize(
    ("rule", "change", "problem"),
    [
        ("tpks_police_report", {"amount": 4_321}, LongerThanTheLaw),
        ("tpks_police_report", {"amount": 3, "kind": "working_days"}, LongerThanTheLaw),
        ("counter", {"rule": "coffee"}, NoSuchRule),
        ("counter", {"rule": "identification"}, NumberTwice),
    ],
)
def test_some_limits_are_not_the_offices_to_set(
    rule: str, change: dict[str, object], problem: type[Problem]
) -> None:
    limits = tuple(replace(e, **change) if e.rule == rule else e for e in LIMITS)  # type: ignore[arg-type]
    with pytest.raises(problem):
        RuleSet.draft("x", rules=RULES, limits=limits, in_force_from=TOMORROW, by="ani", now=MONDAY)


def test_the_office_may_be_faster_than_the_law() -> None:
    limits = tuple(
        replace(each, amount=60) if each.rule == "tpks_police_report" else each for each in LIMITS
    )
    RuleSet.draft("x", rules=RULES, limits=limits, in_force_from=TOMORROW, by="ani", now=MONDAY)


def test_a_version_has_every_limit_and_each_number_once() -> None:
    with pytest.raises(LimitsMissing, match="counter"):
        RuleSet.draft("x", rules=RULES, limits=(), in_force_from=TOMORROW, by="ani", now=MONDAY)
    with pytest.raises(NumberTwice, match=r"7\.2"):
        RuleSet.draft(
            "x", rules=RULES * 2, limits=LIMITS, in_force_from=TOMORROW, by="ani", now=MONDAY
        )


def a_standard(*more: Section) -> ServiceStandard:
    return ServiceStandard.draft(
        "2027-01",
        title="Standar",
        issuer="Dinas",
        sections=(*shipped.SECTIONS, *more),
        pledge=None,
        in_force_from=TOMORROW,
        by="ani",
        now=MONDAY,
    )


def test_a_standard_says_each_component_once() -> None:
    cost = Section("4", "Biaya", (Paragraph("4.1", "Tidak dipungut biaya"),), Component.COST)
    a_standard(cost)
    with pytest.raises(NumberTwice, match="cost"):
        a_standard(cost, replace(cost, number="5", items=()))
