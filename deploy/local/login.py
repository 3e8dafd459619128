"""Logging in as the seeded staff: `python -m deploy.local.login --as operator` prints a token."""

import argparse
import asyncio
import fcntl
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import pyotp

from deploy.local.logins import Login
from deploy.local.problems import CannotRun
from deploy.local.running import Running, read_running

STEP = 30  # seconds a one-time code lives
EARLY = 300.0  # seconds before expiry when a new token is fetched


@dataclass(frozen=True)
class Kept:
    """A token, and the step of the clock whose one-time code it took."""

    issuer: str
    token: str = field(repr=False)
    expires_at: float
    step: int


async def token_as(running: Running, who: str) -> str:
    """Return a token of that person, or of the first one with that role."""
    return await token_of(running.urls["issuer"], running.login(who), cache=running.tokens)


async def token_of(issuer_url: str, login: Login, *, cache: Path | None = None) -> str:
    """Log in and return the access token. With a cache, log in only when the last one gets old."""
    if cache is None:
        return (await _log_in(issuer_url, login, used=0)).token
    async with _locked(cache, login.sub) as file:
        kept = _read(file)
        if kept and kept.issuer == issuer_url and kept.expires_at - EARLY > _now():
            return kept.token
        fresh = await _log_in(issuer_url, login, used=kept.step if kept else 0)
        _write(file, fresh)
        return fresh.token


async def _log_in(issuer_url: str, login: Login, used: int) -> Kept:
    """Log in with the next code that was not used yet.

    The issuer takes a code one step early, so two logins within 30 seconds go without waiting.
    When somebody else used the code we try the one after; all in all this waits 30 s at most.
    """
    totp = pyotp.TOTP(login.totp_secret)
    first = max(_step(), used + 1)
    async with httpx.AsyncClient(base_url=issuer_url, trust_env=False, timeout=30) as client:
        for step in range(first, max(first, _step() + 2) + 1):
            await asyncio.sleep(max(0, (step - 1) * STEP - _now()))
            form = {
                "grant_type": "password",
                "username": login.username,
                "password": login.password,
                "totp": totp.generate_otp(step),
            }
            answer = await client.post("/token", data=form)
            if answer.is_success:
                body = answer.json()
                return Kept(issuer_url, body["access_token"], _now() + body["expires_in"], step)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                break
    raise CannotRun(f"{issuer_url} does not let {login.username} in ({answer.status_code})")


@asynccontextmanager
async def _locked(cache: Path, sub: str) -> AsyncIterator[int]:
    """Open the person's file, while nobody else logs in as the same person."""
    file = _open(cache, sub)
    try:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _open(cache: Path, sub: str) -> int:
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(cache / f"{sub}.json", os.O_RDWR | os.O_CREAT, 0o600)


def _read(file: int) -> Kept | None:
    content = os.pread(file, 65_536, 0)
    try:
        return Kept(**json.loads(content)) if content else None
    except (TypeError, ValueError):
        return None  # cut short by a kill


def _write(file: int, kept: Kept) -> None:
    content = json.dumps(asdict(kept)).encode()
    os.ftruncate(file, 0)
    os.pwrite(file, content, 0)


def _now() -> float:
    return time.time()  # noqa: TID251  the client's own clock


def _step() -> int:
    return int(_now()) // STEP


def main() -> int:
    """Print a token."""
    parser = argparse.ArgumentParser("deploy.local.login", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--as", dest="who", default="operator", help="a role or a username")
    options = parser.parse_args()
    try:
        print(asyncio.run(token_as(read_running(options.data), options.who)))
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
