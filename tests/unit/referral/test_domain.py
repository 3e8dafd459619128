from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain import (
    AgencyCard,
    AlreadyAnswered,
    AlreadyReferred,
    CaseCard,
    Referral,
    ReferralNeed,
    recipients,
    undecided,
)
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def an_agency(n: int, kind: str, region: str) -> AgencyCard:
    return AgencyCard(UUID(int=n), kind, region, (), 24)


MALANG = an_agency(1, "UPTD_PPA", "35.07")
EAST_JAVA = an_agency(2, "UPTD_PPA_PROVINCE", "35")
SAPA = an_agency(3, "SAPA129", "ID")
ALL = [SAPA, EAST_JAVA, MALANG]
CASE = CaseCard(
    case_id=UUID(int=10),
    complaint_id=UUID(int=11),
    region_code="35.07.22.2008",
    urgency="medium",
    violence=("PHYSICAL",),
    age_band="18-24",
    needs=(),
    consent=True,
)


@pytest.mark.parametrize(
    ("region", "agency"),
    [
        ("35.07.22.2008", MALANG),
        ("35.79", EAST_JAVA),  # no agency of that regency: the province's
        ("51.71", SAPA),
        (None, SAPA),
    ],
)
def test_the_nearest_agency_receives_the_case(region: str | None, agency: AgencyCard) -> None:
    assert recipients(replace(CASE, region_code=region), ALL) == [agency]


@pytest.mark.parametrize(
    ("case", "agencies", "reason"),
    [
        (CASE, ALL, None),
        (replace(CASE, consent=False), ALL, "no_consent"),
        (CASE, [MALANG, an_agency(4, "UPTD_PPA", "35.07")], "several_fit"),
        (CASE, [], "none_fits"),
    ],
)
def test_a_rule_decides_only_what_is_clear(
    case: CaseCard, agencies: list[AgencyCard], reason: str | None
) -> None:
    assert undecided(case, recipients(case, agencies)) == reason


BY_RULE: dict[str, Any] = {
    "purpose": "locus",
    "basis": None,
    "decided_by": "policy",
    "now": MONDAY,
}


def a_referral() -> Referral:
    return Referral(case_id=CASE.case_id, agency_id=MALANG.agency_id)


def referred(referral: Referral) -> None:
    referral.refer(CASE, MALANG, **BY_RULE)


@pytest.mark.parametrize(("urgency", "hours"), [("medium", 24), ("high", 1)])
def test_in_danger_an_agency_answers_within_the_hour(urgency: str, hours: int) -> None:
    given(a_referral()).when(
        Referral.refer, replace(CASE, urgency=urgency), MALANG, **BY_RULE
    ).then(Referral.CaseReferred, respond_by=MONDAY + timedelta(hours=hours))


def test_a_complaint_goes_to_an_agency_only_once() -> None:
    given(a_referral(), referred).when(Referral.refer, CASE, MALANG, **BY_RULE).then_nothing()


def test_a_further_complaint_goes_the_same_way() -> None:
    further = replace(CASE, complaint_id=UUID(int=12))

    given(a_referral(), referred).when(Referral.refer, further, MALANG, **BY_RULE).then(
        Referral.CaseReferred, case=further
    )


def test_an_answer_is_noted_once_and_no_other_after_it() -> None:
    yes = lambda r: r.accept("phone", "wulan", MONDAY)  # noqa: E731 a step of the past
    given(a_referral(), referred).when(Referral.accept, "phone", "wulan", MONDAY).then(
        Referral.ReferralAccepted, complaint_id=CASE.complaint_id, medium="phone"
    )
    given(a_referral(), referred, yes).when(
        Referral.accept, "phone", "wulan", MONDAY
    ).then_nothing()
    given(a_referral(), referred, yes).when(
        Referral.decline, "no_capacity", "phone", "wulan", MONDAY
    ).refused(AlreadyAnswered)


def test_what_it_is_told_anew_an_agency_answers_anew() -> None:
    further = replace(CASE, complaint_id=UUID(int=12))
    referral = a_referral()
    referred(referral)
    referral.accept("phone", "wulan", MONDAY)

    referral.refer(further, MALANG, **BY_RULE)

    assert referral.is_waiting


def test_a_need_is_met_by_a_referral_once() -> None:
    need = ReferralNeed(case=CASE, reason="several_fit", candidates=(), needed_at=MONDAY)
    need.meet(UUID(int=1))

    given(need).when(ReferralNeed.meet, UUID(int=1)).refused(AlreadyReferred)
