"""An issuer for tests of the issuer: its staff, its clock, and a browser that logs in."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from deploy.local import folder
from deploy.local.issuer import create_app
from deploy.local.logins import HASHER, STAFF, Member
from deploy.local.settings import IssuerSettings
from tests.services import PLAIN

URL = "http://127.0.0.1:9000"
CALLBACK = "http://127.0.0.1:9001/login/callback"  # the seed's {intake}/login/callback
CLIENT = "aduan-pages"
PASSWORD = "rahasia-sekali"
AGENCY = "01930000-0000-7000-8000-00000000a001"
NOON = 1_800_000_000.0
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": CLIENT,
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid",
    "state": "state-of-the-page",
    "nonce": "nonce-of-the-page",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


class Clock:
    """The time, as a test wants it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Person:
    """Somebody of the staff, with her telephone."""

    def __init__(self, username: str, role: str, number: int, clock: Clock) -> None:
        self.username, self.role = username, role
        self.sub = f"01930000-0000-7000-8000-{number:012}"
        self.secret = pyotp.random_base32()
        self.password = PASSWORD
        self._clock = clock

    @property
    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(int(self._clock.now))

    @property
    def member(self) -> Member:
        return Member(
            username=self.username,
            password_hash=HASHED,
            totp_secret=self.secret,
            roles=(self.role,),
            sub=self.sub,
            agency=AGENCY if self.role == "agency" else None,
        )

    @property
    def form(self) -> dict[str, str]:
        return {"username": self.username, "password": self.password, "totp": self.code}


HASHED = HASHER.hash(PASSWORD)


class Office:
    """The issuer's folder, who works there, and ways to meet them."""

    def __init__(self, data: Path) -> None:
        self.data, self.clock = data, Clock()
        roles = ("operator", "agency", "supervisor", "supervisor", "admin")
        names = ("ratna", "kepanjen", "kartika", "sekar", "teknis")
        self.people = {
            name: Person(name, role, number, self.clock)
            for number, (name, role) in enumerate(zip(names, roles, strict=True), start=1)
        }
        members = tuple(person.member for person in self.people.values())
        folder.write(data / "staff.json", STAFF.dump_json(members))

    def open(self) -> httpx.AsyncClient:
        """Start the issuer, or start it again, on the same folder."""
        app = create_app(IssuerSettings(url=URL, data=self.data), now=self.clock)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, verify=PLAIN)

    async def token(self, issuer: httpx.AsyncClient, name: str) -> dict[str, str]:
        """Log somebody in as programs do, and return the header with her token."""
        self.clock.now += 30
        form = {"grant_type": "password"} | self.people[name].form
        answer = await issuer.post("/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def code(self, issuer: httpx.AsyncClient, name: str) -> str:
        """Log somebody in on the page, and return the code it leads to."""
        self.clock.now += 30
        answer = await send_login(issuer, self.people[name])
        assert answer.status_code == 303, answer.text
        return query_of(answer)["code"]

    async def tokens(self, issuer: httpx.AsyncClient, name: str) -> dict[str, str]:
        """Log somebody in on the page, and return all tokens the page gets."""
        answer = await redeem(issuer, await self.code(issuer, name))
        assert answer.status_code == 200, answer.text
        body: dict[str, str] = answer.json()
        return body


async def send_login(
    issuer: httpx.AsyncClient,
    person: Person,
    headers: dict[str, str] = SAME_SITE,
    /,
    **changed: str,
) -> httpx.Response:
    """Open the login page, fill in what is asked for, and send the form as a browser does."""
    page = await issuer.get("/authorize", params=ASKED)
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    form = {name: unescape(value) for name, value in hidden} | person.form | changed
    return await issuer.post("/authorize", data=form, headers=headers)


async def redeem(issuer: httpx.AsyncClient, code: str, **changed: str) -> httpx.Response:
    """Change a code into tokens, as the page does."""
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "code": code,
        "code_verifier": VERIFIER,
    }
    return await issuer.post("/token", data=form | changed)


async def refresh(issuer: httpx.AsyncClient, token: str, client: str = CLIENT) -> httpx.Response:
    """Ask for the next tokens of a session."""
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client}
    return await issuer.post("/token", data=form)


async def revoked(issuer: httpx.AsyncClient) -> list[str]:
    """Return which sessions the issuer says are over."""
    found: list[str] = (await issuer.get("/revoked")).json()["revoked"]
    return found


def query_of(answer: httpx.Response) -> dict[str, str]:
    """Return what a redirect carries."""
    query = parse_qs(urlsplit(answer.headers["location"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}
