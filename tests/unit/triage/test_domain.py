from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.triage.domain import (
    AlreadyClassified,
    AlreadyIdentified,
    Case,
    CaseForm,
    CaseNotChosen,
    DateToCome,
    Decision,
    FormClosed,
    Identification,
    Locus,
    NotTakenUp,
    Perpetrator,
    TakenByAnother,
    Victim,
    VictimNotEligible,
    age_band_of,
    check_dates,
)
from shared.privacy import Personal
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DUE = MONDAY + timedelta(minutes=30)
COMPLAINT, CASE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
WOMAN, MAN = Victim(sex="P", age_band="25-44"), Victim(sex="L", age_band="25-44")
BOY, UNKNOWN_AGE = Victim(sex="L", age_band="0-5"), Victim(sex="L")


def an_identification() -> Identification:
    return Identification(
        complaint_id=COMPLAINT,
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )


def taken(identification: Identification) -> None:
    identification.take("officer", MONDAY, DUE)


def chosen(identification: Identification) -> None:
    identification.choose("officer", CASE, "new", None, MONDAY)


def completed(identification: Identification) -> None:
    identification.complete("officer", (), MONDAY)


def test_taking_up_says_until_when() -> None:
    given(an_identification()).when(Identification.take, "officer", MONDAY, DUE).then(
        Identification.ComplaintTakenUp,
        officer_id="officer",
        due_at=DUE,
    )


def test_taking_up_twice_changes_nothing() -> None:
    given(an_identification(), taken).when(
        Identification.take, "officer", MONDAY, DUE
    ).then_nothing()


def test_what_one_has_taken_up_no_other_takes() -> None:
    given(an_identification(), taken).when(Identification.take, "another", MONDAY, DUE).refused(
        TakenByAnother
    )


def test_nothing_is_decided_before_it_is_taken_up() -> None:
    given(an_identification()).when(
        Identification.choose, "officer", CASE, "new", None, MONDAY
    ).refused(NotTakenUp)


def test_only_who_took_it_up_decides() -> None:
    given(an_identification(), taken).when(
        Identification.choose, "another", CASE, "new", None, MONDAY
    ).refused(TakenByAnother)


def test_choosing_the_same_case_twice_changes_nothing() -> None:
    given(an_identification(), taken, chosen).when(
        Identification.choose, "officer", CASE, "new", None, MONDAY
    ).then_nothing()


def test_another_case_is_not_chosen_silently() -> None:
    given(an_identification(), taken, chosen).when(
        Identification.choose, "officer", OTHER, "existing", "follow_up", MONDAY
    ).refused(AlreadyIdentified)


def test_nothing_is_classified_without_a_case() -> None:
    given(an_identification(), taken).when(Identification.complete, "officer", (), MONDAY).refused(
        CaseNotChosen
    )


def test_it_is_classified_once() -> None:
    given(an_identification(), taken, chosen, completed).when(
        Identification.complete, "officer", (), MONDAY
    ).refused(AlreadyClassified)


def a_case() -> Case:
    return Case(complaint_id=COMPLAINT, registration_no="PPA-2026-000001", opened_at=MONDAY)


def a_form(*victims: Victim) -> CaseForm:
    return CaseForm(
        victims=victims, perpetrators=(Perpetrator(unknown=True),), violence=("PHYSICAL",)
    )


def filled(*victims: Victim) -> Any:
    def fill(case: Case) -> None:
        case.fill_form(a_form(*victims), "officer", MONDAY)

    return fill


YES = Decision(vawc=True, locus=Locus.IN, urgency="medium", basis=Personal("…"))
HOW: dict[str, Any] = {
    "complaint_id": COMPLAINT,
    "registration_no": "PPA-2026-000001",
    "officer_id": "officer",
    "kind": "new",
    "subkind": None,
    "now": MONDAY,
}


def test_the_same_form_twice_changes_nothing() -> None:
    given(a_case(), filled(WOMAN)).when(
        Case.fill_form, a_form(WOMAN), "officer", MONDAY
    ).then_nothing()


def test_a_case_is_not_classified_by_one_form_and_kept_with_another() -> None:
    given(a_case(), filled(WOMAN), lambda case: case.classify(YES, **HOW)).when(
        Case.fill_form, a_form(BOY), "officer", MONDAY
    ).refused(FormClosed)


def test_in_an_emergency_the_form_comes_after_the_classification() -> None:
    """And what the others were not told then, they are told now."""
    case = a_case()
    case.classify(YES, **HOW)
    case.collect_events()

    case.fill_form(a_form(WOMAN), "officer", MONDAY)

    form, told = case.collect_events()
    assert isinstance(form, Case.CaseFormFilled)
    assert form.form == a_form(WOMAN).of_case(case.id)
    assert isinstance(told, Case.CaseReclassified)
    assert (told.before, told.started, told.ended) == (told.after, (), ())
    assert told.people.violence == ("PHYSICAL",)


@pytest.mark.parametrize(
    ("victims", "child"), [((WOMAN,), False), ((WOMAN, BOY), True), ((BOY,), True)]
)
def test_a_woman_or_a_child_is_eligible(victims: tuple[Victim, ...], child: bool) -> None:
    given(a_case(), filled(*victims)).when(Case.classify, YES, **HOW).then(
        Case.CaseClassified, child=child, route=("follow_up",), violence=("PHYSICAL",)
    )


def test_grown_men_alone_are_not() -> None:
    given(a_case(), filled(MAN)).when(Case.classify, YES, **HOW).refused(VictimNotEligible)


def test_a_boy_whose_age_nobody_knows_is_not_turned_away() -> None:
    given(a_case(), filled(UNKNOWN_AGE)).when(Case.classify, YES, **HOW).then(Case.CaseClassified)


def test_a_lighter_decision_about_a_further_complaint_does_not_lead_the_case() -> None:
    no = Decision(vawc=False, locus=Locus.IN, urgency="low", basis=Personal("…"))
    case = a_case()
    case.classify(YES, **HOW)

    given(case).when(Case.classify, no, **HOW | {"complaint_id": OTHER}).then(
        Case.CaseClassified, leads=False, route=("inform",)
    )
    assert case.ruling == YES.ruling


def test_nobody_is_called_a_grown_up_before_it_is_known() -> None:
    given(a_case()).when(Case.classify, YES, **HOW).then(Case.CaseClassified, child=None)


@pytest.mark.parametrize(
    ("born", "occurred"),
    [([date(2062, 3, 4)], []), ([], [date(2026, 11, 24)]), ([date(1899, 1, 1)], [])],
)
def test_nobody_is_born_and_nothing_happens_tomorrow(
    born: list[date], occurred: list[date]
) -> None:
    with pytest.raises(DateToCome):
        check_dates(born, occurred, MONDAY.date())


def test_a_complaint_is_linked_once() -> None:
    case = a_case()
    case.link(OTHER, "follow_up", MONDAY)

    given(case).when(Case.link, OTHER, "follow_up", MONDAY).then_nothing()


@pytest.mark.parametrize(
    ("born_on", "band"),
    [
        (date(2008, 11, 24), "13-17"),  # eighteen tomorrow: still a child
        (date(2008, 11, 23), "18-24"),
        (date(2020, 12, 1), "0-5"),
        (date(1960, 1, 1), "60+"),
        (None, None),
    ],
)
def test_the_age_band_is_that_of_the_day(born_on: date | None, band: str | None) -> None:
    assert age_band_of(born_on, None, MONDAY.date()) == band


def test_an_estimate_will_do() -> None:
    assert age_band_of(None, 34, MONDAY.date()) == "25-44"
