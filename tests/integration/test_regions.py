"""Where it happened, asked over HTTP; and that a wrong number stores a complaint all the same."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.eventstore import new_id
from tests import cases
from tests.complaints import FOLLOW_UP, FORM, NEW_CASE, WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.services import in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
OFFICER = "identification_officer"
HERS = "3573994403920001"
STORY = "Jalan Zyxwanda gang 3, Merjosari"
Running = tuple[httpx.AsyncClient, FastAPI]


@pytest.fixture
async def intake(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Running]:
    database = (await make_database("intake")).url
    async with in_process(
        "intake", database=database, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as running:
        yield running


@pytest.fixture
async def triage(make_database: MakeDatabase, issuer: Issuer) -> AsyncIterator[Running]:
    database = (await make_database("triage")).url
    async with in_process("triage", database=database, nats=NOWHERE, issuer=issuer.url) as running:
        yield running


async def taken(triage: Running, issuer: Issuer) -> str:
    """A complaint that the first officer has taken up; returns where its calls are."""
    client, app = triage
    id = new_id()
    await cases.queued(app, id)
    answer = await client.post(f"/identifications/{id}/take", headers=issuer.headers(OFFICER))
    assert answer.json()["officer_id"] == staff_id(OFFICER)
    return f"/identifications/{id}"


async def test_anybody_may_ask_where_a_place_is_and_nothing_of_it_is_kept_or_repeated(
    intake: Running, caplog: pytest.LogCaptureFixture
) -> None:
    client, app = intake
    with caplog.at_level(logging.DEBUG):
        answer = await client.post("/regions/search", json={"text": STORY})

    assert answer.json() == {
        "candidates": [
            {
                "code": "35.73.05.1002",
                "name": "Merjosari",
                "full_name": "Merjosari, Lowokwaru, Kota Malang",
                "kind": "KELURAHAN",
                "postal_code": "65144",
                "in_city": True,
                "namesakes": 0,
            }
        ],
        "ambiguous": False,
        "question": None,
    }
    assert "Zyxwanda" not in answer.text + caplog.text
    assert await app.state.store.pool.fetchval("select count(*) from es.events") == 0


async def test_malang_is_the_city_or_the_regency_and_a_person_is_asked(triage: Running) -> None:
    client, _ = triage
    answer = (await client.post("/regions/search", json={"text": "Malang"})).json()

    assert answer["ambiguous"]
    assert answer["question"] == "CITY_OR_REGENCY"
    assert [each["in_city"] for each in answer["candidates"]] == [True, False]  # ours first


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 201}, {"text": 1}])
async def test_a_bad_question_is_refused_and_not_repeated(intake: Running, body: Any) -> None:
    answer = await intake[0].post("/regions/search", json=body)
    assert answer.status_code == 422
    assert "xx" not in answer.text


async def test_regions_are_listed_level_by_level(intake: Running) -> None:
    client, _ = intake
    provinces = (await client.get("/regions")).json()
    districts = (await client.get("/regions", params={"within": "3573"})).json()
    villages = (await client.get("/regions", params={"within": "35.73.05"})).json()
    one = (await client.get("/regions/3573051002")).json()

    assert (len(provinces), len(districts), len(villages)) == (38, 5, 12)
    assert one in villages
    assert (await client.get("/regions", params={"within": "35.14.01"})).json() == []
    assert (await client.get("/regions/35.73.05.1099")).status_code == 404
    assert (await client.get("/regions/Malang")).status_code == 422


@pytest.mark.parametrize("body", [WALK_IN, WEBSITE])
async def test_a_complaint_with_a_wrong_number_is_stored_and_warned_about(
    intake: Running, issuer: Issuer, body: dict[str, Any]
) -> None:
    client, app = intake
    told = {"nik": "357399 dst", "phone": "nanti", "nickname": "Yu Sum"}
    once = issuer.headers("operator") | {"Idempotency-Key": str(new_id())}

    first = await client.post("/complaints", json=body | {"reporter": told}, headers=once)
    again = await client.post("/complaints", json=body | {"reporter": told}, headers=once)

    assert first.status_code == 201, first.text
    assert first.json()["warnings"] == [
        {"field": "reporter.nik", "code": "FORMAT"},
        {"field": "reporter.phone", "code": "PHONE_INVALID"},
    ]
    assert "357399" not in first.text
    assert again.json() == first.json()
    assert await app.state.store.pool.fetchval("select count(*) from es.events") == 2


async def test_what_was_told_wrongly_is_read_as_it_was_told(
    intake: Running, issuer: Issuer
) -> None:
    client, _ = intake
    told = {"nik": "357399 dst", "name_as_on_document": "SUMARNI", "full_name": "Sumarni d'Arc"}
    complaint = WALK_IN | {"reporter": told}
    receipt = await client.post("/complaints", json=complaint, headers=issuer.headers("operator"))
    path = f"/complaints/{receipt.json()['complaint_id']}/personal"

    opened = await client.post(
        path, json={"purpose": "supervision"}, headers=issuer.headers("supervisor")
    )

    fields = opened.json()["fields"]
    assert {name: fields[f"reporter.{name}"] for name in told} == told


async def test_an_ordinary_complaint_has_no_warning(intake: Running, issuer: Issuer) -> None:
    body = WALK_IN | {"reporter": {"full_name": "S", "phone": "0812-0000-0101"}}
    answer = await intake[0].post("/complaints", json=body, headers=issuer.headers("operator"))
    assert answer.json()["warnings"] == []


async def test_a_case_form_with_odd_numbers_is_stored_and_each_is_named(
    triage: Running, issuer: Issuer
) -> None:
    client, _ = triage
    at, officer = await taken(triage, issuer), issuer.headers(OFFICER)
    odd = FORM["victims"][0] | {"sex": "L", "nik": HERS, "kk": HERS, "nickname": "Yu Sum"}
    form = FORM | {"victims": [*FORM["victims"], odd]}
    once = officer | {"Idempotency-Key": str(new_id())}

    answer = await client.post(f"{at}/case", json=NEW_CASE | {"form": form}, headers=once)
    again = await client.post(f"{at}/case", json=NEW_CASE | {"form": form}, headers=once)

    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "case_chosen"
    assert answer.json()["warnings"] == [
        {"field": "form.victims[1].nik", "code": "REGION_UNKNOWN"},
        {"field": "form.victims[1].nik", "code": "SEX_MISMATCH"},
        {"field": "form.victims[1].kk", "code": "REGION_UNKNOWN"},
        {"field": "form.victims[1].kk", "code": "LOOKS_LIKE_NIK"},
    ]
    assert HERS not in answer.text
    assert again.json() == answer.json()


async def test_an_officer_is_told_at_once_when_a_nik_has_not_sixteen_digits(
    triage: Running, issuer: Issuer
) -> None:
    client, app = triage
    at = await taken(triage, issuer)
    short = FORM["victims"][0] | {"nik": HERS[:-1]}

    answer = await client.post(
        f"{at}/case",
        json=NEW_CASE | {"form": FORM | {"victims": [short]}},
        headers=issuer.headers(OFFICER),
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"][-1] == "nik"
    assert HERS[:-1] not in answer.text
    assert await app.state.store.pool.fetchval("select count(*) from cases") == 0


async def test_a_case_is_not_decided_to_be_where_nothing_is(
    triage: Running, issuer: Issuer
) -> None:
    client, _ = triage
    at, officer = await taken(triage, issuer), issuer.headers(OFFICER)
    await client.post(f"{at}/case", json=NEW_CASE, headers=officer)

    wrong = FOLLOW_UP | {"locus_code": "35.73.05.1099"}
    refused = await client.post(f"{at}/classification", json=wrong, headers=officer)
    done = await client.post(f"{at}/classification", json=FOLLOW_UP, headers=officer)
    case = await client.get(f"/cases/{done.json()['case_id']}", headers=officer)

    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/region-unknown"
    assert refused.json()["detail"] == "locus_code"
    assert "1099" not in refused.text
    assert done.status_code == 201
    assert case.json()["locus_name"] == "Merjosari, Lowokwaru, Kota Malang"
