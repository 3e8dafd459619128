"""Who is related to a party of a complaint finds nothing of it, whether it has a case or not."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from fastapi import FastAPI

from services.counseling import views as counseling
from services.counseling.oldcases import views as oldcases
from services.intake.commands import note_progress
from services.intake.contacts import views as contacts
from services.intake.domain import Status
from services.intake.emergencies import views as emergencies
from services.intake.reprimands import views as reprimands
from services.intake.rights import views as rights
from services.referral import views as referral
from services.triage import commands as triage_commands
from services.triage import views as triage
from services.triage.decisions import views as alarms
from services.triage.trust import views as trust
from shared.access import Resource, Subject
from shared.access.forgetting import accesses, until_sequenced
from shared.access.standing import standing_of
from shared.access.wall import Reader
from shared.contracts import person_of
from shared.eventstore import new_id, now_utc
from shared.web import clocks
from tests import cases
from tests.cases import MONDAY, YOURS, a_cause
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.conftest import MakeDatabase
from tests.counter import CALL, TOLD, Counter
from tests.integration.test_authorization_wall import running
from tests.integration.test_contacts import counter
from tests.integration.test_decisions import OFFICER, SUPERVISOR, Desk, Json, desk
from tests.integration.test_further_complaints import ANOTHER, known_as
from tests.tokens import Issuer, staff_id

__all__ = ["counter", "desk"]  # fixtures
PRIVACY = "privacy_officer"
RELATED = 2  # the second of each role is related to a party, and the first is not
CONFLICT = "Terlapor adalah adiknya."
LATER = pytest.mark.parametrize("later", [False, True], ids=["without a case", "with one"])


async def related_to(app: FastAPI, about: UUID, *roles: str, nth: int = RELATED) -> None:
    """Let a service hear that somebody is related to a complaint, or a case."""
    store = app.state.store
    standing = await standing_of(store, about)
    for role in roles:
        standing.declare_conflict(staff_id(role, nth), None, now_utc())
    await store.save(standing, cause=a_cause(about))


def reads(app: FastAPI, role: str, nth: int) -> Reader:
    """The second wall alone."""
    return Reader(app.state.store.pool, Subject(staff_id(role, nth), frozenset({role})))


async def rows(app: FastAPI, role: str, *tables: str) -> list[tuple[int, int]]:
    """How many rows of each table the first of a role sees, and how many the related one."""
    return [
        (
            len(await reads(app, role, 1).fetch(f"select from {table}")),
            len(await reads(app, role, RELATED).fetch(f"select from {table}")),
        )
        for table in tables
    ]


def told_to(*known: Resource) -> set[bool]:
    """Whether the first wall alone would keep these from a supervisor who is related."""
    return {staff_id(SUPERVISOR, RELATED) in each.conflicted for each in known}


# The counter


@LATER
async def test_of_a_complaint_the_counter_shows_a_related_one_no_contact_and_no_alert(
    counter: Counter, later: bool
) -> None:
    id = (await counter.post("/contacts", CALL)).json()["id"]
    called = {"services": ["POLICE_110"]}
    alert = (await counter.post(f"/contacts/{id}/emergency", called)).json()["id"]
    await related_to(counter.app, UUID(id), "operator", "supervisor", OFFICER)
    if later:
        await progressed(counter, UUID(id))

    async def found(path: str, role: str, nth: int) -> list[str]:
        answer = await counter.client.get(path, headers=counter.issuer.headers(role, nth=nth))
        assert answer.is_success, answer.text
        return [each["id"] for each in answer.json()]

    for path, role, one in (
        ("/contacts", "operator", id),
        ("/contacts", SUPERVISOR, id),
        ("/alerts?seen=false", SUPERVISOR, alert),
    ):
        assert (await found(path, role, 1), await found(path, role, RELATED)) == ([one], [])
    answers = [
        await counter.client.get(
            f"/contacts/{id}", headers=counter.issuer.headers("operator", nth=RELATED)
        ),
        await counter.post(f"/contacts/{id}/resumption", None, nth=RELATED),
        await counter.post(f"/contacts/{id}/complaint", TOLD, nth=RELATED),
        await counter.post(f"/contacts/{id}/emergency", called, nth=RELATED),
        await counter.post(f"/contacts/{id}/personal", {"purpose": "identification"}, nth=RELATED),
        await counter.post(f"/complaints/{id}/handover", nth=RELATED),
        await counter.post(f"/alerts/{alert}/seen", None, SUPERVISOR, RELATED),
    ]
    assert [each.status_code for each in answers] == [404] * len(answers)
    seen = await counter.post(f"/alerts/{alert}/seen", None, SUPERVISOR)
    assert seen.is_success, seen.text


async def progressed(counter: Counter, id: UUID) -> None:
    """Let intake hear that the complaint has a case."""
    store = counter.app.state.store
    case_id = new_id()
    await note_progress(store, a_cause(id), id, status=Status.FOLLOWED_UP, case_id=case_id)


async def test_each_of_the_two_walls_of_intake_alone_knows_the_complaint(counter: Counter) -> None:
    id = UUID((await counter.post("/contacts", CALL)).json()["id"])
    called = await counter.post(f"/contacts/{id}/emergency", {"services": ["POLICE_110"]})
    app, pool = counter.app, counter.app.state.store.pool
    await cases.promised(app.state.store, id)
    reprimand, threat = await cases.reprimanded(app.state.store, id, staff_id("operator"))
    await related_to(app, id, SUPERVISOR)

    tables = (
        "contacts",
        "emergencies",
        "complaints",
        "promises",
        "reprimands",
        "threats",
        "clocks",
    )
    assert all(hers > 0 == related for hers, related in await rows(app, SUPERVISOR, *tables))
    (clock, *_) = await pool.fetch("select id from clocks where complaint_id = $1", id)
    known: list[Any] = [
        await contacts.contact(pool, id),
        await emergencies.alert(pool, UUID(called.json()["id"])),
        *await rights.promises(pool, "all", now_utc(), 1, id),
        await reprimands.reprimand(pool, id, reprimand),
        await reprimands.threat(pool, threat),
        await clocks.clock(pool, clock["id"]),
    ]
    about = [await contacts.about(pool, id), *(each.resource() for each in known)]
    assert [told_to(each) for each in about] == [{True}] * len(about)


# Triage: who is to be forgotten, and what persons asked for


@LATER
async def test_what_persons_of_a_complaint_ask_for_is_not_there_for_a_related_one(
    desk: Desk, later: bool
) -> None:
    id = await desk.complaint(in_danger=True)
    at = f"/complaints/{id}/persons"
    she = f"{at}/{person_of(id, 'reporter')}"
    asked: Json = {"kind": "ACCESS", "complaint_id": str(id)}
    for role in (PRIVACY, SUPERVISOR, OFFICER):
        conflict = {"staff_id": staff_id(role, RELATED), "reason": CONFLICT}
        said = await desk.ask(SUPERVISOR, f"/identifications/{id}/conflicts", conflict)
        assert said.status_code == 204
    refused = [
        await desk.ask(PRIVACY, f"{she}/erasure", {"ground": "SUBJECT_REQUEST"}, nth=RELATED),
        await desk.ask(PRIVACY, f"{she}/hold", {"ground": "COURT_CASE"}, nth=RELATED),
        await desk.ask(PRIVACY, "/privacy/requests", asked, nth=RELATED),
    ]
    request = await desk.done(PRIVACY, "/privacy/requests", asked)
    await desk.done(PRIVACY, f"{she}/erasure", {"ground": "SUBJECT_REQUEST"})
    if later:
        await desk.done(OFFICER, f"/identifications/{id}/take")
        await desk.done(OFFICER, f"/identifications/{id}/case", NEW_CASE)

    async def found(role: str, path: str, nth: int) -> int:
        answer = await desk.client.get(path, headers=desk.issuer.headers(role, nth=nth))
        assert answer.is_success, answer.text
        return len(answer.json())

    for role, path in (
        (PRIVACY, "/privacy/erasures"),
        (SUPERVISOR, "/privacy/erasures"),
        (PRIVACY, "/privacy/requests"),
        (SUPERVISOR, "/alarms"),
        (SUPERVISOR, "/clocks?status=all"),
        (SUPERVISOR, "/identifications?status=" + ("case_chosen" if later else "waiting")),
    ):
        first, related = await found(role, path, 1), await found(role, path, RELATED)
        assert (first > 0, related) == (True, 0), path
    headers = desk.issuer.headers(PRIVACY, nth=RELATED)
    refused += [await desk.client.get(path, headers=headers) for path in (at, f"{she}/erasure")]
    answer = f"/privacy/requests/{request['id']}/answer"
    refused += [
        await desk.ask(SUPERVISOR, f"{she}/erasure/approval", nth=RELATED),
        await desk.ask(PRIVACY, f"{she}/erasure/withdrawal", nth=RELATED),
        await desk.ask(PRIVACY, answer, {"outcome": "DONE"}, nth=RELATED),
        await desk.ask(SUPERVISOR, f"/alarms/{id}/acknowledgement", nth=RELATED),
    ]
    assert [each.status_code for each in refused] == [404] * len(refused)
    unrelated = await desk.ask(PRIVACY, answer, {"outcome": "DONE"})
    assert unrelated.status_code == 200, unrelated.text


async def test_the_second_wall_of_triage_alone_knows_the_complaint(desk: Desk) -> None:
    id = await desk.complaint(in_danger=True)
    reporter = person_of(id, "reporter")
    asked: Json = {"kind": "ACCESS", "complaint_id": str(id)}
    await desk.done(PRIVACY, "/privacy/requests", asked)
    why = {"ground": "SUBJECT_REQUEST"}
    await desk.done(PRIVACY, f"/complaints/{id}/persons/{reporter}/erasure", why)
    await related_to(desk.app, id, PRIVACY, SUPERVISOR)

    hidden = await rows(desk.app, PRIVACY, "erasures", "privacy_requests")
    hidden += await rows(desk.app, SUPERVISOR, "alarms", "identifications")
    assert hidden == [(1, 0)] * 4
    ((clocks, related),) = await rows(desk.app, SUPERVISOR, "clocks")
    assert (clocks > 0, related) == (True, 0)


async def test_whoever_is_related_to_any_complaint_of_a_case_finds_nothing_of_it(
    desk: Desk,
) -> None:
    """Also where it was declared of that one only, and the case was never told of it."""
    first, known = await desk.case(in_danger=True)
    case_id, further = known["case_id"], await desk.complaint(in_danger=True)
    at = f"/cases/{case_id}"
    she = f"/complaints/{further}/persons/{person_of(further, 'reporter')}/erasure"
    await desk.done(PRIVACY, "/privacy/requests", {"kind": "ACCESS", "complaint_id": str(further)})
    await desk.done(PRIVACY, she, {"ground": "SUBJECT_REQUEST"})
    await desk.done(OFFICER, f"/identifications/{further}/take")
    await desk.done(OFFICER, f"/identifications/{further}/case", known_as(case_id))
    await desk.done("counselor", f"{at}/break-glass", {"reason": CONFLICT * 2})
    await related_to(desk.app, first, SUPERVISOR, PRIVACY, OFFICER)

    tables = ("cases", "identifications", "alarms", "clocks", "clock_runs", "glass")
    hidden = await rows(desk.app, SUPERVISOR, *tables)
    hidden += await rows(desk.app, PRIVACY, "erasures", "privacy_requests")
    assert [(hers > 0, related) for hers, related in hidden] == [(True, 0)] * len(hidden)
    pool = desk.app.state.store.pool
    of_it: list[Any] = [
        await triage.case(pool, UUID(case_id)),
        await triage.identification(pool, further),
        await alarms.alarm(pool, further),
        *await trust.broken(pool, None, 1),
        *[await clocks.clock(pool, row["id"]) for row in await pool.fetch("select id from clocks")],
    ]
    assert told_to(*(each.resource() for each in of_it)) == {True}
    tries = [
        await desk.ask(SUPERVISOR, f"{at}/personal", {"purpose": "supervision"}, nth=RELATED),
        await desk.ask(SUPERVISOR, f"{at}/break-glass", {"reason": CONFLICT * 2}, nth=RELATED),
        await desk.ask(
            SUPERVISOR,
            f"/identifications/{further}/conflicts",
            {"staff_id": staff_id(OFFICER, 3), "reason": CONFLICT},
            nth=RELATED,
        ),
        await desk.client.get(
            f"{at}/persons", headers=desk.issuer.headers(SUPERVISOR, nth=RELATED)
        ),
    ]
    assert [each.status_code for each in tries] == [404] * len(tries)


async def test_a_case_that_a_search_shows_is_not_there_for_who_is_related_to_its_complaint(
    desk: Desk,
) -> None:
    first, known = await desk.case()
    pool, search = desk.app.state.store.pool, new_id()
    await pool.execute(
        "insert into searches values ($1, $2, $3, true, now())",
        *(search, await desk.complaint(), staff_id(OFFICER, RELATED)),
    )
    await pool.execute(
        "insert into candidates values ($1, 1, $2, null, null, 1, '{}', true)",
        *(search, UUID(known["case_id"])),
    )
    hers = reads(desk.app, OFFICER, RELATED)
    before = await hers.fetch("select from candidates")
    await related_to(desk.app, first, OFFICER)

    assert (len(before), await hers.fetch("select from candidates")) == (1, [])
    assert len(await hers.fetch("select from searches")) == 1


@pytest.mark.parametrize("decided_by", ["case", "classification"])
async def test_a_conflict_declared_while_a_case_is_opened_is_known_of_the_case(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, decided_by: str
) -> None:
    id = await desk.complaint()
    at = f"/identifications/{id}"
    await desk.done(OFFICER, f"{at}/take")
    related = triage_commands._related

    async def asked_too_soon(*told: Any) -> Any:
        found = await related(*told)
        monkeypatch.setattr(triage_commands, "_related", related)
        conflict = {"staff_id": staff_id(OFFICER, RELATED), "reason": CONFLICT}
        assert (await desk.ask(SUPERVISOR, f"{at}/conflicts", conflict)).status_code == 204
        return found

    monkeypatch.setattr(triage_commands, "_related", asked_too_soon)
    decided = NEW_CASE if decided_by == "case" else FOLLOW_UP | {"urgency": "high"}
    case_id = (await desk.done(OFFICER, f"{at}/{decided_by}", decided))["case_id"]

    standing = await standing_of(desk.app.state.store, UUID(case_id))
    assert standing.conflicted == {staff_id(OFFICER, RELATED)}


async def test_what_a_person_asked_for_follows_her_complaint_from_case_to_case(desk: Desk) -> None:
    """Who is related to the case it was in by mistake sees it; who is to its own does not."""
    _, known = await desk.case()
    id = await desk.complaint()
    path = f"/identifications/{id}"
    asked: Json = {"kind": "ACCESS", "complaint_id": str(id)}
    await desk.done(PRIVACY, "/privacy/requests", asked)
    why = {"ground": "SUBJECT_REQUEST"}
    await desk.done(PRIVACY, f"/complaints/{id}/persons/{person_of(id, 'reporter')}/erasure", why)
    await desk.done(OFFICER, f"{path}/take")
    await desk.done(OFFICER, f"{path}/case", known_as(known["case_id"]))
    await desk.done(OFFICER, f"{path}/unlinking", ANOTHER)
    between = await cases_known(desk)
    own = (await desk.done(OFFICER, f"{path}/case", NEW_CASE))["case_id"]
    await related_to(desk.app, UUID(known["case_id"]), PRIVACY, nth=3)
    await related_to(desk.app, UUID(own), PRIVACY, nth=RELATED)

    assert between == [None, None]
    assert await cases_known(desk) == [UUID(own)] * 2
    for table in ("erasures", "privacy_requests"):
        found = [
            len(await reads(desk.app, PRIVACY, n).fetch(f"select from {table}")) for n in (3, 2)
        ]
        assert found == [1, 0]


async def cases_known(desk: Desk) -> list[UUID | None]:
    """Of which case the erasure and the request are, by the views."""
    rows = await desk.app.state.store.pool.fetch(
        "select case_id from erasures union all select case_id from privacy_requests"
    )
    return [row["case_id"] for row in rows]


async def test_who_read_what_of_a_complaint_is_not_told_to_a_related_one(counter: Counter) -> None:
    """Also what was read under another name than that of the complaint: an alert, a time limit."""
    id = UUID((await counter.post("/complaints", WALK_IN)).json()["complaint_id"])
    reprimand, _ = await cases.reprimanded(counter.app.state.store, id, staff_id("operator"))
    read = await counter.post(
        f"/complaints/{id}/reprimands/{reprimand}/personal", {"purpose": "supervision"}, SUPERVISOR
    )
    assert read.is_success, read.text
    await related_to(counter.app, id, PRIVACY)
    await until_sequenced(counter.app.state.store.pool)

    async def told(nth: int) -> int:
        asked: Json = {"actor": None, "person": None, "since": None, "until": None}
        pool = counter.app.state.store.pool
        asker = staff_id(PRIVACY, nth)
        return len(await accesses(pool, after=-1, limit=10, asker=asker, **asked))

    assert (await told(1), await told(RELATED)) == (1, 0)


# The others, who may hear of the case before they hear who is related to it


async def test_referral_keeps_a_case_from_who_is_related_to_its_complaint(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("referral", make_database, issuer) as (_, app):
        await cases.agencies(app)
        told = await cases.referred(app, YOURS)
        waits = await cases.referred(app, YOURS, consent=False)
        for each in (told, waits):
            await related_to(app, each.complaint_id, SUPERVISOR)

        assert await rows(app, SUPERVISOR, "referrals", "needs") == [(1, 0), (1, 0)]
        pool = app.state.store.pool
        found: list[Any] = [*await referral.referrals(pool, None), *await referral.needs(pool)]
        assert told_to(*(each.resource() for each in found)) == {True}


async def test_counseling_keeps_a_case_from_who_is_related_to_any_complaint_of_it(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("counseling", make_database, issuer) as (client, app):
        told = await cases.casework(client, app, issuer, YOURS)
        await related_to(app, told.complaint_id, SUPERVISOR)
        await related_to(app, cases.linked_to(told), SUPERVISOR, nth=3)
        await related_to(app, cases.linked_to(told), OFFICER, nth=1)

        assert await rows(app, SUPERVISOR, "casework", "complaints") == [(1, 0), (1, 0)]
        assert await reads(app, SUPERVISOR, 3).fetch("select from casework") == []
        assert await reads(app, OFFICER, 1).fetch("select from retrievals") == []
        pool = app.state.store.pool
        work = await counseling.casework_of(pool, told.case_id, on=MONDAY.date())
        (fetched,) = await oldcases.retrievals(pool, told.case_id)
        assert {staff_id(SUPERVISOR, n) for n in (2, 3)} < work.resource().conflicted
        assert staff_id(OFFICER) in fetched.resource().conflicted


# By type of rule and not by table


async def test_every_view_that_names_a_complaint_asks_who_is_related_to_it(
    make_database: MakeDatabase,
) -> None:
    """By itself, or because it is there for whoever sees another view that asks.

    Also a view that names only a case: it has complaints, and they may know more than it does.
    """
    forgot = []
    for service in ("intake", "triage", "referral", "counseling"):
        connection = await asyncpg.connect((await make_database(service)).admin_url)
        found = await connection.fetch(
            "select p.tablename, p.qual, p.permissive, exists ("
            "  select from pg_attribute a where a.attname = 'complaint_id'"
            "  and a.attrelid = format('views.%I', p.tablename)::regclass) as names_one"
            " from pg_policies p"
            " where p.schemaname = 'views' and p.policyname <> 'service' and (exists ("
            "  select from pg_attribute a where a.attname in ('complaint_id', 'case_id')"
            "  and a.attrelid = format('views.%I', p.tablename)::regclass)"
            " or p.tablename in ('complaints', 'contacts', 'cases'))"
            " and p.tablename not in ('conflicts', 'standings')",  # who it is, and nothing of it
        )
        known = await connection.fetchval("select pg_get_functiondef('views.known_as'::regproc)")
        await connection.close()
        assert found != []
        assert "FROM views." in known  # it is the service's own
        asked = {
            table
            for table, rule, kind, names_one in found
            if kind == "RESTRICTIVE" and knows(rule, names_one)
        }
        assert "clocks" in asked
        for table, rule, kind, names_one in found:
            rests = "related" not in rule and ("EXISTS" in rule or "i_look_into" in rule)
            if kind == "PERMISSIVE" and not (table in asked or rests or knows(rule, names_one)):
                forgot.append((service, table, rule))
    assert forgot == []


async def test_referral_knows_a_case_by_each_of_its_complaints(make_database: MakeDatabase) -> None:
    """A conflict declared of one of them alone covers the case, and what names another of them."""
    case_id, one, other, me = new_id(), new_id(), new_id(), str(new_id())
    connection = await asyncpg.connect((await make_database("referral")).admin_url)
    await connection.execute("set search_path = views")
    for complaint in (one, other):
        await connection.execute(
            "insert into needs values ($1, $2, $3, null, 'normal', 'NO_AGENCY', '{}', now())",
            *(new_id(), case_id, complaint),
        )
    await connection.execute("insert into conflicts values ($1, $2)", one, me)
    await connection.execute("select set_config('aduan.id', $1, false)", me)
    mine = await connection.fetchval("select related_to_me()")
    await connection.close()

    assert {case_id, one, other} <= set(map(UUID, map(str, mine)))


# All complaints of a row, where a policy asks of the row itself who is related to it.
NAMED = re.compile(r"\bcomplaint_ids\b|\|\| followed\) \|\| linked")
ALL_OF_MINE = re.compile(r"ARRAY\[([\w, ]+)\] && \( SELECT (?:views\.)?related_to_me\(\)")


def knows(rule: str, names_one: bool) -> bool:
    """Say whether a policy asks who is related, and about complaints every time it does.

    ``related_to_me`` knows the complaints of a case; a row that names one says that one too.
    """
    mine = ALL_OF_MINE.findall(rule)
    if any(("complaint_id" if names_one else "case_id") not in each for each in mine):
        return False
    each_time = rule.split("i_am_related(")[1:]
    return bool(each_time or mine) and all(NAMED.search(each) for each in each_time)
