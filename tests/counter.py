"""Somebody at the counter of a running intake: what they send, and what they look at."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from tests.complaints import WALK_IN
from tests.conftest import Database
from tests.services import in_process
from tests.tokens import Issuer

NOWHERE = "nats://127.0.0.1:1"  # a service takes complaints without NATS
CALL: dict[str, Any] = {
    "channel": "call_center",
    "caller_number": "0812-0000-0155",
    "language": "jv",
    "call_back": True,
}
TOLD = {name: value for name, value in WALK_IN.items() if name != "channel"}
DRAFT = {
    "reporter_role": "victim",
    "reporter": {"full_name": "Wulan Kencana"},
    "narrative": "Tolong, suami saya bawa parang",
    "locus_text": "Gang Mawar, Bandungrejosari",
    "locus_code": "35.73.04.1004",
    "safe_contact": {"may_call": False, "code_word": "kemangi"},
}
HERS = re.compile(r"Wulan|Kencana|parang|Mawar|0155|kemangi|Sumarni|gang 3", re.IGNORECASE)


@dataclass
class Counter:
    """Intake, and somebody at its counter."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    database: Database

    async def post(
        self,
        path: str,
        body: Any = None,
        role: str = "operator",
        nth: int = 1,
        *,
        key: str | None = None,
    ) -> httpx.Response:
        """Send it as somebody; with a key, so that it can be sent again."""
        headers = self.issuer.headers(role, nth=nth) | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(path, json=body, headers=headers)

    async def get(self, path: str, role: str = "operator", nth: int = 1) -> Any:
        answer = await self.client.get(path, headers=self.issuer.headers(role, nth=nth))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def opened(self, body: dict[str, Any] = CALL) -> str:
        answer = await self.post("/contacts", body)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        return id

    async def keep(
        self, id: str, body: dict[str, Any], nth: int = 1, *, version: int | None = None
    ) -> httpx.Response:
        headers = self.issuer.headers("operator", nth=nth)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.client.put(f"/contacts/{id}/draft", json=body, headers=headers)

    async def read(self, path: str) -> dict[str, str]:
        """Read all that is told there, as a supervisor may."""
        answer = await self.post(f"{path}/personal", {"purpose": "supervision"}, "supervisor")
        assert answer.status_code == 200, answer.text
        fields: dict[str, str] = answer.json()["fields"]
        return fields

    async def clock(self, id: str, rule: str = "counter") -> dict[str, Any]:
        (found,) = await self.get(f"/clocks?status=all&complaint_id={id}&rule={rule}", "supervisor")
        assert isinstance(found, dict)
        return found

    async def happened(self, id: str) -> list[str]:
        rows = await self.app.state.store.pool.fetch(
            "select name from es.events where body ->> 'correlation' = $1 order by tx_id, position",
            id,
        )
        return [row["name"] for row in rows if row["name"] != "PersonalDataAccessed"]


@asynccontextmanager
async def at_the_counter(
    database: Database, issuer: Issuer, pepper: Path, nats: str = NOWHERE
) -> AsyncIterator[Counter]:
    """Intake as it runs, and its counter."""
    told = {"database": database.url, "nats": nats, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", **told) as (client, app):
        yield Counter(client, app, issuer, database)
