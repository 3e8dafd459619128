"""Make what the services need before they start: databases, roles, tables, streams, durables.

Doing it twice changes nothing. Services have no right to do any of it themselves.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from shared.addresses import each_of
from shared.eventstore.log import check_order
from shared.eventstore.migrate import MIGRATIONS, migrate, views_are_current, views_of
from shared.eventstore.rebuild import Rebuilt, rebuild
from shared.messaging.bus import PARKED, Login, NatsClient
from shared.messaging.react import readers
from shared.privacy.keyring import MIGRATIONS as KEYS_MIGRATIONS

if TYPE_CHECKING:
    from shared.web.service import Parts

SERVICES = ("intake", "triage", "referral", "counseling")
SOURCES = Path(__file__).parent.parent / "services"
DAY = 86_400  # seconds
KEPT = 90 * DAY  # NATS carries, PostgreSQL keeps: older facts are asked from their publisher
DUPLICATES = 3_600  # seconds in which NATS drops a fact it has seen
ACK_WAIT = 10  # seconds; no policy takes that long, so a message out longer lost its handler


def parts_of(service: str) -> Parts:
    """Return the parts of a service. This imports all of it, which takes half a second."""
    parts: Parts = import_module(f"services.{service}.app").PARTS
    return parts


def database_url(admin_url: str, service: str, password: str) -> str:
    """Return the address of a service's database for the role it logs in with."""
    at = urlsplit(admin_url)
    host = at.netloc.rpartition("@")[2] or "localhost"  # or several
    login = f"aduan_{service}:{quote(password, safe='')}"
    return urlunsplit((at.scheme, f"{login}@{host}", f"/{service}", at.query, ""))


async def provision_postgres(admin_url: str, service: str, password: str) -> str:
    """Make a service's roles, databases and tables; return the address of its events for it.

    Its keyring is a database of its own, with a role of its own: see deploy/keys.py.
    """
    keys = f"{service}_keys"
    await asyncio.gather(*(_database(admin_url, name, password) for name in (service, keys)))
    await asyncio.gather(_migrate(admin_url, service), _migrate_keys(admin_url, keys))
    return database_url(admin_url, service, password)


async def _database(admin_url: str, service: str, password: str) -> None:
    app, owner = f"aduan_{service}", f"aduan_{service}_owner"
    admin = await asyncpg.connect(admin_url)
    try:
        for role in (owner, app):
            if not await admin.fetchval("select true from pg_roles where rolname = $1", role):
                await admin.execute(f"create role {role}")
        quoted = await admin.fetchval("select quote_literal($1)", password)
        await admin.execute(f"alter role {app} login password {quoted}")
        if not await admin.fetchval("select true from pg_database where datname = $1", service):
            await admin.execute(f"create database {service} owner {owner}")
        await admin.execute(
            f"revoke connect, temporary on database {service} from public;"
            f"grant connect, temporary on database {service} to {app}"  # for what was known once
        )
    finally:
        await admin.close()


async def _migrate(admin_url: str, service: str) -> None:
    connection = await as_owner(admin_url, service)
    try:
        await migrate(connection, f"aduan_{service}", MIGRATIONS, SOURCES / service / "migrations")
        await check_order(connection)
        is_current = await views_are_current(connection, views_of(SOURCES / service))
    finally:
        await connection.close()
    if not is_current:
        await rebuild_views(admin_url, service)


async def _migrate_keys(admin_url: str, keys: str) -> None:
    connection = await as_owner(admin_url, keys)
    try:
        await migrate(connection, f"aduan_{keys}", KEYS_MIGRATIONS)
    finally:
        await connection.close()


async def rebuild_views(admin_url: str, service: str) -> int:
    """Make every view of a service anew; return how many events that took."""
    return (await rebuild_and_compare(admin_url, service)).events


async def rebuild_and_compare(admin_url: str, service: str, view: str | None = None) -> Rebuilt:
    """Make every view of a service anew, or put one right; say how the old ones differed."""
    parts = parts_of(service)
    return await rebuild(
        partial(as_owner, admin_url, service),
        parts.codec,
        parts.project,
        schema=parts.schema,
        app_role=f"aduan_{service}",
        view=view,
    )


async def as_owner(admin_url: str, service: str) -> asyncpg.Connection[asyncpg.Record]:
    """Return a connection to a service's database as the owner of its tables."""
    at = urlsplit(admin_url)
    connection = await asyncpg.connect(urlunsplit(at._replace(path=f"/{service}")))
    await connection.execute(f"set role aduan_{service}_owner")
    return connection


async def provision_nats(url: str, login: Login | None = None, *, replicas: int = 1) -> None:
    """Make a stream for each service, one for what is parked, and a durable for each reader.

    In a cluster of three, ``replicas=3``: each of them has all of it, and one may be lost.
    """
    connection = NatsClient()
    await connection.connect(each_of(url), **(login or Login()).options("provisioner"))
    try:
        jetstream = connection.jetstream(timeout=20)
        for service in SERVICES:
            await _stream(
                jetstream,
                StreamConfig(
                    name=service,
                    subjects=[f"ppa.{service}.>"],
                    storage=StorageType.FILE,
                    num_replicas=replicas,
                    duplicate_window=DUPLICATES,
                    max_age=KEPT,
                    allow_direct=True,
                    deny_delete=True,
                    deny_purge=True,
                ),
            )
        await _stream(
            jetstream,
            StreamConfig(
                name=PARKED,
                subjects=[f"{PARKED}.>"],
                storage=StorageType.FILE,
                num_replicas=replicas,
                duplicate_window=DUPLICATES,
                allow_direct=True,
            ),
        )
        await asyncio.gather(*(provision_readers(jetstream, each) for each in SERVICES))
    finally:
        await connection.close()


async def provision_readers(jetstream: JetStreamContext, service: str) -> None:
    """Make the durables of one service: one for each source stream and partition.

    One message at a time for each: that is what keeps a case in order with any number of replicas.
    """
    policies = import_module(f"services.{service}.policies").POLICIES
    heard: dict[str, list[str]] = defaultdict(list)
    for policy in policies:
        heard[policy.fact.stream()].append(policy.fact.__name__)
    wanted = {
        (stream, durable): ConsumerConfig(
            durable_name=durable,
            filter_subjects=[f"ppa.{stream}.{fact}.{n}.*" for fact in sorted(heard[stream])],
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_ack_pending=1,
            max_deliver=-1,
        )
        for stream, n, durable in readers(service, policies)
    }
    known = {
        (info.stream_name, info.name): info.config
        for stream in heard
        for info in await jetstream.consumers_info(stream)
    }
    await asyncio.gather(
        *(
            jetstream.add_consumer(stream, config)
            for (stream, durable), config in wanted.items()
            if not _is_as(known.get((stream, durable)), config)
        )
    )


def _is_as(known: ConsumerConfig | None, wanted: ConsumerConfig) -> bool:
    return known is not None and all(
        getattr(known, name) == getattr(wanted, name)
        for name in ("filter_subjects", "ack_policy", "ack_wait", "max_ack_pending", "max_deliver")
    )


async def _stream(jetstream: JetStreamContext, config: StreamConfig) -> None:
    try:
        await jetstream.add_stream(config)
    except BadRequestError:  # it is there, made by an earlier version of this file
        await jetstream.update_stream(config)
