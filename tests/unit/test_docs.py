"""The documents say what the code does, and every call says who may make it."""

import json
import re
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

import shared.contracts
from deploy.provision import SERVICES
from docs import asyncapi, events, generate
from docs.services import Endpoint, aggregates, app_of, endpoints, facts_told
from shared.access import ACTIONS, PUBLIC, Subject
from shared.access.policy import ANYBODY
from shared.contracts import Fact
from shared.eventstore import Recorded, new_id
from shared.eventstore.codec import events_of
from shared.messaging.bus import headers
from tests.services import PROJECT

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEEDS_NOTHING = {"/openapi.json", "/healthz", "/readyz", "/metrics"}
DECIDES_INSIDE = {("POST", "/complaints"): {"complaint.receive", "complaint.submit"}}
DOCUMENTS = generate.documents()
PAGES = sorted(page for page in (PROJECT / "docs").rglob("*.md"))
FACTS = [fact for service in SERVICES for fact in facts_told(service)]
CALLS = [
    pytest.param(service, each, id=f"{service} {each.method} {each.path}")
    for service in SERVICES
    for each in endpoints(service)
]


def test_the_reference_is_what_the_code_says_today() -> None:
    written = {path.name: path.read_text() for path in generate.REFERENCE.iterdir()}
    assert written.keys() == DOCUMENTS.keys()
    outdated = [name for name, text in DOCUMENTS.items() if written[name] != text]
    assert outdated == [], "run make docs"


def test_writing_the_reference_again_changes_nothing() -> None:
    assert generate.documents() == DOCUMENTS


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_is_in_the_catalogue(service: str) -> None:
    for kind in aggregates(service):
        for name, _ in events_of(kind):
            assert f"| {kind.__name__}.{name} |" in DOCUMENTS["events.md"]


def test_every_fact_is_in_the_catalogue_and_is_told() -> None:
    modules = {module.name for module in iter_modules(shared.contracts.__path__)}
    assert modules - {"codes", "regions", "safe_contact", "victims"} <= set(SERVICES)
    assert set(Fact.__subclasses__()) == set(FACTS)
    told = {name for service in SERVICES for name in events.told_as(service).values()}
    assert told == {fact.__name__ for fact in FACTS}
    for fact in FACTS:
        assert f"| {fact.__name__} |" in DOCUMENTS["events.md"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_of_itself_what_it_tells_and_hears(service: str) -> None:
    about = import_module(f"services.{service}").__doc__ or ""
    about = about.replace(f"\n{' ' * 10}", " ")  # a line that goes on below
    lines = dict(line.split(":", 1) for line in about.splitlines() if ":" in line[:10])
    policies = import_module(f"services.{service}.policies").POLICIES
    tells = {fact.__name__ for fact in facts_told(service)}
    hears = {f"{policy.fact.stream()}.{policy.fact.__name__}" for policy in policies}
    assert {each.strip() for each in lines["Tells"].split(",")} == tells
    assert {each.strip() for each in lines["Hears"].split(",")} == hears


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_the_documented_headers_are_those_that_are_sent(fact: type[Fact]) -> None:
    told = fact.model_construct(occurred_at=NOON)
    sent = headers(told, a_recorded_event(), {"CaseClassified": 5, "ClockBreached": 6})
    schema = asyncapi.headers_schema(fact)
    assert list(sent) == schema["required"] == list(schema["properties"])
    for name, said in schema["properties"].items():
        assert sent[name] == said.get("const", sent[name])
        assert re.search(said.get("pattern", ""), sent[name])


def a_recorded_event() -> Recorded:
    class Nameless:
        originator_id = new_id()

    any_event: Any = Nameless()
    return Recorded(
        index=7,
        event_id=new_id(),
        name="ComplaintReceived",
        event=any_event,
        correlation=new_id(),
        actor="public",
        cause={},
        recorded_at=NOON,
        leaf=b"",
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_reader_is_documented_with_its_real_address(service: str) -> None:
    document = json.loads(DOCUMENTS[f"{service}.asyncapi.json"])
    heard = [o for o in document["operations"].values() if o["action"] == "receive"]
    for operation in heard:
        fact = document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        address = fact["address"].replace("{correlation}", "*")
        assert address in operation["x-nats-jetstream"]["filterSubjects"]
        assert operation["x-nats-jetstream"]["maxAckPending"] == 1
    assert len(heard) == len(import_module(f"services.{service}.policies").POLICIES)


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_every_call_declares_what_one_must_be_allowed_to_do(service: str, call: Endpoint) -> None:
    if call.path in NEEDS_NOTHING:
        assert call.actions == ()
    elif (call.method, call.path) in DECIDES_INSIDE:
        assert set(call.inside) == DECIDES_INSIDE[call.method, call.path]
    else:
        assert call.guards
        assert set(call.guards) <= ACTIONS.keys()


def test_no_action_is_left_that_nothing_needs() -> None:
    needed = {a for service in SERVICES for call in endpoints(service) for a in call.actions}
    inside = {each for each in ACTIONS if each.endswith(".open_personal")}  # asked by the door
    assert needed | inside == ACTIONS.keys()


@pytest.mark.parametrize(("service", "call"), CALLS)
async def test_who_may_not_gets_no_further_than_the_door(service: str, call: Endpoint) -> None:
    """There is nothing behind these routes: whoever gets past the door gets a 422 or a 500."""
    if any(ANYBODY in ACTIONS[action] for action in call.guards) or not call.guards:
        return
    app = app_of(service)
    assert await answer(app, call, None) == 401
    assert await answer(app, call, Subject("somebody", frozenset({"no such role"}))) == 403
    roles = frozenset(role for action in call.guards for role in ACTIONS[action])
    assert await answer(app, call, Subject("somebody", roles)) in (422, 500)


async def answer(app: FastAPI, call: Endpoint, who: Subject | None) -> int:
    class Verifier:
        async def subject(self, _: str) -> Subject:
            return who or PUBLIC

    app.state.verifier = Verifier()
    path = re.sub(r"\{\w+\}", str(uuid4()), call.path)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        token = {"Authorization": "Bearer x"} if who else {}
        return (await client.request(call.method, path, headers=token)).status_code


@pytest.mark.parametrize("service", SERVICES)
def test_every_guarded_call_declares_its_problems_and_its_security(service: str) -> None:
    paths = json.loads(DOCUMENTS[f"{service}.openapi.json"])["paths"]
    for call in endpoints(service):
        if call.path in NEEDS_NOTHING:
            continue
        said = paths[call.path][call.method.lower()]
        assert said["security"]
        for status in ("401", "403", "413", "422", "503"):
            assert list(said["responses"][status]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_page_names_only_what_exists(page: Path) -> None:
    text = page.read_text()
    for path, name in re.findall(
        r"`((?:services|shared|deploy|docs|tests)/[\w/.]+\.\w+)(?:::([\w.]+))?`", text
    ):
        assert (PROJECT / path).exists(), path
        for part in name.split(".") if name else ():
            assert re.search(rf"\b{part}\b", (PROJECT / path).read_text()), f"{path}::{name}"
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name == "decisions"], ids=str)
def test_a_decision_is_short_and_says_what_enforces_it(page: Path) -> None:
    text = page.read_text()
    assert len(text.splitlines()) <= 45
    assert re.findall(r"^## (\w+)", text, re.M) == [
        "Context",
        "Decision",
        "Consequences",
        "Considered",
    ]
    assert re.search(r"`tests/|import contract|lint-imports", text)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [p.name[:4] for p in sorted((PROJECT / "docs/decisions").iterdir())]
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
