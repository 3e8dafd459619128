"""Whatever is sent to any call of any service: no 500, and only answers that its document names.

Requests are made from each service's own OpenAPI document, so a new call is tried without a word.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from deploy.provision import SERVICES
from shared.access import ACTIONS
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.services import PLAIN, eventually, free_port, in_process
from tests.tokens import Issuer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 12  # for each call, of good requests and of bad ones
Operation = APIOperation[Any, Any, Any, Any]
Ids = dict[str, set[str]]  # what there is, by the name of the field that told us its id


@dataclass(frozen=True)
class Reachable:
    """A service that runs, and where."""

    app: FastAPI
    url: str
    headers: dict[str, str]
    seen: list[int] = field(default_factory=lambda: [-1])  # indexes of its history, the last first

    def operations(self) -> Iterator[Operation]:
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(self.app.openapi())))
        for each in schema.get_all_operations():
            assert isinstance(each, Ok), each
            yield each.ok()

    async def learn(self, ids: Ids) -> None:
        """Note every new id in the service's history, so that not every request is for nothing."""
        asked = {"limit": 1000, "after": self.seen[0]}
        async with httpx.AsyncClient(
            base_url=self.url, headers=self.headers, verify=PLAIN
        ) as client:
            answer = await client.get("/history/events", params=asked)
        for event in answer.json()["events"]:
            self.seen.insert(0, event["index"])
            for name, value in [("id", event["stream_id"]), *event["data"].items()]:
                if name.endswith("id") and isinstance(value, str):
                    ids.setdefault(name, set()).add(value)


@pytest.fixture
async def reachable(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> AsyncIterator[dict[str, Reachable]]:
    """All four services with a few complaints in them, and somebody who has every role."""
    roles = sorted({role for allowed in ACTIONS.values() for role in allowed} - {"agency"})
    headers = issuer.headers(*roles)
    async with AsyncExitStack() as stack:
        running: dict[str, Reachable] = {}
        for service in SERVICES:
            database = (await make_database(service)).url
            told: dict[str, Any] = {"database": database, "nats": empty_nats, "issuer": issuer.url}
            told |= {"pepper": pepper} if service == "intake" else {}
            _, app = await stack.enter_async_context(in_process(service, **told))
            url = await stack.enter_async_context(served(app))
            running[service] = Reachable(app, url, headers)
        async with httpx.AsyncClient(base_url=running["intake"].url, headers=headers) as intake:
            for body in (WALK_IN, WEBSITE, WALK_IN, WALK_IN):
                answer = await intake.post("/complaints", json=body)
                assert answer.status_code == 201, answer.text
        await identify(running["triage"], answer.json()["complaint_id"])
        yield running


async def identify(triage: Reachable, complaint: str) -> None:
    """Take a complaint up, and one step further than most of the others."""
    path = f"/identifications/{complaint}"
    async with httpx.AsyncClient(
        base_url=triage.url, headers=triage.headers, verify=PLAIN
    ) as client:
        await eventually(lambda: client.get(path), lambda answer: answer.is_success)
        for step, body in (("take", None), ("case", NEW_CASE), ("classification", FOLLOW_UP)):
            answer = await client.post(f"{path}/{step}", json=body)
            assert answer.is_success, answer.text


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: asyncio.sleep(0, server.started), bool)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.mark.timeout(1_200)  # every call of a service: it grows with them
@pytest.mark.parametrize("service", SERVICES)
async def test_no_answer_is_a_500_or_one_that_is_not_documented(
    reachable: dict[str, Reachable], service: str
) -> None:
    tried = 0
    wrong: list[str] = []
    ids: Ids = {}
    for operation in reachable[service].operations():
        for each in reachable.values():
            await each.learn(ids)
        tried += 1
        try:
            await asyncio.to_thread(explore, operation, reachable[service], ids)
        except FailureGroup as found:
            wrong += [f"{operation.label}: {each}" for each in found.exceptions]
    assert not wrong, "\n\n".join(wrong)
    assert tried >= 8


def explore(operation: Operation, service: Reachable, ids: Ids) -> None:
    """Send one call good requests and bad ones, always the same."""
    everything = sorted({each for several in ids.values() for each in several})
    schemathesis.openapi.format("uuid", st.sampled_from(everything) | st.uuids().map(str))
    explore_with(GenerationMode.POSITIVE, operation, service, ids)
    with suppress(Unsatisfiable):  # what takes nothing can be sent nothing wrong
        explore_with(GenerationMode.NEGATIVE, operation, service, {})


def explore_with(mode: GenerationMode, operation: Operation, service: Reachable, ids: Ids) -> None:
    @seed(20261124)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.data())
    def send(case: Case[Any], data: st.DataObject) -> None:
        for name in case.path_parameters:
            if fitting := sorted(ids.get(name, ())):
                case.path_parameters[name] = data.draw(st.sampled_from(fitting))
        answer = case.call(base_url=service.url, headers=service.headers, timeout=20)
        case.validate_response(answer, checks=CHECKS)

    send()
