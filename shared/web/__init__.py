"""What every service's HTTP side has in common: who asks, why something is stored, and where."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID, uuid5

from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from shared.access import PUBLIC, Subject, knock
from shared.access.wall import Reader
from shared.eventstore import Cause, EventStore, new_id, now_utc, postgres
from shared.web.limits import admitted

_KEYS = UUID("6f2f5d1c-6f0b-5f60-8a65-7d1d9a3b1c11")  # namespace of Idempotency-Keys
PUBLIC_TOO: dict[str, Any] = {"security": [{}, {"HTTPBearer": []}]}  # a token is not needed
_bearer = HTTPBearer(auto_error=False, description="Access token of the issuer (OIDC).")


# All of these are coroutines: FastAPI would send plain functions to a thread, five for a request.
async def _store(request: Request) -> EventStore:
    return cast(EventStore, request.app.state.store)


async def _pool(request: Request) -> postgres.Pool:
    return cast(postgres.PostgresEventStore, request.app.state.store).pool


async def _caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Subject:
    return await admitted(request, credentials.credentials if credentials else None)


Caller = Annotated[Subject, Depends(_caller)]


async def _reading(pool: Annotated[postgres.Pool, Depends(_pool)], caller: Caller) -> Reader:
    return Reader(pool, caller)


Store = Annotated[EventStore, Depends(_store)]
Pool = Annotated[postgres.Pool, Depends(_pool)]  # sees everything: for what is nobody's to see
Reading = Annotated[Reader, Depends(_reading)]  # the views, behind the wall


def allowed(action: str) -> Any:
    """Return the dependency that lets only those pass whose role may ever do this."""

    async def check(caller: Caller) -> None:
        knock(caller, action)

    return Depends(check)


IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[A-Za-z0-9._~-]{8,128}$",
        description="The same key with the same request has one effect, however often sent.",
    ),
]


class Asked:
    """A request that is still being read: its cause is known when all of its body is."""

    def __init__(self, request: Request, caller: Subject, idempotency_key: str | None) -> None:
        self._handler = f"{request.method} {request.scope['route'].path}"
        self._caller, self._key = caller, idempotency_key
        # The key itself is never kept: it is the client's text. It is scoped by who sends it, and
        # it salts the fingerprint, so that nobody can tell a short body from it.
        self._asked = hashlib.sha256(f"{idempotency_key}\n{request.url.path}\n".encode())

    def read(self, piece: bytes) -> None:
        """Go on with the next piece of the body."""
        self._asked.update(piece)

    def cause(self) -> Cause:
        """Return why something is stored because of this request."""
        # The public shares one scope, so there another body is another person's request.
        whose = self._asked.hexdigest() if self._caller == PUBLIC else self._caller.actor
        named = f"{whose}\n{self._handler}\n{self._key}"
        key = self._key and str(uuid5(_KEYS, named))
        return Cause(
            handler=self._handler,
            message_id=key or str(new_id()),
            actor=self._caller.actor,
            fingerprint=self._asked.digest() if key else b"",
            fresh=key is None,
        )


async def _cause(request: Request, caller: Caller, idempotency_key: IdempotencyKey = None) -> Cause:
    asked = Asked(request, caller, idempotency_key)
    asked.read(await request.body())
    return asked.cause()


async def _now() -> datetime:
    return now_utc()


async def _expected(
    if_match: Annotated[
        str | None,
        Header(pattern=r'^"?\d{1,9}"?$', description="The version that your decision rests on."),
    ] = None,
) -> int | None:
    return None if if_match is None else int(if_match.strip('"'))


BecauseOf = Annotated[Cause, Depends(_cause)]
Now = Annotated[datetime, Depends(_now)]
Expected = Annotated[int | None, Depends(_expected)]
