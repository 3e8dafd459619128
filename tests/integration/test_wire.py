"""What comes in from outside has a measure and an end: bodies, headers, and the time they take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from deploy.local.system import UVICORN
from shared.web import problems, wire
from tests.conftest import MakeDatabase
from tests.services import eventually, free_port, in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"  # a service takes complaints without NATS
Service = tuple[httpx.AsyncClient, FastAPI]


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Service]:
    database = (await make_database("intake")).url
    told = {"database": database, "nats": NOWHERE, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", **told) as running:
        yield running


@pytest.fixture
def intake(service: Service) -> httpx.AsyncClient:
    return service[0]


@pytest.fixture
def operator(issuer: Issuer) -> dict[str, str]:
    return issuer.headers("operator")


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 40_000, b"\xff", b'{"narrative": "\xc3\x28"}', b"1" * 200_000],
    ids=["a deep list", "a deep object", "no UTF-8", "broken UTF-8", "a huge number"],
)
async def test_a_bomb_of_json_is_malformed_and_nothing_worse(
    intake: httpx.AsyncClient, operator: dict[str, str], body: bytes
) -> None:
    as_json = operator | {"Content-Type": "application/json"}
    answer = await intake.post("/complaints", content=body, headers=as_json)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed")


async def test_a_body_that_trickles_for_ever_comes_to_an_end(
    intake: httpx.AsyncClient, operator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "LONGEST", 0.3)

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)  # each byte in good time

    async with asyncio.timeout(5):
        answer = await intake.post("/complaints", content=trickle(), headers=operator)
    assert answer.status_code == 503
    assert "Nothing of this request is stored" in answer.json()["detail"]


@pytest.fixture
async def wired(service: Service, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The service on a port, as the runner starts it; returns the port."""
    assert UVICORN[UVICORN.index("--http") + 1] == "shared.web.wire:BoundedHttp"
    assert "--no-server-header" in UVICORN
    monkeypatch.setattr(wire, "PATIENCE", 0.5)
    port = free_port()
    config = uvicorn.Config(
        service[1],
        port=port,
        http=wire.BoundedHttp,
        lifespan="off",
        server_header=False,
        log_config=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: asyncio.sleep(0, server.started), bool)
    yield port
    server.should_exit = True
    await serving


async def said(port: int, *parts: bytes) -> bytes:
    """Send parts over one line, a moment between them, and return what came until its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def a_header(length: int) -> bytes:
    return b"X: " + b"y" * length + b"\r\n"


BEGUN = b"GET /healthz HTTP/1.1\r\nHost: test\r\n"
ENDED = b"Connection: close\r\n\r\n"


async def test_an_ordinary_request_comes_through_and_no_server_names_itself(wired: int) -> None:
    answer = await said(wired, BEGUN[:9], BEGUN[9:], b"X: y\r\n" * 50, ENDED)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\nserver:" not in answer.lower()
    assert b"uvicorn" not in answer.lower()


async def test_the_line_stays_open_for_another_request(wired: int) -> None:
    answer = await said(wired, BEGUN + b"\r\n", BEGUN + b"\r\n", BEGUN + ENDED)
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    ("head", "is_taken"),
    [(b"X: y\r\n" * 200, False), (a_header(40_000), False), (a_header(20_000), True)],
    ids=["too many headers", "one too long", "and one that is not"],
)
async def test_headers_have_a_measure(wired: int, head: bytes, is_taken: bool) -> None:
    answer = await said(wired, BEGUN, head, ENDED)
    assert answer.startswith(b"HTTP/1.1 200") == is_taken


async def test_a_header_without_end_is_cut_off(wired: int) -> None:
    assert await said(wired, BEGUN + b"X: ", *([b"y" * 20_000] * 5)) == b""


@pytest.mark.parametrize("parts", [(), (BEGUN,), (BEGUN + b"\r\n", BEGUN)])
async def test_headers_that_do_not_come_are_not_waited_for(
    wired: int, parts: tuple[bytes, ...]
) -> None:
    answer = await said(wired, *parts)  # ends: that is the point
    assert answer.count(b"HTTP/1.1 200") == len(parts[1:])
