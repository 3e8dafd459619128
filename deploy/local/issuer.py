"""The identity provider of one machine: password and one-time code in, access token out.

In production Keycloak stands behind the same endpoints. The services see no difference.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import argon2
from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.local import folder, logins
from deploy.local.attempts import Codes, Throttle
from deploy.local.logins import HASHER, Member
from deploy.local.settings import IssuerSettings

ALGORITHM = "Ed25519"  # RFC 9864; the older name EdDSA is deprecated
AUDIENCE = "aduan"
LIFETIME = 3600  # seconds
AT_ONCE = 2  # password checks; each takes 19 MiB
LONGEST = 200  # characters of anything typed in

Field = Annotated[str, Form(max_length=LONGEST)]


class Desk:
    """Checks who somebody is, and writes the token."""

    def __init__(self, url: str, data: Path) -> None:
        self.key = _signing_key(data)
        self.throttle = Throttle()
        self._url = url
        self._staff = logins.staff(data)
        self._codes = Codes(data / "codes.json")
        self._nobodys = HASHER.hash(secrets.token_hex())
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def recognise(
        self, username: str, password: str, totp: str, now: Callable[[], float]
    ) -> Member | None:
        """Return who this is. Whatever is wrong, the same work is done first."""
        member = self._staff.get(username)
        expected = member.password_hash if member else self._nobodys
        async with self._slots:
            matches = await asyncio.to_thread(self._matches, expected, password)
        if member is None or not matches:
            return None
        if not self._codes.use(member.sub, member.totp_secret, totp, now()):
            return None
        return member

    def token(self, member: Member, now: float) -> str:
        """Write and sign the access token."""
        claims: dict[str, Any] = {
            "iss": self._url,
            "sub": member.sub,
            "aud": AUDIENCE,
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + LIFETIME,
            "jti": secrets.token_urlsafe(16),
            "roles": list(member.roles),
        }
        if member.agency:
            claims["agency"] = member.agency
        header = {"alg": ALGORITHM, "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])

    def _matches(self, expected: str, password: str) -> bool:
        try:
            return HASHER.verify(expected, password)
        except argon2.exceptions.VerificationError:
            return False


def create_app(
    settings: IssuerSettings | None = None,
    now: Callable[[], float] = time.time,  # noqa: TID251  the clock comes in here
) -> FastAPI:
    """Build the issuer."""
    settings = settings or IssuerSettings()
    url = settings.url.rstrip("/")
    desk = Desk(url, settings.data)
    app = FastAPI(title="Issuer", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": url,
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "grant_types_supported": ["password"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["none"],
        }

    @app.get("/jwks")
    async def keys() -> dict[str, Any]:
        return {"keys": [desk.key.as_dict(private=False)]}

    @app.post("/token")
    async def token(
        grant_type: Field = "", username: Field = "", password: Field = "", totp: Field = ""
    ) -> JSONResponse:
        if grant_type != "password":
            return _answer(400, {"error": "unsupported_grant_type"})
        if wait := desk.throttle.wait(username, now()):
            return _answer(429, {"error": "invalid_grant"}, {"Retry-After": str(wait)})
        desk.throttle.count(username, now())
        member = await desk.recognise(username, password, totp, now)
        if member is None:
            return _answer(400, {"error": "invalid_grant"})
        desk.throttle.forget(username)
        return _answer(
            200,
            {
                "access_token": desk.token(member, now()),
                "token_type": "Bearer",
                "expires_in": LIFETIME,
            },
        )

    @app.get("/healthz")
    @app.get("/readyz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(400, {"error": "invalid_request"})  # never what was typed in

    return app


def _answer(
    status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})


def _signing_key(data: Path) -> OKPKey:
    """Return the key tokens are signed with, made once."""
    written = folder.kept(data / "signing-key.pem", _new_key)
    key = OKPKey.import_key(written, {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key


def _new_key() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)
