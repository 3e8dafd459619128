"""The table of access says who may, and everything else is refused."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.local.logins import seed_data
from shared.access import ACTIONS, PUBLIC, Reason, Resource, Subject, knock, may, permitted
from shared.access.relations import (
    ANOTHER,
    BREAK_GLASS,
    HOLDS,
    INVOLVED,
    LINKED_OFFICER,
    OPENLY_REFUSED,
    OWN_AGENCY,
    OWN_CLOCK,
    OWN_CONTACT,
    OWN_COUNSELOR,
    OWN_OFFICER,
    RECORD_GRANTED,
    SELF,
    UNIT,
    WAITING,
    WORDS,
)
from shared.access.rule import ANYBODY, ROLES
from shared.access.rules import RULES
from shared.access.wall import Row
from shared.problems import Forbidden, Missing, Problem, Unknown
from tests.services import PROJECT

ME, AGENCY = "me", "agency-1"
TIED: dict[str, Resource] = {  # a resource to which ME is tied in one way only
    UNIT: Resource(),
    OWN_OFFICER: Resource(officer_ids=frozenset({ME})),
    WAITING: Resource(is_waiting=True),
    OWN_COUNSELOR: Resource(counselor_id=ME),
    OWN_AGENCY: Resource(agency_id=AGENCY),
    BREAK_GLASS: Resource(broken_by=frozenset({ME})),
    LINKED_OFFICER: Resource(linked_by=frozenset({ME})),
    RECORD_GRANTED: Resource(granted_to=frozenset({ME})),
    SELF: Resource(staff_id=ME),
    ANOTHER: Resource(staff_id="another"),
    OWN_CLOCK: Resource(timed_id=ME),
    INVOLVED: Resource(involved_id=ME),
    OWN_CONTACT: Resource(operator_id=ME),
}
OPENS = sorted(action for action in ACTIONS if action.endswith(".open_personal"))
PERSONAL: dict[str, dict[str, set[str]]] = {  # written down a second time, by hand
    "complaint.open_personal": {
        "identification_officer": {OWN_OFFICER, BREAK_GLASS, RECORD_GRANTED},
        "counselor": {OWN_COUNSELOR, BREAK_GLASS},
        "supervisor": set(TIED),
    },
    "document.open_personal": {
        "identification_officer": {OWN_OFFICER, BREAK_GLASS},
        "counselor": {OWN_COUNSELOR, BREAK_GLASS},
        "supervisor": set(TIED),
    },
    "case.open_personal": {
        "identification_officer": {OWN_OFFICER, BREAK_GLASS, RECORD_GRANTED},
        "counselor": {OWN_COUNSELOR, BREAK_GLASS},
        "supervisor": set(TIED),
    },
    "clock.open_personal": {"supervisor": set(TIED)},
    "contact.open_personal": {"operator": {OWN_CONTACT}, "supervisor": set(TIED)},
    "sender.open_personal": {  # the number of a letter, for the institution that wrote it
        "operator": set(TIED),
        "identification_officer": {OWN_OFFICER},
        "supervisor": set(TIED),
    },
    "case.history.open_personal": {"supervisor": set(TIED)},
    "casework.open_personal": {
        "identification_officer": {BREAK_GLASS, RECORD_GRANTED},
        "counselor": {OWN_COUNSELOR, BREAK_GLASS},
        "supervisor": {BREAK_GLASS},
    },
    "glass.open_personal": {"supervisor": {ANOTHER}},
    "referral.open_personal": {
        "referral_officer": set(TIED),
        "counselor": {OWN_COUNSELOR, BREAK_GLASS},
        "supervisor": set(TIED),
    },
    "reprimand.open_personal": {"counselor": {OWN_COUNSELOR}, "supervisor": set(TIED)},
    "threat.open_personal": {"supervisor": set(TIED)},
}


def me(*roles: str) -> Subject:
    return Subject(ME, frozenset(roles), AGENCY if "agency" in roles else None)


def answer(subject: Subject, action: str, resource: Resource) -> type[Problem] | str:
    try:
        return may(subject, action, resource).relation
    except Problem as problem:
        return type(problem)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_role_in_every_relation_gets_what_the_table_says(action: str) -> None:
    rules = [rule for rule in RULES if rule.action == action]
    for role, (relation, resource) in product(ROLES, TIED.items()):
        relations = {r.relation for r in rules if {role, ANYBODY} & set(r.roles.split())}
        said = answer(me(role), action, resource)
        if not relations:
            assert said is Forbidden
        elif allowing := relations & {UNIT, relation}:
            assert said in allowing
        else:
            assert said is (Forbidden if relations & OPENLY_REFUSED else Missing)


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_token_only_what_is_public_is_open(action: str) -> None:
    is_public = ANYBODY in ACTIONS[action]
    assert answer(PUBLIC, action, Resource()) == (UNIT if is_public else Unknown)


@pytest.mark.parametrize(("action", "role"), list(product(PERSONAL, ROLES)))
def test_what_people_told_us_is_open_to_few(action: str, role: str) -> None:
    open_in = {
        relation
        for relation, resource in TIED.items()
        if isinstance(answer(me(role), action, resource), str)
    }
    assert open_in == PERSONAL[action].get(role, set())


def test_no_way_to_what_people_told_us_is_missing_above() -> None:
    assert sorted(PERSONAL) == OPENS


@pytest.mark.parametrize("role", ["auditor", "admin", "agency", "privacy_officer"])
def test_some_roles_never_open_a_personal_text(role: str) -> None:
    resources = [*TIED.values(), Resource(counselor_id=ME, broken_by=frozenset({ME}))]
    for action, resource in product(OPENS, resources):
        assert answer(me(role), action, resource) is Forbidden


def test_an_operator_opens_her_own_notes_and_the_number_of_a_letter_and_nothing_else() -> None:
    hers = {"contact.open_personal", "sender.open_personal"}
    for action, resource in product(OPENS, TIED.values()):
        opens = isinstance(answer(me("operator"), action, resource), str)
        is_hers = action == "sender.open_personal" or resource.operator_id == ME
        assert opens == (action in hers and is_hers)


def test_what_nobody_wrote_down_is_refused() -> None:
    with pytest.raises(Forbidden):
        may(me(*ROLES), "complaint.destroy")
    with pytest.raises(Unknown):
        may(PUBLIC, "complaint.destroy")
    with pytest.raises(Forbidden):
        knock(me("no such role"), "complaint.read")


@pytest.mark.parametrize("action", ACTIONS)
def test_whoever_is_related_to_a_party_has_no_such_case(action: str) -> None:
    for role, tie in product(ROLES, TIED.values()):
        related = {name: getattr(tie, name) for name in Resource.__slots__}
        resource = Resource(**related | {"conflicted": frozenset({ME})})
        assert answer(me(role), action, resource) is (
            Missing if {role, ANYBODY} & ACTIONS[action] else Forbidden
        )


resources = st.builds(
    Resource,
    officer_ids=st.frozensets(st.sampled_from([ME, "another"])),
    is_waiting=st.booleans(),
    counselor_id=st.sampled_from([None, "another"]),
    agency_id=st.sampled_from([None, AGENCY]),
    staff_id=st.sampled_from([None, ME, "another"]),
    conflicted=st.frozensets(st.sampled_from([ME, "another"])),
    broken_by=st.frozensets(st.just("another")),
    linked_by=st.frozensets(st.sampled_from([ME, "another"])),
    granted_to=st.frozensets(st.sampled_from([ME, "another"])),
)


@given(resources, st.sampled_from([*OPENS, "case.read", "complaint.read", "casework.list"]))
@settings(max_examples=300, deadline=None)
def test_a_counselor_never_reads_a_case_that_is_not_hers(resource: Resource, action: str) -> None:
    assert not isinstance(answer(me("counselor"), action, resource), str)


@given(resources, st.sampled_from(sorted(ACTIONS)), st.sets(st.sampled_from(ROLES)))
@settings(max_examples=300, deadline=None)
def test_a_further_role_never_takes_anything_away(
    resource: Resource, action: str, roles: set[str]
) -> None:
    alone = [isinstance(answer(me(role), action, resource), str) for role in roles]
    together = isinstance(answer(me(*roles), action, resource), str)
    is_public = ANYBODY in ACTIONS[action] and ME not in resource.conflicted
    assert together == (any(alone) or is_public)


def test_a_reason_says_who_what_why_and_about_what() -> None:
    reason = may(me("counselor"), "case.open_personal", Resource(name="Case 7", counselor_id=ME))
    assert (reason.subject_id, reason.role, reason.relation) == (ME, "counselor", OWN_COUNSELOR)
    assert (reason.action, reason.about) == ("case.open_personal", "Case 7")


def test_nobody_makes_a_reason_but_may() -> None:
    with pytest.raises(TypeError):
        Reason(object(), ("case.open_personal", "supervisor", UNIT, ME, "Case 7"))
    reason = may(me("supervisor"), "case.read")
    with pytest.raises(AttributeError):
        reason.role = "counselor"  # type: ignore[misc]
    making = re.compile(r"\bReason\(|_MINT")
    makers = {
        path.relative_to(PROJECT).as_posix()
        for folder in ("services", "shared", "deploy")
        for path in (PROJECT / folder).rglob("*.py")
        if making.search(path.read_text())
    }
    assert makers == {"shared/access/policy.py"}


def test_of_many_rows_only_those_that_are_hers_are_left() -> None:
    mine = Row().tied_to(Resource(counselor_id=ME))
    foreign = Row().tied_to(Resource(counselor_id="another"))
    untied = Row()

    assert permitted(me("counselor"), "casework.list", [foreign, mine, untied]) == [mine]
    with pytest.raises(Forbidden):
        permitted(me("auditor"), "casework.list", [])


def test_a_lawyer_can_read_every_row() -> None:
    assert WORDS.keys() == HOLDS.keys() == TIED.keys()
    for rule in RULES:
        assert set(rule.roles.split()) <= {*ROLES, ANYBODY}, rule
        assert rule.relation in WORDS, rule
        assert rule.why_id.endswith("."), rule
        assert rule.why_en.endswith("."), rule
        assert rule.why_id != rule.why_en
        assert rule.source
    told = [(rule.action, role, rule.relation) for rule in RULES for role in rule.roles.split()]
    assert len(told) == len(set(told))


def test_two_calls_only_read_views_with_no_wall_between() -> None:
    """Those of people without an account: their receipt proves what is theirs."""
    unwalled = {
        path.relative_to(PROJECT).as_posix(): len(re.findall(r"pool: Pool\b", path.read_text()))
        for path in (PROJECT / "services").rglob("*routes.py")
        if "Pool" in path.read_text()
    }
    assert unwalled == {"services/intake/routes.py": 1, "services/intake/status/routes.py": 1}


def test_a_counselor_logs_in_by_the_id_she_has_on_the_roster() -> None:
    data = seed_data()
    logins = {each["sub"] for each in data["staff"] if "counselor" in each["roles"]}
    assert {each["counselor_id"] for each in data["counselors"]} == logins
