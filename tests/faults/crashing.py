"""Services with a fault: most are killed at the worst moment. Started by name, as any other.

The moments are between two steps of which only the first has happened; what kills is SIGKILL,
so that no ``finally`` gets to tidy up.
"""

from __future__ import annotations

import os
import signal
from importlib import import_module
from itertools import count
from typing import Any, NoReturn

from fastapi import FastAPI
from nats.aio.msg import Msg

from shared.contracts import Fact
from shared.eventstore import Recorded
from shared.messaging import relay
from shared.messaging.bus import Bus


async def killed(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def stored_but_not_published() -> FastAPI:
    """Intake that dies when it has stored a complaint and is about to tell the others."""
    Bus.publish = killed  # type: ignore[method-assign]
    return _service("intake")


def published_but_not_bookmarked() -> FastAPI:
    """Intake that dies when it has told the others and is about to note that it did."""
    vars(relay)["move_bookmark"] = killed
    return _service("intake")


def every_third_is_lost_in_nats() -> FastAPI:
    """Intake that NATS answers for every fact, and forgets every third of them at once."""
    publish, told = Bus.publish, count(1)

    async def publish_some(self: Bus, fact: Fact, recorded: Recorded, before: Any) -> None:
        if next(told) % 3:
            await publish(self, fact, recorded, before)

    Bus.publish = publish_some  # type: ignore[method-assign]
    return _service("intake")


def handled_but_not_acknowledged() -> FastAPI:
    """Triage that dies when it has reacted to a fact and is about to tell NATS so."""
    Msg.ack_sync = killed  # type: ignore[method-assign]
    return _service("triage")


def parked_but_not_answered_for() -> FastAPI:
    """Intake that dies when it has set a message aside and is about to tell NATS so."""
    Msg.term = killed  # type: ignore[method-assign]
    return _service("intake")


def _service(name: str) -> FastAPI:
    app: FastAPI = import_module(f"services.{name}.app").create_app()
    return app
