"""What a complainant is owed, over HTTP: information, her duties read, promises with a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.intake import commands
from shared.eventstore import new_id, now_utc
from tests import cases
from tests.cases import FOREIGN, YOURS, Told, a_cause
from tests.complaints import WALK_IN
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
SECRET = "Rahasia-Sumarni"
READ = {
    "topics": ["rights_and_duties", "recommendation"],
    "medium": "in_person",
    "services": ["LEGAL_AID", "SHELTER"],
    "agencies": ["WCC_NGO"],
    "words": SECRET,
    "acknowledged": "yes",
    "copy_given": True,
}


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("intake")


@pytest.fixture
async def service(
    database: Database, issuer: Issuer, pepper: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    async with in_process(
        "intake", database=database.url, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as running:
        yield running


@pytest.fixture
def intake(service: tuple[httpx.AsyncClient, FastAPI]) -> httpx.AsyncClient:
    return service[0]


@pytest.fixture
def operator(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("operator")


@pytest.fixture
async def told(service: tuple[httpx.AsyncClient, FastAPI], issuer: Issuer) -> Told:
    return await cases.complaint(*service, issuer, YOURS)


async def test_what_she_was_told_is_noted_by_code_and_by_the_text_that_held(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told
) -> None:
    at = f"/complaints/{told.complaint_id}"

    answer = await intake.post(f"{at}/information", json=READ, headers=operator)
    seen = (await intake.get(f"{at}/rights", headers=operator)).json()

    assert answer.status_code == 201
    assert seen == answer.json()
    (noted,) = seen["information"]
    assert (noted["standard_version"], noted["rules_version"]) == ("0", "2026-11-24")
    assert (noted["acknowledged"], noted["copy_given"]) == (True, True)
    assert (noted["services"], noted["staff_id"]) == (
        ["LEGAL_AID", "SHELTER"],
        staff_id("operator"),
    )
    assert SECRET not in answer.text


async def test_her_words_are_read_by_those_who_may_and_it_is_written_down(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told, issuer: Issuer
) -> None:
    at = f"/complaints/{told.complaint_id}"
    await intake.post(f"{at}/information", json=READ, headers=operator)
    reading = {"purpose": "identification"}

    def officer(nth: int) -> dict[str, str]:
        return issuer.headers("identification_officer", nth=nth)

    refused = await intake.post(f"{at}/rights/personal", json=reading, headers=operator)
    foreign = await intake.post(f"{at}/rights/personal", json=reading, headers=officer(FOREIGN))
    own = await intake.post(f"{at}/rights/personal", json=reading, headers=officer(YOURS))

    assert (refused.status_code, foreign.status_code) == (403, 404)
    assert own.json() == {"fields": {"information.0.words": SECRET}}


async def test_whoever_refuses_a_duty_is_served_as_before(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told
) -> None:
    at = f"/complaints/{told.complaint_id}"
    before = (await intake.get(at, headers=operator)).json()
    refusal = {"kind": "truthfulness", "accepted": False, "reason": SECRET}

    answer = await intake.post(f"{at}/statements", json=refusal, headers=operator)
    after = (await intake.get(at, headers=operator)).json()
    accepted = await intake.post(
        f"{at}/statements", json={"kind": "truthfulness", "accepted": True}, headers=operator
    )

    assert answer.status_code == 201
    assert after == before
    assert "pidana" not in answer.json()["to_read"]["truthfulness"]
    (last,) = accepted.json()["statements"]  # the last word stands
    assert last["accepted"] is True


@pytest.mark.parametrize(
    "more",
    [
        {"acknowledged": None},
        {"acknowledged": "could_not_be_read"},
        {"services": []},
        {"unread_because": "distress"},
        {"medium": SECRET},
        {"words": SECRET * 2_000},
    ],
)
async def test_what_does_not_fit_is_refused_and_not_repeated(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told, more: dict[str, Any]
) -> None:
    at = f"/complaints/{told.complaint_id}"
    answer = await intake.post(f"{at}/information", json=READ | more, headers=operator)

    assert answer.status_code == 422
    assert SECRET not in answer.text
    assert (await intake.get(f"{at}/rights", headers=operator)).json()["information"] == []


def a_promise(seconds: float = 86_400, **more: Any) -> dict[str, Any]:
    due_at = now_utc() + timedelta(seconds=seconds)
    return {"what": "next_contact", "due_at": due_at.isoformat(), "words": SECRET} | more


async def test_a_promise_is_made_once_however_often_it_is_sent(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told
) -> None:
    at, key = f"/complaints/{told.complaint_id}/promises", {"Idempotency-Key": "k" * 9}
    body = a_promise()

    first, again = [await intake.post(at, json=body, headers=operator | key) for _ in range(2)]
    clocks = (await intake.get("/clocks?rule=promise", headers=operator)).json()

    assert (first.status_code, again.json()) == (201, first.json())
    (clock,) = clocks
    assert clock["about"] == first.json()["id"]
    assert clock["due_at"] == first.json()["due_at"]
    assert clock["rule_version"] == "2026-11-24"


async def test_a_promise_that_is_not_kept_is_overdue_also_after_a_restart(
    database: Database, issuer: Issuer, pepper: Path, operator: dict[str, str]
) -> None:
    running: dict[str, Any] = {"database": database.url, "nats": NOWHERE, "issuer": issuer.url}
    async with in_process("intake", pepper=pepper, **running) as (intake, app):
        told = await cases.complaint(intake, app, issuer, YOURS)
        at = f"/complaints/{told.complaint_id}/promises"
        made = (await intake.post(at, json=a_promise(4), headers=operator)).json()
    async with in_process("intake", pepper=pepper, **running) as (intake, _):
        overdue = await eventually(
            lambda: intake.get("/promises", headers=operator), lambda a: a.json()
        )
        late = await eventually(
            lambda: intake.get("/clocks?status=breached&rule=promise", headers=operator),
            lambda a: a.json(),
        )

        assert [each["id"] for each in overdue.json()] == [made["id"]]
        assert [each["about"] for each in late.json()] == [made["id"]]

        kept = await intake.post(f"{at}/{made['id']}/kept", headers=operator)
        assert kept.json()["kept_at"] is not None
        assert (await intake.get("/promises", headers=operator)).json() == []


async def test_a_promise_gets_another_time_and_she_is_told(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told, issuer: Issuer
) -> None:
    at = f"/complaints/{told.complaint_id}/promises"
    made = (await intake.post(at, json=a_promise(), headers=operator)).json()
    renewal = {"due_at": (now_utc() + timedelta(days=3)).isoformat(), "informed": False}

    renewed = await intake.post(f"{at}/{made['id']}/renewal", json=renewal, headers=operator)
    running = (await intake.get("/clocks?rule=promise", headers=operator)).json()
    untold, unsafe, informed = [
        await intake.post(
            f"{at}/{made['id']}/renewal",
            json=renewal | {"informed": True, "medium": medium},
            headers=operator,
        )
        for medium in (None, "phone", "in_person")
    ]
    kept = await intake.post(f"{at}/{made['id']}/kept", headers=operator)
    late = await intake.post(f"{at}/{made['id']}/renewal", json=renewal, headers=operator)
    stopped = (await intake.get("/clocks?rule=promise", headers=operator)).json()

    assert (renewed.json()["is_told"], renewed.json()["renewals"]) == (False, 1)
    assert [each["due_at"] for each in running] == [renewed.json()["due_at"]]
    assert stopped == []
    assert (untold.status_code, untold.json()["type"]) == (422, "/problems/medium-missing")
    assert (unsafe.status_code, unsafe.json()["type"]) == (409, "/problems/contact-unsafe")
    assert (informed.json()["is_told"], informed.json()["renewals"]) == (True, 1)
    assert kept.json()["kept_at"] is not None
    assert (late.status_code, late.json()["type"]) == (409, "/problems/promise-is-kept")
    names = await in_history(intake, issuer, told.complaint_id)
    assert names.count("RenewalTold") == names.count("PromiseRenewed") == 1


async def test_a_counselor_is_shown_the_promises_of_her_own_cases(
    service: tuple[httpx.AsyncClient, FastAPI], operator: dict[str, str], issuer: Issuer
) -> None:
    intake, _ = service
    for nth in (YOURS, FOREIGN):
        told = await cases.complaint(*service, issuer, nth)
        at = f"/complaints/{told.complaint_id}/promises"
        assert (await intake.post(at, json=a_promise(), headers=operator)).is_success

    hers = await intake.get("/promises?status=open", headers=issuer.headers("counselor"))
    all_of_them = await intake.get("/promises?status=open", headers=operator)

    assert (len(hers.json()), len(all_of_them.json())) == (1, 2)


async def test_a_promise_of_another_complaint_is_not_there(
    service: tuple[httpx.AsyncClient, FastAPI], operator: dict[str, str], issuer: Issuer
) -> None:
    intake, app = service
    told, other = [await cases.complaint(*service, issuer, YOURS) for _ in range(2)]
    promise_id = await cases.promised(app.state.store, told.complaint_id)

    answer = await intake.post(
        f"/complaints/{other.complaint_id}/promises/{promise_id}/kept", headers=operator
    )

    assert answer.status_code == 404


async def test_a_reprimand_changes_nothing_for_her(
    service: tuple[httpx.AsyncClient, FastAPI],
    operator: dict[str, str],
    issuer: Issuer,
) -> None:
    intake, app = service
    told = await cases.complaint(*service, issuer, YOURS)
    at = f"/complaints/{told.complaint_id}"
    receipt = {name: told.receipt[name] for name in ("public_code", "pin")}
    before = [(await intake.get(at, headers=operator)).json(), await status(intake, receipt)]
    body = {"level": "written", "rule": "7.2", "rule_version": "2026-11-24", "facts": SECRET}
    supervisor = issuer.headers("supervisor")

    given = await intake.post(f"{at}/reprimands", json=body, headers=operator)
    its = f"{at}/reprimands/{given.json()['id']}"
    early = await intake.post(f"{its}/reply", json={"words": "Maaf."}, headers=operator)
    issued = await intake.post(f"{its}/approval", headers=supervisor)
    reply = await intake.post(f"{its}/reply", json={"words": "Maaf."}, headers=operator)
    opened = await intake.post(
        f"{its}/personal", json={"purpose": "supervision"}, headers=supervisor
    )
    story = {**body, "rule": "7.1"}
    for_her_story = await intake.post(f"{at}/reprimands", json=story, headers=operator)
    after = [(await intake.get(at, headers=operator)).json(), await status(intake, receipt)]
    another = await intake.post("/complaints", json=WALK_IN, headers=operator)
    await commands.note_taken_up(
        app.state.store,
        a_cause(told.complaint_id),
        told.complaint_id,
        officer_id="another",
        taken_at=now_utc(),
    )
    withdrawn = await intake.post(f"{its}/withdrawal", json={"reason": "Keliru."}, headers=operator)

    assert (given.status_code, given.json()["issued_at"]) == (201, None)
    assert early.json()["type"] == "/problems/not-issued"
    assert issued.json()["approved_by"] == staff_id("supervisor")
    assert reply.json()["replies"] == 1
    assert opened.json()["fields"] == {"facts": SECRET, "replies.0": "Maaf."}
    assert for_her_story.json()["type"] == "/problems/not-about-conduct"
    assert after == before
    assert another.status_code == 201  # no channel is closed to anybody
    assert withdrawn.json()["withdrawn_at"] is not None
    assert SECRET not in given.text + issued.text + reply.text + withdrawn.text


async def test_nobody_is_reprimanded_by_rules_that_do_not_hold_yet(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told, issuer: Issuer
) -> None:
    supervisor, another = issuer.headers("supervisor"), issuer.headers("supervisor", nth=2)
    version = "2027-9"
    draft = {
        "version": version,
        "in_force_from": (now_utc() + timedelta(days=300)).isoformat(),
        "rules": [{"number": "1", "text": "Tidak boleh menangis.", "is_conduct": True}],
    }
    at = f"/complaints/{told.complaint_id}/reprimands"
    body = {"level": "oral", "rule": "1", "rule_version": version, "facts": "Ia menangis."}
    made = await intake.post("/rules", json=draft, headers=supervisor)
    drafted = await intake.post(at, json=body, headers=operator)
    agreed = await intake.post(f"/rules/{version}/approval", headers=another)
    approved = await intake.post(at, json=body, headers=operator)
    ahead = body | {"happened_at": (now_utc() + timedelta(days=301)).isoformat()}
    to_come = await intake.post(at, json=ahead, headers=operator)

    assert (made.is_success, agreed.is_success) == (True, True), agreed.text
    for answer in (drafted, approved, to_come):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-in-force")
    assert (await intake.get(at, headers=supervisor)).json() == []


@pytest.mark.parametrize(("medium", "way"), [("phone", "call"), ("message", "text")])
async def test_telling_her_keeps_to_her_wish_like_any_contact(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told, medium: str, way: str
) -> None:
    at = f"/complaints/{told.complaint_id}"
    body = {"topics": ["procedure"], "medium": medium}
    wish = {f"may_{way}": True, "basis": "in_person"}

    unasked = await intake.post(f"{at}/information", json=body, headers=operator)
    by_letter = await intake.post(
        f"{at}/information", json=body | {"medium": "letter"}, headers=operator
    )
    await intake.put(f"{at}/safe-contact", json=wish, headers=operator)
    asked = await intake.post(f"{at}/information", json=body, headers=operator)
    child = await intake.post(
        f"{at}/information", json=body | {"whom": "victim", "n": 1}, headers=operator
    )

    for refused in (unasked, by_letter, child):
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/contact-unsafe")
    assert asked.status_code == 201


async def test_who_rings_us_is_told_on_the_line_and_nobody_calls_her_for_it(
    intake: httpx.AsyncClient, operator: dict[str, str], issuer: Issuer
) -> None:
    opened = await intake.post("/contacts", json={"channel": "call_center"}, headers=operator)
    id = opened.json()["id"]
    telling = {name: value for name, value in WALK_IN.items() if name != "channel"}
    assert (
        await intake.post(f"/contacts/{id}/complaint", json=telling, headers=operator)
    ).is_success
    at, body = f"/complaints/{id}/information", {"topics": ["procedure"], "medium": "phone"}
    colleague = await intake.post(at, json=body, headers=issuer.headers("operator", nth=2))
    on_the_line = await intake.post(at, json=body, headers=operator)
    await intake.post(f"/complaints/{id}/handover", headers=operator)
    afterwards = await intake.post(at, json=body, headers=operator)

    assert [each.status_code for each in (colleague, on_the_line, afterwards)] == [409, 201, 409]


async def test_a_threat_is_seen_by_supervisors_and_by_who_was_threatened(
    intake: httpx.AsyncClient, operator: dict[str, str], told: Told, issuer: Issuer
) -> None:
    body = {"kind": "verbal", "facts": SECRET}
    made = await intake.post(
        f"/complaints/{told.complaint_id}/threats", json=body, headers=operator
    )
    seen = {
        (role, nth): [
            each["id"]
            for each in (await intake.get("/threats", headers=issuer.headers(role, nth=nth))).json()
        ]
        for role, nth in (("operator", 1), ("operator", 2), ("supervisor", 1))
    }

    assert made.status_code == 201
    id = made.json()["id"]
    assert seen == {("operator", 1): [id], ("operator", 2): [], ("supervisor", 1): [id]}
    assert SECRET not in made.text


async def status(intake: httpx.AsyncClient, receipt: dict[str, str]) -> Any:
    answer = await intake.post("/status", json=receipt)
    assert answer.status_code == 200
    return answer.json()


async def in_history(intake: httpx.AsyncClient, issuer: Issuer, complaint: UUID) -> list[str]:
    """The names of the events of a complaint, once the one we append last is in the log."""
    path = f"/history/events?correlation={complaint}&limit=1000"
    mark = await intake.post(
        f"/complaints/{complaint}/threats",
        json={"kind": "other", "facts": "Penanda."},
        headers=issuer.headers("supervisor"),
    )
    answer = await eventually(
        lambda: intake.get(path, headers=issuer.headers("auditor")),
        lambda a: mark.json()["id"] in a.text,
    )
    return [each["type"] for each in answer.json()["events"]]


async def test_without_a_complaint_there_are_no_rights_to_note(
    intake: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    for path, body in (("information", READ), ("promises", a_promise())):
        answer = await intake.post(f"/complaints/{new_id()}/{path}", json=body, headers=operator)
        assert answer.status_code == 404
