"""An agency answers in time, or it is told; what it declines goes to an officer again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.referral.policies import POLICIES
from shared.contracts.triage import CaseClassified
from shared.eventstore import new_id, now_utc
from shared.messaging.react import handle, heard_by
from tests.conftest import MakeDatabase
from tests.facts import case_classified
from tests.services import in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"
OFFICER, SUPERVISOR = "referral_officer", "supervisor"
KEPANJEN, SURABAYA = new_id(), new_id()


@dataclass
class Desk:
    """Referral with two agencies, and its officer."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer

    async def ask(self, method: str, path: str, role: str, body: Any = None) -> httpx.Response:
        headers = self.issuer.headers(role)
        return await self.client.request(method, path, json=body, headers=headers)

    async def seen(self, path: str, role: str = SUPERVISOR) -> Any:
        answer = await self.ask("GET", path, role)
        assert answer.is_success, answer.text
        return answer.json()

    async def referred(self, urgency: str = "medium") -> dict[str, Any]:
        """A case that a rule referred."""
        out = {"locus": "out", "locus_code": "35.07.22.2008", "route": ("refer",)}
        told = case_classified(new_id(), new_id()).model_dump() | out | {"urgency": urgency}
        fact = CaseClassified.model_validate(told)
        about = fact.subject("00", str(fact.complaint_id))
        message = {"ce-id": str(new_id())}
        heard = heard_by(POLICIES)
        body = fact.model_dump_json().encode()
        await handle(about, message, body, self.app.state.store, heard)
        (found,) = await self.seen(f"/referrals?case_id={fact.case_id}")
        assert isinstance(found, dict)
        return found

    async def answers(self, referral: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"answer": "accepted", "medium": "phone", "answered_at": now_utc().isoformat()}
        return await self.ask("POST", f"/referrals/{referral['id']}/answer", OFFICER, body | more)

    async def clocks(self, case_id: str) -> dict[str, Any]:
        found = await self.seen(f"/clocks?case_id={case_id}&status=all")
        return {each["rule"]: each for each in found}


@pytest.fixture
async def desk(make_database: MakeDatabase, issuer: Issuer) -> AsyncIterator[Desk]:
    database = (await make_database("referral")).url
    async with in_process("referral", database=database, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        desk = Desk(client, app, issuer)
        for id, kind, region in (
            (KEPANJEN, "UPTD_PPA", "35.07"),
            (SURABAYA, "UPTD_PPA_PROVINCE", "35"),
        ):
            agency = {"agency_id": str(id), "name": "UPTD PPA", "kind": kind, "region_code": region}
            assert (await desk.ask("POST", "/agencies", "admin", agency)).status_code == 201
        yield desk


@pytest.mark.parametrize(
    ("urgency", "rule"), [("medium", "referral_answer"), ("high", "referral_answer_high")]
)
async def test_an_agency_has_its_time_and_its_answer_ends_it(
    desk: Desk, urgency: str, rule: str
) -> None:
    referral = await desk.referred(urgency)
    running = (await desk.clocks(referral["case_id"]))[rule]

    answer = await desk.answers(referral)
    again = await desk.answers(referral)
    stopped = await desk.clocks(referral["case_id"])

    assert running["due_at"] == referral["respond_by"]
    assert running["stopped_at"] is None
    assert answer.json()["answer"] == again.json()["answer"] == "accepted"
    assert [name for name, each in stopped.items() if each["stopped_at"]] == [rule]


async def test_what_an_agency_declines_waits_for_an_officer_again(desk: Desk) -> None:
    referral = await desk.referred()

    answer = await desk.answers(referral, answer="declined", reason="no_capacity")
    (need,) = await desk.seen("/referrals/needed", OFFICER)
    elsewhere = {"need_id": need["id"], "agency_id": str(SURABAYA), "basis": "Provinsi bersedia."}
    made = await desk.ask("POST", "/referrals", OFFICER, elsewhere)

    assert answer.json()["answer"] == "declined"
    assert (need["case_id"], need["reason"]) == (referral["case_id"], "declined")
    assert made.status_code == 201
    assert await desk.seen("/referrals/needed", OFFICER) == []
    assert {
        each["agency_id"] for each in await desk.seen(f"/referrals?case_id={need['case_id']}")
    } == {
        str(KEPANJEN),
        str(SURABAYA),
    }


async def test_an_answer_is_of_the_past_and_a_refusal_has_a_reason(desk: Desk) -> None:
    referral = await desk.referred()
    tomorrow = (now_utc() + timedelta(days=1)).isoformat()

    for wrong in ({"answered_at": tomorrow}, {"answer": "declined"}, {"reason": "other"}):
        assert (await desk.answers(referral, **wrong)).status_code == 422
    strange = await desk.answers({"id": UUID(int=1)})

    assert strange.status_code == 404
    assert (await desk.seen(f"/referrals?case_id={referral['case_id']}"))[0]["answer"] is None
