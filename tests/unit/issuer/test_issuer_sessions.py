"""A session goes on while somebody works, and ends when it should; keys change while it goes on."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local.sessions import ABSOLUTE, IDLE, LIFETIME, SKEW
from tests.offices import CLIENT, URL, Office, refresh, revoked


async def claims_of(issuer: httpx.AsyncClient, token: str) -> dict[str, object]:
    keys = KeySet.import_key_set((await issuer.get("/jwks")).json())
    return jwt.decode(token, keys, algorithms=["ES256"]).claims


async def test_a_refresh_token_gives_the_next_one_and_the_same_session(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    tokens = await office.tokens(issuer, "ratna")
    office.clock.now += 300
    answer = await refresh(issuer, tokens["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    fresh = answer.json()
    assert fresh["refresh_token"] != tokens["refresh_token"]
    before = await claims_of(issuer, tokens["access_token"])
    after = await claims_of(issuer, fresh["access_token"])
    assert after["sid"] == before["sid"]
    assert after["auth_time"] == before["auth_time"]
    assert after["exp"] == before["exp"] + 300  # type: ignore[operator]


async def test_a_refresh_token_used_twice_ends_the_session_also_after_a_restart(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    tokens = await office.tokens(issuer, "ratna")
    fresh = (await refresh(issuer, tokens["refresh_token"])).json()
    async with office.open() as restarted:
        assert (await refresh(restarted, tokens["refresh_token"])).status_code == 400
        assert (await refresh(restarted, fresh["refresh_token"])).status_code == 400
        sid = (await claims_of(restarted, tokens["access_token"]))["sid"]
        assert await revoked(restarted) == [sid]
        assert "refresh_token_reused" in (office.data / "issuer.jsonl").read_text()


@pytest.mark.parametrize("spoil", [lambda t: t + "0", lambda t: t.replace(".0.", ".1."), str.upper])
async def test_a_made_up_refresh_token_is_refused_and_ends_nobodys_session(
    office: Office, issuer: httpx.AsyncClient, spoil: object
) -> None:
    token = (await office.tokens(issuer, "ratna"))["refresh_token"]
    assert callable(spoil)
    assert (await refresh(issuer, spoil(token))).status_code == 400
    assert (await refresh(issuer, "")).status_code == 400
    assert (await refresh(issuer, "a.²." + "0" * 64)).status_code == 400
    assert (await refresh(issuer, token, client="somebody-else")).status_code == 400
    assert (await refresh(issuer, token)).status_code == 200


async def test_who_is_away_for_a_quarter_of_an_hour_logs_in_again(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    token = (await office.tokens(issuer, "ratna"))["refresh_token"]
    office.clock.now += IDLE - 1
    token = (await refresh(issuer, token)).json()["refresh_token"]
    office.clock.now += IDLE
    assert (await refresh(issuer, token)).status_code == 400


async def test_after_ten_hours_everybody_logs_in_again(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    tokens = await office.tokens(issuer, "ratna")
    end = office.clock.now + ABSOLUTE
    while office.clock.now + LIFETIME < end:
        office.clock.now += LIFETIME
        tokens = (await refresh(issuer, tokens["refresh_token"])).json()
    assert (await claims_of(issuer, tokens["access_token"]))["exp"] == int(end)
    office.clock.now = end
    assert (await refresh(issuer, tokens["refresh_token"])).status_code == 400


async def test_the_password_grant_gives_no_refresh_token(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    form = {"grant_type": "password"} | office.people["ratna"].form
    body = (await issuer.post("/token", data=form)).json()
    assert body.keys() == {"access_token", "token_type", "expires_in"}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_logging_out_ends_the_session(
    office: Office, issuer: httpx.AsyncClient, kind: str
) -> None:
    tokens = await office.tokens(issuer, "ratna")
    sid = (await claims_of(issuer, tokens["access_token"]))["sid"]
    form = {"token": tokens[kind], "client_id": CLIENT}

    other = await issuer.post("/revoke", data=form | {"client_id": "somebody-else"})
    assert (other.status_code, other.json()) == (400, {"error": "invalid_client"})
    assert (await issuer.post("/revoke", data=form)).status_code == 200
    assert (await refresh(issuer, tokens["refresh_token"])).status_code == 400
    assert await revoked(issuer) == [sid]
    assert (await issuer.post("/revoke", data=form)).status_code == 200  # as RFC 7009 wants it


async def test_a_token_that_is_none_of_ours_is_no_error_and_ends_nothing(
    issuer: httpx.AsyncClient,
) -> None:
    assert (await issuer.post("/revoke", data={"token": "a.b.c"})).status_code == 200
    assert await revoked(issuer) == []


async def test_what_ended_is_told_until_its_tokens_have_expired(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    tokens = await office.tokens(issuer, "ratna")
    await issuer.post("/revoke", data={"token": tokens["access_token"], "client_id": CLIENT})
    office.clock.now += LIFETIME
    assert len(await revoked(issuer)) == 1
    office.clock.now += SKEW
    assert await revoked(issuer) == []


async def test_a_supervisor_ends_all_sessions_of_a_person_and_of_nobody_else(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    supervisor = await office.token(issuer, "kartika")
    first = await office.tokens(issuer, "ratna")
    second = await office.tokens(issuer, "ratna")
    other = await office.tokens(issuer, "kepanjen")

    answer = await issuer.post("/staff/ratna/revocation", headers=supervisor)
    assert (answer.status_code, answer.json()) == (200, {"ended": 2})
    for tokens, status in ((first, 400), (second, 400), (other, 200)):
        assert (await refresh(issuer, tokens["refresh_token"])).status_code == status
    assert len(await revoked(issuer)) == 2
    line = (office.data / "issuer.jsonl").read_text().splitlines()[-1]
    assert office.people["kartika"].sub in line
    assert office.people["ratna"].sub in line


async def test_nobody_else_may_and_a_revoked_supervisor_no_longer(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    path = "/staff/ratna/revocation"
    assert (await issuer.post(path)).status_code == 401
    assert (await issuer.post(path, headers={"Authorization": "Bearer a.b.c"})).status_code == 401
    operator = await office.token(issuer, "ratna")
    assert (await issuer.post(path, headers=operator)).status_code == 403
    supervisor = await office.token(issuer, "kartika")
    nobody = await issuer.post("/staff/nobody/revocation", headers=supervisor)
    assert nobody.status_code == 404
    await issuer.post("/staff/kartika/revocation", headers=supervisor)
    assert (await issuer.post(path, headers=supervisor)).status_code == 401


async def test_an_id_token_is_no_access_token(office: Office, issuer: httpx.AsyncClient) -> None:
    token = (await office.tokens(issuer, "kartika"))["id_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await issuer.post("/staff/ratna/revocation", headers=headers)).status_code == 401


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_expire(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    admin = await office.token(issuer, "teknis")
    old = (await issuer.get("/jwks")).json()["keys"][0]["kid"]
    supervisor = await office.token(issuer, "kartika")
    assert (await issuer.post("/keys", headers=supervisor)).status_code == 403
    answer = await issuer.post("/keys", headers=admin)
    new = answer.json()["kid"]
    assert (answer.status_code, new == old) == (201, False)

    async def published(client: httpx.AsyncClient) -> set[str]:
        keys = (await client.get("/jwks")).json()["keys"]
        assert all("d" not in key for key in keys)
        return {key["kid"] for key in keys}

    async def signs(client: httpx.AsyncClient) -> str:
        token = (await office.token(client, "ratna"))["Authorization"].split()[1]
        keys = KeySet.import_key_set((await client.get("/jwks")).json())
        return str(jwt.decode(token, keys, algorithms=["ES256"]).header["kid"])

    assert await published(issuer) == {old, new}
    office.clock.now -= 30  # signs() moves on to the next one-time code
    assert await signs(issuer) == old
    async with office.open() as restarted:
        assert await signs(restarted) == new
        assert await published(restarted) == {old, new}
        office.clock.now += LIFETIME + SKEW
        assert await published(restarted) == {new}
        admin = await office.token(restarted, "teknis")
        await restarted.post("/keys", headers=admin)
        assert not (office.data / "signing-key-p256.pem").exists()


async def test_discovery_promises_what_is_there(office: Office, issuer: httpx.AsyncClient) -> None:
    about = (await issuer.get("/.well-known/openid-configuration")).json()
    assert about["issuer"] == URL
    for name, url in about.items():
        if name.endswith(("_endpoint", "_uri")):
            assert url.startswith(URL)
            get = await issuer.get(url)
            assert get.status_code != 404 or name == ""
            assert get.status_code in ((405,) if name in POSTED else (200, 400))
    for grant in about["grant_types_supported"]:
        answer = await issuer.post("/token", data={"grant_type": grant})
        nobody = "invalid_client" if grant == "client_credentials" else "invalid_grant"
        assert answer.json()["error"] == nobody
    tokens = await office.tokens(issuer, "kepanjen")
    claims = await claims_of(issuer, tokens["id_token"])
    assert set(claims) <= set(about["claims_supported"])


POSTED = ("token_endpoint", "revocation_endpoint")
