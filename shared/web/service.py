"""A service, put together from its parts: store, bus, background work, routes."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import structlog
from fastapi import APIRouter, FastAPI

from shared.access import Verifier
from shared.access.door import PersonalDataAccess
from shared.access.extract import NO_JOURNEYS, Extract
from shared.access.forgetting import Shredding, stay_as_told, told_by
from shared.access.keeping import Keeping
from shared.access.standing import Standing
from shared.access.trace import RefusedOpening
from shared.clocks.clock import Clock
from shared.clocks.limits import Limits
from shared.clocks.ticker import tick
from shared.eventstore import now_utc
from shared.eventstore.codec import Codec
from shared.eventstore.postgres import Pool, PostgresEventStore, Projection, open_pool, open_store
from shared.history.signer import LogFolder, sign_on
from shared.history.witnessing import witness_on
from shared.messaging import Missed, Policy, Work, lead, listeners, open_bus, running
from shared.messaging.told import Published
from shared.privacy.keyring import Keyring
from shared.web import (
    armor,
    clocks,
    extract,
    facts,
    health,
    history,
    personal,
    problems,
    proof,
    reports,
)
from shared.web.peers import Peers
from shared.web.settings import ServiceSettings

IN_EVERY_SERVICE = (  # aggregates all have
    *(Standing, Keeping, Shredding, PersonalDataAccess, RefusedOpening),
    *(Clock, Limits, Extract),
)
ROUTERS = tuple(
    each.router for each in (clocks, reports, extract, personal, history, proof, facts, health)
)  # and calls


@dataclass(frozen=True)
class Parts:
    """Everything that makes one service different from another."""

    name: str
    about: str
    codec: Codec
    schema: str
    project: Projection
    published: Published
    policies: tuple[Policy, ...]
    routers: tuple[APIRouter, ...]
    journeys: str = NO_JOURNEYS  # SQL: complaint_id, registration_no, channel, if it knows them
    stories_of: Callable[[Pool, UUID], Awaitable[list[UUID]]] = told_by  # a person's own complaints
    works: Mapping[str, Callable[[str, PostgresEventStore], Awaitable[None]]] = field(
        default_factory=dict
    )  # what else it does unasked, for as long as it runs


def build(parts: Parts, settings: ServiceSettings) -> FastAPI:
    """Build the service. Nothing is opened until it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        dsn = settings.dsn
        folder = LogFolder(settings.log_folder, settings.log_origin or f"{parts.name}.aduan/log1")
        app.state.log = folder
        async with (
            open_pool(settings.keys_dsn, size=4) as keys,
            open_keyring(Keyring(keys, settings.kek())) as keyring,
            open_store(dsn, parts.codec, project=parts.project, keys=keyring) as store,
        ):
            await stay_as_told(store, keyring, now_utc())
            missed = Missed(store.pool, Peers(settings), settings.peers_every)
            async with (
                open_bus(str(settings.nats_url), name=parts.name, login=settings.nats_login) as bus,
                running(
                    _work(
                        leader=partial(lead, dsn, store, bus, parts.published),
                        keys=keyring.keep_filled,
                        clocks=partial(tick, dsn, store),
                        signer=partial(sign_on, dsn, folder),
                        witnesses=partial(
                            witness_on, store.pool, folder, bus.ask, settings.log_witness_every
                        ),
                        **{name: partial(work, dsn, store) for name, work in parts.works.items()},
                    )
                    | listeners(parts.name, bus, store, parts.policies, missed)
                ) as work,
            ):
                app.state.store, app.state.bus, app.state.work = store, bus, work
                app.state.keyring, app.state.missed = keyring, missed
                gc.freeze()  # what was imported stays: the collector need not look at it again
                yield

    armor.leave_no_dump()
    speak_json()
    app = describe(parts, lifespan=lifespan)
    app.state.verifier = Verifier(str(settings.issuer_url))
    app.state.settings = settings
    app.state.name = parts.name
    app.state.stories_of = parts.stories_of
    app.state.published = parts.published
    return app


def _work(**each: Work) -> dict[str, Work]:
    return each


@asynccontextmanager
async def open_keyring(keyring: Keyring) -> AsyncIterator[Keyring]:
    """Make a keyring ready; raises CannotOpen when the key of its keys is not the right one."""
    await keyring.start()  # a service that cannot seal must not take complaints
    yield keyring


def describe(parts: Parts, **more: object) -> FastAPI:
    """Return the service's routes without anything behind them; the docs are made from this."""
    app = FastAPI(
        title=parts.name.title(),
        description=parts.about,
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        **more,  # type: ignore[arg-type]
    )
    for router in (*parts.routers, *ROUTERS):
        app.include_router(router)
    app.state.journeys = parts.journeys
    problems.install(app)
    return app


def speak_json() -> None:
    """Log one JSON object a line: event and codes, never what a person told us."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
