"""Logging in from a page: only registered pages, only with PKCE, and a code is worth one login."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.offices import (
    ASKED,
    CALLBACK,
    CLIENT,
    URL,
    VERIFIER,
    Office,
    query_of,
    redeem,
    revoked,
    send_login,
)


async def keys_of(issuer: httpx.AsyncClient) -> KeySet:
    return KeySet.import_key_set((await issuer.get("/jwks")).json())


async def test_a_page_gets_tokens_that_say_who_logged_in_and_why(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    office.clock.now += 30
    back = await send_login(issuer, office.people["ratna"])
    assert back.status_code == 303
    assert back.headers["location"].startswith(CALLBACK + "?")
    assert query_of(back).keys() == {"code", "state", "iss"}
    assert (query_of(back)["state"], query_of(back)["iss"]) == (ASKED["state"], URL)

    body = (await redeem(issuer, query_of(back)["code"])).json()
    assert body.keys() == {
        *("access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token"),
    }
    keys = await keys_of(issuer)
    identity = jwt.decode(body["id_token"], keys, algorithms=["ES256"]).claims
    assert identity["aud"] == CLIENT  # so it is no access token
    assert identity["nonce"] == ASKED["nonce"]
    assert identity["amr"] == ["pwd", "otp", "mfa"]
    access = jwt.decode(body["access_token"], keys, algorithms=["ES256"]).claims
    assert (access["aud"], access["roles"]) == ("aduan", ["operator"])
    assert access["sub"] == identity["sub"] == office.people["ratna"].sub
    assert access["sid"] == identity["sid"]


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "somebody-else"},
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": "http://127.0.0.1:9001.evil.test/login/callback"},
        {"redirect_uri": "http://localhost:9001/login/callback"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    issuer: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    answer = await issuer.get("/authorize", params=ASKED | changed)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<form" not in answer.text


async def test_the_same_parameter_twice_is_refused(issuer: httpx.AsyncClient) -> None:
    twice = httpx.QueryParams(ASKED).add("nonce", "another")
    assert (await issuer.get("/authorize", params=twice)).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "eyJ.eyJ."}, "request_not_supported"),
        ({"request_uri": "http://evil.test/"}, "request_uri_not_supported"),
    ],
)
async def test_a_page_that_asks_wrongly_is_told_so(
    issuer: httpx.AsyncClient, changed: dict[str, str], error: str
) -> None:
    answer = await issuer.get("/authorize", params=ASKED | changed)
    assert answer.status_code == 303
    assert query_of(answer)["error"] == error


@pytest.mark.parametrize(
    "changed", [{"totp": ""}, {"totp": "000000"}, {"password": "palsu"}, {"username": "nobody"}]
)
async def test_whatever_is_wrong_the_page_says_the_same(
    office: Office, issuer: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    answer = await send_login(issuer, office.people["ratna"], **changed)
    assert answer.status_code == 401
    assert "tidak cocok" in answer.text
    assert all(each not in answer.text for each in ("palsu", office.people["ratna"].password))


async def test_a_code_of_the_telephone_opens_once_here_and_there(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    assert (await send_login(issuer, office.people["ratna"])).status_code == 303
    assert (await send_login(issuer, office.people["ratna"])).status_code == 401
    form = {"grant_type": "password"} | office.people["ratna"].form
    assert (await issuer.post("/token", data=form)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": URL},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
    ],
)
async def test_no_other_site_can_log_anybody_in(
    office: Office, issuer: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await send_login(issuer, office.people["ratna"], headers)
    assert answer.status_code == 403
    assert (await send_login(issuer, office.people["ratna"])).status_code == 303  # not used up


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "none"}, {"Origin": URL}])
async def test_a_form_of_ours_is_taken_also_from_an_older_browser(
    office: Office, issuer: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await send_login(issuer, office.people["ratna"], headers)).status_code == 303


async def test_the_login_page_runs_nothing_and_leads_nowhere_else(
    issuer: httpx.AsyncClient,
) -> None:
    page = await issuer.get("/authorize", params=ASKED)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9001;" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert "<script" not in page.text
    assert '<html lang="id">' in page.text


async def test_what_was_asked_for_cannot_write_into_the_page(issuer: httpx.AsyncClient) -> None:
    page = await issuer.get("/authorize", params=ASKED | {"state": '"><script>alert(1)</script>'})
    assert "<script" not in page.text


async def test_a_code_is_worth_one_login_and_a_second_use_ends_it(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    code = await office.code(issuer, "ratna")
    token = (await redeem(issuer, code)).json()["access_token"]
    sid = jwt.decode(token, await keys_of(issuer), algorithms=["ES256"]).claims["sid"]
    assert await revoked(issuer) == []

    async with office.open() as restarted:
        again = await redeem(restarted, code)
        assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
        assert await revoked(restarted) == [sid]


async def test_a_code_lives_a_minute(office: Office, issuer: httpx.AsyncClient) -> None:
    code = await office.code(issuer, "ratna")
    office.clock.now += 60
    assert (await redeem(issuer, code)).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"code_verifier": "v" * 42},
        {"client_id": "somebody-else"},
        {"redirect_uri": "http://127.0.0.1:9002/login/callback"},
    ],
)
async def test_a_code_is_worth_nothing_to_anybody_else(
    office: Office, issuer: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    code = await office.code(issuer, "ratna")
    assert (await redeem(issuer, code, **changed)).status_code == 400
    assert (await redeem(issuer, code)).status_code == 400  # whoever tried has spoilt it
