"""What is odd in a request is told by codes of the list, and each of them by something."""

from __future__ import annotations

import json
from datetime import date

from services.intake.forms import ComplaintForm
from services.triage.forms import FormBody
from shared.contracts.codes import CODES
from shared.web.odd import Oddity
from tests.complaints import FORM, WALK_IN

TODAY = date(2026, 11, 24)
GROWN = "3573994403920001"
VICTIM = FORM["victims"][0]


def told(*victims: dict[str, object], **more: object) -> list[tuple[str, str]]:
    everybody = [VICTIM | each for each in victims]
    form = FormBody.model_validate_json(_json(FORM | {"victims": everybody} | more))
    return [(each.field, each.code) for each in form.oddities(TODAY)]


def complained(**changes: object) -> list[tuple[str, str]]:
    form = ComplaintForm.model_validate_json(_json(WALK_IN | changes))
    return [(each.field, each.code) for each in form.oddities(TODAY)]


def _json(body: object) -> str:
    return json.dumps(body)


def test_a_form_with_nothing_odd_has_no_warning() -> None:
    assert told({"domicile_code": "35.73.05.1002"}) == []
    assert told({"nik_status": "NOT_ASKED"}) == []


def test_each_victim_is_named_by_her_place_in_the_form() -> None:
    assert told({}, {"nik": GROWN, "sex": "L"}) == [
        ("form.victims[1].nik", "REGION_UNKNOWN"),
        ("form.victims[1].nik", "SEX_MISMATCH"),
    ]


def test_a_nik_that_is_said_to_be_missing_is_odd() -> None:
    field = "form.victims[0].nik"
    assert (field, "STATUS_CONTRADICTS") in told({"nik": GROWN, "nik_status": "NONE"})


def test_a_nik_in_the_place_of_the_family_card_is_noticed_also_a_mans() -> None:
    field = "form.victims[0].kk"
    his = "3573990403920001"
    assert told({"kk": GROWN}) == [(field, "REGION_UNKNOWN"), (field, "LOOKS_LIKE_NIK")]
    assert told({"kk": GROWN, "nik": GROWN}).count((field, "LOOKS_LIKE_NIK")) == 1
    assert told({"kk": his}) == [(field, "REGION_UNKNOWN")]
    assert (field, "LOOKS_LIKE_NIK") in told({"kk": his, "nik": "3573 9904 0392 0001"})


def test_a_region_that_there_is_not_is_odd() -> None:
    assert told(
        {"domicile_code": "35.73.05.1099"},
        incidents=[{"locus_code": "35.73.05.1002"}, {"locus_code": "3599"}],
    ) == [
        ("form.victims[0].domicile_code", "REGION_UNKNOWN"),
        ("form.incidents[1].locus_code", "REGION_UNKNOWN"),
    ]
    assert complained(reporter=None, locus_code="35.73.05.1099") == [
        ("locus_code", "REGION_UNKNOWN")
    ]


def test_a_complaint_is_never_refused_for_a_number() -> None:
    reporter = {"full_name": "Sumarni", "nik": "belum hafal", "phone": "nanti"}
    contact = {"may_call": True, "phone": "112"}
    assert complained(reporter=reporter, safe_contact=contact) == [
        ("reporter.nik", "FORMAT"),
        ("reporter.phone", "PHONE_INVALID"),
        ("safe_contact.phone", "PHONE_SHORT_CODE"),
    ]
    assert complained(reporter={"nik": "", "phone": ""}) == [
        ("reporter.nik", "FORMAT"),
        ("reporter.phone", "PHONE_INVALID"),
    ]


def test_every_warning_of_the_list_is_told_by_something() -> None:
    odd = [
        *complained(reporter={"nik": "3573", "phone": "110"}, safe_contact={"phone": "0812"}),
        *told({"nik": "357300" + "8503920000"}, {"kk": "357399" + "3002920001"}),
        *told({"nik": "3573990505120001", "born_on": None, "sex": "P", "nik_status": "NONE"}),
        *told({"nik": GROWN, "kk": GROWN, "born_on": "1990-01-01"}),
    ]
    assert {code for _, code in odd} == CODES["warning"].keys()


def test_a_warning_shows_no_value() -> None:
    form = FormBody.model_validate_json(_json(FORM | {"victims": [VICTIM | {"nik": GROWN}]}))
    shown = repr([*form.oddities(TODAY)])
    assert set(Oddity.model_fields) == {"field", "code"}
    assert GROWN not in shown
    assert GROWN[:6] not in shown
