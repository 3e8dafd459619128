"""Which steps of the procedure a complaint went through, as the services told us of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.intake.policies import POLICIES
from shared.contracts import Fact, counseling, triage
from shared.contracts.triage import ComplaintTakenUp, ExistingCaseReported
from shared.eventstore import new_id, now_utc
from shared.messaging.react import handle, heard_by
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.facts import case_classified, counselor_assigned
from tests.services import in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"
Service = tuple[httpx.AsyncClient, FastAPI]


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Service]:
    database = (await make_database("intake")).url
    async with in_process(
        "intake", database=database, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as running:
        yield running


async def hear(app: FastAPI, fact: Fact, journey: Any, *, times: int = 1) -> None:
    """Let intake hear a fact, and again under another id, as when a publisher tells it twice."""
    for _ in range(times):
        await handle(
            fact.subject("00", str(journey)),
            {"ce-id": str(new_id())},
            fact.model_dump_json().encode(),
            app.state.store,
            heard_by(POLICIES),
        )


async def complained(client: httpx.AsyncClient, issuer: Issuer, **more: Any) -> Any:
    answer = await client.post(
        "/complaints", json=WALK_IN | more, headers=issuer.headers("operator")
    )
    return answer.json()["complaint_id"]


async def procedure(client: httpx.AsyncClient, issuer: Issuer, id: str) -> dict[str, Any]:
    answer = await client.get(f"/complaints/{id}/procedure", headers=issuer.headers("supervisor"))
    told: dict[str, Any] = answer.json()
    return told | {"steps": {each["step"]: each for each in told["steps"]}}


async def test_a_complaint_goes_through_the_procedure(service: Service, issuer: Issuer) -> None:
    client, app = service
    id, case_id = await complained(client, issuer), new_id()
    now = now_utc()
    facts: list[Fact] = [
        ComplaintTakenUp(occurred_at=now, complaint_id=id, officer_id="ani", taken_at=now),
        case_classified(id, case_id),
        counselor_assigned(id, case_id),
    ]
    for fact in facts:
        await hear(app, fact, id, times=2)

    told = await procedure(client, issuer, id)

    steps = told["steps"]
    assert list(steps) == ["3.1", "3.3", "3.4", "3.5", "3.6", "3.7"]
    done = {step: each for step, each in steps.items() if each["happened_at"]}
    assert list(done) == ["3.1", "3.3", "3.4", "3.5", "3.6"]
    assert all(each["in_order"] and each["times"] == 1 for each in done.values())
    assert steps["3.3"]["branches"] == ["3.c1"]
    assert steps["3.4"]["branches"] == ["3.d1"]
    assert steps["3.4"]["in_time"] is True
    assert steps["3.4"]["rules_version"] == "2026-11-24"
    assert steps["3.7"]["in_order"] is None
    assert told["late"] == []


async def test_a_call_is_received_by_another_step(service: Service, issuer: Issuer) -> None:
    client, _ = service
    id = await complained(client, issuer, channel="call_center")

    steps = (await procedure(client, issuer, id))["steps"]

    assert next(iter(steps)) == "3.2"
    assert steps["3.2"]["happened_at"] is not None


async def test_what_took_too_long_anywhere_is_seen_once(service: Service, issuer: Issuer) -> None:
    client, app = service
    id, case_id, now = await complained(client, issuer), new_id(), now_utc()
    by_complaint = a_breach(triage.ClockBreached, "identification", now, complaint_id=id)
    by_case = a_breach(counseling.ClockBreached, "assignment", now, case_id=case_id)

    await hear(app, by_case, case_id)  # before the case is known here
    await hear(app, case_classified(id, case_id), id)
    await hear(app, by_complaint, id, times=2)
    told = await procedure(client, issuer, id)

    late = {each["rule"]: (each["service"], each["step"]) for each in told["late"]}
    assert late == {"identification": ("triage", "3.4"), "assignment": ("counseling", "3.6")}
    assert len(told["late"]) == 2
    assert told["steps"]["3.4"]["in_time"] is False


async def test_a_step_out_of_order_is_flagged(service: Service, issuer: Issuer) -> None:
    client, app = service
    id, case_id = await complained(client, issuer), new_id()

    await hear(app, case_classified(id, case_id), id)  # and nobody took it up

    assert (await procedure(client, issuer, id))["steps"]["3.4"]["in_order"] is False


async def test_an_old_case_goes_by_its_own_branch(service: Service, issuer: Issuer) -> None:
    client, app = service
    id, case_id, now = await complained(client, issuer), new_id(), now_utc()
    taken = ComplaintTakenUp(occurred_at=now, complaint_id=id, officer_id="ani", taken_at=now)
    old = ExistingCaseReported(
        occurred_at=now, case_id=case_id, complaint_id=id, subkind="follow_up"
    )
    contacted = counseling.CounselorContacted(
        occurred_at=now + timedelta(minutes=3),
        case_id=case_id,
        complaint_id=id,
        counselor_id=new_id(),
        answered=True,
        is_coordinator=False,
    )

    for fact in (taken, old, contacted):
        await hear(app, fact, id)

    assert (await procedure(client, issuer, id))["steps"]["3.3"]["branches"] == ["3.c2"]


async def test_who_may_not_see_the_complaint_does_not_see_its_steps(
    service: Service, issuer: Issuer
) -> None:
    client, _ = service
    id = await complained(client, issuer)
    at = f"/complaints/{id}/procedure"

    assert (await client.get(at, headers=issuer.headers("counselor"))).status_code == 404
    assert (await client.get(at, headers=issuer.headers("agency"))).status_code == 403


def a_breach(kind: Any, rule: str, at: datetime, **more: Any) -> Any:
    return kind(
        occurred_at=at, rule=rule, rule_version="2026-11-24", about=new_id(), due_at=at, **more
    )
