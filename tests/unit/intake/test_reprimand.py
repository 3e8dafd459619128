"""Reprimands are about conduct, need two people when written, and reach nothing else."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from deploy.provision import SOURCES, parts_of
from docs.services import facts_told
from services.intake.domain import (
    Level,
    NoSuchHouseRule,
    NotAboutConduct,
    NotAnotherPerson,
    NotInForce,
    NotIssued,
    Reprimand,
    ReprimandWithdrawn,
)
from services.intake.domain.reprimand import check_rule
from services.intake.rules import given as shipped
from shared.privacy import Personal
from tests.given import given

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
SORRY, WRONG = Personal("Maaf."), Personal("Keliru.")
IN_FORCE = {"version": "2026-11-24", "in_force": "2026-11-24"}
SPEAKS = re.compile(r"\b(reprimands?|threats?)\b", re.I)
OWN_FILES = {
    *("app.py", "labels.toml", "domain/__init__.py", "domain/reprimand.py", "__init__.py"),
    *(f"reprimands/{name}" for name in ("commands.py", "routes.py", "views.py", "schema.sql")),
    "reprimands/__init__.py",
}


def a_reprimand(level: Level = Level.WRITTEN) -> Reprimand:
    return Reprimand(
        id=UUID(int=1),
        complaint_id=UUID(int=2),
        level=level,
        rule="7.2",
        rule_version="2026-11-24",
        facts=Personal("Memaki petugas."),
        staff_id="ani",
        given_at=NOON,
    )


def approved(reprimand: Reprimand) -> None:
    reprimand.approve("budi", NOON)


def withdrawn(reprimand: Reprimand) -> None:
    reprimand.withdraw(WRONG, "ani", NOON)


def test_a_written_reprimand_waits_for_another_person() -> None:
    given(a_reprimand()).when(Reprimand.answer, SORRY, "ani", NOON).refused(NotIssued)
    given(a_reprimand()).when(Reprimand.approve, "ani", NOON).refused(NotAnotherPerson)
    given(a_reprimand()).when(Reprimand.approve, "budi", NOON).then(
        Reprimand.ReprimandApproved, approved_by="budi"
    )
    given(a_reprimand(), approved).when(Reprimand.approve, "cici", NOON).then_nothing()
    given(a_reprimand(), approved).when(Reprimand.answer, SORRY, "ani", NOON).then(
        Reprimand.ReprimandAnswered, reply=SORRY
    )


def test_a_spoken_one_is_given_at_once_and_may_be_answered() -> None:
    given(a_reprimand(Level.ORAL)).when(Reprimand.answer, SORRY, "ani", NOON).then(
        Reprimand.ReprimandAnswered
    )


def test_what_is_withdrawn_is_not_issued_any_more() -> None:
    given(a_reprimand()).when(Reprimand.withdraw, WRONG, "ani", NOON).then(
        Reprimand.ReprimandTakenBack, grounds=WRONG
    )
    given(a_reprimand(), withdrawn).when(Reprimand.withdraw, WRONG, "ani", NOON).then_nothing()
    given(a_reprimand(), withdrawn).when(Reprimand.approve, "budi", NOON).refused(
        ReprimandWithdrawn
    )


@pytest.mark.parametrize("number", ["7.1", "7.3", "7.4", "7.5", "7.6"])
def test_nobody_is_reprimanded_for_her_story_or_for_missing_papers(number: str) -> None:
    with pytest.raises(NotAboutConduct):
        check_rule(shipped.RULES, number, **IN_FORCE)


def test_a_reprimand_names_a_rule_that_there_is() -> None:
    check_rule(shipped.RULES, "7.2", **IN_FORCE)
    with pytest.raises(NoSuchHouseRule):
        check_rule(shipped.RULES, "7.9", **IN_FORCE)


def test_nobody_is_reprimanded_by_rules_that_did_not_hold() -> None:
    with pytest.raises(NotInForce):
        check_rule(shipped.RULES, "7.2", version="2026-11-24", in_force="2025-01-01")


def test_no_other_command_policy_fact_or_view_reads_a_reprimand() -> None:
    """It never closes a case, blocks a channel or lowers urgency (R-PRV-03): nothing can know."""
    speaks = {
        path.relative_to(SOURCES / "intake").as_posix()
        for path in (SOURCES / "intake").rglob("*")
        if path.suffix in (".py", ".sql", ".toml") and SPEAKS.search(path.read_text())
    }
    assert speaks <= OWN_FILES
    elsewhere = [
        path
        for service in ("triage", "referral", "counseling")
        for path in (SOURCES / service).rglob("*.py")
        if SPEAKS.search(path.read_text())
    ]
    assert elsewhere == []


def test_no_fact_tells_of_a_reprimand_or_a_threat() -> None:
    events = {"ReprimandGiven", "ReprimandApproved", "ReprimandAnswered", "ThreatRecorded"}
    published = ast.parse((SOURCES / "intake" / "published.py").read_text())
    named = {node.attr for node in ast.walk(published) if isinstance(node, ast.Attribute)}
    told = {name for fact in facts_told("intake") for name in (fact.__name__, *fact.model_fields)}
    assert events & named == set()
    assert not [name for name in told if re.search("reprimand|threat", name, re.I)]
    assert parts_of("intake").codec.kind_of("ReprimandGiven") is Reprimand
