"""A service gets a token by its own secret, which makes it a service and nothing more."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local import clients
from tests.offices import Office


async def ask(issuer: httpx.AsyncClient, client_id: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return await issuer.post("/token", data=form)


async def test_a_service_with_its_secret_gets_a_token_of_a_service(
    issuer: httpx.AsyncClient, office: Office
) -> None:
    secret = clients.keep_secret(office.data, "triage")
    assert secret.stat().st_mode & 0o777 == 0o600

    answer = await ask(issuer, "aduan-triage", secret.read_text())

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "refresh_token" not in answer.json()
    keys = KeySet.import_key_set((await issuer.get("/jwks")).json())
    claims = jwt.decode(answer.json()["access_token"], keys, algorithms=["ES256"]).claims
    assert (claims["sub"], claims["roles"], claims["aud"]) == ("triage", ["service"], "aduan")
    assert claims["exp"] - claims["iat"] == answer.json()["expires_in"] == 600


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("aduan-triage", "guessed"),
        ("aduan-triage", ""),
        ("aduan-intake", "triage's"),
        ("aduan-pages", "triage's"),
        ("../secrets/aduan-triage", "triage's"),
        ("", ""),
    ],
)
async def test_without_its_own_secret_it_gets_none(
    issuer: httpx.AsyncClient, office: Office, client_id: str, secret: str
) -> None:
    ours = clients.keep_secret(office.data, "triage").read_text()
    clients.keep_secret(office.data, "intake")

    answer = await ask(issuer, client_id, ours if secret == "triage's" else secret)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "client_refused" in (office.data / "issuer.jsonl").read_text()


async def test_a_service_ends_nobodys_session(issuer: httpx.AsyncClient, office: Office) -> None:
    secret = clients.keep_secret(office.data, "triage").read_text()
    token = (await ask(issuer, "aduan-triage", secret)).json()["access_token"]

    answer = await issuer.get("/recoveries", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code in {401, 403}
