"""What was known at a time is answered as it was answered then, in every service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.provision import SERVICES
from shared.eventstore import new_id, now_utc
from shared.eventstore.asof import KNOWN
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

OFFICER, COUNSELOR, SUPERVISOR = "identification_officer", "counselor", "supervisor"
REFERRED = FOLLOW_UP | {
    "locus": "out",
    "locus_code": "35.07.24.2001",
    "victim_in_city": False,
    "needs": [],
}
AGENCY = {
    "agency_id": str(new_id()),
    "name": "UPTD PPA Kabupaten Malang",
    "kind": "UPTD_PPA",
    "region_code": "35.07",
    "serves": ["psychological"],
    "answer_within_hours": 24,
}
PAUSE = 0.1  # seconds in which nothing may change


@dataclass
class Office:
    """All four services, and what each answered at which time."""

    clients: dict[str, httpx.AsyncClient]
    issuer: Issuer
    asked: dict[tuple[str, str], str] = field(default_factory=dict)  # and the role that asks
    answered: list[tuple[str, str, datetime, httpx.Response]] = field(default_factory=list)

    async def ask(
        self, service: str, path: str, role: str, as_of: datetime | None = None
    ) -> httpx.Response:
        params = {"as_of": as_of.isoformat()} if as_of else {}
        url = httpx.URL(path).copy_merge_params(params)
        return await self.clients[service].get(url, headers=self.issuer.headers(role))

    async def tell(self, service: str, path: str, body: Any, role: str) -> Any:
        headers = self.issuer.headers(role)
        method = "PUT" if path == "/counselors" else "POST"
        answer = await self.clients[service].request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def look(self) -> None:
        """Note every answer at a time around which it did not change."""
        for (service, path), role in self.asked.items():

            async def calm(service: str = service, path: str = path, role: str = role) -> bool:
                before, when = await self.ask(service, path, role), now_utc()
                await asyncio.sleep(PAUSE)
                after = await self.ask(service, path, role)
                if is_same := told(before) == told(after):
                    self.answered.append((service, path, when, before))
                return is_same

            await eventually(calm, bool)

    async def has(self, service: str, path: str, role: str, field: str, value: object) -> None:
        def is_so(answer: httpx.Response) -> bool:
            found = answer.json() if answer.is_success else []
            first = found[0] if isinstance(found, list) and found else found
            return bool(first) and first[field] == value

        await eventually(lambda: self.ask(service, path, role), is_so)


@pytest.fixture
async def office(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        clients = {}
        for name in SERVICES:
            told: dict[str, Any] = {"pepper": pepper} if name == "intake" else {}
            told |= {"nats": empty_nats, "issuer": issuer.url}
            database = (await make_database(name)).url
            clients[name], _ = await stack.enter_async_context(
                in_process(name, database=database, **told)
            )
        office = Office(clients, issuer)
        entry = {"counselor_id": staff_id(COUNSELOR), "sex": "P", "capacity": 5}
        entry |= {"skills": FOLLOW_UP["needs"]}
        await office.tell("counseling", "/counselors", entry, SUPERVISOR)
        await office.tell("referral", "/agencies", AGENCY, "admin")
        yield office


async def received(office: Office) -> str:
    receipt = await office.tell("intake", "/complaints", WALK_IN, "operator")
    id: str = receipt["complaint_id"]
    office.asked |= {
        ("intake", f"/complaints/{id}"): SUPERVISOR,
        ("intake", f"/complaints/{id}/procedure"): SUPERVISOR,
        ("intake", f"/complaints/{id}/documents"): SUPERVISOR,
        ("intake", f"/complaints/{id}/rights"): SUPERVISOR,
        ("triage", f"/identifications/{id}"): SUPERVISOR,
    }
    await office.has("triage", f"/identifications/{id}", OFFICER, "status", "waiting")
    return id


async def test_each_answer_of_a_case_is_given_again_as_it_was(office: Office) -> None:
    id = await received(office)
    await office.look()

    at = f"/identifications/{id}"
    await office.tell("triage", f"{at}/take", None, OFFICER)
    await office.look()
    case_id = (await office.tell("triage", f"{at}/case", NEW_CASE, OFFICER))["case_id"]
    casework = f"/casework?case_id={case_id}"
    office.asked |= {
        ("triage", f"/cases/{case_id}"): SUPERVISOR,
        ("triage", f"/cases/{case_id}/incidents"): SUPERVISOR,
        ("counseling", casework): SUPERVISOR,
    }
    await office.look()
    await office.tell("triage", f"{at}/classification", FOLLOW_UP, OFFICER)
    await office.has("counseling", casework, SUPERVISOR, "status", "assigned")
    await office.has("intake", f"/complaints/{id}", SUPERVISOR, "status", "counselor_assigned")
    await office.look()
    await office.tell("counseling", f"/casework/{case_id}/acceptance", None, COUNSELOR)
    await office.look()
    left = {"counselor_id": staff_id(COUNSELOR), "sex": "P", "capacity": 5, "available": False}
    await office.tell(
        "counseling", "/counselors", left | {"skills": FOLLOW_UP["needs"]}, SUPERVISOR
    )
    await office.has("counseling", casework, SUPERVISOR, "presence", "left")
    await office.look()

    await given_again(office)
    assert len({answer.text for *_, answer in office.answered}) > 15


async def test_so_is_each_answer_of_a_case_that_was_referred(office: Office) -> None:
    id = await received(office)
    at = f"/identifications/{id}"
    await office.tell("triage", f"{at}/take", None, OFFICER)
    case_id = (await office.tell("triage", f"{at}/case", NEW_CASE, OFFICER))["case_id"]
    office.asked[("referral", f"/referrals?case_id={case_id}")] = SUPERVISOR
    await office.look()

    await office.tell("triage", f"{at}/classification", REFERRED, OFFICER)
    referrals = f"/referrals?case_id={case_id}"
    await office.has("referral", referrals, SUPERVISOR, "case_id", case_id)
    await office.has("intake", f"/complaints/{id}", SUPERVISOR, "status", "referred")
    await office.look()

    await given_again(office)


async def given_again(office: Office) -> None:
    for service, path, when, before in office.answered:
        role = office.asked[service, path]
        then = await office.ask(service, path, role, as_of=when)
        again = await office.ask(service, path, role)
        if before.is_success:
            assert told(then) == told(before), (path, when)
        assert again.is_success  # and today's answer is still today's
    last = {(service, path): answer for service, path, _, answer in office.answered}
    for (service, path), answer in last.items():
        assert told(await office.ask(service, path, office.asked[service, path])) == told(answer)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


async def test_before_there_was_anything_there_is_nothing(office: Office) -> None:
    before = now_utc()
    id = await received(office)

    for path in (f"/complaints/{id}", f"/complaints/{id}?as_of={before.isoformat()[:-6]}Z"):
        answer = await office.ask("intake", path, SUPERVISOR)
        assert answer.status_code == (404 if "as_of" in path else 200)


async def test_whether_it_is_yours_to_see_is_asked_of_today(office: Office) -> None:
    id = await received(office)
    at = f"/complaints/{id}"
    assert (await office.ask("intake", at, COUNSELOR, as_of=now_utc())).status_code in (403, 404)
    for service, path in (("referral", "/referrals"), ("counseling", "/casework")):
        answer = await office.ask(service, path, SUPERVISOR, as_of=now_utc())
        assert answer.status_code == 422


async def test_an_earlier_time_of_a_case_takes_no_longer_when_the_log_is_long(
    make_database: MakeDatabase,
) -> None:
    """PostgreSQL finds a case by indexes, and never looks through the log for it."""
    connection = await asyncpg.connect((await make_database("triage")).url)
    await connection.execute("set enable_seqscan = off")  # it would, as long as there is so little
    plan = await connection.fetch(f"explain {KNOWN}", [new_id()], now_utc())
    await connection.close()

    searched = [line for (line,) in plan if "Filter" in line and "correlation" in line]
    assert searched == [], plan
    assert [line for (line,) in plan if "Index Cond" in line and "correlation" in line]
