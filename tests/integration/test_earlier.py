"""What was replaced, and why somebody broke the glass, can be read by those who must review it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from shared.eventstore import new_id
from tests import cases
from tests.cases import Told
from tests.complaints import FOLLOW_UP, FORM, KNOWN, NEW_CASE
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"
READING = {"purpose": "supervision"}
EARLIER = READING | {"earlier": True}
EMERGENCY = {"reason": "Korban menelepon, konselornya tidak dapat dihubungi."}


@pytest.fixture
async def database(make_database: MakeDatabase) -> str:
    return (await make_database("triage")).url


async def a_case_with_a_past(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Told:
    """Its form was replaced, and then a linked complaint was decided that weighs less."""
    officer = issuer.headers("identification_officer")
    first, second = new_id(), new_id()
    for id in (first, second):
        await cases.queued(app, id)
        await client.post(f"/identifications/{id}/take", headers=officer)
    wrong = FORM | {"victims": [FORM["victims"][0] | {"full_name": "Sumiati"}]}
    decided: Any = None
    for id, path, body in (
        (first, "case", NEW_CASE | {"form": wrong}),
        (first, "case", NEW_CASE),
        (first, "classification", FOLLOW_UP),
    ):
        decided = await client.post(f"/identifications/{id}/{path}", json=body, headers=officer)
        assert decided.is_success, decided.text
    case_id = decided.json()["case_id"]
    existing = KNOWN | {"case_id": case_id, "subkind": "follow_up"}
    less = FOLLOW_UP | {"urgency": "low", "basis": "Laporan susulan dari tetangga."}
    for path, body in (("case", existing), ("classification", less)):
        decided = await client.post(f"/identifications/{second}/{path}", json=body, headers=officer)
        assert decided.is_success, decided.text
    return Told(first, UUID(case_id), {})


async def test_a_supervisor_reads_what_was_replaced_and_it_is_written_down(
    database: str, issuer: Issuer
) -> None:
    async with in_process("triage", database=database, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        told = await a_case_with_a_past(client, app, issuer)
        at, supervisor = f"/cases/{told.case_id}/personal", issuer.headers("supervisor")
        now = (await client.post(at, json=READING, headers=supervisor)).json()["fields"]
        assert now["form.victims.0.full_name"] == "Sumarni"
        assert "forms.0.victims.0.full_name" not in now

        before = (await client.post(at, json=EARLIER, headers=supervisor)).json()["fields"]

        assert before["forms.0.victims.0.full_name"] == "Sumiati"
        assert before["forms.1.victims.0.full_name"] == "Sumarni"
        assert before["bases.0"] == FOLLOW_UP["basis"]
        assert before["bases.1"] == "Laporan susulan dari tetangga."
        rows = await eventually(
            lambda: client.get("/privacy/accesses", headers=supervisor),
            lambda answer: len(answer.json()) == 3,
        )
        compared, _, read = rows.json()
        assert compared["relation"] == "compared"  # the corrected form with the one before
        assert "forms.0.victims.0.full_name" in read["fields"]
        officer = issuer.headers("identification_officer")
        assert (await client.post(at, json=EARLIER, headers=officer)).status_code == 403


async def test_the_reviewer_reads_why_the_glass_was_broken_and_who_broke_it_does_not(
    database: str, issuer: Issuer
) -> None:
    async with in_process("triage", database=database, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        told = await a_case_with_a_past(client, app, issuer)
        one, other = issuer.headers("supervisor"), issuer.headers("supervisor", nth=2)
        at = f"/cases/{told.case_id}/break-glass"
        glass = (await client.post(at, json=EMERGENCY, headers=one)).json()["id"]
        at = f"/break-glass/{glass}"
        review = {"was_justified": True, "remarks": "Memang darurat."}
        assert (await client.post(f"{at}/review", json=review, headers=other)).is_success

        read = await client.post(f"{at}/personal", json=READING, headers=other)

        assert read.json()["fields"] == {
            "reason": EMERGENCY["reason"],
            "remarks": review["remarks"],
        }
        itself = await client.post(f"{at}/personal", json=READING, headers=one)
        assert itself.status_code == 403
