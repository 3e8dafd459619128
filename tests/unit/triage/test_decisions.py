"""What may be decided about a case, anew and by whom, and what comes of taking something back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.triage.domain import (
    Alarm,
    Case,
    CaseForm,
    CaseLink,
    DateToCome,
    Decision,
    Identification,
    Incident,
    IncidentInTheCity,
    LinkedToItself,
    Locus,
    NoComplaintOffence,
    NoIncidentInTheCity,
    NotClassified,
    NothingToDecide,
    NotInTheCase,
    OpenedByIt,
    Perpetrator,
    PoliceReportDue,
    Relation,
    RelationToNobody,
    Step,
    Supervision,
    SupervisorMustDecide,
    Victim,
    in_region,
)
from services.triage.domain.form import check_relations
from services.triage.forms import VictimForm
from shared.privacy import Personal
from shared.problems import Problem
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMPLAINT, SECOND, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
WHY = Personal("…")
BOTH = ("follow_up", "refer")
WOMAN = Victim(sex="P", age_band="25-44")
HERE = Decision(vawc=True, locus=Locus.IN, urgency="medium", basis=WHY)
OUT = replace(HERE, locus=Locus.OUT)
HIGH = replace(HERE, urgency="high")
NO = replace(HERE, vawc=False)
IN_IT, OUT_OF_IT, SOMEWHERE = Incident(in_city=True), Incident(in_city=False), Incident()


def a_case(*decided: tuple[UUID, Decision], form: CaseForm | None = None) -> Case:
    """A case with a decision about each of these complaints."""
    case = Case(complaint_id=COMPLAINT, registration_no="PPA-2026-000001", opened_at=MONDAY)
    if form:
        case.fill_form(form, "officer", MONDAY)
    for id, decision in decided:
        case.link(id, "new_incident", MONDAY)
        how: dict[str, Any] = {"kind": "new", "subkind": None, "officer_id": "officer"}
        case.classify(decision, complaint_id=id, registration_no="1", now=MONDAY, **how)
    return case


def a_form(*victims: Victim, **more: Any) -> CaseForm:
    form = CaseForm(
        victims=victims or (WOMAN,),
        perpetrators=(Perpetrator(unknown=True),),
        violence=("PHYSICAL",),
    )
    return replace(form, **more)


def anew(case: Case, decision: Decision) -> None:
    case.reclassify(case.ruling_after(decision), WHY, by="officer", reason="new_facts", now=MONDAY)


@pytest.mark.parametrize(
    ("before", "after", "started", "ended"),
    [
        (HERE, OUT, ("refer",), ("follow_up",)),
        (OUT, HERE, ("follow_up",), ("refer",)),
        (OUT, replace(OUT, tpks=True, victim_in_city=True), ("follow_up",), ()),
        (HERE, NO, ("inform",), ("follow_up",)),
        (
            replace(HERE, vawc=False),
            replace(HERE, vawc=False, tpks=True),
            ("supervisor",),
            ("inform",),
        ),
        (HERE, HIGH, (), ()),
    ],
)
def test_what_begins_and_what_ends_is_told(
    before: Decision, after: Decision, started: tuple[str, ...], ended: tuple[str, ...]
) -> None:
    given(a_case((COMPLAINT, before))).when(anew, after).then(
        Case.CaseReclassified,
        before=before.ruling,
        after=after.ruling,
        started=started,
        ended=ended,
    )


def test_deciding_what_is_decided_changes_nothing() -> None:
    given(a_case((COMPLAINT, HERE))).when(anew, HERE).then_nothing()


def test_nothing_is_decided_anew_that_was_not_decided() -> None:
    given(a_case()).when(anew, HERE).refused(NotClassified)


def test_a_step_that_a_supervisor_chose_stays_while_what_it_rests_on_does() -> None:
    no = replace(HERE, vawc=False, tpks=True)
    case = a_case((COMPLAINT, no))
    chosen = replace(no.ruling, route=(Step.FOLLOW_UP,))
    case.reclassify(chosen, None, by="supervisor", reason="supervisor", now=MONDAY)

    assert case.ruling_after(replace(no, urgency="high")).route == (Step.FOLLOW_UP,)
    assert case.ruling_after(replace(no, tpks=False)).route == (Step.INFORM,)


@pytest.mark.parametrize(
    ("locus", "incidents", "refused"),
    [
        (Locus.IN, (IN_IT, OUT_OF_IT), None),
        (Locus.OUT, (IN_IT, OUT_OF_IT), IncidentInTheCity),
        (Locus.UNKNOWN, (IN_IT,), IncidentInTheCity),
        (Locus.OUT, (OUT_OF_IT, SOMEWHERE), None),
        (Locus.IN, (OUT_OF_IT, SOMEWHERE), None),
        (Locus.IN, (OUT_OF_IT,), NoIncidentInTheCity),
        (Locus.UNKNOWN, (OUT_OF_IT,), NoIncidentInTheCity),
        (Locus.UNKNOWN, (SOMEWHERE,), None),
        (Locus.UNKNOWN, (), None),
    ],
)
def test_a_locus_is_that_of_the_incidents(
    locus: Locus, incidents: tuple[Incident, ...], refused: type[Problem] | None
) -> None:
    case = a_case(form=a_form(incidents=incidents))
    decided = given(case).when(Case.classify, replace(HERE, locus=locus), **HOW)
    if refused:
        decided.refused(refused)
    else:
        decided.then(Case.CaseClassified)


HOW: dict[str, Any] = {
    "complaint_id": COMPLAINT,
    "registration_no": "1",
    "officer_id": "officer",
    "kind": "new",
    "subkind": None,
    "now": MONDAY,
}


def test_an_incident_that_is_added_counts_as_well() -> None:
    case = a_case((COMPLAINT, OUT), form=a_form(incidents=(OUT_OF_IT,)))
    case.add_incident(COMPLAINT, IN_IT, "officer", MONDAY)

    given(case).when(anew, replace(OUT, urgency="high")).refused(IncidentInTheCity)


@pytest.mark.parametrize(
    ("code", "inside"),
    [
        ("35.73", True),
        ("35.73.05.1002", True),
        ("35.07.01.2010", False),  # Purwodadi of the regency
        ("35", None),
        (None, None),
    ],
)
def test_where_a_code_does_not_say_so_far_nobody_knows(code: str | None, inside: bool) -> None:
    assert in_region(code, "35.73") is inside


MAN = replace(NO, tpks=True)
AWAY = replace(OUT, tpks=True)
NOWHERE = replace(HERE, locus=Locus.UNKNOWN)


@pytest.mark.parametrize(
    ("decided", "locus", "urgency", "tpks", "vawc", "route"),
    [
        ((HERE, OUT), Locus.IN, "medium", False, True, ("follow_up",)),
        ((OUT, HERE), Locus.IN, "medium", False, True, ("follow_up",)),
        ((AWAY, HERE), Locus.IN, "medium", True, True, ("follow_up",)),
        ((AWAY, replace(OUT, victim_in_city=True)), Locus.OUT, "medium", True, True, BOTH),
        ((OUT, NOWHERE), Locus.OUT, "medium", False, True, ("refer",)),
        ((NOWHERE, OUT), Locus.OUT, "medium", False, True, ("refer",)),
        ((HERE, HIGH, replace(HERE, urgency="low")), Locus.IN, "high", False, True, ("follow_up",)),
        ((NO, OUT), Locus.OUT, "medium", False, True, ("refer",)),
        ((OUT, NO), Locus.OUT, "medium", False, True, ("refer",)),
        ((HERE, MAN), Locus.IN, "medium", True, True, ("follow_up",)),
        ((NO, NO), Locus.IN, "medium", False, False, ("inform",)),
    ],
)
def test_a_case_comes_to_all_that_was_decided_about_its_complaints(
    decided: tuple[Decision, ...],
    locus: Locus,
    urgency: str,
    tpks: bool,
    vawc: bool,
    route: tuple[str, ...],
) -> None:
    case = a_case(*zip((COMPLAINT, SECOND, THIRD), decided, strict=False))
    found = case.ruling
    assert found is not None
    assert (found.locus, found.urgency, found.tpks, found.vawc) == (locus, urgency, tpks, vawc)
    assert found.route == route
    assert case.police_is_due is tpks


def test_a_further_complaint_that_changes_nothing_is_told_alone() -> None:
    low = replace(HERE, urgency="low")
    given(a_case((COMPLAINT, HERE))).when(
        Case.classify, low, **HOW | {"complaint_id": SECOND}
    ).then(Case.CaseClassified, leads=False)


def test_what_a_person_decided_for_the_whole_case_stands_before_what_was_decided_earlier() -> None:
    case = a_case((COMPLAINT, HIGH), (SECOND, replace(HERE, tpks=True)))
    anew(case, replace(HERE, urgency="low"))
    assert (case.police_is_due, case.was_high) == (False, True)
    case.unlink(SECOND, "mistake", "officer", MONDAY)
    assert case.ruling == replace(HERE, urgency="low").ruling
    case.classify(HERE, **HOW | {"complaint_id": THIRD})
    assert (case.ruling and case.ruling.urgency) == "medium"


def test_more_is_needed_and_no_consent_is_taken_for_granted() -> None:
    legal = replace(HERE, needs=("legal",), locus_code=None)
    other = replace(HERE, needs=("medical", "legal"), referral_consent=False, locus_code="35.73.05")
    case = a_case((COMPLAINT, legal), (SECOND, other))
    assert case.ruling is not None
    assert (case.ruling.needs, case.ruling.referral_consent) == (("legal", "medical"), False)
    assert case.ruling.locus_code == "35.73.05"


def test_what_was_closed_is_open_to_who_tells_of_it_again() -> None:
    case = a_case((COMPLAINT, HERE))
    closed = replace(HERE.ruling, route=(Step.INFORM,))
    case.reclassify(closed, None, by="supervisor", reason="withdrawn", now=MONDAY)
    case.classify(HERE, **HOW | {"complaint_id": SECOND})
    assert (case.ruling and case.ruling.route) == (Step.FOLLOW_UP,)


def test_a_case_for_now_ends_once_and_goes_on_when_it_is_not_the_known_one() -> None:
    case = a_case((COMPLAINT, HIGH))
    given(case).when(Case.end_for, UUID(int=8), "officer", MONDAY).then(Case.ProvisionalCaseEnded)
    assert (case.ruling, case.police_is_due) == (None, False)
    given(case).when(Case.resume, MONDAY).then(Case.ProvisionalCaseResumed)
    given(case).when(Case.resume, MONDAY).then_nothing()
    told_twice = a_case((COMPLAINT, HIGH), (SECOND, HERE))
    given(told_twice).when(Case.end_for, UUID(int=8), "officer", MONDAY).refused(OpenedByIt)


def test_when_the_weightiest_complaint_leaves_the_next_leads() -> None:
    case = a_case((COMPLAINT, HERE), (SECOND, HIGH), (THIRD, OUT))

    case.unlink(SECOND, "mistake", "officer", MONDAY)

    _, *_, left, decided = case.collect_events()
    assert isinstance(left, Case.ComplaintUnlinked)
    assert isinstance(decided, Case.CaseReclassified)
    assert (decided.after.urgency, decided.reason) == ("medium", "unlinked")
    assert case.complaint_ids == (COMPLAINT, THIRD)


def test_a_complaint_that_did_not_lead_leaves_without_a_word() -> None:
    given(a_case((COMPLAINT, HIGH), (SECOND, HERE))).when(
        Case.unlink, SECOND, "mistake", "officer", MONDAY
    ).then(Case.ComplaintUnlinked, undecided=False)


def test_a_case_of_which_nothing_else_was_decided_is_undecided_again() -> None:
    case = a_case((SECOND, HIGH))
    given(case).when(Case.unlink, SECOND, "mistake", "officer", MONDAY).then(
        Case.ComplaintUnlinked, undecided=True
    )
    assert case.ruling is None


OF_FIRST, OF_SECOND, OF_THIRD = (Personal(f"dasar {n}") for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("urgency", "leads"),
    [("high", "third"), ("medium", "first"), ("low", "first")],
    ids=["it led", "it changed nothing", "it was less"],
)
def test_what_a_decision_about_an_unlinked_complaint_rested_on_goes_with_it(
    urgency: str, leads: str
) -> None:
    second = replace(HERE, urgency=urgency, basis=OF_SECOND)
    case = a_case(
        (COMPLAINT, replace(HERE, basis=OF_FIRST)),
        (SECOND, second),
        (THIRD, replace(HERE, basis=OF_THIRD)),
    )

    case.unlink(SECOND, "another_person", "officer", MONDAY)

    assert case.bases == (OF_FIRST, OF_THIRD)
    assert case.basis == {"first": OF_FIRST, "third": OF_THIRD}[leads]


def test_what_was_written_of_the_whole_case_stays_when_a_complaint_leaves() -> None:
    """Also where nothing is written of what a supervisor decided: the earlier basis is back."""
    case = a_case((COMPLAINT, replace(HERE, basis=OF_FIRST)))
    anew(case, OUT)
    case.link(SECOND, "new_incident", MONDAY)
    second = replace(HIGH, basis=OF_SECOND)
    case.classify(second, **HOW | {"complaint_id": SECOND})
    assert case.basis == OF_SECOND
    decided = replace(HIGH.ruling, route=(Step.REFER,))
    case.reclassify(decided, None, by="supervisor", reason="supervisor", now=MONDAY)

    case.unlink(SECOND, "another_person", "officer", MONDAY)

    assert (case.basis, case.bases) == (WHY, (OF_FIRST, WHY))


def test_a_case_of_which_nothing_else_was_written_has_no_basis_left() -> None:
    case = a_case((SECOND, replace(HERE, basis=OF_SECOND)))
    case.unlink(SECOND, "another_person", "officer", MONDAY)
    assert (case.basis, case.bases) == (None, ())


def test_when_it_happened_another_time_is_forgotten_with_the_complaint_that_told_of_it() -> None:
    case = a_case((COMPLAINT, OUT), (SECOND, OUT), form=a_form(incidents=(SOMEWHERE,)))
    case.add_incident(COMPLAINT, OUT_OF_IT, "officer", MONDAY)
    case.add_incident(SECOND, IN_IT, "officer", MONDAY)

    case.unlink(SECOND, "another_person", "officer", MONDAY)

    assert case.added == (OUT_OF_IT,)
    assert case.incidents == (SOMEWHERE, OUT_OF_IT)


def test_unlinking_twice_changes_nothing_and_the_first_complaint_stays() -> None:
    case = a_case((COMPLAINT, HERE))
    given(case).when(Case.unlink, SECOND, "mistake", "officer", MONDAY).then_nothing()
    given(case).when(Case.unlink, COMPLAINT, "mistake", "officer", MONDAY).refused(OpenedByIt)


def test_who_is_in_an_amended_form_keeps_the_id_or_gets_one_nobody_had() -> None:
    case = a_case(form=a_form(WOMAN))
    (her,) = case.forms[0].victims

    case.amend_form(a_form(WOMAN, replace(WOMAN, person_id=her.person_id)), "o", "o", MONDAY)

    new, same = case.forms[1].victims
    assert same.person_id == her.person_id
    assert new.person_id not in {None, her.person_id}


def test_nobody_takes_the_id_of_somebody_of_another_case_or_role() -> None:
    case = a_case(form=a_form(WOMAN))
    for id in (UUID(int=99), case.forms[0].perpetrators[0].person_id):
        form = a_form(replace(WOMAN, person_id=id))
        given(case).when(Case.amend_form, form, "o", "o", MONDAY).refused(NotInTheCase)


def test_an_amended_form_is_told_when_it_says_something_new() -> None:
    case = a_case((COMPLAINT, HERE), form=a_form(WOMAN))
    case.collect_events()
    case.amend_form(a_form(WOMAN), "o", "o", MONDAY)
    assert [type(each).__name__ for each in case.collect_events()] == ["CaseFormFilled"]
    case.amend_form(a_form(replace(WOMAN, age_band="13-17")), "o", "o", MONDAY)
    _, told = case.collect_events()
    assert isinstance(told, Case.CaseReclassified)
    assert (told.people.child, told.reason, told.before) == (True, "form", told.after)


def test_a_relation_is_between_people_of_the_form() -> None:
    check_relations(a_form(relations=(Relation(0, 0, "SPOUSE"),)))
    for wrong in (Relation(1, 0, "SPOUSE"), Relation(0, 1, "SPOUSE")):
        with pytest.raises(RelationToNobody):
            check_relations(a_form(relations=(wrong,)))


@pytest.mark.parametrize(
    ("born", "happened", "child"),
    [
        (date(2008, 11, 24), None, True),  # eighteen tomorrow
        (date(2008, 11, 23), None, False),
        (date(2008, 11, 23), date(2026, 11, 22), True),  # eighteen today, seventeen yesterday
        (date(1992, 3, 4), date(2026, 11, 22), False),
    ],
)
def test_a_child_is_who_is_one_or_was_one_when_it_happened(
    born: date, happened: date | None, child: bool
) -> None:
    victim = VictimForm(sex="P", born_on=born).victim(MONDAY.date(), happened)
    assert victim.is_child is child


def test_a_man_who_was_a_boy_when_it_happened_is_eligible() -> None:
    man = Victim(sex="L", age_band="25-44", band_then="6-12")
    a_case((COMPLAINT, HERE), form=a_form(man))


def test_special_care_is_what_the_form_says() -> None:
    victim = replace(WOMAN, disability=("SENSORY",))
    perpetrator = Perpetrator(is_child=True, same_household=True)
    form = a_form(victim, perpetrators=(perpetrator,), domestic=True)
    assert form.special == ("domestic", "disability", "perpetrator_child", "same_household")


# Supervision


def watched(*, withdrawn: bool = False) -> Supervision:
    supervision = Supervision(case_id=UUID(int=7))
    if withdrawn:
        supervision.note_withdrawal(COMPLAINT, "victim")
    return supervision


@pytest.mark.parametrize(
    ("child", "urgency", "waits"),
    [(True, "low", True), (False, "high", True), (None, "medium", True), (False, "low", False)],
)
def test_a_withdrawn_case_of_a_child_or_in_danger_is_not_closed_alone(
    child: bool | None, urgency: str, waits: bool
) -> None:
    asked = given(watched(withdrawn=True)).when(
        Supervision.check_may_close, child=child, urgency=urgency
    )
    if waits:
        asked.refused(SupervisorMustDecide)
    else:
        asked.then_nothing()


def test_a_withdrawal_is_noted_once_and_decided_once() -> None:
    given(watched(withdrawn=True)).when(
        Supervision.note_withdrawal, COMPLAINT, "victim"
    ).then_nothing()
    decided = given(
        watched(withdrawn=True), lambda s: s.decide("withdrawal", Step.INFORM, WHY, "s", MONDAY)
    )
    decided.when(Supervision.decide, "withdrawal", Step.INFORM, WHY, "s", MONDAY).refused(
        NothingToDecide
    )
    given(watched()).when(Supervision.decide, "withdrawal", Step.INFORM, WHY, "s", MONDAY).refused(
        NothingToDecide
    )


ADULT, CHILD = WOMAN, Victim(sex="P", age_band="13-17")
ONLINE = ("ELECTRONIC_SEXUAL_VIOLENCE",)


@pytest.mark.parametrize(
    ("victims", "kinds", "ground", "refused"),
    [
        ((ADULT,), ONLINE, "complaint_offence", None),
        ((ADULT,), ("SEXUAL_SLAVERY",), "victims_wish", None),
        ((ADULT,), ONLINE, None, PoliceReportDue),
        ((ADULT,), (), "complaint_offence", NoComplaintOffence),
        ((ADULT,), (*ONLINE, "SEXUAL_SLAVERY"), "complaint_offence", NoComplaintOffence),
        ((ADULT, CHILD), ONLINE, "complaint_offence", PoliceReportDue),
        ((CHILD,), ONLINE, "victims_wish", PoliceReportDue),
        ((replace(ADULT, disability=("MENTAL",)),), ONLINE, "victims_wish", PoliceReportDue),
        ((Victim(sex="P"),), ONLINE, "victims_wish", PoliceReportDue),
    ],
)
def test_when_the_law_lets_us_keep_silent(
    victims: tuple[Victim, ...], kinds: tuple[str, ...], ground: str | None, refused: Any
) -> None:
    form = a_form(*victims, tpks_kinds=kinds)
    decided = given(watched()).when(
        Supervision.decide_report, "not_reported", ground, WHY, form=form, by="s", now=MONDAY
    )
    if refused:
        decided.refused(refused)
    else:
        decided.then(Supervision.PoliceReportDecided, outcome="not_reported")


def test_without_a_form_nobody_knows_whom_silence_would_hurt() -> None:
    given(watched()).when(
        Supervision.decide_report,
        "not_reported",
        "victims_wish",
        WHY,
        form=None,
        by="s",
        now=MONDAY,
    ).refused(PoliceReportDue)


def test_the_police_are_not_told_tomorrow() -> None:
    tomorrow = MONDAY + timedelta(days=1)
    given(watched()).when(
        Supervision.record_report, tomorrow, "POLSEK", WHY, by="o", now=MONDAY
    ).refused(DateToCome)


# Links and alarms


def test_two_cases_have_one_link_in_whatever_order() -> None:
    assert CaseLink.create_id(COMPLAINT, SECOND) == CaseLink.create_id(SECOND, COMPLAINT)
    with pytest.raises(LinkedToItself):
        CaseLink.between(COMPLAINT, COMPLAINT, "same_event", "o", MONDAY)


def test_a_link_is_made_and_taken_back_once() -> None:
    link = CaseLink.between(COMPLAINT, SECOND, "same_event", "o", MONDAY)
    given(link).when(CaseLink.link, "same_event", "o", MONDAY).then_nothing()
    given(link).when(CaseLink.separate, "o", MONDAY).then(CaseLink.CasesSeparated)
    given(link).when(CaseLink.separate, "o", MONDAY).then_nothing()
    given(link).when(CaseLink.link, "same_event", "o", MONDAY).then(CaseLink.CasesLinkedAgain)


def test_an_alarm_sounds_again_only_for_something_later() -> None:
    alarm = Alarm(complaint_id=COMPLAINT, kind="emergency", services=(), raised_at=MONDAY)
    given(alarm).when(Alarm.acknowledge, "s", MONDAY).then(Alarm.AlarmAcknowledged)
    given(alarm).when(Alarm.acknowledge, "s", MONDAY).then_nothing()
    given(alarm).when(Alarm.raise_again, "danger", (), MONDAY).then_nothing()
    later = MONDAY + timedelta(minutes=1)
    given(alarm).when(Alarm.raise_again, "danger", (), later).then(Alarm.AlarmRaisedAgain)
    assert not alarm.is_acknowledged


def test_what_is_identified_again_is_still_hers() -> None:
    identification = Identification(
        complaint_id=COMPLAINT,
        registration_no="1",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )
    identification.take("officer", MONDAY, MONDAY)
    reopen: Any = Identification.reopen, "mistake", "s", MONDAY, MONDAY
    given(identification).when(*reopen).then_nothing()
    identification.choose("officer", SECOND, "existing", "follow_up", MONDAY, basis=WHY)
    given(identification).when(*reopen).then(Identification.IdentificationReopened, case_id=SECOND)
    assert (identification.officer_id, identification.case_id) == ("officer", None)
