"""What an officer did under which rules, provably; and how timely a service was, without names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.intake.policies import POLICIES
from shared.clocks import HERE
from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN
from shared.contracts.intake import LimitSet, TimeLimitsSet
from shared.eventstore import new_id, now_utc
from shared.messaging.react import handle, heard_by
from tests.cases import a_cause
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
ALL = "from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"
SECRET = "Rahasia-Sumarni"
TUESDAY = date(2026, 11, 24)
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=HERE)
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


@pytest.fixture
def operator(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("operator")


async def complained(client: httpx.AsyncClient, who: dict[str, str]) -> dict[str, Any]:
    body = WALK_IN | {"narrative": SECRET}
    answer: dict[str, Any] = (await client.post("/complaints", json=body, headers=who)).json()
    return answer


async def test_an_officer_proves_what_she_did(
    service: Service, issuer: Issuer, operator: dict[str, str]
) -> None:
    client, _ = service
    receipt = await complained(client, operator)
    await complained(client, issuer.headers("operator", nth=2))

    own = await eventually(
        lambda: client.get(f"/extract?{ALL}", headers=operator), lambda a: a.json()["deeds"]
    )

    told = own.json()
    assert (told["service"], told["staff_id"]) == ("intake", staff_id("operator"))
    assert [each["type"] for each in told["deeds"]] == ["ComplaintOpened", "ComplaintReceived"]
    received = told["deeds"][-1]
    assert received["registration_no"] == receipt["registration_no"]
    assert received["rule_version"] == "2026-11-24"
    proof = {"event_id": received["event_id"], "leaf_hash": received["leaf_hash"]}
    assert proof == receipt["receipt"]  # the same that the person took home
    assert SECRET not in own.text


async def test_it_goes_on_where_it_ended_and_comes_as_lines(
    service: Service, operator: dict[str, str]
) -> None:
    client, _ = service
    await complained(client, operator)
    at = f"/extract?{ALL}"
    await eventually(
        lambda: client.get(at, headers=operator), lambda a: len(a.json()["deeds"]) == 2
    )

    first = (await client.get(f"{at}&limit=1", headers=operator)).json()
    second = await client.get(f"{at}&after={first['next']}&format=lines", headers=operator)
    everything = (await client.get(at, headers=operator)).json()["deeds"]

    assert second.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in second.text.splitlines()]
    assert [*first["deeds"], *lines] == everything


async def test_a_supervisor_looks_up_somebody_else_for_a_reason_that_is_kept(
    service: Service, issuer: Issuer, operator: dict[str, str]
) -> None:
    client, app = service
    await complained(client, operator)
    await eventually(
        lambda: client.get(f"/extract?{ALL}", headers=operator), lambda a: a.json()["deeds"]
    )
    body = {
        "staff_id": staff_id("operator"),
        "reason": "legal_protection",
        "since": "2026-01-01T00:00:00Z",
        "until": "2100-01-01T00:00:00Z",
    }

    refused = await client.post("/extract", json=body, headers=operator)
    unreasoned = await client.post(
        "/extract", json=body | {"reason": SECRET}, headers=issuer.headers("supervisor")
    )
    told = await client.post("/extract", json=body, headers=issuer.headers("supervisor"))

    assert (refused.status_code, unreasoned.status_code) == (403, 422)
    assert SECRET not in unreasoned.text
    assert len(told.json()["deeds"]) == 2
    taken = await app.state.store.pool.fetch(
        "select body -> 'data' ->> 'reason' as reason from es.events where name = 'ExtractTaken'"
    )
    assert [row["reason"] for row in taken] == ["legal_protection"]


async def test_each_deed_names_the_rules_that_held_then(
    service: Service, operator: dict[str, str]
) -> None:
    client, app = service
    await complained(client, operator)
    for version, since in (("2026-a", timedelta(hours=-1)), ("2099-z", timedelta(days=900))):
        limit = GIVEN["counter"]
        fact = TimeLimitsSet(
            occurred_at=now_utc(),
            version=version,
            limits=(LimitSet(rule=limit.rule, amount=9, kind=limit.kind),),
            valid_from=now_utc() + since,
        )
        await handle(
            fact.subject("00", str(new_id())),
            {"ce-id": str(new_id())},
            fact.model_dump_json().encode(),
            app.state.store,
            heard_by(POLICIES),
        )

    told = await eventually(
        lambda: client.get(f"/extract?{ALL}", headers=operator), lambda a: a.json()["deeds"]
    )

    assert {each["rule_version"] for each in told.json()["deeds"]} == {"2026-a"}


async def counted(app: FastAPI, complaint_id: str, minutes: list[int]) -> None:
    """Let the counter have needed so long, each time."""
    for n, needed in enumerate(minutes):
        began = NINE + timedelta(minutes=n)
        clock = Clock.start(GIVEN["counter"], new_id(), began, complaint_id=UUID(complaint_id))
        clock.stop(began + timedelta(minutes=needed))
        await app.state.store.save(clock, cause=a_cause(clock.id))


async def test_a_report_says_how_many_were_in_time_and_how_long_it_took(
    service: Service, issuer: Issuer, operator: dict[str, str]
) -> None:
    client, app = service
    receipt = await complained(client, operator)
    await counted(app, receipt["complaint_id"], [2, 4, 6, 8, 20])

    told = await times(client, issuer, TUESDAY)
    yesterday = await times(client, issuer, TUESDAY - timedelta(days=1))

    assert told == [
        {
            "rule": "counter",
            "channel": "walk_in",
            "runs": 5,
            "share_in_time": 0.8,
            "median_minutes": 6.0,
        }
    ]
    assert yesterday == []


async def test_groups_that_are_too_small_are_taken_together_or_not_told(
    service: Service, issuer: Issuer, operator: dict[str, str]
) -> None:
    client, app = service
    receipt = await complained(client, operator)
    call = await client.post(
        "/complaints", json=WALK_IN | {"channel": "call_center"}, headers=operator
    )
    await counted(app, receipt["complaint_id"], [2, 2])
    few = await times(client, issuer, TUESDAY)
    await counted(app, call.json()["complaint_id"], [4, 4, 40])
    together = await times(client, issuer, TUESDAY)

    assert few == [
        {
            "rule": "counter",
            "channel": "several",
            "runs": None,
            "share_in_time": None,
            "median_minutes": None,
        }
    ]
    (row,) = together
    assert (row["channel"], row["runs"], row["share_in_time"]) == ("several", 5, 0.8)


async def test_a_clock_that_ran_twice_was_late_once(
    service: Service, issuer: Issuer, operator: dict[str, str]
) -> None:
    client, app = service
    receipt = await complained(client, operator)
    await counted(app, receipt["complaint_id"], [1, 1, 1])
    store, limit = app.state.store, GIVEN["counter"]
    clock = Clock.start(limit, new_id(), NINE, complaint_id=UUID(receipt["complaint_id"]))
    clock.stop(NINE + timedelta(minutes=30))
    clock.start_again(limit, NINE + timedelta(hours=1))
    clock.stop(NINE + timedelta(hours=1, minutes=3))
    await store.save(clock, cause=a_cause(clock.id))

    (row,) = await times(client, issuer, TUESDAY)

    assert (row["runs"], row["share_in_time"]) == (5, 0.8)


async def times(client: httpx.AsyncClient, issuer: Issuer, day: date) -> Any:
    path = f"/reports/times?from={day}&to={day + timedelta(days=1)}"
    answer = await client.get(path, headers=issuer.headers("supervisor"))
    assert answer.status_code == 200, answer.text
    return answer.json()
