"""Who may agree for a child: not whoever may have done it, and whoever else says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.triage.domain import (
    CaseForm,
    Consents,
    DateToCome,
    GiverSuspected,
    GroundsMissing,
    NotAChild,
    NothingToTakeBack,
    NotInTheCase,
    Perpetrator,
    Relation,
    Said,
    Victim,
)
from shared.contracts.codes import CODES
from shared.eventstore import new_id
from shared.privacy import Personal
from shared.problems import Problem

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GIRL, MOTHER, WHO_KNOWS = (UUID(int=n) for n in (1, 2, 3))
WHY = Personal("Diperiksa bersama pekerja sosial.")
SAID = Said("PARENT", ("follow_up",), agrees=True, said_at=NINE, has_document=False)


def a_form(*perpetrators: Perpetrator, relations: tuple[Relation, ...] = ()) -> CaseForm:
    victims = (
        Victim(sex="P", person_id=GIRL, age_band="13-17"),
        Victim(sex="P", person_id=MOTHER, age_band="25-44"),
        Victim(sex="L", person_id=WHO_KNOWS),
    )
    return CaseForm(victims, perpetrators, ("PHYSICAL",), relations=relations)


def by(relation: str | None, *, same_household: bool = False) -> CaseForm:
    return a_form(Perpetrator(relation=relation, same_household=same_household))


def state(
    said: Said,
    *forms: CaseForm,
    whom: UUID = GIRL,
    by_supervisor: bool = False,
) -> type[Problem] | None:
    consents = Consents(case_id=new_id())
    try:
        consents.state(
            new_id(), whom, said, forms=forms, by="her", by_supervisor=by_supervisor, now=NINE
        )
    except Problem as problem:
        assert not consents.said
        return type(problem)
    assert list(consents.said.values()) == [said]
    return None


@pytest.mark.parametrize(
    ("giver", "relation", "without", "with_why"),
    [
        ("PARENT", "TEACHER", None, None),
        ("PARENT", "PARENT", GiverSuspected, GiverSuspected),
        ("PARENT", "STEP_PARENT", GroundsMissing, None),  # SK-04: the mother, after a check
        ("RELATIVE", "STEP_PARENT", GroundsMissing, None),  # the aunt
        ("STEP_PARENT", "STEP_PARENT", GiverSuspected, GiverSuspected),
        ("STEP_PARENT", "TEACHER", None, None),
        ("RELATIVE", "RELATIVE", GiverSuspected, GiverSuspected),
        ("GUARDIAN", "STEP_PARENT", GiverSuspected, GiverSuspected),
        ("GUARDIAN", "OTHER", GiverSuspected, GiverSuspected),
        ("GUARDIAN", "TEACHER", None, None),
        ("SOCIAL_WORKER", "STEP_PARENT", GroundsMissing, None),
        ("UPT_HEAD", "TEACHER", GroundsMissing, None),
        ("CHILD", "STEP_PARENT", None, None),
    ],
)
def test_who_may_have_done_it_does_not_agree_for_her(
    giver: str, relation: str, without: type[Problem] | None, with_why: type[Problem] | None
) -> None:
    said, form = replace(SAID, giver=giver), by(relation)

    assert state(said, form) is without
    assert state(replace(said, grounds=WHY), form) is with_why
    supervised = GroundsMissing if without else None
    assert state(said, form, by_supervisor=True) is supervised
    assert state(replace(said, grounds=WHY), form, by_supervisor=True) is None


SUPERVISED = {  # of these only a supervisor takes it, where the perpetrator is that to her
    "PARENT": "PARENT",
    "STEP_PARENT": "STEP_PARENT SPOUSE PARTNER_FRIEND OTHER",
    "RELATIVE": "RELATIVE SPOUSE OTHER",
    "GUARDIAN": "PARENT STEP_PARENT RELATIVE SPOUSE PARTNER_FRIEND OTHER",
}
NEAR_HER = "PARENT STEP_PARENT RELATIVE SPOUSE EX_SPOUSE PARTNER_FRIEND OTHER NA"


@pytest.mark.parametrize("relation", CODES["relation"])
@pytest.mark.parametrize("giver", CODES["consent_giver"])
def test_nobody_of_her_family_agrees_without_a_word_where_it_may_have_been_family(
    giver: str, relation: str
) -> None:
    said, form = replace(SAID, giver=giver), by(relation)
    is_family = giver in SUPERVISED
    is_suspected = is_family and relation in SUPERVISED[giver].split()
    needs_grounds = giver in ("SOCIAL_WORKER", "UPT_HEAD") or (
        is_family and relation in NEAR_HER.split()
    )

    first = GiverSuspected if is_suspected else GroundsMissing if needs_grounds else None
    assert state(said, form) is first
    assert state(replace(said, grounds=WHY), form) is (GiverSuspected if is_suspected else None)
    assert state(said, form, by_supervisor=True) is (GroundsMissing if needs_grounds else None)
    assert state(replace(said, grounds=WHY), form, by_supervisor=True) is None


def test_what_he_is_to_her_counts_and_not_what_he_is_to_another() -> None:
    father = Perpetrator(relation="PARENT")
    of_girl, of_mother = Relation(0, 0, "STEP_PARENT"), Relation(1, 0, "PARENT")

    both = a_form(father, relations=(of_girl, of_mother))
    assert state(replace(SAID, grounds=WHY), both) is None
    assert state(replace(SAID, giver="STEP_PARENT", grounds=WHY), both) is GiverSuspected
    assert (
        state(replace(SAID, grounds=WHY), a_form(father, relations=(of_mother,))) is GiverSuspected
    )


def test_who_stood_in_an_earlier_form_does_not_become_a_guardian_by_an_amendment() -> None:
    assert state(replace(SAID, grounds=WHY), by("PARENT"), by("NEIGHBOUR")) is GiverSuspected


def test_who_lives_with_somebody_suspected_says_why_she_may() -> None:
    home = by("OTHER", same_household=True)
    assert state(SAID, home) is GroundsMissing
    assert state(replace(SAID, grounds=WHY), home) is None


def test_only_for_a_child_of_the_case_and_not_before_it_was_said() -> None:
    form = by("TEACHER")
    assert state(SAID, form, whom=MOTHER) is NotAChild
    assert state(SAID, form, whom=WHO_KNOWS) is None  # may be one
    assert state(SAID, form, whom=new_id()) is NotInTheCase
    assert state(SAID) is NotInTheCase
    assert state(replace(SAID, said_at=NINE + timedelta(minutes=1)), form) is DateToCome


def test_only_what_the_same_one_said_of_the_same_child_is_taken_back() -> None:
    boy, form = new_id(), by("TEACHER")
    both = replace(form, victims=(*form.victims, Victim(sex="L", person_id=boy, age_band="0-5")))
    consents, yes = Consents(case_id=new_id()), new_id()

    def say(said: Said, whom: UUID = GIRL, id: UUID | None = None) -> type[Problem] | None:
        more: dict[str, Any] = {"forms": [both], "by": "her", "by_supervisor": False, "now": NINE}
        try:
            consents.state(id or new_id(), whom, said, **more)
        except Problem as problem:
            return type(problem)
        return None

    back = replace(SAID, agrees=False, takes_back=yes)
    assert say(back) is NothingToTakeBack  # nobody said so yet
    assert say(SAID, id=yes) is None
    assert say(back, whom=boy) is NothingToTakeBack
    assert say(replace(back, giver="RELATIVE")) is NothingToTakeBack
    assert say(replace(back, agrees=True)) is NothingToTakeBack
    assert say(back) is None


def test_the_same_statement_twice_is_one() -> None:
    consents, id = Consents(case_id=new_id()), new_id()
    for _ in range(2):
        consents.state(
            id, GIRL, SAID, forms=[by("TEACHER")], by="her", by_supervisor=False, now=NINE
        )
    assert consents.version == 2


def test_every_relation_of_a_family_is_a_giver_and_no_other_code_is_meant() -> None:
    from services.triage.domain import consent

    assert set(consent.MAY_BE) | {*consent.IN_PLACE, consent.CHILD} == set(CODES["consent_giver"])
    assert set().union(*consent.MAY_BE.values()) <= set(CODES["relation"])
