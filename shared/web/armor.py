"""What protects every answer and every process: headers, the origin of a request, no core dumps."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import Forbidden

PR_SET_DUMPABLE = 4
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # they change nothing
HEADERS = {
    "cache-control": "no-store",  # a telephone is shared, a proxy is not ours
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",  # a page says its own
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    # Not no-referrer: with that, Chromium sends our own forms with `Origin: null`.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
HSTS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}  # two years


class ForeignOrigin(Forbidden):
    """This request comes from another site."""


class Armor:
    """Puts the headers on every answer that does not bring its own. It never holds a body back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._plain = _encoded(HEADERS)
        self._secure = _encoded(HEADERS | HSTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ours = self._secure if scope["scheme"] == "https" else self._plain

        async def armored(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = list(message.get("headers", ()))
                named = {name.lower() for name, _ in theirs}
                message["headers"] = theirs + [each for each in ours if each[0] not in named]
            await send(message)

        await self.app(scope, receive, armored)


def same_origin(method: str, headers: Mapping[str, str]) -> bool:
    """Say whether a request may have come from a page of ours, or changes nothing.

    Only a cookie is sent by a browser unasked: a call with a bearer token and no cookie is exempt.
    """
    if method in SAFE or "cookie" not in headers:
        return True
    if site := headers.get("sec-fetch-site"):  # browsers say so themselves; no script can
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


def leave_no_dump() -> None:
    """Keep what is in memory out of core dumps, and away from other processes of this user."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
