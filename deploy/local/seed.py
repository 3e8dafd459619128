"""What a fresh system begins with, told to the services as anybody would: over HTTP."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from deploy.local.logins import seed_data
from deploy.local.problems import CannotRun

ALREADY_THERE = 409


async def seed(urls: dict[str, str], token: Callable[[str], Awaitable[str]]) -> None:
    """Enter counselors and agencies; the second time this changes nothing.

    `token` returns the bearer token of somebody with the given role.
    """
    data = seed_data()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        await asyncio.gather(
            *(
                _tell(client, "PUT", f"{urls['counseling']}/counselors", counselor, token)
                for counselor in data["counselors"]
            ),
            *(
                _tell(client, "POST", f"{urls['referral']}/agencies", agency, token)
                for agency in data["agencies"]
            ),
        )


async def _tell(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    body: dict[str, Any],
    token: Callable[[str], Awaitable[str]],
) -> None:
    role = "supervisor" if method == "PUT" else "admin"
    headers = {"Authorization": f"Bearer {await token(role)}", "Idempotency-Key": _key(url, body)}
    answer = await client.request(method, url, json=body, headers=headers)
    if not answer.is_success and answer.status_code != ALREADY_THERE:
        raise CannotRun(f"seeding: {method} {url} answered {answer.status_code}")


def _key(url: str, body: dict[str, Any]) -> str:
    """Return a key that stays the same as long as the content does."""
    content = json.dumps(body, sort_keys=True).encode()
    return f"seed-{url.rpartition('/')[2]}-{hashlib.sha256(content).hexdigest()[:32]}"
