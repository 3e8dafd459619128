"""Every call of every service, by every role, on a case of one's own and on a foreign one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from deploy.provision import SERVICES
from docs.services import endpoints
from services.referral.domain import Referral
from services.triage.persons.commands import file_request, request_erasure, request_id_of
from shared.access.relations import (
    ANOTHER,
    OPENLY_REFUSED,
    OWN_AGENCY,
    OWN_CLOCK,
    OWN_COUNSELOR,
    OWN_OFFICER,
    SELF,
    UNIT,
)
from shared.access.rule import ANYBODY, ROLES
from shared.access.rules import RULES
from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN
from shared.contracts import person_of
from shared.eventstore import new_id, now_utc
from tests import cases
from tests.cases import AGENCIES, FOREIGN, YOURS, Told
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
BY_ROLE = {
    "identification_officer": OWN_OFFICER,
    "counselor": OWN_COUNSELOR,
    "agency": OWN_AGENCY,
}
REFUSED = {401, 403, 404}
Ties = Callable[[str, bool], set[str]]


def ordinary(role: str, yours: bool) -> set[str]:
    """How the first of a role is tied to a case: by handling it, or not at all."""
    return {UNIT, BY_ROLE[role]} if yours and role in BY_ROLE else {UNIT}


def handed_on(role: str, yours: bool) -> set[str]:
    """The officer's work on the case is done: another answers for it now."""
    return {UNIT} if role == "identification_officer" else ordinary(role, yours)


def about_oneself(_: str, yours: bool) -> set[str]:
    return {UNIT, SELF} if yours else {UNIT}


def asked_by_another(_: str, yours: bool) -> set[str]:
    return {UNIT} if yours else {UNIT, ANOTHER}


def its_clock(_: str, yours: bool) -> set[str]:
    return {UNIT, OWN_CLOCK} if yours else {UNIT}


@dataclass(frozen=True)
class Call:
    """One request of the matrix; ``{…}`` in path and body are filled in from the case."""

    action: str | None  # None: needs nothing
    body: Any = None
    query: str = ""
    ties: Ties = ordinary
    headers: dict[str, str] = field(default_factory=dict)
    lists: str | None = None  # the field of its rows that tells whose a row is


LATE = {"explanation": "Korban perlu ditenangkan dahulu."}
OPENING = {"purpose": "supervision"}

# What each call needs. A route that is not here fails the test.
NOTHING = Call(None)
PUBLIC = Call("log.read")
EVERYWHERE: dict[tuple[str, str], list[Call]] = {
    ("GET", "/openapi.json"): [NOTHING],
    ("GET", "/healthz"): [NOTHING],
    ("GET", "/readyz"): [NOTHING],
    ("GET", "/metrics"): [NOTHING],
    ("GET", "/history/events"): [Call("history.events")],
    ("GET", "/history/streams/{id}"): [Call("history.stream")],
    ("GET", "/privacy/accesses"): [Call("privacy.breach.report")],
    ("GET", "/log/checkpoint"): [PUBLIC],
    ("GET", "/log/policy"): [PUBLIC],
    ("GET", "/log/quorum"): [PUBLIC],
    ("GET", "/log/tile/{level}/{path}"): [PUBLIC],
    ("GET", "/log/proof/{event_id}"): [PUBLIC],
    ("GET", "/log/entries/{path}"): [Call("log.entries")],
    ("POST", "/log/cosignatures"): [Call("log.cosign", "", headers={"Content-Type": "text/plain"})],
    ("GET", "/clocks"): [Call("clock.list", query="?status=breached", ties=its_clock, lists="id")],
    ("POST", "/clocks/{id}/explanations"): [Call("clock.explain", LATE, ties=its_clock)],
    ("POST", "/clocks/{id}/personal"): [Call("clock.open_personal", OPENING)],
}
STATUS = {"public_code": "{public_code}", "pin": "{pin}"}
COUNSELOR = {"counselor_id": "{new}", "skills": [], "sex": "P", "capacity": 1}
ASSIGNMENT = {"counselor_id": "{counselor}", "basis": "Ia yang paling dekat."}
AGENCY = {"agency_id": "{new}", "name": "UPTD", "kind": "UPTD_PPA", "region_code": "35.15"}
REFERRAL = {"need_id": "{need}", "agency_id": str(AGENCIES[0]), "basis": "Korban setuju."}
CONFLICT = {"staff_id": "{staff}", "reason": "Pelaku adalah sepupunya."}
EMERGENCY = {"reason": "Korban menelepon, konselornya tidak dapat dihubungi."}
REVIEW = {"was_justified": True, "remarks": "Memang darurat."}
PERSON = "/cases/{case_id}/persons/{person_id}"
GROUND = {"ground": "SUBJECT_REQUEST"}
ASKED = {
    "kind": "ACCESS",
    "case_id": "{case_id}",
    "person_id": "{person_id}",
}
MATRIX: dict[str, dict[tuple[str, str], list[Call]]] = {
    "intake": {
        ("POST", "/complaints"): [
            Call("complaint.receive", WALK_IN),
            Call("complaint.submit", WEBSITE),
        ],
        ("GET", "/complaints/{id}"): [Call("complaint.read")],
        ("POST", "/status"): [Call("status.ask", STATUS)],
        ("POST", "/complaints/{id}/personal"): [Call("complaint.open_personal", OPENING)],
    },
    "triage": {
        ("GET", "/identifications"): [
            Call("identification.list", query="?status=classified", lists="case_id")
        ],
        ("GET", "/identifications/{complaint_id}"): [Call("identification.list")],
        ("POST", "/identifications/{complaint_id}/take"): [Call("identification.take")],
        ("POST", "/identifications/{complaint_id}/case"): [Call("case.choose", NEW_CASE)],
        ("POST", "/identifications/{complaint_id}/classification"): [
            Call("case.classify", FOLLOW_UP)
        ],
        ("GET", "/cases/{case_id}"): [Call("case.read")],
        ("POST", "/cases/{case_id}/conflicts"): [
            Call("conflict.declare", CONFLICT, ties=about_oneself)
        ],
        ("POST", "/cases/{case_id}/personal"): [
            Call("case.open_personal", OPENING, ties=handed_on)
        ],
        ("POST", "/cases/{case_id}/break-glass"): [Call("glass.break", EMERGENCY)],
        ("GET", "/break-glass"): [Call("glass.list", lists="case_id")],
        ("GET", "/cases/{case_id}/persons"): [Call("person.list")],
        ("POST", f"{PERSON}/erasure"): [Call("person.erase.request", GROUND)],
        ("GET", f"{PERSON}/erasure"): [Call("person.list")],
        ("POST", f"{PERSON}/erasure/approval"): [
            Call("person.erase.approve", ties=asked_by_another)
        ],
        ("POST", f"{PERSON}/erasure/withdrawal"): [Call("person.erase.request")],
        ("POST", f"{PERSON}/hold"): [Call("person.hold", GROUND)],
        ("POST", f"{PERSON}/hold/lifting"): [Call("person.hold")],
        ("GET", "/privacy/requests"): [Call("privacy.request.list")],
        ("POST", "/privacy/requests"): [Call("privacy.request.record", ASKED)],
        ("POST", "/privacy/requests/{id}/answer"): [
            Call("privacy.request.answer", {"outcome": "DONE"})
        ],
        ("POST", "/break-glass/{id}/review"): [Call("glass.review", REVIEW, ties=asked_by_another)],
    },
    "referral": {
        ("GET", "/agencies"): [Call("agency.list")],
        ("POST", "/agencies"): [Call("agency.register", AGENCY)],
        ("GET", "/referrals"): [Call("referral.list", lists="case_id")],
        ("GET", "/referrals/needed"): [Call("need.list", lists="case_id")],
        ("POST", "/referrals"): [Call("referral.make", REFERRAL)],
        ("POST", "/referrals/{id}/personal"): [Call("referral.open_personal", OPENING)],
        ("GET", "/agency/referrals"): [Call("agency.referral.list", lists="region_code")],
    },
    "counseling": {
        ("GET", "/counselors"): [Call("counselor.list")],
        ("PUT", "/counselors"): [Call("counselor.register", COUNSELOR)],
        ("GET", "/casework"): [Call("casework.list", lists="case_id")],
        ("POST", "/casework/{case_id}/personal"): [Call("casework.open_personal", OPENING)],
        ("POST", "/casework/{case_id}/assignment"): [Call("casework.assign", ASSIGNMENT)],
    },
}


def expected(call: Call, role: str, *, yours: bool) -> int | None:
    """What the table answers: 401, 403, 404, or None for whoever may."""
    if call.action is None:
        return None
    rules = [rule for rule in RULES if rule.action == call.action]
    relations = {r.relation for r in rules if {role, ANYBODY} & set(r.roles.split())}
    if not relations:
        return 401 if role == ANYBODY else 403
    if relations & call.ties(role, yours):
        return None
    return 403 if relations & OPENLY_REFUSED else 404


Filled = dict[str, str]
Fill = Callable[[str, bool], Filled]
Prepare = Callable[[httpx.AsyncClient, FastAPI, Issuer], Awaitable[Fill]]


async def prepare_intake(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    told = await both(lambda nth: cases.complaint(client, app, issuer, nth))

    def fill(_: str, yours: bool) -> Filled:
        its = told[yours]
        receipt = {name: its.receipt[name] for name in ("public_code", "pin")}
        return {"id": str(its.complaint_id), **receipt}

    return fill


async def prepare_triage(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    told = await both(lambda nth: cases.case(client, app, issuer, nth))
    spare = await both(lambda _: cases.case(client, app, issuer, FOREIGN))
    grants = {}
    for yours, who in ((True, "supervisor"), (False, "identification_officer")):
        at = f"/cases/{told[yours].case_id}/break-glass"
        headers = issuer.headers(who, nth=YOURS if yours else 9)
        grants[yours] = (await client.post(at, json=EMERGENCY, headers=headers)).json()["id"]

    store = app.state.store
    persons, requests = {}, {}
    for yours, asker in ((True, staff_id("supervisor")), (False, "somebody-else")):
        id = told[yours].case_id
        persons[yours] = person_of(id, "victim")
        whose: dict[str, Any] = {
            "case_id": id,
            "person_id": persons[yours],
            "by": asker,
            "now": now_utc(),
        }
        await request_erasure(store, cases.a_cause(id), ground="SUBJECT_REQUEST", **whose)
        asked = cases.a_cause(id)
        requests[yours] = request_id_of(asked)
        await file_request(store, asked, kind="ACCESS", **whose)

    def fill(role: str, yours: bool) -> Filled:
        its = told[yours]
        return {
            "complaint_id": str(its.complaint_id),
            "case_id": str(its.case_id),
            "person_id": str(persons[yours]),
            "request": str(requests[yours]),
            "id": grants[yours],
            "stream": str(its.case_id),
            "conflict_case": str(spare[yours].case_id),
            "staff": staff_id(role) if yours else "somebody-else",
        }

    return fill


async def prepare_referral(_: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    await cases.agencies(app)
    told = await both(lambda nth: cases.referred(app, nth))
    waits = await both(lambda nth: cases.referred(app, nth, consent=False))
    rows = await app.state.store.pool.fetch("select id, case_id from needs")
    needs = {row["case_id"]: str(row["id"]) for row in rows}

    def fill(_: str, yours: bool) -> Filled:
        return {
            "case_id": str(told[yours].case_id),
            "region_code": cases.REGIONS[0 if yours else 1],
            "need": needs[waits[yours].case_id],
            "waiting_case": str(waits[yours].case_id),
            "id": str(AGENCIES[0]),
            "request": str(Referral.create_id(told[yours].case_id, AGENCIES[0 if yours else 1])),
        }

    return fill


async def prepare_counseling(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    told = await both(lambda nth: cases.casework(client, app, issuer, nth))

    def fill(_: str, yours: bool) -> Filled:
        nth = YOURS if yours else FOREIGN
        return {
            "case_id": str(told[yours].case_id),
            "id": staff_id("counselor"),
            "counselor": staff_id("counselor", nth),
        }

    return fill


async def a_signed_event(app: FastAPI) -> str:
    """Wait until the log has signed something, and return an event that it proves."""

    async def ask() -> UUID | None:
        found: UUID | None = await app.state.store.pool.fetchval(
            "select event_id from es.log where index < (select max(size) from es.checkpoints)"
        )
        return found

    return str(await eventually(ask, bool))


async def clocks(app: FastAPI) -> dict[tuple[str, bool], UUID]:
    """Let a time limit of each role be over, and one of somebody else."""
    found = {}
    for role, yours in product((*ROLES, ANYBODY), (True, False)):
        clock = Clock.start(
            GIVEN["counter"],
            new_id(),
            now_utc() - timedelta(hours=1),
            staff_id=staff_id(role) if yours else "somebody-else",
        )
        clock.stop(now_utc())
        await app.state.store.save(clock, cause=cases.a_cause(clock.id))
        found[role, yours] = clock.id
    return found


def with_clocks(fill: Fill, clocks: dict[tuple[str, bool], UUID], event_id: str) -> Fill:
    def filled(role: str, yours: bool) -> Filled:
        more = {"clock": str(clocks[role, yours]), "event_id": event_id}
        return fill(role, yours) | more

    return filled


async def both(make: Callable[[int], Awaitable[Told]]) -> dict[bool, Told]:
    return {True: await make(YOURS), False: await make(FOREIGN)}


PREPARE: dict[str, Prepare] = {
    "intake": prepare_intake,
    "triage": prepare_triage,
    "referral": prepare_referral,
    "counseling": prepare_counseling,
}


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_of_a_service_is_in_the_matrix(service: str) -> None:
    calls = {(each.method, each.path) for each in endpoints(service)}
    assert calls == EVERYWHERE.keys() | MATRIX[service].keys()


@pytest.mark.parametrize("service", SERVICES)
async def test_each_role_gets_exactly_the_answer_of_the_table(
    service: str, make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> None:
    told: dict[str, Any] = {"pepper": pepper} if service == "intake" else {}
    database = (await make_database(service)).url
    async with in_process(service, database=database, nats=NOWHERE, issuer=issuer.url, **told) as (
        client,
        app,
    ):
        own = await PREPARE[service](client, app, issuer)
        fill = with_clocks(own, await clocks(app), await a_signed_event(app))
        wrong = [
            f"{role} {'own' if yours else 'foreign'} {method} {path} {call.action}: {answer}"
            for (method, path), calls in (EVERYWHERE | MATRIX[service]).items()
            for call in calls
            for role in (*ROLES, ANYBODY)
            for yours in (False, True)
            if (answer := await ask(client, issuer, fill, (method, path), call, role, yours=yours))
        ]
    assert wrong == []


async def ask(
    client: httpx.AsyncClient,
    issuer: Issuer,
    fill: Fill,
    route: tuple[str, str],
    call: Call,
    role: str,
    *,
    yours: bool,
) -> str | None:
    """Return what is wrong with the answer, if anything is."""
    method, path = route
    filled = fill(role, yours) | {"new": str(new_id()), "level": "0", "path": "000.p/1"}
    if call.action == "conflict.declare":
        filled["case_id"] = filled["conflict_case"]
    if call.action in ("privacy.request.answer", "referral.open_personal"):
        filled["id"] = filled["request"]
    if call.action is not None and call.action.startswith("clock."):
        filled["id"] = filled["clock"]
    if call.action == "history.stream":
        filled["id"] = filled.get("stream", filled["id"])
    claims: dict[str, Any] = {"agency": str(AGENCIES[0])} if role == "agency" else {}
    token = issuer.token(role, **claims)
    answer = await client.request(
        method,
        path.format_map(filled) + call.query,
        json=filled_in(call.body, filled),
        headers=call.headers | ({} if role == ANYBODY else {"Authorization": f"Bearer {token}"}),
    )
    wanted = expected(call, role, yours=yours)
    status = answer.status_code
    if call.lists and wanted in (None, HTTPStatus.NOT_FOUND) and status == HTTPStatus.OK:
        field = call.lists
        whose = filled["waiting_case"] if call.action == "need.list" else filled[field]
        is_listed = any(row[field] == whose for row in answer.json())
        return None if is_listed == (wanted is None) else f"listed: {is_listed}"
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return f"the request itself is wrong: {answer.text}"
    right = (status not in REFUSED and status < 500) or path == "/readyz"
    return None if (right if wanted is None else status == wanted) else f"{status} not {wanted}"


def filled_in(body: Any, filled: Filled) -> Any:
    """Return the body with what is in braces filled in."""
    if isinstance(body, dict):
        return {name: filled_in(value, filled) for name, value in body.items()}
    is_blank = isinstance(body, str) and body[:1] == "{" and body[1:-1] in filled
    return filled[body[1:-1]] if is_blank else body
