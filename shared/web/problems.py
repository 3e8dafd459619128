"""Problems as HTTP tells them (RFC 9457). An answer never repeats what was sent."""

from __future__ import annotations

import asyncio
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access import PUBLIC, Subject
from shared.access.trace import note_refused
from shared.eventstore import now_utc
from shared.eventstore.postgres import OUTAGES, forget_commits, may_be_stored
from shared.problems import (
    AlreadyHandled,
    Forbidden,
    Malformed,
    Missing,
    NotAccepted,
    Problem,
    Refused,
    Stale,
    TooLarge,
    Unknown,
)
from shared.web.armor import Armor, ForeignOrigin, same_origin
from shared.web.limits import NEVER_REFUSED, Limits, TooMany

TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS.value
STATUS: dict[type[Problem], int] = {  # the most particular first
    Malformed: 422,
    TooLarge: 413,
    NotAccepted: 415,
    Refused: 409,
    Missing: 404,
    Unknown: 401,
    Forbidden: 403,
    Stale: 409,
    AlreadyHandled: 409,
    TooMany: TOO_MANY,
}
HOTLINES = "In danger now: call 112, the police 110, or SAPA 129."
NOT_STORED = f"Nothing of this request is stored. Send it again. {HOTLINES}"
UNCERTAIN = (
    "We cannot say whether this request is stored. If it had an Idempotency-Key, send it again"
    f" with the same one: it will have one effect. {HOTLINES}"
)
REPEATABLE = {  # kinds of errors whose message names our rule and never the value
    *("missing", "extra_forbidden", "unknown_code", "literal_error", "enum", "bool_type"),
    *("string_type", "string_too_long", "string_too_short", "string_pattern_mismatch"),
    *("int_type", "greater_than_equal", "less_than_equal", "too_long", "too_short", "date_type"),
    *("tuple_type", "model_attributes_type", "model_type", "union_tag_not_found", "timezone_aware"),
}
DEADLINE = 4.5  # seconds from the last byte of the request
LONGEST = 120.0  # seconds from its first byte; 256 KiB over the slowest line take half of that
LARGEST = 256 * 1024  # bytes of a request
EXTEND = "aduan.extend"  # in the scope of a request: what moves its deadline
MEDIA_TYPE = "application/problem+json"
OPENINGS = ("/personal", "/opening")  # how the calls end that read what is personal
log = structlog.get_logger()


@dataclass
class Bounds:
    """How much one request may be, and how long; a route that takes files widens its own."""

    largest: int  # bytes
    longest: float  # seconds from its first byte
    deadline: float  # seconds from its last byte


def bounds_of(request: Request) -> Bounds:
    """Return the bounds of a request, to be widened before its body is read, and after ``may``."""
    bounds: Bounds = request.scope["aduan.bounds"]
    return bounds


class ProblemDetail(BaseModel):
    """What a client gets instead of an answer."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[dict[str, Any]] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare, for OpenAPI, the problems a route may answer with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": ProblemDetail.model_json_schema()}},
        }
        for status in sorted({*statuses, 401, 403, 413, 422, TOO_MANY, 503})
    }


def install(app: FastAPI) -> None:
    """Answer every failure as a problem, and protect every answer."""
    app.state.limits = Limits()
    app.state.refused = Counter()
    app.openapi = partial(_without_limits, app.openapi)  # type: ignore[method-assign]
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _plain)
    app.add_middleware(Guard)
    app.add_middleware(Armor)  # outside, so that no answer goes without


def _without_limits(openapi: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the document, where a call that is never refused does not say that it may be."""
    document = openapi()
    for method, path in NEVER_REFUSED:
        call = document["paths"].get(path, {}).get(method.lower(), {"responses": {}})
        call["responses"].pop(str(TOO_MANY), None)
    return document


class Guard:
    """The last word on every request: it ends in time, and an error tells nothing it should not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer for whatever goes wrong."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not same_origin(scope["method"], Headers(scope=scope)):
            await _told(ForeignOrigin("origin"))(scope, receive, send)
            return
        forget_commits()
        started, size = False, 0
        began = asyncio.get_running_loop().time()
        bounds = scope["aduan.bounds"] = Bounds(LARGEST, LONGEST, DEADLINE)

        async def count(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        async def patient() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > bounds.largest:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            now = asyncio.get_running_loop().time()
            latest = began + bounds.longest
            timeout.reschedule(min(now + bounds.deadline, latest))  # slow lines are slow
            return message

        def extend(seconds: float) -> None:
            now = asyncio.get_running_loop().time()
            timeout.reschedule(min(now + seconds, began + bounds.longest))

        scope[EXTEND] = extend
        try:
            async with asyncio.timeout(DEADLINE) as timeout:
                await self.app(scope, patient, count)
        except Exception as error:
            if started:
                raise _Broken(type(error).__name__) from None
            await _last_word(error)(scope, receive, send)


@contextmanager
def may_wait(request: Request) -> Iterator[None]:
    """Let a request stand in a line without counting that time; it still ends after LONGEST."""
    extend = request.scope[EXTEND]
    extend(LONGEST)
    yield
    extend(DEADLINE)


class _Broken(Exception):
    """An answer broke off half way; only the class of the error is told."""


def _last_word(error: Exception) -> JSONResponse:
    outage = isinstance(error, OUTAGES)
    log.log(
        30 if outage else 40,
        "outage" if outage else "bug",
        error=type(error).__name__,  # not its text, which may hold a value
        where=[f"{f.name} {f.lineno}" for f in traceback.extract_tb(error.__traceback__)][-6:],
    )
    if outage:
        detail = UNCERTAIN if may_be_stored() else NOT_STORED
        title = "We cannot do this right now."
        return _answer("unavailable", title, 503, {"Retry-After": "2"}, detail=detail)
    return _answer("internal", "Something went wrong on our side.", 500)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Missing | Forbidden):
        await _note_refusal(request, error)
    return _told(error)


async def _note_refusal(request: Request, error: Exception) -> None:
    """Leave a trace of a member of staff who asks for what is not theirs, or not there."""
    who: Subject = getattr(request.state, "subject", PUBLIC)
    if who != PUBLIC:
        await _trace(request, who)
        refused: Counter[str] = request.app.state.refused
        refused[who.actor] += 1
        log.warning(
            "refused",
            actor=who.actor,
            problem=type(error).__name__,
            call=f"{request.method} {request.scope['route'].path}",  # without ids
            nth=refused[who.actor],  # of theirs since this process began
        )


async def _trace(request: Request, who: Subject) -> None:
    """Leave one for good where personal data were asked for. The answer is the same without."""
    path: str = request.scope["route"].path
    ids = list(request.path_params.values())
    store = getattr(request.app.state, "store", None)  # none before it has started
    if store is None or not ids or not path.endswith(OPENINGS):
        return
    with suppress(*OUTAGES, Problem, ValueError):
        await note_refused(
            store,
            actor=who.actor,
            about=UUID(str(ids[0])),
            call=f"{request.method} {path}",
            now=now_utc(),
        )


def _told(error: Exception) -> JSONResponse:
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    title = (type(error).__doc__ or "").strip().splitlines()[0]
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    if isinstance(error, TooMany):
        headers = {"Retry-After": str(error.retry_after)}
    return _answer(_slug(type(error)), title, status, headers, detail=str(error))


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    errors = [
        {"at": _place(each), "problem": _rule(each)}
        for each in cast(RequestValidationError, error).errors()
    ]
    return _answer("malformed", "The request is not well-formed.", 422, errors=errors)


def _rule(error: dict[str, Any]) -> str:
    """Return which rule was broken; messages of pydantic that hold the value are not told."""
    message: str = error["msg"]
    return message if error["type"] in REPEATABLE else f"Not valid ({error['type']})"


def _place(error: dict[str, Any]) -> list[str | int]:
    """Return where the error is. The name of a field we do not know is the sender's own text."""
    place = list(error["loc"])
    if error["type"] == "json_invalid":
        return ["body"]
    return place[:-1] if error["type"] == "extra_forbidden" else place


async def _plain(_: Request, error: Exception) -> JSONResponse:
    status = HTTPStatus(cast(HTTPException, error).status_code)
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that it cannot read at all
        errors = [{"at": ["body"], "problem": "Not valid (json_invalid)"}]
        return _answer("malformed", "The request is not well-formed.", 422, errors=errors)
    body = {"type": "about:blank", "title": status.phrase, "status": status}
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


def _answer(
    slug: str, title: str, status: int, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    body = {"type": f"/problems/{slug}", "title": title, "status": status, **more}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def _slug(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()
