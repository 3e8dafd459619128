"""What officers and supervisors decide over HTTP, the limits that run by it, and what is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.triage.policies import POLICIES
from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN
from shared.contracts import Fact
from shared.contracts.counseling import (
    AssignmentAccepted,
    CaseRecordRetrieved,
    CounselorAssigned,
    FirstHelpRecorded,
)
from shared.contracts.intake import (
    ComplaintAmended,
    ComplaintHandedOver,
    ComplaintReceived,
    ComplaintWithdrawn,
    EmergencyActivated,
)
from shared.contracts.referral import ReferralAccepted
from shared.eventstore import new_id, now_utc
from shared.messaging.react import handle, heard_by
from tests.cases import a_cause
from tests.complaints import FOLLOW_UP, FORM, KNOWN, NEW_CASE
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
Json = dict[str, Any]
SEXUAL: Json = FOLLOW_UP | {"tpks": True}
A_MAN: Json = FOLLOW_UP | {"vawc": False, "tpks": True}
GIRL: Json = {"sex": "P", "age_estimate": 16, "in_city": True}
RAPE: Json = {"violence": ["SEXUAL"], "tpks_kinds": ["ELECTRONIC_SEXUAL_VIOLENCE"]}
REPORT: Json = {"unit": "POLRESTA_PPA", "report_no": "LP/B/1"}
SILENT: Json = {
    "for": "tpks_police_report",
    "outcome": "not_reported",
    "ground": "complaint_offence",
    "basis": "Korban dewasa tidak mengadu.",
}


@dataclass
class Desk:
    """Triage with its officers, who ask over HTTP, and the others, who tell."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer

    async def ask(
        self,
        role: str,
        path: str,
        body: Any = None,
        more: dict[str, str] | None = None,
        nth: int = 1,
    ) -> Any:
        headers = self.issuer.headers(role, nth=nth) | (more or {})
        return await self.client.post(path, json=body, headers=headers)

    async def done(
        self, role: str, path: str, body: Any = None, more: dict[str, str] | None = None
    ) -> Json:
        answer = await self.ask(role, path, body, more)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    async def seen(self, role: str, path: str, **asked: str) -> Any:
        answer = await self.client.get(path, params=asked, headers=self.issuer.headers(role))
        assert answer.is_success, answer.text
        return answer.json()

    async def hear(self, fact: Fact) -> None:
        message = {"ce-id": str(new_id())}
        about = fact.subject("00", str(getattr(fact, "complaint_id", new_id())))
        told = fact.model_dump_json().encode()
        await handle(about, message, told, self.app.state.store, heard_by(POLICIES))

    async def complaint(self, **more: Any) -> UUID:
        """A complaint that waits."""
        told: Json = {
            "occurred_at": now_utc(),
            "complaint_id": new_id(),
            "registration_no": "PPA-2026-000001",
            "channel": "walk_in",
            "reporter_role": "victim",
            "in_danger": False,
            "received_at": now_utc(),
            "handed_over": True,
        }
        fact = ComplaintReceived(**told | more)
        await self.hear(fact)
        return fact.complaint_id

    async def case(
        self, decided: Json = FOLLOW_UP, *, chosen: Json = NEW_CASE, **more: Any
    ) -> tuple[UUID, Json]:
        """A complaint that was classified, and the answer."""
        id = await self.complaint(**more)
        await self.done(OFFICER, f"/identifications/{id}/take")
        await self.done(OFFICER, f"/identifications/{id}/case", chosen)
        return id, await self.done(OFFICER, f"/identifications/{id}/classification", decided)

    async def clocks(self, case_id: str) -> dict[str, Json]:
        """The time limits of a case, by their rules."""
        found = await self.seen(SUPERVISOR, "/clocks", case_id=case_id, status="all")
        return {each["rule"]: each for each in found}


OFFICER, SUPERVISOR = "identification_officer", "supervisor"


@pytest.fixture
async def desk(make_database: MakeDatabase, issuer: Issuer) -> AsyncIterator[Desk]:
    database = (await make_database("triage")).url
    async with in_process("triage", database=database, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        yield Desk(client, app, issuer)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def help_for(case_id: str, when: datetime) -> FirstHelpRecorded:
    return FirstHelpRecorded(occurred_at=when, case_id=UUID(case_id), complaint_id=new_id())


def assigned(complaint_id: UUID, case_id: str) -> CounselorAssigned:
    return CounselorAssigned(
        occurred_at=now_utc(),
        case_id=UUID(case_id),
        complaint_id=complaint_id,
        counselor_id=UUID(staff_id("counselor")),
        reasons=("only_one_fits",),
    )


# Time limits


async def test_identifying_ends_in_time_and_helping_begins(desk: Desk) -> None:
    """SK-01."""
    _, answer = await desk.case()

    first, second = answer["clocks"]
    assert (first["rule"], second["rule"]) == ("identification", "response_medium")
    assert first["stopped_at"] is not None
    assert at(first["due_at"]) - at(first["started_at"]) == timedelta(minutes=30)
    assert second["stopped_at"] is None
    assert at(second["due_at"]) - at(second["started_at"]) == timedelta(hours=6)


async def test_who_writes_to_us_is_answered_in_time_from_when_it_came(desk: Desk) -> None:
    received = now_utc() - timedelta(days=9)
    id = await desk.complaint(channel="online", sub_channel="website", received_at=received)
    await desk.done(OFFICER, f"/identifications/{id}/take")

    (clock,) = await desk.seen(
        SUPERVISOR, "/clocks", complaint_id=str(id), rule="first_response", status="all"
    )

    assert at(clock["started_at"]) == received
    assert at(clock["due_at"]) == GIVEN["first_response"].due_at(received)
    assert clock["breached"]
    assert clock["stopped_at"] is not None


async def test_nobody_waits_for_an_answer_at_the_counter(desk: Desk) -> None:
    id = await desk.complaint()
    assert await desk.seen(SUPERVISOR, "/clocks", complaint_id=str(id), status="all") == []


@pytest.mark.parametrize("channel", ["online", "call_center"])
async def test_who_says_that_she_is_in_danger_is_heard_at_once_day_and_night(
    desk: Desk, channel: str
) -> None:
    received = now_utc()
    id = await desk.complaint(channel=channel, in_danger=True, received_at=received)
    (alarm,) = await desk.seen(SUPERVISOR, "/alarms")

    async def runs() -> Json:
        asked = {"complaint_id": str(id), "rule": "first_response_high", "status": "all"}
        (clock,) = await desk.seen(SUPERVISOR, "/clocks", **asked)
        found: Json = clock
        return found

    before = await runs()
    await desk.done(OFFICER, f"/identifications/{id}/take")

    assert (alarm["complaint_id"], alarm["kind"]) == (str(id), "danger")
    assert at(before["due_at"]) == received + timedelta(minutes=5)
    assert (await runs())["stopped_at"] is not None


async def test_an_alarm_that_was_seen_does_not_sound_again_when_the_complaint_comes(
    desk: Desk,
) -> None:
    id, called = new_id(), now_utc()
    help_called = {"complaint_id": id, "contact_id": id, "services": ("POLICE_110",)}
    await desk.hear(EmergencyActivated(occurred_at=called, **help_called))
    await desk.done(SUPERVISOR, f"/alarms/{id}/acknowledgement")

    await desk.complaint(complaint_id=id, in_danger=True)

    assert await desk.seen(SUPERVISOR, "/alarms") == []


async def test_where_the_victim_is_may_stand_in_the_form(desk: Desk) -> None:
    somewhere = FOLLOW_UP | {"locus": "unknown", "locus_code": None, "victim_in_city": None}
    _, answer = await desk.case(somewhere)
    assert answer["route"] == ["follow_up"]


async def test_the_first_help_ends_the_wait_once(desk: Desk) -> None:
    _, answer = await desk.case()
    helped = now_utc()

    await desk.hear(help_for(answer["case_id"], helped - timedelta(days=1)))  # of another time
    assert (await desk.clocks(answer["case_id"]))["response_medium"]["stopped_at"] is None
    await desk.hear(help_for(answer["case_id"], helped))
    await desk.hear(help_for(answer["case_id"], helped + timedelta(minutes=1)))

    stopped = (await desk.clocks(answer["case_id"]))["response_medium"]["stopped_at"]
    assert at(stopped) == helped


async def test_where_it_is_referred_the_agency_that_takes_it_over_is_the_help(desk: Desk) -> None:
    _, answer = await desk.case(FOLLOW_UP | {"locus": "out", "locus_code": "35.07.22.2008"})
    case_id, accepted = UUID(answer["case_id"]), now_utc()

    told = {"case_id": case_id, "complaint_id": new_id(), "referral_id": new_id()}
    await desk.hear(ReferralAccepted(occurred_at=accepted, **told))

    stopped = (await desk.clocks(answer["case_id"]))["response_medium"]["stopped_at"]
    assert at(stopped) == accepted


async def test_a_further_complaint_waits_for_help_anew(desk: Desk) -> None:
    _, first = await desk.case()
    await desk.hear(help_for(first["case_id"], now_utc()))
    known = KNOWN | {"case_id": first["case_id"], "subkind": "new_incident"}

    await desk.case(chosen=known)

    assert (await desk.clocks(first["case_id"]))["response_medium"]["stopped_at"] is None


async def test_more_urgent_means_sooner_from_the_same_beginning(desk: Desk) -> None:
    _, answer = await desk.case()
    before = (await desk.clocks(answer["case_id"]))["response_medium"]

    await desk.done(
        SUPERVISOR,
        f"/cases/{answer['case_id']}/reclassification",
        FOLLOW_UP | {"urgency": "high", "reason": "urgency_changed"},
    )

    after = await desk.clocks(answer["case_id"])
    assert after["response_medium"]["stopped_at"] is not None
    assert after["response_high"]["started_at"] == before["started_at"]
    assert after["response_high"]["stopped_at"] is None


async def test_a_limit_that_runs_again_to_the_same_time_is_breached_again(desk: Desk) -> None:
    _, answer = await desk.case(FOLLOW_UP | {"urgency": "high"})
    case_id, store = answer["case_id"], desk.app.state.store
    clock = await store.load(Clock, Clock.create_id("response_high", UUID(case_id)))
    clock.stop(now_utc())
    clock.start_again(GIVEN["response_high"], now_utc() - timedelta(hours=1))
    await store.save(clock, cause=a_cause(UUID(case_id)))
    await eventually(lambda: desk.clocks(case_id), lambda all: all["response_high"]["breached"])

    for urgency in ("medium", "high"):  # back again: from the same beginning, to the same end
        await desk.done(
            SUPERVISOR,
            f"/cases/{case_id}/reclassification",
            FOLLOW_UP | {"urgency": urgency, "reason": "urgency_changed"},
        )

    async def breached() -> list[bool]:
        rows = await store.pool.fetch(
            "select breached from clock_runs where rule = 'response_high' order by began"
        )
        return [row["breached"] for row in rows]

    await eventually(breached, lambda runs: runs == [False, True, True])
    assert (await desk.clocks(case_id))["response_high"]["stopped_at"] is None


async def test_the_police_are_told_within_three_days_of_when_we_were(desk: Desk) -> None:
    received = now_utc() - timedelta(hours=5)
    _, answer = await desk.case(SEXUAL, received_at=received)
    path = f"/cases/{answer['case_id']}/police-report"
    clock = (await desk.clocks(answer["case_id"]))["tpks_police_report"]
    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="tpks_police_report")

    told = now_utc().isoformat()
    tomorrow = (now_utc() + timedelta(days=1)).isoformat()
    wrong = await desk.ask(SUPERVISOR, path, REPORT | {"reported_at": tomorrow})
    after = await desk.done(SUPERVISOR, path, REPORT | {"reported_at": told})

    assert at(clock["due_at"]) == received + timedelta(hours=72)
    assert waits["id"] == answer["case_id"]
    assert wrong.status_code == 422
    assert (after["police"], after["awaiting"]) == ("reported", [])
    stopped = (await desk.clocks(answer["case_id"]))["tpks_police_report"]["stopped_at"]
    assert at(stopped) == at(told)


@pytest.mark.parametrize(
    ("form", "status", "problem"),
    [
        (FORM | RAPE, 201, None),
        (FORM | RAPE | {"victims": [GIRL]}, 409, "police-report-due"),
        (FORM | RAPE | {"victims": [{"sex": "P"}]}, 409, "police-report-due"),
        (FORM | RAPE | {"tpks_kinds": ["FORCED_MARRIAGE"]}, 409, "no-complaint-offence"),
    ],
    ids=["a grown-up", "a child", "nobody knows how old", "no complaint offence"],
)
async def test_silence_towards_the_police_needs_a_reason_in_the_law(
    desk: Desk, form: Json, status: int, problem: str | None
) -> None:
    _, answer = await desk.case(SEXUAL, chosen=NEW_CASE | {"form": form})

    said = await desk.ask(SUPERVISOR, f"/cases/{answer['case_id']}/decision", SILENT)

    stopped = (await desk.clocks(answer["case_id"]))["tpks_police_report"]["stopped_at"]
    assert said.status_code == status
    assert (stopped is None) == bool(problem)
    if problem:
        assert said.json()["type"] == f"/problems/{problem}"


async def test_without_sexual_violence_there_is_no_duty_to_report(desk: Desk) -> None:
    _, answer = await desk.case()
    path = f"/cases/{answer['case_id']}/police-report"
    said = await desk.ask(SUPERVISOR, path, REPORT | {"reported_at": now_utc().isoformat()})
    assert (said.status_code, said.json()["type"]) == (409, "/problems/no-police-duty")


# Deciding anew


async def test_who_decides_by_an_old_version_is_told_what_changed(desk: Desk) -> None:
    _, answer = await desk.case()
    path = f"/cases/{answer['case_id']}/reclassification"
    old = await desk.seen(SUPERVISOR, f"/cases/{answer['case_id']}")
    raised = FOLLOW_UP | {"urgency": "high", "reason": "urgency_changed"}
    await desk.done(SUPERVISOR, path, raised)

    lowered = raised | {"urgency": "low"}
    late = await desk.ask(OFFICER, path, lowered, {"If-Match": str(old["version"])})

    assert (late.status_code, late.json()["type"]) == (409, "/problems/stale")
    assert "urgency medium is now high" in late.json()["detail"]


async def test_of_two_who_decide_at_once_one_is_told_so(desk: Desk) -> None:
    _, answer = await desk.case()
    path = f"/cases/{answer['case_id']}/reclassification"
    changed = [FOLLOW_UP | {"urgency": each, "reason": "new_facts"} for each in ("high", "low")]

    answers = await asyncio.gather(
        *(desk.ask(SUPERVISOR, path, body, nth=n) for n, body in enumerate(changed, 1))
    )

    events = await desk.app.state.store.pool.fetchval(
        "select count(*) from es.events where name = 'CaseReclassified'"
    )
    statuses = sorted(each.status_code for each in answers)
    assert (statuses, events) in (([201, 409], 1), ([201, 201], 2))  # at once, or one after other


async def test_the_same_decision_twice_is_one(desk: Desk) -> None:
    _, answer = await desk.case()
    path = f"/cases/{answer['case_id']}/reclassification"
    once = {"Idempotency-Key": str(new_id())}
    anew = FOLLOW_UP | {"urgency": "low", "reason": "new_facts"}

    first = await desk.done(SUPERVISOR, path, anew, once)
    second = await desk.done(SUPERVISOR, path, anew, once)
    third = await desk.done(SUPERVISOR, path, anew)

    assert first["version"] == second["version"] == third["version"]


async def test_a_case_whose_locus_nobody_knows_waits_to_be_cleared(desk: Desk) -> None:
    unknown = FOLLOW_UP | {"locus": "unknown", "locus_code": None}
    _, answer = await desk.case(unknown)
    await desk.case()

    (listed,) = await desk.seen(OFFICER, "/cases", locus="unknown")
    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="locus")
    await desk.done(
        SUPERVISOR,
        f"/cases/{answer['case_id']}/reclassification",
        FOLLOW_UP | {"reason": "locus_cleared"},
    )

    assert listed["id"] == waits["id"] == answer["case_id"]
    assert await desk.seen(OFFICER, "/cases", locus="unknown") == []


async def test_one_incident_in_the_city_makes_the_locus_the_city(desk: Desk) -> None:
    mixed = FORM | {"incidents": [{"locus_code": "35.07.22"}, {"locus_code": "35.73.05"}]}
    elsewhere = FORM | {"incidents": [{"locus_code": "35.07.22"}]}
    for form, decided, problem in (
        (mixed, FOLLOW_UP | {"locus": "out", "locus_code": "35.07.22"}, "incident-in-the-city"),
        (elsewhere, FOLLOW_UP, "no-incident-in-the-city"),
    ):
        id = await desk.complaint()
        await desk.done(OFFICER, f"/identifications/{id}/take")
        await desk.done(OFFICER, f"/identifications/{id}/case", NEW_CASE | {"form": form})
        said = await desk.ask(OFFICER, f"/identifications/{id}/classification", decided)
        assert (said.status_code, said.json()["type"]) == (422, f"/problems/{problem}")


# What only a supervisor decides


async def test_a_man_hurt_by_sexual_violence_gets_no_plain_goodbye(desk: Desk) -> None:
    """SK-07b."""
    id = await desk.complaint()
    await desk.done(OFFICER, f"/identifications/{id}/take")
    answer = await desk.done(OFFICER, f"/identifications/{id}/classification", A_MAN)
    path = f"/cases/{answer['case_id']}/decision"
    decision = {"for": "route", "decision": "follow_up", "basis": "Ia perlu pendampingan."}

    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="route")
    after = await desk.done(SUPERVISOR, path, decision)
    again = await desk.ask(SUPERVISOR, path, decision | {"decision": "inform"})

    assert (answer["route"], waits["id"]) == (["supervisor"], answer["case_id"])
    assert (after["route"], after["status"]) == (["follow_up"], "open")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/nothing-to-decide")
    assert "response_medium" in await desk.clocks(answer["case_id"])


async def test_what_is_not_for_us_is_explained_closed_and_looked_at(desk: Desk) -> None:
    """SK-07."""
    id = await desk.complaint()
    await desk.done(OFFICER, f"/identifications/{id}/take")
    no = A_MAN | {
        "tpks": False,
        "explained": ["WHY_NOT_VAWC"],
        "directed_to": ["POLICE_GENERAL", "LEGAL_AID"],
    }
    answer = await desk.done(OFFICER, f"/identifications/{id}/classification", no)
    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="not_vawc")
    upheld = {"for": "not_vawc", "decision": "inform", "basis": "Benar."}

    after = await desk.done(SUPERVISOR, f"/cases/{answer['case_id']}/decision", upheld)

    assert waits["status"] == after["status"] == "informed"
    assert after["awaiting"] == []
    assert [each["rule"] for each in answer["clocks"]] == ["identification"]


async def test_a_childs_withdrawn_case_is_not_closed_without_a_supervisor(desk: Desk) -> None:
    id, answer = await desk.case(chosen=NEW_CASE | {"form": FORM | {"victims": [GIRL]}})
    told = ComplaintWithdrawn(occurred_at=now_utc(), complaint_id=id, withdrawn_by="family")
    await desk.hear(told)
    await desk.hear(told)
    case = f"/cases/{answer['case_id']}"
    closing = FOLLOW_UP | {"vawc": False, "reason": "new_facts"}

    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="withdrawal")
    refused = await desk.ask(SUPERVISOR, f"{case}/reclassification", closing)
    ended = {"for": "withdrawal", "decision": "inform", "basis": "Ibunya sudah aman."}
    after = await desk.done(SUPERVISOR, f"{case}/decision", ended)

    assert waits["withdrawn"]
    assert refused.json()["type"] == "/problems/supervisor-must-decide"
    assert (after["status"], after["awaiting"]) == ("informed", [])
    assert (await desk.clocks(answer["case_id"]))["response_medium"]["stopped_at"] is not None


async def test_a_counselor_asks_and_a_supervisor_decides_anew(desk: Desk) -> None:
    id, answer = await desk.case()
    await desk.hear(assigned(id, answer["case_id"]))
    asking = {"reason": "new_facts", "grounds": "Ia baru bercerita tentang anaknya."}

    await desk.done("counselor", f"/cases/{answer['case_id']}/reclassification-request", asking)
    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="reclassification")

    assert waits["id"] == answer["case_id"]


# Linking, and what becomes known later


async def test_a_wrong_link_is_taken_back_and_nothing_of_it_stays(desk: Desk) -> None:
    _, first = await desk.case(FOLLOW_UP | {"urgency": "low"})
    known = KNOWN | {"case_id": first["case_id"], "subkind": "new_incident"}
    id, _ = await desk.case(SEXUAL | {"urgency": "high"}, chosen=known)
    path = f"/identifications/{id}/unlinking"
    led = await desk.seen(SUPERVISOR, f"/cases/{first['case_id']}")

    back = await desk.done(OFFICER, path, {"reason": "another_person"})
    again = await desk.done(OFFICER, path, {"reason": "another_person"})

    case = await desk.seen(SUPERVISOR, f"/cases/{first['case_id']}")
    clocks = await desk.clocks(first["case_id"])
    assert (led["urgency"], led["tpks"], len(led["complaint_ids"])) == ("high", True, 2)
    assert (case["urgency"], case["tpks"], len(case["complaint_ids"])) == ("low", False, 1)
    assert (back["status"], back["case_id"], back["route"]) == ("taken", None, [])
    assert again["version"] == back["version"]
    assert clocks["tpks_police_report"]["stopped_at"] is not None
    assert clocks["response_high"]["stopped_at"] is not None
    assert clocks["response_low"]["stopped_at"] is None
    (hers,) = await desk.seen(OFFICER, "/clocks", complaint_id=str(id), rule="identification")
    assert hers["stopped_at"] is None
    await desk.done(OFFICER, f"/identifications/{id}/case", NEW_CASE)


async def test_linking_is_no_key_to_a_record_nobody_fetched(desk: Desk) -> None:
    id, answer = await desk.case()
    case = answer["case_id"]
    await desk.hear(assigned(id, case))
    mine = await desk.complaint()
    await desk.ask(OFFICER, f"/identifications/{mine}/take", nth=2)
    path, reading = f"/identifications/{mine}/case", {"purpose": "identification"}
    known = {"kind": "existing", "case_id": case, "subkind": "follow_up"}

    unseen = await desk.ask(OFFICER, path, known, nth=2)
    linked = await desk.ask(OFFICER, path, KNOWN | known, nth=2)
    read = await desk.ask(OFFICER, f"/cases/{case}/personal", reading, nth=2)
    amended = await desk.ask(OFFICER, f"/cases/{case}/form", {"form": FORM}, nth=2)
    (alarm,) = await desk.seen(SUPERVISOR, "/search-alarms")
    hers = await desk.ask(SUPERVISOR, f"/cases/{case}/personal", {"purpose": "supervision"})
    now = now_utc()
    fetched = CaseRecordRetrieved(
        occurred_at=now,
        case_id=UUID(case),
        complaint_id=mine,
        staff_id=staff_id(OFFICER, 2),
        until=now + timedelta(hours=1),
    )
    await desk.hear(fetched)
    then = await desk.ask(OFFICER, f"/cases/{case}/personal", reading, nth=2)

    assert (unseen.status_code, unseen.json()["type"]) == (409, "/problems/case-not-shown")
    assert linked.status_code == 201
    assert (read.status_code, amended.status_code) == (404, 404)
    assert (alarm["kind"], alarm["complaint_id"]) == ("not_shown", str(mine))
    assert hers.json()["fields"]["choice.1"] == KNOWN["basis"]
    assert then.status_code == 200


async def test_the_complaint_that_opened_a_case_does_not_leave_it(desk: Desk) -> None:
    id, _ = await desk.case()
    said = await desk.ask(SUPERVISOR, f"/identifications/{id}/unlinking", {"reason": "mistake"})
    assert (said.status_code, said.json()["type"]) == (409, "/problems/opened-by-it")


async def test_two_cases_of_one_event_are_linked_and_stay_two(desk: Desk) -> None:
    (_, one), (_, other) = await desk.case(), await desk.case()
    path = f"/cases/{one['case_id']}/linking"
    link = {"case_id": other["case_id"], "kind": "same_event"}

    linked = await desk.done(OFFICER, path, link)
    seen = await desk.seen(OFFICER, f"/cases/{other['case_id']}")
    itself = await desk.ask(OFFICER, path, link | {"case_id": one["case_id"]})
    parted = await desk.done(OFFICER, f"{path}/{other['case_id']}/separation")
    again = await desk.done(OFFICER, path, link)

    assert linked["linked_cases"] == again["linked_cases"] == [other["case_id"]]
    assert seen["linked_cases"] == [one["case_id"]]
    assert itself.status_code == 422
    assert parted["linked_cases"] == []


async def test_a_linked_case_that_is_not_there_for_her_was_not_there_then_either(
    desk: Desk,
) -> None:
    (_, one), (_, other) = await desk.case(), await desk.case()
    link = {"case_id": other["case_id"], "kind": "same_event"}
    await desk.done(OFFICER, f"/cases/{one['case_id']}/linking", link)
    hers = {"staff_id": staff_id(SUPERVISOR, 2), "reason": "Terlapor adalah adiknya."}
    declared = await desk.ask(SUPERVISOR, f"/cases/{other['case_id']}/conflicts", hers)
    assert declared.status_code == 204

    async def linked(nth: int) -> list[str]:
        path, headers = f"/cases/{one['case_id']}", desk.issuer.headers(SUPERVISOR, nth=nth)
        asked = {"as_of": now_utc().isoformat()}
        found = (await desk.client.get(path, params=asked, headers=headers)).json()
        return list(found["linked_cases"])

    await eventually(lambda: linked(1), lambda found: found == [other["case_id"]])
    assert await linked(2) == []


async def test_another_perpetrator_of_the_same_victim_is_a_linked_case(desk: Desk) -> None:
    """Domain research A15."""
    _, first = await desk.case()
    known = KNOWN | {"case_id": first["case_id"], "subkind": "new_perpetrator"}

    _, second = await desk.case(chosen=known | {"form": FORM})

    assert second["case_id"] != first["case_id"]
    case = await desk.seen(OFFICER, f"/cases/{second['case_id']}")
    assert case["linked_cases"] == [first["case_id"]]


async def test_an_old_case_keeps_what_happened_another_time(desk: Desk) -> None:
    """SK-06."""
    _, first = await desk.case()
    id = await desk.complaint()
    known = KNOWN | {"case_id": first["case_id"], "subkind": "new_incident"}
    await desk.done(OFFICER, f"/identifications/{id}/take")
    await desk.done(OFFICER, f"/identifications/{id}/case", known)
    path = f"/cases/{first['case_id']}/incidents"
    incident = {"place": "WORKPLACE", "locus_code": "35.73.05.1004", "time_text": "kemarin sore"}

    await desk.done(OFFICER, path, incident | {"complaint_id": str(id)})
    foreign = await desk.ask(OFFICER, path, incident | {"complaint_id": str(new_id())})

    (kept,) = await desk.seen(OFFICER, path)
    assert (kept["complaint_id"], kept["place"], kept["in_city"]) == (str(id), "WORKPLACE", True)
    assert foreign.json()["type"] == "/problems/not-in-the-case"


async def test_an_amended_form_keeps_who_was_in_it(desk: Desk) -> None:
    _, answer = await desk.case()
    path = f"/cases/{answer['case_id']}/form"
    persons = await desk.seen("privacy_officer", f"/cases/{answer['case_id']}/persons")
    (her,) = [each["person_id"] for each in persons if each["role"] == "victim"]
    same = FORM | {"victims": [FORM["victims"][0] | {"person_id": her}, GIRL]}
    same |= {
        "perpetrators": [{"relation": "SPOUSE", "same_household": True, "is_child": False}],
        "relations": [{"victim": 1, "perpetrator": 0, "relation": "PARENT"}],
    }

    case = await desk.done(OFFICER, path, {"form": same})
    other = same | {"victims": [FORM["victims"][0] | {"person_id": str(new_id())}]}
    nobody = await desk.ask(OFFICER, path, {"form": other})
    lost = same | {"relations": [{"victim": 9, "perpetrator": 0, "relation": "PARENT"}]}
    beyond = await desk.ask(OFFICER, path, {"form": lost})

    persons = await desk.seen("privacy_officer", f"/cases/{answer['case_id']}/persons")
    assert [each["role"] for each in persons].count("victim") == 2
    assert (case["child"], case["special"]) == (True, ["domestic", "same_household"])
    assert nobody.json()["type"] == "/problems/not-in-the-case"
    assert beyond.json()["type"] == "/problems/relation-to-nobody"


async def test_who_was_a_child_when_it_happened_is_one_in_the_case(desk: Desk) -> None:
    """R-REQ-01."""
    then = {"occurred_on": "2015-06-01", "approximate": True}
    form = FORM | {"victims": [{"sex": "P", "born_on": "2000-01-01"}], "incidents": [then]}
    _, answer = await desk.case(chosen=NEW_CASE | {"form": form})
    assert (await desk.seen(OFFICER, f"/cases/{answer['case_id']}"))["child"] is True


# What the others tell


async def test_help_that_was_called_comes_first_even_before_the_complaint(desk: Desk) -> None:
    """SK-02: the alarm is there before anything is told."""
    id, now = new_id(), now_utc()
    await desk.complaint(in_danger=False)
    called = EmergencyActivated(occurred_at=now, complaint_id=id, services=("POLICE_110",))
    await desk.hear(called)
    (alarm,) = await desk.seen(SUPERVISOR, "/alarms")
    await desk.complaint(complaint_id=id, handed_over=False)
    await desk.hear(called)

    first, second = await desk.seen(OFFICER, "/identifications")
    taken = await desk.done(OFFICER, f"/identifications/{id}/take")
    await desk.done(SUPERVISOR, f"/alarms/{id}/acknowledgement")

    assert (alarm["complaint_id"], alarm["registration_no"]) == (str(id), None)
    assert (first["complaint_id"], first["urgent"], second["urgent"]) == (str(id), True, False)
    assert taken["status"] == "taken"
    assert await desk.seen(SUPERVISOR, "/alarms") == []


async def test_what_the_counter_still_has_is_not_taken_away(desk: Desk) -> None:
    id = await desk.complaint(handed_over=False)

    early = await desk.ask(OFFICER, f"/identifications/{id}/take")
    over = ComplaintHandedOver(occurred_at=now_utc(), complaint_id=id, operator_id="loket")
    await desk.hear(over)
    await desk.hear(over)
    taken = await desk.done(OFFICER, f"/identifications/{id}/take")

    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-handed-over")
    assert (taken["handed_over"], taken["version"]) == (True, 3)


async def test_danger_told_later_comes_first_and_sounds_the_alarm(desk: Desk) -> None:
    await desk.complaint()
    id = await desk.complaint()
    later = now_utc()
    amended: Json = {"complaint_id": id, "fields": ("in_danger",), "locus_code": "35.73.05"}
    await desk.hear(ComplaintAmended(occurred_at=later, in_danger=True, **amended))
    before = later - timedelta(minutes=1)
    await desk.hear(ComplaintAmended(occurred_at=before, in_danger=False, **amended))

    first, _ = await desk.seen(OFFICER, "/identifications")
    (alarm,) = await desk.seen(SUPERVISOR, "/alarms")

    assert (first["complaint_id"], first["in_danger"]) == (str(id), True)
    assert at(first["amended_at"]) == later
    assert alarm["kind"] == "danger"


async def test_who_took_the_case_on_is_noted_once(desk: Desk) -> None:
    id, answer = await desk.case()
    about: Json = {
        "case_id": UUID(answer["case_id"]),
        "complaint_id": id,
        "counselor_id": new_id(),
    }
    await desk.hear(CounselorAssigned(occurred_at=now_utc(), reasons=(), **about))
    accepted = AssignmentAccepted(occurred_at=now_utc(), **about)
    await desk.hear(accepted)
    await desk.hear(accepted)

    case = await desk.seen(SUPERVISOR, f"/cases/{answer['case_id']}")
    assert at(case["accepted_at"]) == accepted.occurred_at
