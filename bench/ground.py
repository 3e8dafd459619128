"""The ground that comparisons stand on: databases of ours, and bare tables of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import nats

from bench.measure import Pace
from deploy.local.servers import Servers
from deploy.provision import provision_nats, provision_postgres
from shared.eventstore import new_id

PASSWORD = "bench"  # noqa: S105 of servers that live for this run only
SERVICES = ("intake", "triage")
BARE = """
    create schema bare;
    create table bare.events (
        stream_id uuid, version int, event_id uuid, name text,
        recorded_at timestamptz default now(), body json, primary key (stream_id, version)
    );
    create table bare.complaints (id uuid primary key, body json);
    grant usage on schema bare to public;
    grant select, insert on all tables in schema bare to public
"""
BARE_VIEW = """
    create table bare.identifications (like views.identifications including all);
    grant insert on bare.identifications to public
"""
BARE_EVENT = (
    "insert into bare.events (stream_id, version, event_id, name, body) values ($1, $2, $3, $4, $5)"
)


@dataclass(frozen=True)
class Database:
    """A database that a section has for itself."""

    url: str  # as the service logs in
    admin_url: str


@dataclass(frozen=True)
class Ground:
    """The servers, a folder to work in, and how long to measure."""

    servers: Servers
    folder: Path
    pace: Pace

    async def prepare(self) -> None:
        """Make what the sections copy: each service's database, with the bare tables in it."""
        for service in SERVICES:
            await provision_postgres(self.servers.postgres_admin_url, service, PASSWORD)
            connection = await asyncpg.connect(self.at(service))
            await connection.execute(BARE + (f";{BARE_VIEW}" if service == "triage" else ""))
            await connection.close()

    async def database(self, service: str) -> Database:
        """Return an empty copy of a service's database."""
        name = f"bench_{new_id().hex}"
        admin = await asyncpg.connect(self.servers.postgres_admin_url)
        for beside in ("", "_keys"):
            await admin.execute(f"create database {name}{beside} template {service}{beside}")
            await admin.execute(
                f"grant connect on database {name}{beside} to aduan_{service}{beside}"
            )
        await admin.close()
        return Database(self.at(name, f"aduan_{service}:{PASSWORD}"), self.at(name))

    async def nats(self) -> str:
        """Return the address of NATS, with every stream empty."""
        connection = await nats.connect(self.servers.nats_url)
        jetstream = connection.jetstream()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(stream.config.name or "")
        await connection.close()
        await provision_nats(self.servers.nats_url)
        return self.servers.nats_url

    def at(self, database: str, login: str = "") -> str:
        """Return the address of a database, for a superuser when no login is given."""
        admin = urlsplit(self.servers.postgres_admin_url)
        netloc = f"{login}@{admin.hostname}:{admin.port}" if login else admin.netloc
        return urlunsplit(admin._replace(netloc=netloc, path=f"/{database}"))


class Places:
    """Where each writer appends next: in streams of its own, ten events long."""

    LENGTH = 10

    def __init__(self) -> None:
        self._last: dict[int, tuple[UUID, int]] = {}

    def next(self, writer: int) -> tuple[UUID, int]:
        """Return a stream and the version that comes next in it."""
        stream, version = self._last.get(writer, (new_id(), 0))
        if version == self.LENGTH:
            stream, version = new_id(), 0
        self._last[writer] = stream, version + 1
        return stream, version + 1
