"""What triage is told of conflicts and emergencies, every service honours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.provision import SERVICES
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

EMERGENCY = {"reason": "Korban menelepon, konselornya tidak dapat dihubungi."}


@dataclass
class Office:
    """All four services, and one case that the first counselor answers for."""

    clients: dict[str, httpx.AsyncClient]
    apps: dict[str, FastAPI]
    issuer: Issuer
    complaint_id: str = ""
    case_id: str = ""

    async def get(self, service: str, path: str, role: str, nth: int = 1) -> httpx.Response:
        return await self.clients[service].get(path, headers=self.issuer.headers(role, nth=nth))

    async def post(
        self, service: str, path: str, body: Any, role: str, nth: int = 1
    ) -> httpx.Response:
        return await self.clients[service].post(
            path, json=body, headers=self.issuer.headers(role, nth=nth)
        )

    async def found_by_counselor(self, nth: int) -> tuple[bool, bool, bool]:
        """Whether a counselor finds the complaint, the case and the casework."""
        complaint = await self.get("intake", f"/complaints/{self.complaint_id}", "counselor", nth)
        case = await self.get("triage", f"/cases/{self.case_id}", "counselor", nth)
        casework = await self.get(
            "counseling", f"/casework?case_id={self.case_id}", "counselor", nth
        )
        assert {complaint.status_code, case.status_code} <= {200, 404}
        return complaint.is_success, case.is_success, casework.json() != []

    async def casework(self) -> dict[str, Any]:
        path = f"/casework?case_id={self.case_id}"
        (found,) = (await self.get("counseling", path, "supervisor")).json()
        assert isinstance(found, dict)
        return found


EVERYWHERE, NOWHERE = (True, True, True), (False, False, False)


@pytest.fixture
async def office(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        clients, apps = {}, {}
        for name in SERVICES:
            told: dict[str, Any] = {"pepper": pepper} if name == "intake" else {}
            told |= {"nats": empty_nats, "issuer": issuer.url}
            database = (await make_database(name)).url
            clients[name], apps[name] = await stack.enter_async_context(
                in_process(name, database=database, **told)
            )
        office = Office(clients, apps, issuer)
        await _register(office, 1)
        receipt = await office.post("intake", "/complaints", WALK_IN, "operator")
        office.complaint_id = receipt.json()["complaint_id"]
        office.case_id = await _identified(office, f"/identifications/{office.complaint_id}")
        await eventually(lambda: office.found_by_counselor(1), lambda found: found == EVERYWHERE)
        yield office


async def _register(office: Office, nth: int) -> None:
    counselor = {
        "counselor_id": staff_id("counselor", nth),
        "skills": FOLLOW_UP["needs"],
        "sex": "P",
        "capacity": 5,
    }
    await office.clients["counseling"].put(
        "/counselors", json=counselor, headers=office.issuer.headers("supervisor")
    )


async def _leave(office: Office) -> None:
    left = {"counselor_id": staff_id("counselor"), "skills": [], "sex": "P", "capacity": 5}
    answer = await office.clients["counseling"].put(
        "/counselors", json=left | {"available": False}, headers=office.issuer.headers("supervisor")
    )
    assert answer.is_success, answer.text


async def _identified(office: Office, at: str) -> str:
    officer = "identification_officer"
    await eventually(lambda: office.get("triage", at, officer), lambda a: a.is_success)
    for path, body in (("take", None), ("case", NEW_CASE), ("classification", FOLLOW_UP)):
        answer = await office.post("triage", f"{at}/{path}", body, officer)
    case_id: str = answer.json()["case_id"]
    return case_id


async def test_a_conflict_takes_the_case_from_its_counselor_in_every_service(
    office: Office,
) -> None:
    body = {"staff_id": staff_id("counselor"), "reason": "Pelaku adalah sepupunya."}
    at = f"/cases/{office.case_id}/conflicts"

    declared = await office.post("triage", at, body, "counselor")
    await eventually(lambda: office.found_by_counselor(1), lambda found: found == NOWHERE)
    casework = await office.casework()

    assert declared.status_code == 204
    assert casework["status"] == "unassigned"
    assert casework["counselor_id"] is None
    assert casework["reasons"] == ["conflict_of_interest"]


async def test_who_left_finds_her_case_in_no_service_any_more(office: Office) -> None:
    await _leave(office)

    await eventually(lambda: office.found_by_counselor(1), lambda found: found == NOWHERE)


async def test_a_supervisor_cannot_give_the_case_back_but_to_somebody_else(
    office: Office,
) -> None:
    body = {"staff_id": staff_id("counselor"), "reason": "Pelaku adalah sepupunya."}
    await office.post("triage", f"/cases/{office.case_id}/conflicts", body, "supervisor")
    await eventually(office.casework, lambda found: found["counselor_id"] is None)
    await _register(office, 2)
    at = f"/casework/{office.case_id}/assignment"

    async def assign(nth: int) -> httpx.Response:
        chosen = {"counselor_id": staff_id("counselor", nth), "basis": "Ia yang paling dekat."}
        return await office.post("counseling", at, chosen, "supervisor")

    again, another = await assign(1), await assign(2)

    assert (again.status_code, another.status_code) == (409, 201)
    assert again.json()["type"] == "/problems/related-to-party"
    await eventually(lambda: office.found_by_counselor(2), lambda found: found == EVERYWHERE)
    assert await office.found_by_counselor(1) == NOWHERE


async def test_to_who_is_related_its_history_is_not_there_either(office: Office) -> None:
    for role in ("supervisor", "auditor"):
        body = {"staff_id": staff_id(role, 2), "reason": "Terlapor adalah adiknya."}
        await office.post("triage", f"/cases/{office.case_id}/conflicts", body, "supervisor")
    deeds = {"reason": "supervision", "since": "2026-01-01T00:00:00Z"} | {
        "until": "2100-01-01T00:00:00Z"
    }

    async def told(nth: int) -> list[str]:
        """What of this case a supervisor is told by its history and by what others did."""
        heard: list[str] = []
        for service in office.clients:
            path = f"/history/events?correlation={office.complaint_id}"
            events = (await office.get(service, path, "supervisor", nth)).json()["events"]
            heard += [each["event_id"] for each in events]
            for role in ("operator", "identification_officer", "supervisor", "counselor"):
                form = deeds | {"staff_id": staff_id(role)}
                done = (await office.post(service, "/extract", form, "supervisor", nth)).json()
                of_it = [e for e in done["deeds"] if e["correlation_id"] == office.complaint_id]
                heard += [each["event_id"] for each in of_it]
        return heard

    await eventually(lambda: told(2), lambda heard: heard == [])
    stream = f"/history/streams/{office.case_id}"
    there = await office.get("triage", stream, "auditor")
    gone = await office.get("triage", stream, "auditor", 2)

    assert len(await told(1)) > 20
    assert (there.status_code, gone.status_code) == (200, 404)


async def test_who_is_related_cannot_break_the_glass_either(office: Office) -> None:
    body = {"staff_id": staff_id("counselor", 2), "reason": "Korban adalah tetangganya."}
    at = f"/cases/{office.case_id}"
    await office.post("triage", f"{at}/conflicts", body, "supervisor")

    refused = await office.post("triage", f"{at}/break-glass", EMERGENCY, "counselor", 2)
    unknown = await office.post(
        "triage", "/cases/00000000-0000-0000-0000-000000000000/break-glass", EMERGENCY, "counselor"
    )

    assert refused.status_code == unknown.status_code == 404
    same = {"00000000-0000-0000-0000-000000000000": office.case_id}
    (zeros, id) = next(iter(same.items()))
    assert refused.text == unknown.text.replace(zeros, id)  # nothing tells them apart


async def test_a_broken_glass_opens_one_case_in_every_service_and_is_reviewed(
    office: Office,
) -> None:
    assert await office.found_by_counselor(2) == NOWHERE

    broken = await office.post(
        "triage", f"/cases/{office.case_id}/break-glass", EMERGENCY, "counselor", 2
    )
    await eventually(lambda: office.found_by_counselor(2), lambda found: found == EVERYWHERE)
    twice = await office.post(
        "triage", f"/cases/{office.case_id}/break-glass", EMERGENCY, "counselor", 2
    )
    waiting = await office.get("triage", "/break-glass?reviewed=false", "supervisor")
    review = f"/break-glass/{broken.json()['id']}/review"
    verdict = {"was_justified": False, "remarks": "Konselornya ada di tempat."}
    reviewed = await office.post("triage", review, verdict, "supervisor", 2)
    again = await office.post("triage", review, verdict, "supervisor", 2)
    left = await office.get("triage", "/break-glass?reviewed=false", "supervisor")

    assert broken.status_code == twice.status_code == 201
    assert twice.json() == broken.json()  # the hour is not begun anew
    assert [each["id"] for each in waiting.json()] == [broken.json()["id"]]
    assert reviewed.json()["reviewer_id"] == staff_id("supervisor", 2)
    assert reviewed.json()["was_justified"] is False
    assert (again.status_code, left.json()) == (409, [])
    assert await office.found_by_counselor(3) == NOWHERE  # it was for one person
    await eventually(lambda: office.found_by_counselor(2), lambda found: found == NOWHERE)


async def test_a_broken_glass_that_nobody_judges_is_overdue_after_three_days(
    office: Office,
) -> None:
    at = f"/cases/{office.case_id}/break-glass"
    broken = await office.post("triage", at, EMERGENCY, "counselor", 2)

    async def review() -> dict[str, Any]:
        path = f"/clocks?case_id={office.case_id}&rule=glass_review&status=all"
        (clock,) = (await office.get("triage", path, "supervisor")).json()
        assert isinstance(clock, dict)
        return clock

    began = await review()
    verdict = {"was_justified": True, "remarks": "Memang darurat."}
    path = f"/break-glass/{broken.json()['id']}/review"
    await office.post("triage", path, verdict, "supervisor", 2)

    days = datetime.fromisoformat(began["due_at"]) - datetime.fromisoformat(began["started_at"])
    assert (days, began["stopped_at"]) == (timedelta(days=3), None)
    assert (await review())["stopped_at"] is not None


async def test_when_the_hour_is_over_the_glass_is_whole_again(office: Office) -> None:
    await office.post("triage", f"/cases/{office.case_id}/break-glass", EMERGENCY, "counselor", 2)
    await eventually(lambda: office.found_by_counselor(2), lambda found: found == EVERYWHERE)

    for app in office.apps.values():
        await app.state.store.pool.execute("update glass set until = now()")

    assert await office.found_by_counselor(2) == NOWHERE


async def test_nobody_reviews_their_own_emergency(office: Office) -> None:
    broken = await office.post(
        "triage", f"/cases/{office.case_id}/break-glass", EMERGENCY, "supervisor"
    )
    review = f"/break-glass/{broken.json()['id']}/review"
    verdict = {"was_justified": True, "remarks": "Memang darurat."}

    own = await office.post("triage", review, verdict, "supervisor")

    assert own.status_code == 403


@pytest.mark.parametrize("reason", ["darurat", ""])
async def test_an_emergency_needs_its_reason_in_writing(office: Office, reason: str) -> None:
    answer = await office.post(
        "triage", f"/cases/{office.case_id}/break-glass", {"reason": reason}, "counselor", 2
    )

    assert answer.status_code == 422
    assert await office.found_by_counselor(2) == NOWHERE
