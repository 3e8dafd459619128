"""Services whose clock is three days off. Started by name, as uvicorn starts any other.

The clock is moved before anything of the service is imported.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from importlib import import_module
from typing import Self

import eventsourcing.domain
from fastapi import FastAPI

from shared import eventstore

SKEW = timedelta(days=3)


def _skewed(service: str, by: timedelta) -> FastAPI:
    class Clock(datetime):
        """The time, as this service believes it to be."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(datetime.now(tz).timestamp(), tz) + by

    vars(eventstore)["datetime"] = Clock
    vars(eventsourcing.domain)["datetime_now_with_tzinfo"] = partial(Clock.now, UTC)
    app: FastAPI = import_module(f"services.{service}.app").create_app()
    return app


intake_ahead = partial(_skewed, "intake", SKEW)
intake_behind = partial(_skewed, "intake", -SKEW)
triage_ahead = partial(_skewed, "triage", SKEW)
triage_behind = partial(_skewed, "triage", -SKEW)
referral_ahead = partial(_skewed, "referral", SKEW)
referral_behind = partial(_skewed, "referral", -SKEW)
counseling_ahead = partial(_skewed, "counseling", SKEW)
counseling_behind = partial(_skewed, "counseling", -SKEW)
