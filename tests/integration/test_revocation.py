"""What makes a token worthless, seen from a service: issuer and intake as real processes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.local import logins
from deploy.local.login import token_of
from deploy.local.logins import Login
from shared.access.identity import NEWS_LATEST
from shared.eventstore import now_utc
from tests.conftest import MakeDatabase
from tests.services import PROJECT, as_process, eventually, free_port

NOWHERE = "nats://127.0.0.1:1"  # a service answers without NATS
HISTORY = "/history/events"


class Place:
    """The issuer and one service, and who works there."""

    def __init__(
        self,
        issuer: httpx.AsyncClient,
        process: asyncio.subprocess.Process,
        intake: httpx.AsyncClient,
        data: Path,
    ) -> None:
        self.issuer, self.process, self.intake, self.data = issuer, process, intake, data
        self.logins = {login.username: login for login in logins.make(data)}
        self.url = str(issuer.base_url).rstrip("/")

    async def token(self, username: str) -> str:
        return await token_of(self.url, self.logins[username])

    async def history(self, token: str) -> int:
        headers = {b"Authorization": f"Bearer {token}".encode()}
        return (await self.intake.get(HISTORY, headers=headers)).status_code

    def signed(self, **claims: Any) -> str:
        """A token the issuer could have written, with its own key."""
        key = ECKey.import_key((self.data / "signing-key-p256.pem").read_bytes())
        key.ensure_kid()
        now = int(now_utc().timestamp())
        auditor = self.logins["adil"]
        body = {"iss": self.url, "sub": auditor.sub, "aud": "aduan", "exp": now + 60}
        body |= {"roles": ["auditor"]} | claims
        header = {"alg": "ES256", "kid": key.kid}
        return jwt.encode(header, body, key, algorithms=["ES256"])


@asynccontextmanager
async def issuer_process(
    data: Path,
) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.subprocess.Process]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "--factory", "deploy.local.issuer:create_app"),
        *("--port", str(port), "--no-access-log"),
        env=os.environ | {"ISSUER_URL": url, "ISSUER_DATA": str(data)},
        cwd=PROJECT,
    )
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
            await eventually(lambda: client.get("/readyz"), lambda answer: answer.is_success)
            yield client, process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def place(tmp_path: Path, make_database: MakeDatabase, pepper: Path) -> AsyncIterator[Place]:
    logins.make(tmp_path)
    database = (await make_database("intake")).url
    async with (
        issuer_process(tmp_path) as (issuer, process),
        as_process(
            "intake",
            database=database,
            nats=NOWHERE,
            issuer=str(issuer.base_url).rstrip("/"),
            pepper=pepper,
        ) as intake,
    ):
        yield Place(issuer, process, intake.client, tmp_path)


async def test_what_is_no_good_login_and_no_good_token_gets_401(place: Place) -> None:
    login: Login = place.logins["adil"]
    form = {"grant_type": "password", "username": "adil", "password": login.password}
    assert (await place.issuer.post("/token", data=form)).status_code == 401  # without TOTP
    code = {"totp": pyotp.TOTP(login.totp_secret).at(int(now_utc().timestamp()))}
    first = await place.issuer.post("/token", data=form | code)
    assert first.status_code == 200
    assert (await place.issuer.post("/token", data=form | code)).status_code == 401  # replayed

    assert await place.history(first.json()["access_token"]) == 200
    assert await place.history(place.signed()) == 200
    now = int(now_utc().timestamp())
    body = place.signed().split(".")[1]
    none = urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    worthless = {
        "alg=none": f"{none}.{body}.",
        "of another audience": place.signed(aud="aduan-pages"),
        "of no audience": place.signed(aud=None),
        "expired": place.signed(exp=now - 60),
        "of another issuer": place.signed(iss="http://evil.test"),
        "unsigned": ".".join([*place.signed().split(".")[:2], ""]),
    }
    got = {name: await place.history(token) for name, token in worthless.items()}
    assert got == dict.fromkeys(worthless, 401)


async def test_a_revoked_session_gets_401_within_seconds_and_others_go_on(place: Place) -> None:
    auditor, supervisor = await place.token("adil"), await place.token("kartika")
    assert await place.history(auditor) == await place.history(supervisor) == 200

    headers = {"Authorization": f"Bearer {supervisor}"}
    answer = await place.issuer.post("/staff/adil/revocation", headers=headers)
    assert answer.json() == {"ended": 1}
    await eventually(
        lambda: place.history(auditor), lambda status: status == 401, within=NEWS_LATEST
    )
    assert await place.history(supervisor) == 200


async def test_who_logs_out_is_out_everywhere(place: Place) -> None:
    token = await place.token("adil")
    assert await place.history(token) == 200
    assert (await place.issuer.post("/revoke", data={"token": token})).status_code == 200
    await eventually(lambda: place.history(token), lambda status: status == 401, NEWS_LATEST)


async def test_staff_go_on_while_the_issuer_is_away(place: Place) -> None:
    token = await place.token("adil")
    assert await place.history(token) == 200
    place.process.terminate()
    await place.process.wait()
    with pytest.raises(httpx.TransportError):
        await place.issuer.get("/readyz")
    assert await place.history(token) == 200
    assert await place.history(place.signed()) == 200  # also one never seen before
