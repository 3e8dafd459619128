"""The issuer's desk: it finds out who somebody is, writes tokens, and ends sessions."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import argon2
import pyotp
from joserfc import jwt
from joserfc.errors import JoseError

from deploy.local import clients, folder, logins
from deploy.local.attempts import Codes, Place, Throttle
from deploy.local.grants import Clients, Grant, Grants
from deploy.local.journal import Journal
from deploy.local.keys import ALGORITHM, Keys
from deploy.local.logins import HASHER, Member
from deploy.local.recovery import Recoveries, Recovery
from deploy.local.sessions import LIFETIME, SKEW, Session, Sessions
from shared.access.rule import SERVICE

AUDIENCE = "aduan"
AT_ONCE = 2  # password hashes; each takes 19 MiB


class NotRecognised(Exception):
    """Something was wrong; nobody is told what."""


class TooSoon(Exception):
    """There were too many attempts; nothing was checked."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds


class Desk:
    """Everything the issuer knows."""

    def __init__(self, url: str, data: Path, now: Callable[[], float]) -> None:
        self.url, self.now = url, now
        self.keys = Keys(data)
        self.clients = Clients(url)
        self.grants = Grants()
        self.sessions = Sessions(data)
        self.recoveries = Recoveries()
        self.journal = Journal(data / "issuer.jsonl")
        self._data = data
        self._staff = logins.staff(data)
        self._codes = Codes(data / "codes.json")
        self._throttle = Throttle()
        self._browsers = folder.kept(data / "browser-key", lambda: secrets.token_bytes(32))
        self._nobody = Member(
            username="",
            password_hash=HASHER.hash(secrets.token_hex()),
            totp_secret=pyotp.random_base32(),
            roles=(),
            sub="",
        )
        self._slots = asyncio.Semaphore(AT_ONCE)

    # Who is it?

    async def recognise(self, username: str, password: str, totp: str, place: Place) -> Member:
        """Return who this is, or raise. Whatever is wrong, the same work is done first."""
        if wait := self._throttle.wait(username, place, self.now()):
            raise TooSoon(wait)
        self._throttle.count(username, place, self.now())
        member = self._staff.get(username, self._nobody)
        async with self._slots:
            matches = await asyncio.to_thread(_matches, member.password_hash, password)
        step = self._codes.step(member.sub, member.totp_secret, totp, self.now())
        if member is not self._staff.get(username) or not matches or step is None:
            # Also for names that nobody has: writing takes time. But never what was typed in its
            # place, which may be a password.
            self.note("login_refused", sub=member.sub or None, place=place.name)
            raise NotRecognised
        self._codes.use(member.sub, step)
        self._throttle.forget(username, place)
        return member

    def member(self, username: str) -> Member | None:
        """Return the member of staff of that name."""
        return self._staff.get(username)

    def member_of(self, sub: str) -> Member | None:
        """Return the member of staff with that id."""
        return next((each for each in self._staff.values() if each.sub == sub), None)

    def place(self, username: str, address: str, cookies: dict[str, str]) -> Place:
        """Return where an attempt comes from: a browser that knows this account, or an address."""
        member = self._staff.get(username, self._nobody)
        nonce, _, seal = cookies.get(browser_cookie(member), "").partition(".")
        if hmac.compare_digest(self._browser_seal(member, nonce).encode(), seal.encode()):
            return Place(f"browser {nonce}", known=True)
        return Place(f"address {address}")

    def browser_mark(self, member: Member) -> str:
        """Return what a browser keeps that let this person in. It opens nothing."""
        nonce = secrets.token_hex(8)
        return f"{nonce}.{self._browser_seal(member, nonce)}"

    # Tokens

    def begin(self, member: Member, client: str = "", code: str = "") -> Session:
        """Begin a session of somebody who was recognised."""
        session = self.sessions.begin(member.sub, client, self.now(), code)
        self.note("session_began", sub=member.sub, sid=session.sid, client=client)
        return session

    def access_token(self, member: Member, session: Session) -> dict[str, Any]:
        """Return an access token, as the token endpoint answers it."""
        now = self.now()
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": member.sub,
            "aud": AUDIENCE,
            "iat": int(now),
            "nbf": int(now),
            "exp": session.expiry(now),
            "jti": secrets.token_urlsafe(16),
            "sid": session.sid,
            "auth_time": int(session.began),
            "roles": list(member.roles),
        }
        if member.agency:
            claims["agency"] = member.agency
        return {
            "access_token": self._signed(claims, "at+jwt"),
            "token_type": "Bearer",
            "expires_in": session.expiry(now) - int(now),
        }

    def service_token(self, client_id: str, secret: str) -> dict[str, Any] | None:
        """Return a token for one of our services, if this is its secret. Nobody logs in with it."""
        if (name := clients.recognise(self._data, client_id, secret)) is None:
            self.note("client_refused")
            return None
        now = int(self.now())
        claims = {
            "iss": self.url,
            "sub": name,
            "aud": AUDIENCE,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "jti": secrets.token_urlsafe(16),
            "roles": [SERVICE],
        }
        return {
            "access_token": self._signed(claims, "at+jwt"),
            "token_type": "Bearer",
            "expires_in": LIFETIME,
        }

    def page_tokens(
        self, member: Member, session: Session, grant: Grant | None = None
    ) -> dict[str, Any]:
        """Return what a page gets: also a refresh token, and after a login who it is."""
        tokens = self.access_token(member, session) | {
            "refresh_token": self.sessions.refresh_token(session),
            "scope": "openid",
        }
        if grant:
            claims = {
                "iss": self.url,
                "sub": member.sub,
                "aud": session.client,
                "iat": int(self.now()),
                "exp": session.expiry(self.now()),
                "auth_time": int(session.began),
                "amr": ["pwd", "otp", "mfa"],
                "nonce": grant.request.nonce,
                "sid": session.sid,
            }
            tokens["id_token"] = self._signed(claims, "JWT")
        return tokens

    def read(self, token: str) -> dict[str, Any] | None:
        """Return what one of our own access tokens says, if it is still good."""
        now = self.now()
        registry = jwt.JWTClaimsRegistry(
            now=int(now),
            iss={"essential": True, "value": self.url},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sid={"essential": True},
        )
        try:
            claims = jwt.decode(token, self.keys.published(now), algorithms=[ALGORITHM]).claims
            registry.validate(claims)
        except (JoseError, ValueError, TypeError):
            return None
        session = self.sessions.of(claims["sid"])
        return claims if session and session.ended is None else None

    # The end of sessions

    def end(self, session: Session, why: str) -> None:
        """End one session, if it goes on."""
        if self.sessions.end(session.sid, self.now()):
            self.note("session_ended", sub=session.sub, sid=session.sid, why=why)

    def end_all_of(self, member: Member, why: str, by: str) -> int:
        """End all sessions of somebody and return how many went on."""
        ended = self.sessions.end_all_of(member.sub, self.now())
        self.note("sessions_ended", sub=member.sub, why=why, by=by, ended=ended)
        return ended

    async def enrol(self, recovery: Recovery, password: str, totp: str) -> bool:
        """Give somebody the login she chose, once her one-time codes work; end all she had."""
        member = self.member_of(recovery.sub)
        async with self._slots:
            password_hash = await asyncio.to_thread(HASHER.hash, password)
        step = self._codes.step(recovery.sub, recovery.totp_secret, totp, self.now())
        if member is None or step is None:
            return False
        if recovery not in self.recoveries.under_way(self.now()):
            return False  # somebody else was quicker while we hashed
        self.recoveries.close(recovery)
        self._codes.use(recovery.sub, step)
        new = logins.enrol(self._data, member, password_hash, recovery.totp_secret)
        self._staff[new.username] = new
        self.note("enrolled", sub=recovery.sub, recovery=recovery.id)
        self.end_all_of(new, "enrolled", by=recovery.sub)
        return True

    def rotate_keys(self) -> str:
        """Bring in a new signing key."""
        return self.keys.rotate(self.now(), LIFETIME + SKEW)

    def note(self, what: str, **about: Any) -> None:
        """Write into the journal."""
        self.journal.write(what, self.now(), **about)

    def _signed(self, claims: dict[str, Any], kind: str) -> str:
        key = self.keys.signing(self.now())
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": kind}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    def _browser_seal(self, member: Member, nonce: str) -> str:
        sealed = f"{member.sub}.{nonce}".encode()
        return hmac.new(self._browsers, sealed, hashlib.sha256).hexdigest()


def browser_cookie(member: Member) -> str:
    """Return the name of the cookie by which a browser is known to an account."""
    return f"aduan-browser-{member.sub}"


def _matches(expected: str, password: str) -> bool:
    try:
        return HASHER.verify(expected, password)
    except argon2.exceptions.VerificationError:
        return False
