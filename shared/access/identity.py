"""From a bearer token to a subject: all that makes a token good is checked here and nowhere else.

Signature, issuer, audience and time; and whether the session it belongs to has been ended.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field

from shared.eventstore import now_utc
from shared.problems import Unknown

if TYPE_CHECKING:
    import ssl


AUDIENCE = "aduan"
ALGORITHMS = ["Ed25519", "EdDSA", "RS256", "ES256"]  # never "none", never a shared secret
SKEW = 30  # seconds
REMEMBERED = 2_000  # tokens
REFETCH = 10  # seconds between two looks at the issuer's keys, whoever sends what
STALE = 300  # seconds after which we look again
NEWS = 2  # seconds after which we ask again who was logged out, while we go on
NEWS_LATEST = 5  # seconds after which a request waits for the answer
PATIENCE = 1.0  # seconds it waits at most
BAD_TOKEN = (JoseError, ValueError, TypeError, OverflowError)
AWAY = (OSError, ValueError, KeyError, TypeError, JoseError)


@dataclass(frozen=True)
class Subject:
    """Somebody who asks: a member of staff by pseudonymous id, an agency, a service, the public."""

    id: str
    roles: frozenset[str] = frozenset()
    agency: str | None = None

    @property
    def actor(self) -> str:
        """Return how the history names them."""
        if self == PUBLIC:
            return "public"
        if self.roles == {"service"}:
            return f"service:{self.id}"
        return f"agency:{self.id}" if "agency" in self.roles else f"staff:{self.id}"


PUBLIC = Subject("public")


class _Claims(BaseModel):
    """What a token must say, in the form it must have."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    sub: str
    exp: Annotated[int, Field(lt=2**40)]  # seconds; the year 36812 is no date a person meant
    roles: list[str] = []
    agency: str | None = None
    sid: str | None = None

    def subject(self) -> Subject:
        """Return whom it speaks for."""
        return Subject(self.sub, frozenset(self.roles), self.agency)


@dataclass(frozen=True)
class _Known:
    """A token that was checked: only what may change in between is looked at again."""

    subject: Subject
    expires: float
    session: str | None


class Verifier:
    """Checks tokens of one issuer. Keys are fetched once and again when an unknown one appears."""

    def __init__(self, issuer: str, clock: Callable[[], datetime] = now_utc) -> None:
        self._issuer = issuer.rstrip("/")
        self._clock = clock
        self._keys = KeySet([])
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._revoked = Revoked()

    async def subject(self, token: str) -> Subject:
        """Return who the token speaks for, or raise Unknown."""
        now = self._clock().timestamp()
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is None or known.expires <= now:
            known = await self._check(token, now)
            self._known[digest] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        if known.session and await self._revoked.has(known.session, now):
            raise Unknown("token")
        return known.subject

    async def _check(self, token: str, now: float) -> _Known:
        claims = await self._claims(token, now)
        try:
            said = _Claims.model_validate(claims)
        except ValueError:
            raise Unknown("token") from None
        return _Known(said.subject(), said.exp, said.sid)

    async def _claims(self, token: str, now: float) -> dict[str, Any]:
        if now - self._fetched_at > STALE:  # a key the issuer has withdrawn must not live on
            await self._fetch(now)
        keys = self._keys
        try:
            verified = self._verified(token)
        except Unknown:
            await self._fetch(now)
            if self._keys is keys:  # there are no others, and nobody fetched any while we waited
                raise
            verified = self._verified(token)
        try:
            jwt.JWTClaimsRegistry(
                now=int(now),
                leeway=SKEW,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": AUDIENCE},
                sub={"essential": True},
                exp={"essential": True},
            ).validate(verified)
        except BAD_TOKEN:
            raise Unknown("token") from None
        return verified

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except BAD_TOKEN:
            raise Unknown("token") from None

    async def _fetch(self, now: float) -> None:
        """Ask the issuer for its keys, at most once in a while.

        While the issuer is away the keys we have stay good; without any, that is an outage.
        """
        async with self._fetching:
            if now - self._fetched_at < REFETCH:
                if not self._keys.keys:
                    raise ConnectionError("the issuer is away")
                return
            self._fetched_at = now
            try:
                about = await _ask(f"{self._issuer}/.well-known/openid-configuration")
                self._keys = KeySet.import_key_set(await _ask(about["jwks_uri"]))
                self._revoked.url = about.get("revoked_sessions_uri")
                self._known.clear()
            except AWAY as error:
                if not self._keys.keys:
                    raise ConnectionError("the issuer is away") from error


class Revoked:
    """Which sessions were ended while tokens of theirs are still about, as the issuer publishes it.

    Asked for every other second while there are requests. Only a request that comes after a pause
    waits for the answer, and none does while the issuer is away: then those known as ended stay
    so, and one ended just now is believed until its token expires. An issuer that publishes no
    such list (Keycloak) must give out tokens that live a minute.
    """

    def __init__(self) -> None:
        self.url: str | None = None
        self._sessions: frozenset[str] = frozenset()
        self._asked_at = 0.0
        self._is_away = False
        self._asking: asyncio.Task[None] | None = None

    async def has(self, session: str, now: float) -> bool:
        """Tell whether this session was ended."""
        if self.url and not 0 <= now - self._asked_at < NEWS:
            late = not 0 <= now - self._asked_at < NEWS_LATEST
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask(self.url, now))
            if late and not self._is_away:
                await asyncio.shield(self._asking)
        return session in self._sessions

    async def _ask(self, url: str, now: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await _ask(url)
            self._sessions = frozenset(map(str, answer["revoked"]))
            self._is_away = False
        except AWAY:
            self._is_away = True
        finally:
            self._asked_at = now


async def _ask(url: str) -> Any:
    import httpx  # here, because it takes a tenth of a second and is seldom needed

    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False, verify=trusted()) as client:
            return (await client.get(url)).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionError("the issuer is away") from error


@cache
def trusted() -> ssl.SSLContext:
    """Return whose certificates we believe; reading them takes 50 ms."""
    import httpx

    return httpx.create_ssl_context()
