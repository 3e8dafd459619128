"""Forgets after thirty days at which times a PIN was wrong."""

from __future__ import annotations

import asyncio

from services.intake.status import views
from shared.eventstore import now_utc
from shared.eventstore.postgres import PostgresEventStore

EVERY = 3_600.0  # seconds


async def forget_wrong_pins(_: str, store: PostgresEventStore) -> None:
    """Forget them, for ever. Several processes may: what is gone is gone."""
    while True:
        await views.prune(store.pool, now_utc())
        await asyncio.sleep(EVERY)
