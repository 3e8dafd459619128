"""The issuer of one machine lets in who proves it twice, and tells nobody what was wrong."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pyotp
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local import folder
from deploy.local.attempts import FREE_AT_A_PLACE
from deploy.local.issuer import create_app
from deploy.local.logins import HASHER, STAFF, Member
from deploy.local.settings import IssuerSettings
from tests.services import PLAIN

URL = "http://issuer.test"
SUB = "01930000-0000-7000-8000-000000000801"
AGENCY = "01930000-0000-7000-8000-00000000a001"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now

    @property
    def code(self) -> str:
        return pyotp.TOTP(SECRET).at(int(self.now))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    member = Member(
        username="kepanjen",
        password_hash=HASHER.hash("rahasia"),
        totp_secret=SECRET,
        roles=("agency",),
        sub=SUB,
        agency=AGENCY,
    )
    folder.write(tmp_path / "staff.json", STAFF.dump_json((member,)))
    return tmp_path


@pytest.fixture
async def issuer(data: Path, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with opened(data, clock) as client:
        yield client


def opened(data: Path, clock: Clock) -> httpx.AsyncClient:
    app = create_app(IssuerSettings(url=URL, data=data), now=clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, verify=PLAIN)


async def login(issuer: httpx.AsyncClient, **changed: str) -> httpx.Response:
    form = {"grant_type": "password", "username": "kepanjen", "password": "rahasia"} | changed
    return await issuer.post("/token", data=form)


async def test_a_token_says_who_it_is_and_verifies_with_the_published_keys(
    issuer: httpx.AsyncClient, clock: Clock
) -> None:
    answer = await login(issuer, totp=clock.code)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)

    discovery = (await issuer.get("/.well-known/openid-configuration")).json()
    assert discovery["issuer"] == URL
    published = (await issuer.get(discovery["jwks_uri"])).json()
    assert all("d" not in key for key in published["keys"])
    token = jwt.decode(body["access_token"], KeySet.import_key_set(published), algorithms=["ES256"])
    assert token.header["kid"] == published["keys"][0]["kid"]
    assert token.header["typ"] == "at+jwt"
    assert token.claims.pop("jti")
    assert token.claims.pop("sid")
    assert token.claims == {
        "iss": URL,
        "sub": SUB,
        "aud": "aduan",
        "iat": int(NOON),
        "nbf": int(NOON),
        "exp": int(NOON) + 600,
        "auth_time": int(NOON),
        "roles": ["agency"],
        "agency": AGENCY,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "salah"},
        {"password": ""},
        {"username": "nobody"},
        {"totp": "000000"},
        {"totp": ""},
        {"totp": "12345é"},
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(
    issuer: httpx.AsyncClient, clock: Clock, wrong: dict[str, str]
) -> None:
    answer = await login(issuer, **{"totp": clock.code} | wrong)
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_grant"}


async def test_a_one_time_code_is_needed(issuer: httpx.AsyncClient) -> None:
    answer = await login(issuer)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_grant"})


async def test_a_code_opens_once_even_after_a_restart(
    issuer: httpx.AsyncClient, data: Path, clock: Clock
) -> None:
    assert (await login(issuer, totp=clock.code)).status_code == 200
    assert (await login(issuer, totp=clock.code)).status_code == 401
    async with opened(data, clock) as restarted:
        assert (await login(restarted, totp=clock.code)).status_code == 401
        clock.now += 30
        assert (await login(restarted, totp=clock.code)).status_code == 200


@pytest.mark.parametrize(("late", "status"), [(-30, 200), (30, 200), (-60, 401), (60, 401)])
async def test_a_clock_may_be_off_by_one_step(
    issuer: httpx.AsyncClient, clock: Clock, late: int, status: int
) -> None:
    code = clock.code
    clock.now += late
    assert (await login(issuer, totp=code)).status_code == status


async def test_a_wrong_password_does_not_use_up_the_code(
    issuer: httpx.AsyncClient, clock: Clock
) -> None:
    await login(issuer, totp=clock.code, password="salah")
    assert (await login(issuer, totp=clock.code)).status_code == 200


async def test_who_guesses_has_to_wait_and_others_do_not(
    issuer: httpx.AsyncClient, clock: Clock
) -> None:
    for _ in range(FREE_AT_A_PLACE):
        assert (await login(issuer, totp="000000")).status_code == 401
    answer = await login(issuer, totp=clock.code)
    assert (answer.status_code, answer.json()) == (429, {"error": "invalid_grant"})
    assert answer.headers["retry-after"] == "1"
    assert (await login(issuer, username="nobody")).status_code == 401
    clock.now += int(answer.headers["retry-after"])
    assert (await login(issuer, totp=clock.code)).status_code == 200


async def test_a_name_that_nobody_has_is_throttled_like_any_other(
    issuer: httpx.AsyncClient,
) -> None:
    for _ in range(FREE_AT_A_PLACE):
        assert (await login(issuer, username="nobody")).status_code == 401
    answer = await login(issuer, username="nobody")
    assert (answer.status_code, answer.json()) == (429, {"error": "invalid_grant"})


async def test_a_refused_login_costs_the_same_work_whoever_it_was(
    issuer: httpx.AsyncClient, data: Path
) -> None:
    await login(issuer, username="nobody", totp="rahasia")
    await login(issuer, password="salah")
    lines = [json.loads(line) for line in (data / "issuer.jsonl").read_text().splitlines()]
    assert [(line["what"], line["sub"]) for line in lines] == [
        ("login_refused", None),
        ("login_refused", SUB),
    ]
    assert "nobody" not in str(lines)
    assert "rahasia" not in str(lines)


@pytest.mark.parametrize("form", [{"password": "rahasia" * 100}, {"grant_type": "code"}])
async def test_what_was_typed_in_never_comes_back(
    issuer: httpx.AsyncClient, form: dict[str, str]
) -> None:
    answer = await login(issuer, **form)
    assert answer.status_code == 400
    assert "rahasia" not in answer.text


async def test_the_signing_key_stays_and_is_private(data: Path, clock: Clock) -> None:
    async with opened(data, clock) as first, opened(data, clock) as second:
        assert (await first.get("/jwks")).json() == (await second.get("/jwks")).json()
    assert (data / "signing-key-p256.pem").stat().st_mode & 0o077 == 0
