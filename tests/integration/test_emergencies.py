"""Help comes before any form: SK-02, and what supervisors and the other services hear of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nats
import pytest

from shared.eventstore import new_id
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.counter import CALL, DRAFT, HERS, TOLD, Counter, at_the_counter
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

HELP: dict[str, Any] = {
    "services": ["EMERGENCY_112", "POLICE_110"],
    "where": "Jalan S. gang 3, Bandungrejosari",
}


@pytest.fixture
async def counter(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Counter]:
    async with at_the_counter(await make_database("intake"), issuer, pepper) as running:
        yield running


async def test_a_whispered_call_becomes_a_case_before_anything_is_filled_in(
    counter: Counter,
) -> None:
    """SK-02: no form, no call back, the line is lost after seventy seconds."""
    id = await counter.opened({"channel": "call_center", "caller_number": "0812-0000-0155"})

    called = await counter.post(f"/contacts/{id}/emergency", HELP)

    found = await counter.get(f"/complaints/{id}")
    clock = await counter.clock(id)
    (alert,) = await counter.get("/alerts", "supervisor")
    assert called.status_code == 201
    assert (found["in_danger"], found["handed_over"], found["is_minimal"]) == (True, True, True)
    assert found["registration_no"].startswith("PPA-")
    assert (clock["stopped_at"] is not None, clock["breached"]) == (True, False)
    assert alert["complaint_id"] == id
    assert alert["services"] == HELP["services"]
    assert await counter.happened(id) == [
        *("ComplaintOpened", "ContactOpened", "ClockStarted"),
        *("EmergencyActivated", "ComplaintReceived", "ClockStopped"),
    ]

    await counter.keep(id, DRAFT)  # she goes on whispering, and the officer reads along
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    read = await counter.post(f"/complaints/{id}/personal", {"purpose": "emergency"}, "supervisor")
    back = {"whom": "victim", "medium": "call", "purpose": "call_back"}
    refused = await counter.post(f"/complaints/{id}/outgoing-contacts", back)

    told = read.json()["fields"]
    assert told["narrative"] == DRAFT["narrative"]
    assert told["emergencies.0.whereabouts"] == HELP["where"]
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/contact-unsafe")


async def test_what_was_noted_before_the_emergency_is_in_the_case(counter: Counter) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT | {"occurred_on": "2999-01-01"})

    await counter.post(f"/contacts/{id}/emergency", HELP)

    found = await counter.get(f"/complaints/{id}")
    assert (found["reporter_role"], found["locus_code"]) == ("victim", DRAFT["locus_code"])


async def test_the_form_can_be_filled_in_afterwards(counter: Counter) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/emergency", HELP)

    receipt = await counter.post(f"/contacts/{id}/complaint", TOLD)
    found = await counter.get(f"/complaints/{id}")

    assert receipt.status_code == 201
    assert (found["is_minimal"], found["in_danger"]) == (False, True)


async def test_an_emergency_of_a_complaint_taken_down_before_makes_it_one_in_danger(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/complaint", TOLD)
    in_one_call = (await counter.post("/complaints", WALK_IN)).json()["complaint_id"]

    for each in (id, in_one_call):
        await counter.post(f"/contacts/{each}/emergency", HELP)

    for each in (id, in_one_call):
        found = await counter.get(f"/complaints/{each}")
        assert (found["in_danger"], found["handed_over"]) == (True, True)
    assert (await counter.clock(id))["stopped_at"] is not None


async def test_help_that_is_called_twice_by_one_request_is_called_once(counter: Counter) -> None:
    id = await counter.opened()
    key = str(new_id())

    first, second = [
        await counter.post(f"/contacts/{id}/emergency", HELP, key=key) for _ in range(2)
    ]
    another = await counter.post(f"/contacts/{id}/emergency", HELP)

    assert first.json() == second.json()
    assert another.json()["id"] != first.json()["id"]
    assert len(await counter.get("/alerts", "supervisor")) == 2


async def test_a_supervisor_sees_it_until_one_has_seen_it(counter: Counter) -> None:
    id = await counter.opened()
    alert = (await counter.post(f"/contacts/{id}/emergency", HELP)).json()
    key = str(new_id())

    seen = [
        await counter.post(f"/alerts/{alert['id']}/seen", None, "supervisor", nth, key=key)
        for nth in (1, 1, 2)
    ]

    assert {each.json()["seen_by"] for each in seen} == {staff_id("supervisor")}
    assert await counter.get("/alerts", "supervisor") == []
    assert len(await counter.get("/alerts?seen=true", "supervisor")) == 1


@pytest.mark.parametrize("body", [{"services": []}, {"services": ["BATMAN"]}, {"where": "rumah"}])
async def test_help_is_called_from_somebody(counter: Counter, body: dict[str, Any]) -> None:
    id = await counter.opened()
    answer = await counter.post(f"/contacts/{id}/emergency", body)
    assert answer.status_code == 422
    assert "rumah" not in answer.text


async def test_triage_has_the_case_at_once_and_nats_nothing_of_her(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> None:
    triage_db = (await make_database("triage")).url
    connection = await nats.connect(empty_nats)
    heard: dict[str, bytes] = {}

    async def hear(message: Any) -> None:
        heard[message.subject.split(".")[2]] = f"{message.headers}".encode() + message.data

    await connection.subscribe("ppa.intake.>", cb=hear)
    async with (
        at_the_counter(await make_database("intake"), issuer, pepper, empty_nats) as counter,
        in_process("triage", database=triage_db, nats=empty_nats, issuer=issuer.url) as (
            triage,
            _,
        ),
    ):
        id = await counter.opened(CALL)
        await counter.keep(id, DRAFT)
        await counter.post(f"/contacts/{id}/emergency", HELP)
        officer = issuer.headers("identification_officer")
        queued = await eventually(
            lambda: triage.get(f"/identifications/{id}", headers=officer),
            lambda answer: answer.status_code == 200,
        )
        await eventually(lambda: _of(heard), lambda facts: "SafeContactSet" in facts)
    await connection.close()

    assert queued.json()["in_danger"] is True
    assert {"EmergencyActivated", "ComplaintReceived", "SafeContactSet"} <= heard.keys()
    assert b'"may_call":false' in heard["SafeContactSet"]
    assert not HERS.search(str(heard))


async def _of(heard: dict[str, bytes]) -> dict[str, bytes]:
    return heard
