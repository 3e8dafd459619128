"""A service believes a token while it is good and its session goes on, also without news."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from shared.access import Verifier
from shared.access.identity import NEWS, NEWS_LATEST, PATIENCE
from shared.problems import Unknown

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Stub:
    """An issuer that publishes who was logged out, and can fall silent or hang."""

    def __init__(self) -> None:
        self.now = NOON
        self.url = ""
        self.revoked: list[str] | None = []
        self.is_away = False
        self.hang = Event()
        self.hang.set()
        self.asked: list[str] = []
        self.key = OKPKey.generate_key("Ed25519", parameters={"kid": "stub"}, private=True)

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def token(self, sid: str | None = "sid-1", **claims: Any) -> str:
        now = int(self.now.timestamp())
        body = {"iss": self.url, "sub": "somebody", "aud": "aduan", "exp": now + 600}
        more = claims | ({"sid": sid} if sid else {})
        header = {"alg": "Ed25519", "kid": "stub"}
        return jwt.encode(header, body | more, self.key, algorithms=["Ed25519"])

    def answer(self, path: str) -> Any:
        self.asked.append(path)
        if path == "/jwks":
            return KeySet([self.key]).as_dict(private=False)
        if path == "/revoked":
            self.hang.wait(5)
            return {"revoked": self.revoked}
        about = {"jwks_uri": f"{self.url}/jwks", "revoked_sessions_uri": f"{self.url}/revoked"}
        return about if self.revoked is not None else {"jwks_uri": about["jwks_uri"]}


@contextmanager
def serving(stub: Stub) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = stub.answer(self.path)
            self.send_response(503 if stub.is_away else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        stub.hang.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    stub = Stub()
    with serving(stub):
        yield stub


@pytest.fixture
def verifier(stub: Stub) -> Verifier:
    return Verifier(stub.url, stub.clock)


async def until_heard(verifier: Verifier) -> None:
    """Wait for the answer that no request waits for."""
    if asking := verifier._revoked._asking:
        await asking


async def test_after_a_pause_a_request_waits_to_hear_who_was_logged_out(
    stub: Stub, verifier: Verifier
) -> None:
    token, other = stub.token("sid-1"), stub.token("sid-2")
    await verifier.subject(token)
    stub.revoked = ["sid-1"]
    stub.later(NEWS_LATEST)
    with pytest.raises(Unknown):
        await verifier.subject(token)
    assert (await verifier.subject(other)).id == "somebody"


async def test_while_requests_come_nobody_waits_and_the_news_is_seconds_old(
    stub: Stub, verifier: Verifier
) -> None:
    token = stub.token()
    await verifier.subject(token)
    stub.revoked = ["sid-1"]
    stub.later(NEWS)
    await verifier.subject(token)  # asks, and goes on
    await until_heard(verifier)
    with pytest.raises(Unknown):
        await verifier.subject(token)


async def test_a_token_seen_for_the_first_time_is_looked_up_too(
    stub: Stub, verifier: Verifier
) -> None:
    stub.revoked = ["sid-1"]
    with pytest.raises(Unknown):
        await verifier.subject(stub.token())


async def test_many_requests_at_once_ask_once(stub: Stub, verifier: Verifier) -> None:
    token = stub.token()
    await verifier.subject(token)
    stub.later(NEWS_LATEST)
    await asyncio.gather(*(verifier.subject(token) for _ in range(50)))
    assert stub.asked.count("/revoked") == 2


async def test_while_the_issuer_is_away_staff_go_on_and_who_was_logged_out_stays_so(
    stub: Stub, verifier: Verifier
) -> None:
    staff, out = stub.token("sid-1"), stub.token("sid-2")
    stub.revoked = ["sid-2"]
    await verifier.subject(staff)
    stub.is_away = True
    for _ in range(20):
        stub.later(NEWS_LATEST)
        assert (await verifier.subject(staff)).id == "somebody"
        with pytest.raises(Unknown):
            await verifier.subject(out)
    stub.later(600)
    with pytest.raises((Unknown, ConnectionError)):  # the token's life is the limit
        await verifier.subject(staff)


async def test_an_issuer_that_is_back_is_believed_again(stub: Stub, verifier: Verifier) -> None:
    token = stub.token()
    await verifier.subject(token)
    stub.is_away = True
    stub.later(NEWS_LATEST)
    await verifier.subject(token)
    stub.is_away, stub.revoked = False, ["sid-1"]
    stub.later(NEWS)
    await verifier.subject(token)
    await until_heard(verifier)
    with pytest.raises(Unknown):
        await verifier.subject(token)


async def test_an_issuer_that_hangs_is_waited_for_once_and_not_long(
    stub: Stub, verifier: Verifier
) -> None:
    token = stub.token()
    await verifier.subject(token)
    stub.hang.clear()
    stub.later(NEWS_LATEST)
    began = time.perf_counter()
    await verifier.subject(token)
    waited = time.perf_counter() - began
    assert PATIENCE * 0.9 < waited < PATIENCE + 1
    stub.later(NEWS_LATEST)
    began = time.perf_counter()
    await verifier.subject(token)
    assert time.perf_counter() - began < 0.3


@pytest.mark.parametrize("nonsense", [None, 1, {"a": 1}])
async def test_news_that_makes_no_sense_is_no_news(
    stub: Stub, verifier: Verifier, nonsense: Any
) -> None:
    token = stub.token()
    await verifier.subject(token)
    stub.revoked = nonsense
    stub.later(NEWS_LATEST)
    assert (await verifier.subject(token)).id == "somebody"


async def test_an_issuer_without_such_a_list_is_never_asked_for_it(
    stub: Stub, verifier: Verifier
) -> None:
    stub.revoked = None  # Keycloak
    token = stub.token()
    await verifier.subject(token)
    stub.later(NEWS_LATEST)
    await verifier.subject(token)
    assert "/revoked" not in stub.asked


async def test_a_token_without_a_session_is_as_good_as_its_signature(
    stub: Stub, verifier: Verifier
) -> None:
    token = stub.token(sid=None)
    assert (await verifier.subject(token)).id == "somebody"
    assert "/revoked" not in stub.asked


async def test_checking_a_token_again_takes_microseconds(stub: Stub, verifier: Verifier) -> None:
    token = stub.token()
    await verifier.subject(token)
    took = []
    for _ in range(1_000):
        began = time.perf_counter()
        await verifier.subject(token)
        took.append(time.perf_counter() - began)
    assert statistics.median(took) <= 150e-6
