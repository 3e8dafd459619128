"""An old case [3.3.c2]: its counselor is contacted, its record fetched; facts on real NATS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from tests.complaints import FOLLOW_UP, KNOWN, NEW_CASE, WALK_IN
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

OFFICER, COUNSELOR = "identification_officer", "counselor"
FIRST, SECOND, STRANGER = 1, 2, 3  # officers: of the old case, of the further complaint, of neither
LARAS = 2  # the coordinator
READING = {"purpose": "identification"}


@dataclass
class Office:
    """Intake, triage and counseling; an old case with its counselor, and a further complaint."""

    clients: dict[str, httpx.AsyncClient]
    apps: dict[str, FastAPI]
    issuer: Issuer
    old: str = ""
    case_id: str = ""
    new: str = ""

    async def get(self, service: str, path: str, role: str, nth: int = 1) -> httpx.Response:
        return await self.clients[service].get(path, headers=self.issuer.headers(role, nth=nth))

    async def post(
        self, service: str, path: str, body: Any, role: str, nth: int = 1, key: str | None = None
    ) -> httpx.Response:
        headers = self.issuer.headers(role, nth=nth) | ({"Idempotency-Key": key} if key else {})
        return await self.clients[service].post(path, json=body, headers=headers)

    async def look(self, what: str, body: Any, nth: int = SECOND, **more: Any) -> httpx.Response:
        path = f"/casework/{self.case_id}/{what}"
        return await self.post("counseling", path, body, OFFICER, nth, **more)

    async def tried(self, nth: int = SECOND, *, answered: bool = True) -> httpx.Response:
        body = {"complaint_id": self.new, "medium": "phone", "answered": answered}
        return await self.look("contacts", body | {"note": "Bu Yuli menelepon."}, nth)

    async def fetched(self, nth: int = SECOND, **more: Any) -> httpx.Response:
        body = {"complaint_id": self.new, "purpose": "identification", "hours": 2} | more
        return await self.look("record-retrievals", body, nth, key="fetch-the-record")

    async def enter(self, nth: int, **more: Any) -> None:
        entry = {
            "counselor_id": staff_id(COUNSELOR, nth),
            "skills": FOLLOW_UP["needs"],
            "sex": "P",
            "capacity": 5,
        }
        headers = self.issuer.headers("supervisor")
        await self.clients["counseling"].put("/counselors", json=entry | more, headers=headers)

    async def casework(self) -> dict[str, Any]:
        path = f"/casework?case_id={self.case_id}"
        found = (await self.get("counseling", path, OFFICER, SECOND)).json()
        return dict(found[0]) if found else {}

    async def reads(self, nth: int) -> tuple[int, int]:
        """Whether an officer reads the story of the old complaint, and the record of its case."""
        story = await self.post("intake", f"/complaints/{self.old}/personal", READING, OFFICER, nth)
        record = await self.look("personal", READING, nth)
        return story.status_code, record.status_code


@pytest.fixture
async def office(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        clients, apps = {}, {}
        for name in ("intake", "triage", "counseling"):
            told: dict[str, Any] = {"pepper": pepper} if name == "intake" else {}
            told |= {"nats": empty_nats, "issuer": issuer.url}
            database = (await make_database(name)).url
            clients[name], apps[name] = await stack.enter_async_context(
                in_process(name, database=database, **told)
            )
        office = Office(clients, apps, issuer)
        await office.enter(1)
        office.old = await complained(office, FIRST)
        at = f"/identifications/{office.old}"
        await office.post("triage", f"{at}/case", NEW_CASE, OFFICER, FIRST)
        answer = await office.post("triage", f"{at}/classification", FOLLOW_UP, OFFICER, FIRST)
        office.case_id = answer.json()["case_id"]
        await eventually(office.casework, lambda found: found.get("status") == "assigned")
        await office.post("counseling", f"/casework/{office.case_id}/acceptance", None, COUNSELOR)
        await office.enter(LARAS, is_coordinator=True)
        office.new = await complained(office, SECOND)
        link = KNOWN | {"case_id": office.case_id, "subkind": "new_incident"}
        at = f"/identifications/{office.new}"
        await office.post("triage", f"{at}/case", link, OFFICER, SECOND)
        await eventually(office.casework, lambda found: found["linked"] == [office.new])
        yield office


async def complained(office: Office, nth: int) -> str:
    """A complaint that the nth officer takes up."""
    receipt = await office.post("intake", "/complaints", WALK_IN, "operator")
    id: str = receipt.json()["complaint_id"]
    at = f"/identifications/{id}"
    await eventually(lambda: office.get("triage", at, OFFICER), lambda a: a.is_success)
    await office.post("triage", f"{at}/take", None, OFFICER, nth)
    officers = "select officer_id from complaints where complaint_id = $1"
    pool = office.apps["counseling"].state.store.pool
    await eventually(lambda: pool.fetchval(officers, UUID(id)), bool)
    return id


async def test_the_handling_counselor_is_contacted_and_if_in_vain_a_coordinator(
    office: Office,
) -> None:
    who = await office.casework()
    first = await office.tried(answered=False)
    second = await office.tried()
    listed = await office.get("counseling", f"/casework/{office.case_id}/contacts", OFFICER, SECOND)

    assert (who["counselor_id"], who["presence"]) == (staff_id(COUNSELOR), "there")
    assert first.status_code == second.status_code == 201
    assert first.json()["counselor_id"] == staff_id(COUNSELOR)
    assert first.json()["fallback_id"] == staff_id(COUNSELOR, LARAS)
    assert second.json()["counselor_id"] == staff_id(COUNSELOR, LARAS)
    assert (second.json()["is_coordinator"], second.json()["fallback_id"]) == (True, None)
    assert listed.json() == [second.json(), first.json()]


async def test_an_emergency_that_is_about_an_old_case_goes_on_there_in_every_service(
    office: Office,
) -> None:
    id = await complained(office, SECOND)
    at = f"/identifications/{id}"
    await office.post("triage", f"{at}/case", {"kind": "undetermined"}, OFFICER, SECOND)
    urgent = FOLLOW_UP | {"urgency": "high"}
    answer = await office.post("triage", f"{at}/classification", urgent, OFFICER, SECOND)
    old, for_now = office.case_id, answer.json()["case_id"]

    async def worked(case_id: str) -> dict[str, Any]:
        path = f"/casework?case_id={case_id}"
        found = (await office.get("counseling", path, "supervisor")).json()
        return dict(found[0]) if found else {}

    await eventually(lambda: worked(for_now), lambda found: found.get("status") == "assigned")
    link = KNOWN | {"case_id": old, "subkind": "new_incident"}
    await office.post("triage", f"{at}/case", link, OFFICER, SECOND)

    async def told() -> dict[str, Any]:
        found: dict[str, Any] = (await office.get("intake", f"/complaints/{id}", OFFICER)).json()
        return found

    ended = await eventually(lambda: worked(for_now), lambda found: found["moot"])
    goes_on = await eventually(
        lambda: worked(old), lambda found: id in found["linked"] and found["urgency"] == "high"
    )
    await eventually(
        told,
        lambda found: (found["case_id"], found["status"]) == (old, "counselor_assigned"),
    )

    assert ended["moot"] == "unlinked"  # who was asked is free once somebody confirms it
    assert goes_on["moot"] is None


async def test_where_she_left_the_coordinator_is_contacted_and_the_case_waits(
    office: Office,
) -> None:
    await office.enter(1, available=False)

    who = await office.casework()
    contacted = await office.tried()

    assert (who["status"], who["reasons"], who["presence"]) == (
        "unassigned",
        ["counselor_left"],
        "left",
    )
    assert contacted.json()["counselor_id"] == staff_id(COUNSELOR, LARAS)


async def test_an_officer_of_another_complaint_finds_no_such_case(office: Office) -> None:
    answers = [
        await office.tried(STRANGER),
        await office.fetched(STRANGER),
        await office.tried(FIRST),  # she identified the old complaint, not one about an old case
        await office.look(
            "contacts",
            {"complaint_id": office.old, "medium": "phone", "answered": True},
        ),
        await office.get("counseling", f"/casework/{office.case_id}/contacts", OFFICER, STRANGER),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5


async def test_a_record_is_open_to_who_fetched_it_in_every_service_until_it_is_over(
    office: Office,
) -> None:
    before = await office.reads(SECOND)
    fetched, again = await office.fetched(), await office.fetched()
    during = await eventually(lambda: office.reads(SECOND), lambda found: found == (200, 200))
    others = await office.reads(STRANGER)
    seen = "select body -> 'data' ->> 'relation' from es.events where name = 'PersonalDataAccessed'"
    relation = await office.apps["intake"].state.store.pool.fetchval(seen)
    held = "select exists (select from records where until > now())"
    for name, app in office.apps.items():
        pool = app.state.store.pool
        assert await eventually(lambda pool=pool: pool.fetchval(held), bool), name  # type: ignore[misc]
        await pool.execute("update records set until = now()")
    after = await office.reads(SECOND)

    assert (before, during, after, others) == ((404, 404), (200, 200), (404, 404), (404, 404))
    assert fetched.json() == again.json()
    assert relation == "record_granted"


async def test_who_is_related_to_a_party_has_no_record_to_fetch(office: Office) -> None:
    await office.fetched()
    await eventually(lambda: office.reads(SECOND), lambda found: found == (200, 200))
    body = {"staff_id": staff_id(OFFICER, SECOND), "reason": "Korban adalah tetangganya."}
    await office.post("triage", f"/cases/{office.case_id}/conflicts", body, "supervisor")

    await eventually(lambda: office.reads(SECOND), lambda found: found == (404, 404))
    assert (await office.tried()).status_code == 404


@pytest.mark.parametrize("hours", [0, 25, True])
async def test_no_record_is_open_for_longer_than_a_day(office: Office, hours: Any) -> None:
    answer = await office.fetched(hours=hours)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == ["body", "hours"]


async def test_a_folder_that_was_borrowed_is_brought_back(office: Office) -> None:
    fetched = (await office.fetched(folder="Lemari 3, map 12")).json()
    at = f"record-retrievals/{fetched['id']}/return"

    foreign = await office.look(at, None, STRANGER)
    back = await office.look(at, None)
    again = await office.look(at, None)
    record = await office.look("personal", READING)

    assert (fetched["has_paper"], fetched["returned_at"]) == (True, None)
    assert foreign.status_code == 404
    assert back.json() == again.json()
    assert back.json()["returned_at"] is not None
    assert record.json()["fields"]["contact.0.folders.0"] == "Lemari 3, map 12"
    assert "Lemari" not in str(fetched)


async def test_who_declines_because_she_is_related_has_the_case_nowhere(office: Office) -> None:
    at = f"/identifications/{office.new}/classification"
    await office.post("triage", at, FOLLOW_UP, OFFICER, SECOND)
    await eventually(office.casework, lambda found: found["status"] == "assigned")

    async def found_by_her() -> tuple[int, int]:
        complaint = await office.get("intake", f"/complaints/{office.old}", COUNSELOR)
        case = await office.get("triage", f"/cases/{office.case_id}", COUNSELOR)
        return complaint.status_code, case.status_code

    before = await eventually(found_by_her, lambda found: found == (200, 200))
    at = f"/casework/{office.case_id}"
    await office.post("counseling", f"{at}/decline", {"reason": "conflict_of_interest"}, COUNSELOR)
    after = await eventually(found_by_her, lambda found: found == (404, 404))
    await eventually(
        office.casework, lambda found: found["counselor_id"] == staff_id(COUNSELOR, LARAS)
    )
    broken = await office.post(
        "triage",
        f"/cases/{office.case_id}/break-glass",
        {"reason": "Korban menelepon saya langsung."},
        COUNSELOR,
    )

    assert (before, after) == ((200, 200), (404, 404))
    assert broken.status_code == 404
