"""Taking cases on, their time limit, what is decided anew; and facts that come late or twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from deploy.provision import parts_of
from services.counseling.following import note_conflict
from services.counseling.policies import POLICIES
from services.counseling.published import published
from shared.access.forgetting import until_sequenced
from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN
from shared.clocks.ticker import DUE
from shared.contracts import Fact, person_of
from shared.contracts.counseling import AssignmentAccepted, FirstHelpRecorded
from shared.contracts.intake import ComplaintWithdrawn, SafeContactSet
from shared.contracts.triage import (
    CaseClassified,
    CaseFormFilled,
    CaseReclassified,
    Classification,
    ComplaintUnlinked,
    ConflictDeclared,
    VictimCodes,
)
from shared.eventstore import Event, new_id, now_utc
from shared.eventstore.log import read
from shared.eventstore.rebuild import rebuild
from shared.messaging.react import handle, heard_by
from shared.problems import Missing
from tests.cases import a_cause
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
SKILLS = ["legal", "psychological"]
OTHER = 4  # her id comes after that of the first: where both fit, the first is chosen


@dataclass
class Desk:
    """Counseling with two counselors, and facts that are told by hand."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    database: Database

    async def hear(self, fact: Fact, id: UUID | None = None) -> UUID:
        """Let it hear a fact as NATS would bring it; return the id of the message."""
        told = fact.model_dump()
        id, journey = id or new_id(), told.get("complaint_id", told.get("case_id"))
        await handle(
            fact.subject("00", str(journey)),
            {"ce-id": str(id)},
            fact.model_dump_json().encode(),
            self.app.state.store,
            heard_by(POLICIES),
        )
        return id

    async def post(
        self, path: str, body: Any, role: str, nth: int = 1, key: str | None = None
    ) -> httpx.Response:
        headers = self.issuer.headers(role, nth=nth) | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/casework/{path}", json=body, headers=headers)

    async def get(self, path: str, role: str = "supervisor", nth: int = 1) -> Any:
        answer = await self.client.get(path, headers=self.issuer.headers(role, nth=nth))
        assert answer.is_success, answer.text
        return answer.json()

    async def work(self, case_id: UUID) -> dict[str, Any]:
        (found,) = await self.get(f"/casework?case_id={case_id}")
        return dict(found)

    async def enter(self, nth: int, **more: Any) -> None:
        entry = {
            "counselor_id": staff_id("counselor", nth),
            "skills": SKILLS,
            "sex": "P",
            "capacity": 10,
        }
        headers = self.issuer.headers("supervisor")
        answer = await self.client.put("/counselors", json=entry | more, headers=headers)
        assert answer.is_success, answer.text

    async def clock(self, case_id: UUID, rule: str) -> Clock | None:
        try:
            return await self.app.state.store.load(Clock, Clock.create_id(rule, case_id))  # type: ignore[no-any-return]
        except Missing:
            return None

    async def facts(self, kind: type[Fact]) -> list[Any]:
        """What it tells of a kind, in order, once all is in the log."""

        async def told() -> list[Event]:
            store = self.app.state.store
            count = await store.pool.fetchval("select count(*) from es.events")
            rows = await read(store.pool, store.codec, 0)
            return [each.event for each in rows] if len(rows) == count else []

        events = await eventually(told, bool)
        return [fact for event in events if isinstance(fact := published(event), kind)]


@pytest.fixture
async def desk(make_database: MakeDatabase, issuer: Issuer) -> AsyncIterator[Desk]:
    database = await make_database("counseling")
    async with in_process("counseling", database=database.url, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        desk = Desk(client, app, issuer, database)
        for nth in (1, OTHER):
            await desk.enter(nth)
        yield desk


def classified(**more: Any) -> CaseClassified:
    now = more.pop("at", now_utc())
    fact = CaseClassified(
        occurred_at=now,
        case_id=new_id(),
        complaint_id=new_id(),
        registration_no="PPA-2026-000001",
        case_kind="new",
        vawc=True,
        locus="in",
        urgency="medium",
        violence=("PHYSICAL",),
        tpks=False,
        child=False,
        route=("follow_up",),
        needs=("legal",),
        referral_consent=True,
        classified_at=now,
        rule_version="test",
    )
    return fact.model_copy(update=more)


def decided_anew(before: CaseClassified, minutes: float = 1, **more: Any) -> CaseReclassified:
    """The case of a classification, decided anew some minutes later."""
    was: dict[str, Any] = {
        "vawc": True,
        "locus": before.locus,
        "urgency": before.urgency,
        "tpks": False,
        "route": before.route,
        "needs": before.needs,
    }
    at = before.classified_at + timedelta(minutes=minutes)
    return CaseReclassified(
        occurred_at=at,
        case_id=before.case_id,
        complaint_id=before.complaint_id,
        registration_no=before.registration_no,
        before=Classification(**was),
        after=Classification(**was | more),
        started=(),
        ended=(),
        violence=("PHYSICAL",),
        child=before.child,
        referral_consent=True,
        reason="wrong_locus",
        classified_at=at,
        rule_version="test",
    )


def about_a_conflict(case_id: UUID, nth: int) -> ConflictDeclared:
    staff = staff_id("counselor", nth)
    return ConflictDeclared(occurred_at=now_utc(), case_id=case_id, staff_id=staff)


SENT_AWAY: dict[str, Any] = {"locus": "out", "route": ("refer",)}


async def test_a_case_is_taken_on_and_its_time_limit_stops(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    asked = await desk.work(fact.case_id)

    key = "accept-it-once"
    first = await desk.post(f"{fact.case_id}/acceptance", None, "counselor", key=key)
    again = await desk.post(f"{fact.case_id}/acceptance", None, "counselor", key=key)
    twice = await desk.post(f"{fact.case_id}/acceptance", None, "counselor")

    assert (asked["status"], asked["counselor_id"]) == ("assigned", staff_id("counselor"))
    limit = GIVEN["assignment"]
    assert datetime.fromisoformat(asked["accept_by"]) == limit.due_at(fact.classified_at)
    assert first.json() == again.json() == twice.json()
    assert (first.json()["status"], first.json()["accept_by"]) == ("accepted", None)
    clock = await desk.clock(fact.case_id, "assignment")
    assert clock is not None
    assert clock.stopped_at is not None
    (told,) = await desk.facts(AssignmentAccepted)
    assert (told.case_id, told.complaint_id) == (fact.case_id, fact.complaint_id)


async def test_high_urgency_leaves_a_quarter_of_an_hour_from_the_classification(desk: Desk) -> None:
    late = now_utc() - timedelta(minutes=20)  # NATS was away
    fact = classified(urgency="high", at=late)

    await desk.hear(fact)

    async def breached() -> bool:
        clocks = await desk.get(f"/clocks?status=breached&case_id={fact.case_id}")
        return [each["rule"] for each in clocks] == ["assignment_high"]

    assert await eventually(breached, bool)
    assert await desk.clock(fact.case_id, "assignment") is None


async def test_a_counselor_sees_the_time_limits_of_her_cases_and_of_no_other(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    at, among_all = f"/casework/{fact.case_id}/clocks", f"/clocks?case_id={fact.case_id}"

    (runs,) = await desk.get(at, "counselor")
    (listed,) = await desk.get(among_all, "counselor")
    foreign = await desk.client.get(at, headers=desk.issuer.headers("counselor", nth=OTHER))
    assert await desk.get(among_all, "counselor", OTHER) == []
    await desk.post(f"{fact.case_id}/acceptance", None, "counselor")
    (over,) = await desk.get(at, "counselor")
    assert await desk.get(among_all, "counselor") == []
    await desk.hear(about_a_conflict(fact.case_id, 1))
    related = await desk.client.get(at, headers=desk.issuer.headers("counselor"))

    limit = GIVEN["assignment"]
    assert (runs["rule"], runs["stopped_at"], runs["breached"]) == ("assignment", None, False)
    assert datetime.fromisoformat(runs["started_at"]) == fact.classified_at
    assert datetime.fromisoformat(runs["due_at"]) == limit.due_at(fact.classified_at)
    assert runs == listed
    assert over["stopped_at"] is not None
    assert (foreign.status_code, related.status_code) == (404, 404)


async def test_when_a_warning_is_due_is_told_also_once_it_was_given(desk: Desk) -> None:
    fact, started = classified(), now_utc() - timedelta(minutes=9)
    await desk.hear(fact)
    limit = GIVEN["counter"]  # of those given the one that warns soonest
    clock = Clock.start(limit, fact.case_id, started, case_id=fact.case_id)
    await desk.app.state.store.save(clock, cause=a_cause(clock.id))

    async def ticked() -> bool:
        return (await desk.app.state.store.load(Clock, clock.id)).warned_at is not None

    assert await eventually(ticked, bool)
    hers = await desk.get(f"/casework/{fact.case_id}/clocks", "counselor")
    warns = {each["rule"]: each["warn_at"] for each in hers}
    assert datetime.fromisoformat(warns["counter"]) == limit.warn_at(started)
    due = await desk.app.state.store.pool.fetch(DUE, now_utc(), 10)
    assert clock.id not in {row["id"] for row in due}  # nobody looks at it again for nothing


async def test_the_time_limit_begins_anew_with_a_further_complaint(desk: Desk) -> None:
    first = classified()
    await desk.hear(first)
    await desk.post(f"{first.case_id}/acceptance", None, "counselor")

    await desk.hear(classified(case_id=first.case_id, urgency="high"))

    work = await desk.work(first.case_id)
    assert (work["status"], work["counselor_id"]) == ("assigned", staff_id("counselor"))
    normal = await desk.clock(first.case_id, "assignment")
    at_once = await desk.clock(first.case_id, "assignment_high")
    assert normal is not None
    assert normal.stopped_at is not None
    assert at_once is not None
    assert at_once.stopped_at is None


async def test_who_declines_loses_it_at_once_and_the_next_gets_it(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    at, why = f"{fact.case_id}/decline", {"reason": "not_my_field", "words": "Ini perkara hukum."}

    first = await desk.post(at, why, "counselor", key="decline-once")
    again = await desk.post(at, why, "counselor", key="decline-once")
    gone = await desk.get("/casework?mine=true", "counselor")
    (hers,) = await desk.get("/casework?mine=true", "counselor", OTHER)
    running = await desk.clock(fact.case_id, "assignment")
    await desk.post(at, {"reason": "no_capacity"}, "counselor", OTHER)
    (waiting,) = await desk.get("/casework?status=unassigned")

    assert (first.status_code, again.status_code, gone) == (204, 204, [])
    assert (hers["case_id"], hers["status"]) == (str(fact.case_id), "assigned")
    assert running is not None
    assert (running.stopped_at, running.started_at) == (None, fact.classified_at)
    assert waiting["reasons"] == ["all_declined"]
    loads = {each["id"]: each["load"] for each in await desk.get("/counselors")}
    assert set(loads.values()) == {0}
    glass = await desk.post(f"{fact.case_id}/personal", {"purpose": "supervision"}, "supervisor")
    assert glass.status_code == 404  # why she declined is read by break-glass only


async def test_the_next_one_is_never_somebody_related_to_a_party(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    await related(desk, fact, staff_id("counselor", OTHER))

    await desk.post(f"{fact.case_id}/decline", {"reason": "absent"}, "counselor")

    assert (await desk.work(fact.case_id))["counselor_id"] is None


@pytest.mark.parametrize("which", ["its own", "a further one"])
async def test_who_is_related_to_a_complaint_is_not_chosen_for_its_case(
    desk: Desk, which: str
) -> None:
    """It was declared before there was a case; of the case we may hear it later."""
    further = new_id()
    fact = classified(linked=((further, "new_incident"),))
    about = fact.complaint_id if which == "its own" else further
    told: dict[str, Any] = {"occurred_at": now_utc(), "case_id": about}
    await desk.hear(ConflictDeclared(**told, staff_id=staff_id("counselor")))

    await desk.hear(fact)

    assert (await desk.work(fact.case_id))["counselor_id"] == staff_id("counselor", OTHER)


async def related(desk: Desk, fact: CaseClassified, staff: str) -> None:
    await note_conflict(
        desk.app.state.store,
        a_cause(fact.case_id),
        case_id=fact.case_id,
        staff_id=staff,
        now=now_utc(),
    )


async def test_the_cases_of_one_who_left_wait_for_a_supervisor(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    await desk.post(f"{fact.case_id}/acceptance", None, "counselor")

    await desk.enter(1, available=False)

    (waiting,) = await desk.get("/casework?status=unassigned")
    assert (waiting["reasons"], waiting["counselor_id"]) == (["counselor_left"], None)
    assert (waiting["handled_by"], waiting["presence"]) == (staff_id("counselor"), "left")
    assert waiting["accept_by"] is not None
    back = {"counselor_id": staff_id("counselor"), "basis": "Ia kembali."}
    refused = await desk.post(f"{fact.case_id}/assignment", back, "supervisor")
    assert refused.json()["type"] == "/problems/has-left"


async def test_who_is_away_is_not_chosen_and_it_is_seen(desk: Desk) -> None:
    first = classified()
    await desk.hear(first)
    await desk.post(f"{first.case_id}/acceptance", None, "counselor")
    await desk.enter(1, absent_until=(now_utc() + timedelta(days=3)).date().isoformat())
    second = classified()

    await desk.hear(second)

    assert (await desk.work(second.case_id))["counselor_id"] == staff_id("counselor", OTHER)
    assert (await desk.work(first.case_id))["presence"] == "absent"


async def test_a_caseload_says_what_waits_and_what_is_urgent(desk: Desk) -> None:
    urgent, moot, taken = classified(urgency="high"), classified(), classified()
    for fact in (urgent, moot, taken):
        await desk.hear(fact.model_copy(update={"needs": ("legal",)}))
    await desk.hear(decided_anew(moot, **SENT_AWAY))

    roster = await desk.get("/counselors")

    assert sum(each["load"] for each in roster) == 3
    assert sum(each["urgent"] for each in roster) == 1
    assert sum(each["moot"] for each in roster) == 1
    assert sum(each["to_accept"] for each in roster) == 2


async def test_moot_casework_is_shown_to_her_and_ends_when_confirmed(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    await desk.post(f"{fact.case_id}/acceptance", None, "counselor")

    await desk.hear(decided_anew(fact, **SENT_AWAY))
    (moot,) = await desk.get("/casework?status=moot", "counselor")
    ending = {"reason": "not_followed_up", "note": "Sudah dirujuk ke Kabupaten Malang."}
    answer = await desk.post(f"{fact.case_id}/ending", ending, "counselor", key="end-it-once")
    again = await desk.post(f"{fact.case_id}/ending", ending, "counselor", key="end-it-once")

    assert (moot["moot"], moot["counselor_id"]) == ("wrong_locus", staff_id("counselor"))
    assert (answer.status_code, again.status_code) == (204, 204)
    work = await desk.work(fact.case_id)
    assert (work["status"], work["counselor_id"]) == ("ended", None)
    assert {each["load"] for each in await desk.get("/counselors")} == {0}


async def test_of_a_child_a_supervisor_ends_it(desk: Desk) -> None:
    fact = classified(child=True)
    await desk.hear(fact)
    await desk.hear(decided_anew(fact, **SENT_AWAY))
    at, ending = f"{fact.case_id}/ending", {"reason": "not_followed_up"}

    hers = await desk.post(at, ending, "counselor")
    theirs = await desk.post(at, ending, "supervisor")

    assert (hers.status_code, hers.json()["type"]) == (409, "/problems/supervisor-decides")
    assert theirs.status_code == 204


async def test_what_is_followed_up_after_all_is_given_to_a_counselor(desk: Desk) -> None:
    fact = classified(route=("refer",), locus="out")
    await desk.hear(fact)
    assert await desk.get(f"/casework?case_id={fact.case_id}") == []

    anew = decided_anew(fact, locus="in", route=("follow_up",))
    id = await desk.hear(anew)
    work = await desk.work(fact.case_id)

    assert (work["status"], work["counselor_id"]) == ("assigned", staff_id("counselor"))
    clock = await desk.clock(fact.case_id, "assignment")
    assert clock is not None
    assert clock.started_at == anew.classified_at
    assert id


async def test_decisions_that_come_late_or_twice_change_nothing(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    newer = decided_anew(fact, 5, urgency="high")
    await desk.hear(newer)
    before = await desk.work(fact.case_id)

    await desk.hear(newer)  # told twice, under another id
    await desk.hear(decided_anew(fact, 3, **SENT_AWAY))
    await desk.hear(fact)

    assert await desk.work(fact.case_id) == before
    assert before["urgency"] == "high"


async def test_a_decision_that_comes_before_what_it_corrects_holds(desk: Desk) -> None:
    fact = classified()
    await desk.hear(decided_anew(fact, **SENT_AWAY))

    await desk.hear(fact)

    work = await desk.work(fact.case_id)
    assert (work["status"], work["counselor_id"]) == ("moot", None)


async def test_a_decision_about_what_we_never_followed_up_leaves_no_trace(desk: Desk) -> None:
    fact = classified(route=("inform",))
    await desk.hear(decided_anew(fact, route=("refer",)))
    assert await desk.get(f"/casework?case_id={fact.case_id}") == []


async def test_until_it_is_taken_on_it_moves_to_who_covers_what_it_needs_now(desk: Desk) -> None:
    await desk.enter(OTHER, skills=["sign_language"])
    hers, taken = classified(), classified()
    for fact in (hers, taken):
        await desk.hear(fact)
    await desk.post(f"{taken.case_id}/acceptance", None, "counselor")

    for fact in (hers, taken):
        await desk.hear(decided_anew(fact, needs=("sign_language",)))

    moved, kept = await desk.work(hers.case_id), await desk.work(taken.case_id)
    assert (moved["counselor_id"], moved["status"]) == (staff_id("counselor", OTHER), "assigned")
    assert (kept["counselor_id"], kept["status"]) == (staff_id("counselor"), "accepted")
    assert kept["changed_at"] is not None
    loads = {each["id"]: each["load"] for each in await desk.get("/counselors")}
    assert set(loads.values()) == {1}


async def test_a_complaint_that_is_about_another_case_is_taken_back(desk: Desk) -> None:
    first = classified()
    second = classified(case_id=first.case_id)
    for fact in (first, second):
        await desk.hear(fact)
    await desk.post(f"{first.case_id}/acceptance", None, "counselor")

    for fact in (second, second, first):
        await desk.hear(
            ComplaintUnlinked(
                occurred_at=now_utc(), case_id=first.case_id, complaint_id=fact.complaint_id
            )
        )
        work = await desk.work(first.case_id)
        if fact is second:
            assert (work["followed"], work["status"]) == ([str(first.complaint_id)], "accepted")
    assert (work["status"], work["moot"]) == ("moot", "unlinked")
    assert work["counselor_id"] == staff_id("counselor")  # nobody is released silently


async def test_of_a_complaint_that_was_taken_back_nothing_is_known_of_then_either(
    desk: Desk,
) -> None:
    first = classified()
    second = classified(case_id=first.case_id, urgency="high", needs=("legal", "psychological"))
    await desk.hear(first)
    alone = await desk.work(first.case_id)
    await until_sequenced(desk.app.state.store.pool)
    before = now_utc().isoformat()
    await desk.hear(second)
    changed: dict[str, Any] = {"urgency": "high", "needs": second.needs}
    await desk.hear(decided_anew(first, minutes=1, **changed))
    together = await desk.work(first.case_id)
    await until_sequenced(desk.app.state.store.pool)
    then = now_utc().isoformat()

    async def known(as_of: str) -> dict[str, Any]:
        answer = await desk.client.get(
            "/casework",
            params={"case_id": str(first.case_id), "as_of": as_of},
            headers=desk.issuer.headers("supervisor"),
        )
        (found,) = answer.json()
        return dict(found)

    while_it_was_there = await known(then)
    gone = {"case_id": first.case_id, "complaint_id": second.complaint_id}
    await desk.hear(ComplaintUnlinked(occurred_at=now_utc(), **gone))
    await desk.hear(decided_anew(first, minutes=2))
    today, after = await desk.work(first.case_id), await known(then)

    assert while_it_was_there == together
    assert together["urgency"] == "high"
    assert str(second.complaint_id) in together["followed"]
    assert (after["urgency"], after["needs"]) == (None, ["legal"])
    assert after["followed"] == today["followed"] == [str(first.complaint_id)]
    assert str(second.complaint_id) not in str(after)
    assert await known(before) == alone


async def test_to_take_back_what_nobody_follows_up_is_nothing(desk: Desk) -> None:
    await desk.hear(
        ComplaintUnlinked(occurred_at=now_utc(), case_id=new_id(), complaint_id=new_id())
    )


async def test_a_withdrawal_is_shown_and_ends_nothing_by_itself(desk: Desk) -> None:
    fact = classified()
    gone = ComplaintWithdrawn(
        occurred_at=now_utc(), complaint_id=fact.complaint_id, withdrawn_by="victim"
    )
    await desk.hear(gone)  # before we know of which case it is
    await desk.hear(fact)
    await desk.hear(gone)
    work = await desk.work(fact.case_id)
    ending = {"reason": "withdrawn"}

    answer = await desk.post(f"{fact.case_id}/ending", ending, "counselor")

    assert (work["status"], work["withdrawn"]) == ("assigned", [str(fact.complaint_id)])
    assert answer.status_code == 204
    assert (await desk.work(fact.case_id))["status"] == "ended"


async def test_what_is_followed_up_nobody_ends(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    answer = await desk.post(f"{fact.case_id}/ending", {"reason": "other"}, "supervisor")
    assert answer.json()["type"] == "/problems/still-followed-up"


NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # in Malang
REACHED = {"medium": "in_person", "at": NOON.isoformat(), "note": "Ia aman di rumah kakaknya."}


async def test_first_help_is_refused_where_it_would_put_her_at_risk(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    told: dict[str, Any] = {
        "complaint_id": fact.complaint_id,
        "may_leave_message": False,
        "may_text": True,
        "is_victims": True,
    }
    safe = SafeContactSet(occurred_at=NOON, may_call=False, hours=(("13:00", "15:00"),), **told)
    await desk.hear(safe)
    await desk.hear(
        SafeContactSet(occurred_at=NOON - timedelta(days=1), may_call=True, **told)
    )  # late: it does not hold any more
    at = f"{fact.case_id}/first-help"

    called = await desk.post(at, REACHED | {"medium": "call"}, "counselor")
    too_early = await desk.post(at, REACHED | {"medium": "text"}, "counselor")
    one = (NOON + timedelta(hours=1)).isoformat()
    reached = await desk.post(at, REACHED | {"medium": "text", "at": one}, "counselor")
    again = await desk.post(at, REACHED | {"medium": "text", "at": one}, "counselor")
    (shown,) = await desk.get(f"/casework/{fact.case_id}/safe-contact", "counselor")
    read_it = await desk.post(f"{fact.case_id}/personal", {"purpose": "accompaniment"}, "counselor")

    assert (called.status_code, called.json()["detail"]) == (409, "medium")
    assert too_early.json()["detail"] == "outside_hours"
    assert [each["complaint_id"] for each in reached.json()] == [str(fact.complaint_id)]
    assert again.json()["type"] == "/problems/already-helped"
    assert shown["refused"]["call"] == "medium"
    assert "in_person" not in shown["refused"]
    assert read_it.json()["fields"] == {"help.0.note": REACHED["note"]}
    assert "kakaknya" not in called.text + reached.text
    assert len(await desk.facts(FirstHelpRecorded)) == 1


async def test_who_reported_it_does_not_speak_for_the_victim(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    wish: dict[str, Any] = {"complaint_id": fact.complaint_id, "may_leave_message": False}
    hospital = wish | {"may_call": True, "may_text": False}
    await desk.hear(SafeContactSet(occurred_at=NOON, **hospital))
    at, call = f"{fact.case_id}/first-help", REACHED | {"medium": "call"}

    unasked = [await desk.post(at, call | {"n": n}, "counselor") for n in (0, 1)]
    own = wish | {"may_call": False, "may_text": True, "whom": "victim"}
    await desk.hear(SafeContactSet(occurred_at=NOON, **own))
    still = await desk.post(at, call, "counselor")
    hospitals = await desk.get(f"/casework/{fact.case_id}/safe-contact", "counselor")
    reached = await desk.post(at, call | {"whom": "reporter"}, "counselor")

    for refused in unasked:
        assert (refused.status_code, refused.json()["detail"]) == (409, "no_contact")
    assert (still.status_code, still.json()["detail"]) == (409, "medium")
    assert [(each["whom"], each["may_call"], each["may_text"]) for each in hospitals] == [
        ("reporter", True, False),
        ("victim", False, True),
    ]
    assert reached.status_code == 201


async def test_a_victims_wish_goes_with_her_when_the_form_is_amended(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    a, b, c = (person_of(fact.case_id, "victim", n) for n in (0, 1, 2))

    async def form(day: int, *victims: UUID) -> None:
        codes = tuple(VictimCodes(person_id=each, child=False) for each in victims)
        at = NOON + timedelta(days=day)
        await desk.hear(CaseFormFilled(occurred_at=at, case_id=fact.case_id, victims=codes))

    async def call(n: int) -> httpx.Response:
        body = REACHED | {"medium": "call", "n": n}
        return await desk.post(f"{fact.case_id}/first-help", body, "counselor")

    await form(-1, a, b)
    wish: dict[str, Any] = {"complaint_id": fact.complaint_id, "whom": "victim"}
    wish |= {"occurred_at": NOON, "may_text": False, "may_leave_message": False}
    # Intake counted by another form; by her id it is certain who is meant.
    await desk.hear(SafeContactSet(**wish, may_call=True, n=1, person_id=a))
    await desk.hear(SafeContactSet(**wish, may_call=False, may_write=True, n=0, person_id=b))
    before = await desk.get(f"/casework/{fact.case_id}/safe-contact", "counselor")
    await form(1, b, c)
    after = await desk.get(f"/casework/{fact.case_id}/safe-contact", "counselor")
    asked, unasked = await call(0), await call(1)
    await form(2, b, c, a)
    reached = await call(2)

    assert [(each["person_id"], each["may_call"]) for each in before] == [
        (str(a), True),
        (str(b), False),
    ]
    assert [(each["n"], each["person_id"], each["may_call"]) for each in after] == [
        (0, str(b), False)
    ]
    assert (asked.json()["detail"], unasked.json()["detail"]) == ("medium", "no_contact")
    assert reached.status_code == 201


async def test_who_is_meant_by_her_id_is_helped_and_nobody_else(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    a, b, stranger = (person_of(fact.case_id, "victim", n) for n in (0, 1, 2))
    codes = tuple(VictimCodes(person_id=each, child=False) for each in (a, b))
    await desk.hear(CaseFormFilled(occurred_at=NOON, case_id=fact.case_id, victims=codes))
    wish: dict[str, Any] = {"complaint_id": fact.complaint_id, "whom": "victim", "person_id": b}
    wish |= {"may_text": False, "may_leave_message": False, "occurred_at": NOON}
    await desk.hear(SafeContactSet(**wish, may_call=True, n=1))

    async def help(**whom: Any) -> int:
        body = REACHED | {"medium": "call"} | whom
        return (await desk.post(f"{fact.case_id}/first-help", body, "counselor")).status_code

    assert await help(person_id=str(b), whom="reporter") == 422
    for whom in ({"n": 0, "person_id": str(b)}, {"person_id": str(stranger)}):
        body = REACHED | {"medium": "in_person"} | whom
        answer = await desk.post(f"{fact.case_id}/first-help", body, "counselor")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/stale")
    assert await help(person_id=str(a)) == 409
    assert await help(person_id=str(b)) == 201


async def test_what_she_said_in_another_complaint_is_refused_and_shown_in_each(desk: Desk) -> None:
    first = classified()
    later = classified(case_id=first.case_id)
    for fact in (first, later):
        await desk.hear(fact)
    a = person_of(first.case_id, "victim")
    codes = (VictimCodes(person_id=a, child=False),)
    await desk.hear(CaseFormFilled(occurred_at=NOON, case_id=first.case_id, victims=codes))
    told: dict[str, Any] = {"may_text": False, "may_leave_message": False, "is_victims": True}
    told |= {"whom": "victim", "person_id": a}
    yes, no = (NOON + timedelta(hours=each) for each in (1, 2))
    for at, id, may_call in ((yes, first.complaint_id, True), (no, later.complaint_id, False)):
        await desk.hear(
            SafeContactSet(
                occurred_at=at, complaint_id=id, may_call=may_call, may_write=True, **told
            )
        )

    body = REACHED | {"medium": "call", "complaint_id": str(first.complaint_id)}
    called = await desk.post(f"{first.case_id}/first-help", body, "counselor")
    shown = await desk.get(f"/casework/{first.case_id}/safe-contact", "counselor")

    assert (called.status_code, called.json()["detail"]) == (409, "medium")
    assert {each["may_call"] for each in shown} == {True, False}
    assert [each["refused"].get("call") for each in shown] == ["medium", "medium"]


async def test_who_turns_out_to_be_the_victim_said_it_when_she_said_it(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    told: dict[str, Any] = {"complaint_id": fact.complaint_id, "may_leave_message": False}
    yes, no = ({"may_call": each, "may_text": True} for each in (True, False))
    first, second, third = (NOON - timedelta(days=each) for each in (3, 2, 1))
    await desk.hear(SafeContactSet(occurred_at=first, **told, **yes))  # somebody else's, it seemed
    await desk.hear(SafeContactSet(occurred_at=second, **told, **no, whom="victim"))
    await desk.hear(
        SafeContactSet(occurred_at=third, said_at=first, is_victims=True, **told, **yes)
    )
    body = REACHED | {"medium": "call"}
    called = await desk.post(f"{fact.case_id}/first-help", body, "counselor")
    assert (called.status_code, called.json()["detail"]) == (409, "medium")


async def test_help_that_is_yet_to_come_is_not_recorded(desk: Desk) -> None:
    fact = classified()
    await desk.hear(fact)
    soon = REACHED | {"at": (now_utc() + timedelta(hours=1)).isoformat()}
    answer = await desk.post(f"{fact.case_id}/first-help", soon, "counselor")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/not-yet")


async def test_rebuilt_views_are_what_they_were(desk: Desk) -> None:
    first, moot = classified(), classified()
    for fact in (first, classified(case_id=first.case_id, urgency="high"), moot):
        await desk.hear(fact)
    await desk.post(f"{first.case_id}/decline", {"reason": "absent"}, "counselor")
    await desk.post(f"{first.case_id}/acceptance", None, "counselor", OTHER)
    await desk.post(f"{first.case_id}/first-help", REACHED, "counselor", OTHER)
    told: dict[str, Any] = {"complaint_id": first.complaint_id, "may_leave_message": False}
    for whom in ("reporter", "victim", "victim"):
        wish = SafeContactSet(occurred_at=NOON, may_call=True, may_text=True, whom=whom, **told)
        await desk.hear(wish)
    await desk.hear(decided_anew(moot, **SENT_AWAY))
    await desk.post(f"{moot.case_id}/ending", {"reason": "not_followed_up"}, "supervisor")
    parts = parts_of("counseling")
    connection = await asyncpg.connect(desk.database.admin_url)

    async def contents() -> dict[str, list[str]]:
        tables = ("casework", "counselors", "complaints", "first_helps", "clocks")
        return {
            each: [
                row[0]
                for row in await connection.fetch(f"select t::text from views.{each} t order by 1")  # noqa: S608
            ]
            for each in tables
        }

    before = await contents()
    await rebuild(
        partial(asyncpg.connect, desk.database.admin_url),
        parts.codec,
        parts.project,
        schema=parts.schema,
        app_role="aduan_counseling",
    )

    assert await contents() == before
    await connection.close()
