"""What anybody would write: the same form with plain types, and one INSERT of it as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from fastapi import FastAPI, Request
from pydantic import BaseModel, PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.eventstore import new_id
from shared.eventstore.postgres import Pool, open_pool


class Settings(BaseSettings):
    """Read from the environment: BARE_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="BARE_", frozen=True)

    database_url: PostgresDsn


class Reporter(BaseModel):
    """Who tells."""

    full_name: str | None = None
    phone: str | None = None
    nik: str | None = None
    anonymous: bool = False


class SafeContact(BaseModel):
    """How to answer."""

    may_call: bool = False
    phone: str | None = None
    hours: tuple[tuple[str, str], ...] = ()
    leave_message: bool = False
    code_word: str | None = None


class ReferredBy(BaseModel):
    """Who sends."""

    institution: str
    officer: str | None = None
    letter_no: str | None = None
    letter_on: date | None = None
    services_given: tuple[str, ...] = ()
    purpose: str | None = None


class Complaint(BaseModel):
    """What is told."""

    channel: str
    sub_channel: str | None = None
    reporter_role: str
    reporter: Reporter | None = None
    narrative: str
    in_danger: bool
    occurred_on: date | None = None
    locus_text: str | None = None
    locus_code: str | None = None
    safe_contact: SafeContact | None = None
    referred_by: ReferredBy | None = None


class Received(BaseModel):
    """Where it is."""

    complaint_id: UUID


def create_app() -> FastAPI:
    """Build it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_pool(str(Settings().database_url)) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.post("/complaints", status_code=201)
    async def receive(complaint: Complaint, request: Request) -> Received:
        pool: Pool = request.app.state.pool
        id, body = new_id(), complaint.model_dump_json()
        await pool.execute("insert into bare.complaints (id, body) values ($1, $2)", id, body)
        return Received(complaint_id=id)

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ok"}

    return app
