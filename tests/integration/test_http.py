"""What a client is told when something is wrong with what it sent; and that nothing is stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.eventstore import new_id
from tests.complaints import FOLLOW_UP, FORM, NEW_CASE, WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"  # a service takes complaints without NATS
SECRET = "Rahasia-Sumarni"
OFFICER = "identification_officer"


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    database = (await make_database("intake")).url
    async with in_process(
        "intake", database=database, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as running:
        yield running


@pytest.fixture
def intake(service: tuple[httpx.AsyncClient, FastAPI]) -> httpx.AsyncClient:
    return service[0]


@pytest.fixture
def operator(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("operator")


async def stored(service: tuple[httpx.AsyncClient, FastAPI]) -> int:
    count: int = await service[1].state.store.pool.fetchval("select count(*) from es.events")
    return count


BAD: dict[str, dict[str, Any]] = {
    "a field missing": {"narrative": None},
    "an unknown channel": {"channel": SECRET},
    "an unknown role": {"reporter_role": SECRET},
    "an impossible date": {"occurred_on": "2026-02-30"},
    "a date to come": {"occurred_on": "2999-01-01"},
    "a text too long": {"narrative": SECRET * 2_000},
    "an empty text": {"narrative": ""},
    "a text with a NUL": {"narrative": f"{SECRET}\0"},
    "a number for a yes": {"in_danger": 1},
    "a word for a yes": {"in_danger": "yes"},
    "a field nobody knows": {SECRET: True},
    "a website that is a walk-in": {"sub_channel": "website"},
    "a referral that is a walk-in": {"referred_by": {"institution": "RS"}},
    "a region that is a word": {"locus_code": SECRET},
    "hours that are none": {"safe_contact": {"hours": [["25:00", "26:00"]]}},
    "a letter of tomorrow": {
        "channel": "referral_in",
        "referred_by": {"institution": "RS", "letter_on": "2999-01-01"},
    },
    "a region in other digits": {"locus_code": "\u0663\u0665.\u0667\u0663"},
    "half of a surrogate pair": {"narrative": "\ud800"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
async def test_bad_input_is_a_problem_that_repeats_nothing_and_stores_nothing(
    service: tuple[httpx.AsyncClient, FastAPI], operator: dict[str, str], change: dict[str, Any]
) -> None:
    body = json.dumps({key: v for key, v in (WALK_IN | change).items() if v is not None})
    intake, _ = service

    answer = await intake.post("/complaints", content=body, headers=operator)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text
    assert await stored(service) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"null"])
async def test_what_is_no_json_object_is_a_problem(
    intake: httpx.AsyncClient, operator: dict[str, str], body: bytes
) -> None:
    answer = await intake.post("/complaints", content=body, headers=operator)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/malformed"


async def test_a_request_that_is_far_too_large_is_refused(
    intake: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    answer = await intake.post("/complaints", content=b" " * 300_000, headers=operator)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_same_request_twice_is_one_complaint(
    service: tuple[httpx.AsyncClient, FastAPI], operator: dict[str, str]
) -> None:
    intake, _ = service
    once = operator | {"Idempotency-Key": str(new_id())}

    first = await intake.post("/complaints", json=WALK_IN, headers=once)
    second = await intake.post("/complaints", json=WALK_IN, headers=once)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert await stored(service) == 2  # opened and received


async def test_the_key_of_another_request_is_refused(
    service: tuple[httpx.AsyncClient, FastAPI], operator: dict[str, str]
) -> None:
    intake, _ = service
    once = operator | {"Idempotency-Key": "a-key-of-mine"}
    await intake.post("/complaints", json=WALK_IN, headers=once)

    answer = await intake.post("/complaints", json=WALK_IN | {"in_danger": True}, headers=once)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/key-reused"
    assert await stored(service) == 2


async def test_the_same_key_of_another_person_is_another_request(
    service: tuple[httpx.AsyncClient, FastAPI], issuer: Issuer
) -> None:
    intake, _ = service
    key = {"Idempotency-Key": "a-key-of-mine"}

    answers = [
        await intake.post(
            "/complaints", json=WALK_IN, headers=issuer.headers("operator", nth=n) | key
        )
        for n in (1, 2)
    ]

    assert len({answer.json()["complaint_id"] for answer in answers}) == 2


async def test_without_a_token_only_the_website_is_open(intake: httpx.AsyncClient) -> None:
    walk_in = await intake.post("/complaints", json=WALK_IN)
    website = await intake.post("/complaints", json=WEBSITE)
    reading = await intake.get(f"/complaints/{new_id()}")

    assert (walk_in.status_code, website.status_code, reading.status_code) == (401, 201, 401)
    assert walk_in.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"exp": 1}, {"iss": "http://elsewhere"}, {"sub": None}, {"exp": None}],
    ids=["audience", "expired", "issuer", "nobody", "endless"],
)
async def test_a_token_that_is_not_for_us_is_no_token(
    intake: httpx.AsyncClient, issuer: Issuer, claims: dict[str, Any]
) -> None:
    token = issuer.token("operator", **claims)

    answer = await intake.post(
        "/complaints", json=WALK_IN, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/unknown"


@pytest.mark.parametrize(
    "token",
    ["nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiYXVkIjoiYWR1YW4ifQ.", "a.b.c", "é"],
)
async def test_a_token_nobody_signed_is_no_token(intake: httpx.AsyncClient, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode("latin-1")}

    answer = await intake.post("/complaints", json=WALK_IN, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "claims", [{"roles": None}, {"roles": [["operator"]]}, {"exp": 10**400}, {"sub": 5}]
)
async def test_a_token_that_says_nonsense_is_no_token(
    intake: httpx.AsyncClient, issuer: Issuer, claims: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token('operator', **claims)}"}

    answer = await intake.post("/complaints", json=WALK_IN, headers=headers)

    assert answer.status_code == 401


async def test_bad_tokens_do_not_make_us_ask_the_issuer_again_and_again(
    intake: httpx.AsyncClient, issuer: Issuer
) -> None:
    before = len(issuer.asked)
    await asyncio.gather(
        *(
            intake.post("/complaints", json=WALK_IN, headers={"Authorization": f"Bearer {n}.b.c"})
            for n in range(50)
        )
    )

    assert len(issuer.asked) - before <= 2  # where the keys are, and the keys


async def test_the_first_requests_of_all_may_come_at_once(
    intake: httpx.AsyncClient, issuer: Issuer
) -> None:
    answers = await asyncio.gather(
        *(
            intake.post("/complaints", json=WALK_IN, headers=issuer.headers("operator", nth=n))
            for n in range(8)
        )
    )

    assert {answer.status_code for answer in answers} == {201}


async def test_two_citizens_with_the_same_weak_key_are_two(intake: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "complaint-1"}
    other = WEBSITE | {"narrative": "Anak tetangga saya tidak diberi makan."}

    first = await intake.post("/complaints", json=WEBSITE, headers=key)
    second = await intake.post("/complaints", json=other, headers=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["complaint_id"] != second.json()["complaint_id"]


async def test_a_pin_in_other_digits_is_no_pin(intake: httpx.AsyncClient) -> None:
    receipt = (await intake.post("/complaints", json=WEBSITE)).json()
    pin = "\u0661\u0662\u0663\u0664\u0665\u0666"

    answer = await intake.post("/status", json={"public_code": receipt["public_code"], "pin": pin})

    assert answer.status_code == 422


async def test_who_may_not_is_told_so(intake: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await intake.get("/history/events", headers=issuer.headers("operator"))

    assert answer.status_code == 403
    assert answer.json() == {
        "type": "/problems/forbidden",
        "title": "You may not do this.",
        "status": 403,
        "detail": "history.events",
    }


async def test_what_is_not_there_is_not_found(
    intake: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    answer = await intake.get(f"/complaints/{new_id()}", headers=operator)

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/missing"


async def test_even_a_page_that_is_not_there_is_a_problem(intake: httpx.AsyncClient) -> None:
    answer = await intake.get("/nowhere")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404}


async def test_a_receipt_shows_how_far_it_is_and_nothing_else(intake: httpx.AsyncClient) -> None:
    receipt = (await intake.post("/complaints", json=WEBSITE)).json()
    asked = {"public_code": receipt["public_code"], "pin": receipt["pin"]}

    answer = await intake.post("/status", json=asked)

    assert answer.status_code == 200
    assert answer.json().keys() == {"status", "label", "received_at", "promises"}
    assert answer.json()["status"] == "received"


async def test_who_guesses_a_pin_learns_nothing_and_is_locked_out(
    intake: httpx.AsyncClient,
) -> None:
    receipt = (await intake.post("/complaints", json=WEBSITE)).json()
    right = {"public_code": receipt["public_code"], "pin": receipt["pin"]}
    wrong = right | {"pin": f"{(int(receipt['pin']) + 1) % 1_000_000:06d}"}

    guesses = [await intake.post("/status", json=wrong) for _ in range(5)]
    unknown = await intake.post("/status", json=wrong | {"public_code": "2026-999999-AAAAAA"})
    locked = await intake.post("/status", json=right)

    assert {each.status_code for each in (*guesses, unknown, locked)} == {404}
    assert len({each.text for each in (*guesses, unknown, locked)}) == 1


# Commands in the wrong state, and versions that have passed.


@pytest.fixture
async def triage(
    make_database: MakeDatabase,
    empty_nats: str,
    issuer: Issuer,
    pepper: Path,
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Triage, and a complaint in its queue."""
    told = {"nats": empty_nats, "issuer": issuer.url}
    databases = [(await make_database(name)).url for name in ("intake", "triage")]
    async with (
        in_process("intake", database=databases[0], pepper=pepper, **told) as (intake, _),
        in_process("triage", database=databases[1], **told) as (client, _),
    ):
        receipt = await intake.post("/complaints", json=WALK_IN, headers=issuer.headers("operator"))
        at = f"/identifications/{receipt.json()['complaint_id']}"
        client.headers.update(issuer.headers(OFFICER))
        await eventually(lambda: client.get(at), lambda answer: answer.status_code == 200)
        yield client, at


async def test_a_command_in_the_wrong_state_is_told_the_state(
    triage: tuple[httpx.AsyncClient, str],
) -> None:
    client, at = triage

    answer = await client.post(f"{at}/case", json=NEW_CASE)

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/not-taken-up"
    assert answer.json()["detail"] == "state: waiting"


async def test_what_another_has_taken_up_is_theirs(
    triage: tuple[httpx.AsyncClient, str], issuer: Issuer
) -> None:
    client, at = triage
    await client.post(f"{at}/take")

    answer = await client.post(f"{at}/take", headers=issuer.headers(OFFICER, nth=2))

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/taken-by-another"


async def test_a_decision_that_rests_on_an_old_version_is_stale(
    triage: tuple[httpx.AsyncClient, str],
) -> None:
    client, at = triage
    await client.post(f"{at}/take")

    stale = await client.post(f"{at}/case", json=NEW_CASE, headers={"If-Match": '"1"'})
    fresh = await client.post(f"{at}/case", json=NEW_CASE, headers={"If-Match": '"2"'})

    assert (stale.status_code, fresh.status_code) == (409, 201)
    assert stale.json()["type"] == "/problems/stale"
    assert "version 2" in stale.json()["detail"]


async def test_a_complaint_nobody_knows_cannot_be_taken_up(
    triage: tuple[httpx.AsyncClient, str],
) -> None:
    client, _ = triage

    answer = await client.post(f"/identifications/{new_id()}/take")

    assert answer.status_code == 404


async def test_a_case_nobody_knows_is_not_an_old_case(
    triage: tuple[httpx.AsyncClient, str],
) -> None:
    client, at = triage
    await client.post(f"{at}/take")

    answer = await client.post(
        f"{at}/case",
        json={"kind": "existing", "case_id": str(new_id()), "subkind": "follow_up"},
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"kind": SECRET},
        NEW_CASE | {"form": FORM | {"victims": [{"sex": "P", "born_on": "2062-03-04"}]}},
        NEW_CASE | {"form": FORM | {"incidents": [{"occurred_on": "2999-01-01"}]}},
        {"kind": "existing", "case_id": SECRET, "subkind": "follow_up"},
    ],
    ids=["a kind nobody knows", "not born yet", "not happened yet", "no id"],
)
async def test_a_bad_case_form_is_a_problem_that_repeats_nothing(
    triage: tuple[httpx.AsyncClient, str], body: dict[str, Any]
) -> None:
    client, at = triage
    await client.post(f"{at}/take")

    answer = await client.post(f"{at}/case", json=body)

    assert answer.status_code == 422
    assert SECRET not in answer.text


async def test_a_locus_that_contradicts_its_code_is_a_problem(
    triage: tuple[httpx.AsyncClient, str],
) -> None:
    client, at = triage
    await client.post(f"{at}/take")
    await client.post(f"{at}/case", json=NEW_CASE)

    answer = await client.post(
        f"{at}/classification", json=FOLLOW_UP | {"locus_code": "35.07.01.2010"}
    )

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/locus-mismatch"


async def test_a_classification_repeated_with_its_key_is_answered_again(
    triage: tuple[httpx.AsyncClient, str],
) -> None:
    client, at = triage
    await client.post(f"{at}/take")
    await client.post(f"{at}/case", json=NEW_CASE)
    once = {"Idempotency-Key": str(new_id())}

    first = await client.post(f"{at}/classification", json=FOLLOW_UP, headers=once)
    second = await client.post(f"{at}/classification", json=FOLLOW_UP, headers=once)
    third = await client.post(f"{at}/classification", json=FOLLOW_UP)

    assert first.json() == second.json()
    assert (first.status_code, second.status_code, third.status_code) == (201, 201, 409)
    assert third.json()["type"] == "/problems/already-classified"


async def test_nothing_personal_leaves_through_history(
    triage: tuple[httpx.AsyncClient, str], issuer: Issuer
) -> None:
    client, at = triage
    await client.post(f"{at}/take")
    case = (await client.post(f"{at}/case", json=NEW_CASE)).json()["case_id"]
    auditor = issuer.headers("auditor")

    events = await eventually(  # an event is in the history when it has its index
        lambda: client.get("/history/events", headers=auditor),
        lambda answer: "CaseFormFilled" in answer.text,
    )
    state = await client.get(f"/history/streams/{case}", headers=auditor)

    assert events.status_code == state.status_code == 200
    assert "Sumarni" not in events.text + state.text
    assert "[personal]" in events.text
    assert "[personal]" in state.text


async def test_history_answers_each_question(
    triage: tuple[httpx.AsyncClient, str], issuer: Issuer
) -> None:
    client, at = triage
    taken = await client.post(f"{at}/take")
    auditor = issuer.headers("auditor")

    async def types(**asked: str) -> list[str]:
        answer = await client.get("/history/events", params=asked, headers=auditor)
        return [event["type"] for event in answer.json()["events"]]

    await eventually(types, lambda found: len(found) == 3)
    correlation = at.rpartition("/")[2]
    hers = ["ComplaintTakenUp", "ClockStarted"]
    assert await types(correlation=correlation) == ["ComplaintQueued", *hers]
    assert await types(type="ComplaintTakenUp") == ["ComplaintTakenUp"]
    assert await types(actor=f"staff:{taken.json()['officer_id']}") == hers
    assert await types(after="0") == hers
    assert await types(limit="1") == ["ComplaintQueued"]
    assert await types(to="2020-01-01T00:00:00Z") == []
    assert await types(**{"from": "2020-01-01T00:00:00Z"}) != []
