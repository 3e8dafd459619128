"""Talking to the running system as one of its staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from deploy.local.login import token_as
from deploy.local.problems import CannotRun
from deploy.local.running import Running
from shared.eventstore import new_id

PUBLIC = "public"


class Clients:
    """One HTTP client to a service, and a token to a role."""

    def __init__(self, running: Running, clients: dict[str, httpx.AsyncClient]) -> None:
        self.running, self._clients = running, clients

    async def get(self, who: str, service: str, path: str, **query: Any) -> Any:
        """Return what a service answers to somebody."""
        asked = {name: value for name, value in query.items() if value is not None}
        headers = await self._headers(who)
        return await self._ask(service, "GET", path, params=asked, headers=headers)

    async def post(self, who: str, service: str, path: str, body: Any = None) -> Any:
        """Ask a service to do something, once, however often the line drops."""
        headers = await self._headers(who) | {"Idempotency-Key": str(new_id())}
        return await self._ask(service, "POST", path, json=body, headers=headers)

    async def put(self, who: str, service: str, path: str, body: Any) -> Any:
        """Put something in the place of what is there."""
        headers = await self._headers(who)
        return await self._ask(service, "PUT", path, json=body, headers=headers)

    async def _ask(self, service: str, method: str, path: str, **more: Any) -> Any:
        try:
            answer = await self._clients[service].request(method, path, **more)
        except httpx.TransportError:
            raise CannotRun(f"{service} does not answer at {self.running.urls[service]}") from None
        return _body(answer, path)

    def name_of(self, actor: str) -> str:
        """Return who an actor of the history is, as far as this machine's logins know."""
        kind, _, id = actor.partition(":")
        if kind != "staff":
            return actor
        for login in self.running.logins:
            if id in (login.sub, str(login.agency)):
                return f"{login.username} ({', '.join(login.roles)})"
        return id

    async def _headers(self, who: str) -> dict[str, str]:
        if who == PUBLIC:
            return {}
        return {"Authorization": f"Bearer {await token_as(self.running, who)}"}


@asynccontextmanager
async def clients_of(running: Running) -> AsyncIterator[Clients]:
    """Open a client to every service, and close them at the end."""
    async with AsyncExitStack() as stack:
        yield Clients(
            running,
            {
                name: await stack.enter_async_context(
                    httpx.AsyncClient(base_url=url, timeout=10, trust_env=False)
                )
                for name, url in running.urls.items()
            },
        )


async def story(clients: Clients, correlation: UUID) -> list[dict[str, Any]]:
    """Return everything the four services remember of one complaint, in the order recorded."""
    events: list[dict[str, Any]] = []
    for service in ("intake", "triage", "referral", "counseling"):
        after: int | None = -1
        while after is not None:
            page = await clients.get(
                "auditor", service, "/history/events", correlation=str(correlation), after=after
            )
            events += [{"service": service} | event for event in page["events"]]
            after = page["next"]
    return sorted(events, key=lambda event: event["recorded_at"])


def _body(answer: httpx.Response, path: str) -> Any:
    if answer.is_error:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
    return answer.json()
