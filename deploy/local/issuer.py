"""The identity provider of one machine: password and one-time code in, tokens out (OIDC).

In production Keycloak stands behind the same endpoints. The services see no difference.
"""

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from deploy.local import authorize, office
from deploy.local.answers import Denied, Text, Token, address_of, answer, denied
from deploy.local.desk import Desk, NotRecognised, TooSoon
from deploy.local.keys import ALGORITHM
from deploy.local.sessions import Copied
from deploy.local.settings import IssuerSettings


class Asked(BaseModel):
    """What is sent to the token endpoint, for whichever grant."""

    grant_type: str = ""
    username: str = ""
    password: str = ""
    totp: str = ""
    client_id: str = ""
    code: str = ""
    code_verifier: str = ""
    redirect_uri: str = ""
    refresh_token: str = ""
    client_secret: str = ""

    model_config = {"str_max_length": 500, "hide_input_in_errors": True}


def create_app(
    settings: IssuerSettings | None = None,
    now: Callable[[], float] = time.time,  # noqa: TID251  the clock comes in here
) -> FastAPI:
    """Build the issuer."""
    settings = settings or IssuerSettings()
    desk = Desk(settings.url.rstrip("/"), settings.data, now)
    app = FastAPI(title="Issuer", docs_url=None, redoc_url=None, openapi_url=None)
    for router in (about(desk), tokens(desk), authorize.routes(desk), office.routes(desk)):
        app.include_router(router)
    app.add_exception_handler(Denied, denied)
    app.add_exception_handler(RequestValidationError, malformed)
    return app


def about(desk: Desk) -> APIRouter:
    """Return what anybody may know of the issuer."""
    router = APIRouter()
    url = desk.url

    @router.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "revocation_endpoint": f"{url}/revoke",
            "jwks_uri": f"{url}/jwks",
            "revoked_sessions_uri": f"{url}/revoked",  # ours: docs/decisions/0016
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [
                *("authorization_code", "refresh_token", "password", "client_credentials"),
            ],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "claims_parameter_supported": False,
            "claims_supported": [
                *("iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "sid"),
                *("roles", "agency"),
            ],
            "ui_locales_supported": ["id"],
        }

    @router.get("/jwks")
    async def keys() -> dict[str, Any]:
        return dict(desk.keys.published(desk.now()).as_dict(private=False))

    @router.get("/revoked")
    async def revoked() -> JSONResponse:
        return answer(200, {"revoked": desk.sessions.ended(desk.now())})

    @router.get("/healthz")
    @router.get("/readyz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return router


def tokens(desk: Desk) -> APIRouter:
    """Return where tokens are given out and taken back."""
    router = APIRouter()

    @router.post("/token")
    async def token(request: Request, asked: Annotated[Asked, Form()]) -> JSONResponse:
        match asked.grant_type:
            case "password":
                return answer(200, await _by_password(desk, asked, address_of(request)))
            case "authorization_code":
                return answer(200, _by_code(desk, asked))
            case "refresh_token":
                return answer(200, _by_refresh(desk, asked))
            case "client_credentials":
                return answer(200, _by_secret(desk, asked))
        raise Denied(400, "unsupported_grant_type")

    @router.post("/revoke")
    async def revoke(token: Token = "", client_id: Text = "") -> JSONResponse:
        """End the session of a token (RFC 7009). Whoever holds it may; a wrong one is no error."""
        if found := desk.sessions.of_refresh_token(token):
            session = found[0]
        elif (claims := desk.read(token)) and (of := desk.sessions.of(claims["sid"])):
            session = of
        else:
            return answer(200, {})
        if session.client != client_id:
            raise Denied(400, "invalid_client")
        desk.end(session, "logged out")
        return answer(200, {})

    return router


async def _by_password(desk: Desk, asked: Asked, address: str) -> dict[str, Any]:
    """For programs of this machine: no browser, no refresh token."""
    place = desk.place(asked.username, address, {})
    try:
        member = await desk.recognise(asked.username, asked.password, asked.totp, place)
    except TooSoon as wait:
        raise Denied(429, "invalid_grant", **{"Retry-After": str(wait.seconds)}) from None
    except NotRecognised:
        raise Denied(401, "invalid_grant") from None
    return desk.access_token(member, desk.begin(member))


def _by_code(desk: Desk, asked: Asked) -> dict[str, Any]:
    now = desk.now()
    grant = desk.grants.take(
        asked.code, asked.client_id, asked.redirect_uri, asked.code_verifier, now
    )
    member = desk.member_of(grant.sub) if grant else None
    if grant is None or member is None:
        # A code that was used before: whoever has it now, what it gave is in wrong hands.
        if sub := desk.sessions.end_of_code(asked.code, now):
            desk.note("code_reused", sub=sub)
        raise Denied(400, "invalid_grant")
    session = desk.begin(member, asked.client_id, asked.code)
    return desk.page_tokens(member, session, grant)


def _by_refresh(desk: Desk, asked: Asked) -> dict[str, Any]:
    try:
        session = desk.sessions.refresh(asked.refresh_token, asked.client_id, desk.now())
    except Copied as copied:
        desk.note("refresh_token_reused", sub=copied.session.sub, sid=copied.session.sid)
        session = None
    member = desk.member_of(session.sub) if session else None
    if session is None or member is None:
        raise Denied(400, "invalid_grant")
    return desk.page_tokens(member, session)


def _by_secret(desk: Desk, asked: Asked) -> dict[str, Any]:
    """For our own services, when they ask one another."""
    token = desk.service_token(asked.client_id, asked.client_secret)
    if token is None:
        raise Denied(401, "invalid_client")
    return token


async def malformed(request: Request, error: Exception) -> JSONResponse:
    """Answer what is not well-formed, and never repeat it."""
    return answer(400, {"error": "invalid_request"})
