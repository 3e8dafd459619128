"""What supervisors and administrators do at the issuer: end sessions, help somebody back in."""

from typing import Annotated, Any

import pyotp
from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse

from deploy.local import recovery
from deploy.local.answers import Denied, Text, answer
from deploy.local.desk import Desk
from deploy.local.logins import Member
from deploy.local.recovery import APPROVERS, Recovery

Bearer = Annotated[str, Header(alias="Authorization")]
WEAK = f"at least {recovery.SHORTEST} characters, and not your username"


def routes(desk: Desk) -> APIRouter:
    """Return the calls that need a bearer token, and the one that needs both halves of a code."""
    router = APIRouter()

    @router.post("/staff/{username}/revocation")
    async def end_sessions(username: str, authorization: Bearer = "") -> JSONResponse:
        by = _caller(desk, authorization)
        member = _member(desk, username)
        return answer(200, {"ended": desk.end_all_of(member, "revoked", by=by.sub)})

    @router.post("/keys")
    async def new_key(authorization: Bearer = "") -> JSONResponse:
        by = _caller(desk, authorization, frozenset({"admin"}))
        kid = desk.rotate_keys()
        desk.note("key_rotated", by=by.sub, kid=kid)
        return answer(201, {"kid": kid})

    @router.get("/recoveries")
    async def under_way(authorization: Bearer = "") -> JSONResponse:
        _caller(desk, authorization)
        found = desk.recoveries.under_way(desk.now())
        return answer(200, {"recoveries": [_about(each) for each in found]})

    @router.post("/recoveries")
    async def open_recovery(username: Text, authorization: Bearer = "") -> JSONResponse:
        by = _caller(desk, authorization)
        member = _member(desk, username)
        opened, half = desk.recoveries.open(member, by, desk.now())
        desk.note("recovery_opened", recovery=opened.id, sub=member.sub, by=by.sub)
        return answer(201, _about(opened) | {"half": half})

    @router.post("/recoveries/{id}/approval")
    async def approve(id: str, authorization: Bearer = "") -> JSONResponse:
        by = _caller(desk, authorization)
        approved, half = desk.recoveries.approve(id, by, desk.now())
        desk.note("recovery_approved", recovery=id, sub=approved.sub, by=by.sub)
        return answer(200, _about(approved) | {"half": half})

    @router.post("/enrolment")
    async def enrol(code: Text, password: Text = "", totp: Text = "") -> JSONResponse:
        found = desk.recoveries.find(code, desk.now())
        if found is None:
            raise Denied(401, "invalid_grant")
        if not password:
            secret = found.totp_secret
            app = pyotp.TOTP(secret, name=found.username, issuer="Aduan")
            uri = app.provisioning_uri()
            return answer(200, {"totp_secret": secret, "otpauth_uri": uri})
        if not recovery.is_good(password, found.username):
            return answer(400, {"error": "invalid_request", "error_description": WEAK})
        if not await desk.enrol(found, password, totp):
            raise Denied(401, "invalid_grant")
        return answer(200, {"enrolled": found.username})

    return router


def _caller(desk: Desk, authorization: str, roles: frozenset[str] = APPROVERS) -> Member:
    """Return who calls, with the roles of today, or stop."""
    kind, _, token = authorization.partition(" ")
    claims = desk.read(token) if kind.lower() == "bearer" else None
    member = desk.member_of(claims["sub"]) if claims else None
    if member is None:
        raise Denied(401, "invalid_token")
    if not roles & set(member.roles):
        raise Denied(403, "insufficient_scope")
    return member


def _member(desk: Desk, username: str) -> Member:
    member = desk.member(username)
    if member is None:
        raise Denied(404, "not_found")
    return member


def _about(each: Recovery) -> dict[str, Any]:
    return {
        "recovery_id": each.id,
        "username": each.username,
        "opened_by": each.opened_by,
        "approved_by": each.approved_by,
        "expires_at": int(each.since + recovery.LIFETIME),
    }
