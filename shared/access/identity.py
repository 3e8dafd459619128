"""From a bearer token to a subject: signature, issuer, audience and time are checked here only."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.eventstore import now_utc
from shared.problems import Unknown

AUDIENCE = "aduan"
ALGORITHMS = ["Ed25519", "EdDSA", "RS256", "ES256"]  # never "none", never a shared secret
SKEW = 30  # seconds
REMEMBERED = 2_000  # tokens
REFETCH = 10  # seconds between two looks at the issuer's keys


@dataclass(frozen=True)
class Subject:
    """Somebody who asks: a member of staff by pseudonymous id, an agency, or the public."""

    id: str
    roles: frozenset[str] = frozenset()
    agency: str | None = None

    @property
    def actor(self) -> str:
        """Return how the history names them."""
        return "public" if self == PUBLIC else f"staff:{self.id}"


PUBLIC = Subject("public")


class Verifier:
    """Checks tokens of one issuer. Keys are fetched once and again when an unknown one appears."""

    def __init__(self, issuer: str, clock: Callable[[], datetime] = now_utc) -> None:
        self._issuer = issuer.rstrip("/")
        self._clock = clock
        self._keys = KeySet([])
        self._fetched_at = 0.0
        self._known: OrderedDict[bytes, tuple[Subject, float]] = OrderedDict()

    async def subject(self, token: str) -> Subject:
        """Return who the token speaks for, or raise Unknown."""
        now = self._clock().timestamp()
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._known.get(digest)) and known[1] > now:
            return known[0]
        claims = await self._claims(token, now)
        subject = Subject(
            str(claims["sub"]), frozenset(claims.get("roles", ())), claims.get("agency")
        )
        self._known[digest] = (subject, float(claims["exp"]))
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return subject

    async def _claims(self, token: str, now: float) -> dict[str, Any]:
        try:
            verified = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if now - self._fetched_at < REFETCH:
                raise Unknown("token") from None
            await self._fetch(now)
            try:
                verified = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                raise Unknown("token") from None
        try:
            jwt.JWTClaimsRegistry(
                now=int(now),
                leeway=SKEW,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": AUDIENCE},
                sub={"essential": True},
                exp={"essential": True},
            ).validate(verified.claims)
        except JoseError:
            raise Unknown("token") from None
        return verified.claims

    async def _fetch(self, now: float) -> None:
        import httpx  # here, because it takes a tenth of a second and is needed once

        try:
            async with httpx.AsyncClient(timeout=2) as client:
                answer = await client.get(f"{self._issuer}/jwks")
        except httpx.TransportError as error:
            raise ConnectionError("the issuer is away") from error
        self._keys = KeySet.import_key_set(answer.raise_for_status().json())
        self._fetched_at = now
