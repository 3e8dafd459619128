"""Authorization codes: what a registered page may ask for, and what a code is worth (PKCE)."""

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.local import logins, ports

LIFETIME = 60.0  # seconds between the code and its token
WAITING = 1_000  # codes at the same time
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class NotRegistered(Exception):
    """A client or its address is not ours: we show that, and send nobody anywhere."""


@dataclass(frozen=True)
class Refused(Exception):
    """The request is not one we answer; its client is told so, in the words of RFC 6749."""

    error: str


class Request(BaseModel):
    """What a page asks for when it sends somebody to log in."""

    model_config = ConfigDict(frozen=True, str_max_length=500)

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    response_mode: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    request: str = ""
    request_uri: str = ""

    def check(self) -> None:
        """Insist on the one way in that we offer."""
        if self.request or self.request_uri:
            raise Refused("request_not_supported" if self.request else "request_uri_not_supported")
        if self.response_type != "code":
            raise Refused("unsupported_response_type")
        if "openid" not in self.scope.split():
            raise Refused("invalid_scope")
        proof = self.code_challenge_method == "S256" and CHALLENGE.fullmatch(self.code_challenge)
        if not proof or not self.state or not self.nonce or self.response_mode not in ("", "query"):
            raise Refused("invalid_request")
        if "none" in self.prompt.split():  # we keep nobody logged in: these are shared desks
            raise Refused("login_required")

    def answer(self, issuer: str, **more: str) -> str:
        """Return where to send the browser back to, with the answer."""
        query = urlencode({**more, "state": self.state, "iss": issuer})  # iss: RFC 9207
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{query}"


@dataclass(frozen=True)
class Grant:
    """Who a code stands for, and what it was asked for with."""

    sub: str
    request: Request
    expires: float


class Clients:
    """The pages that may send people to log in, and where each may get them back."""

    def __init__(self, issuer: str) -> None:
        self._addresses = {
            each["client_id"]: frozenset(_here(uri, issuer) for uri in each["redirect_uris"])
            for each in logins.seed_data()["clients"]
        }

    def request(self, given: list[tuple[str, str]]) -> Request:
        """Return the request if it comes from a page of ours, to the very address registered."""
        if len(dict(given)) != len(given):
            raise NotRegistered  # twice the same parameter: one of them is not the page's
        try:
            request = Request.model_validate(dict(given))
        except ValidationError:
            raise NotRegistered from None
        if request.redirect_uri not in self._addresses.get(request.client_id, ()):
            raise NotRegistered
        return request


class Grants:
    """Codes that were given out and not used. They are few and short-lived: memory is enough."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Grant] = OrderedDict()

    def give(self, sub: str, request: Request, now: float) -> str:
        """Return a code for somebody who has just logged in."""
        code = secrets.token_urlsafe(32)
        self._waiting[code] = Grant(sub, request, now + LIFETIME)
        if len(self._waiting) > WAITING:
            self._waiting.popitem(last=False)
        return code

    def take(
        self, code: str, client_id: str, redirect_uri: str, verifier: str, now: float
    ) -> Grant | None:
        """Use up a code and return what it is worth, if whoever brings it is who asked for it."""
        grant = self._waiting.pop(code, None)
        if grant is None or now >= grant.expires or not VERIFIER.fullmatch(verifier):
            return None
        asked = grant.request
        proven = hmac.compare_digest(challenge_of(verifier), asked.code_challenge)
        same = (client_id, redirect_uri) == (asked.client_id, asked.redirect_uri)
        return grant if proven and same else None


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _here(uri: str, issuer: str) -> str:
    """Fill in where the services of this machine listen: the issuer's port is the first of all."""
    ours = ports.Ports(urlsplit(issuer).port or 0)
    return uri.format_map({name: ours.url(name) for name in ports.NAMES})
