"""From a bearer token to a subject: signature, issuer, audience and time are checked here only."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field

from shared.eventstore import now_utc
from shared.problems import Unknown

AUDIENCE = "aduan"
ALGORITHMS = ["Ed25519", "EdDSA", "RS256", "ES256"]  # never "none", never a shared secret
SKEW = 30  # seconds
REMEMBERED = 2_000  # tokens
REFETCH = 10  # seconds between two looks at the issuer's keys, whoever sends what
STALE = 300  # seconds after which we look again
BAD_TOKEN = (JoseError, ValueError, TypeError, OverflowError)


@dataclass(frozen=True)
class Subject:
    """Somebody who asks: a member of staff by pseudonymous id, an agency, or the public."""

    id: str
    roles: frozenset[str] = frozenset()
    agency: str | None = None

    @property
    def actor(self) -> str:
        """Return how the history names them."""
        if self == PUBLIC:
            return "public"
        return f"agency:{self.id}" if "agency" in self.roles else f"staff:{self.id}"


PUBLIC = Subject("public")


class _Claims(BaseModel):
    """What a token must say, in the form it must have."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    sub: str
    exp: Annotated[int, Field(lt=2**40)]  # seconds; the year 36812 is no date a person meant
    roles: list[str] = []
    agency: str | None = None

    def subject(self) -> Subject:
        """Return whom it speaks for."""
        return Subject(self.sub, frozenset(self.roles), self.agency)


class Verifier:
    """Checks tokens of one issuer. Keys are fetched once and again when an unknown one appears."""

    def __init__(self, issuer: str, clock: Callable[[], datetime] = now_utc) -> None:
        self._issuer = issuer.rstrip("/")
        self._clock = clock
        self._keys = KeySet([])
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()
        self._known: OrderedDict[bytes, tuple[Subject, float]] = OrderedDict()

    async def subject(self, token: str) -> Subject:
        """Return who the token speaks for, or raise Unknown."""
        now = self._clock().timestamp()
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._known.get(digest)) and known[1] > now:
            return known[0]
        claims = await self._claims(token, now)
        try:
            subject = _Claims.model_validate(claims)
        except ValueError:
            raise Unknown("token") from None
        self._known[digest] = (subject.subject(), subject.exp)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return self._known[digest][0]

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
                self._keys = await _keys_of(self._issuer)
                self._known.clear()
            except (OSError, ValueError, KeyError, JoseError) as error:
                if not self._keys.keys:
                    raise ConnectionError("the issuer is away") from error


async def _keys_of(issuer: str) -> KeySet:
    import httpx  # here, because it takes a tenth of a second and is seldom needed

    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            about = await client.get(f"{issuer}/.well-known/openid-configuration")
            answer = await client.get(about.raise_for_status().json()["jwks_uri"])
            return KeySet.import_key_set(answer.raise_for_status().json())
    except httpx.HTTPError as error:
        raise ConnectionError("the issuer is away") from error
