"""The connection to NATS: one stream to a publishing service, and one for what was parked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.addresses import each_of
from shared.contracts import Fact, partition_of
from shared.eventstore import Recorded
from shared.messaging.running import stop
from shared.nkey import NKey

PARKED = "parked"
NO_MESSAGE = 10037  # the error code of JetStream for that; that there is no stream has another
PATIENCE = 2.0  # seconds for one answer of NATS
HANDSHAKES = 10.0  # seconds in which one client tries to get a connection
STUBBORN: dict[str, Any] = {  # never give up, and notice within half a minute that nobody is there
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": 0.5,
    "ping_interval": 10,
    "max_outstanding_pings": 2,
}
log = structlog.get_logger()


@dataclass(frozen=True)
class Login:
    """How we prove to NATS who we are, and how it proves that it is NATS. Both may be absent."""

    seed: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    def options(self, name: str) -> dict[str, Any]:
        """Return what a client needs to log in as the user of that name.

        Answers come to a prefix of our own: only we may listen there.
        """
        return {
            "name": name,
            "inbox_prefix": f"_INBOX_{name}",
            "nkeys_seed_str": self.seed,
            "tls": self.tls,
            "tls_handshake_first": self.tls is not None,  # else whoever sits between says "no TLS"
        }


class NatsClient(Client):
    """The client of nats-py, which signs with our own nkeys and needs no other library for it."""

    def _setup_nkeys_connect(self) -> None:
        key = NKey.from_seed(self._nkeys_seed_str or "")
        self._public_nkey, self._signature_cb = key.public, key.sign


class Bus:
    """What a service needs of NATS, and no more. Usable before NATS is there: it waits."""

    def __init__(self, url: str, name: str, login: Login | None = None) -> None:
        self._servers = each_of(url)
        self._login = (login or Login()).options(name)
        self._connection: Client | None = None
        self._connected = asyncio.Event()
        self._connecting = asyncio.Lock()

    @property
    def is_connected(self) -> bool:
        """Say whether NATS can be reached at this moment."""
        return self._connection is not None and self._connection.is_connected

    async def connect(self) -> None:
        """Connect, however long it takes. From then on the client reconnects by itself."""
        while True:
            client = NatsClient()
            # After a failed TLS handshake the client waits for ever: then another takes its place.
            with suppress(TimeoutError):
                async with asyncio.timeout(HANDSHAKES):
                    await client.connect(self._servers, **self._login, **STUBBORN, error_cb=_note)
                self._connection = client
                self._connected.set()
                return

    async def jetstream(self) -> JetStreamContext:
        """Return JetStream, once there is a connection.

        The client closes for good on some errors of the server (a login that expired, say); then
        this connects anew.
        """
        await self._connected.wait()
        if self._connection is None or self._connection.is_closed:
            async with self._connecting:
                if self._connection is None or self._connection.is_closed:
                    await self.connect()
        connection = self._connection
        if connection is None:
            raise ConnectionError("closed")
        return connection.jetstream(timeout=PATIENCE)

    async def publish(self, fact: Fact, recorded: Recorded, before: Mapping[str, int]) -> None:
        """Tell the others, and return when NATS has it on disk.

        The event's id lets NATS drop what was sent before. ``before`` says of each kind of fact
        which index the partition's last one had, so that a listener notices a gap.
        """
        jetstream = await self.jetstream()
        partition = f"{partition_of(recorded.correlation):02d}"
        await jetstream.publish(
            fact.subject(partition, str(recorded.correlation)),
            fact.model_dump_json().encode(),
            timeout=PATIENCE,
            stream=fact.stream(),
            headers=headers(fact, recorded, before),
        )

    async def ask(self, subject: str, body: bytes, patience: float) -> bytes:
        """Return the answer of whoever listens there; an error of nats when nobody does."""
        async with asyncio.timeout(patience):
            await self._connected.wait()
            if self._connection is None:
                raise ConnectionError("closed")
            answer = await self._connection.request(subject, body, timeout=patience)
        return bytes(answer.data)

    async def bind(self, stream: str, durable: str) -> JetStreamContext.PullSubscription:
        """Follow a durable that the provisioner made."""
        jetstream = await self.jetstream()
        return await jetstream.pull_subscribe_bind(durable=durable, stream=stream)

    async def park(
        self, reader: str, correlation: UUID, data: bytes, headers: dict[str, str]
    ) -> None:
        """Set a message aside for a person to look at. Its case waits behind it."""
        jetstream = await self.jetstream()
        message_id = f"{reader}:{headers.get('Nats-Msg-Id', headers.get('parked-sequence'))}"
        await jetstream.publish(
            f"{PARKED}.{reader}.{correlation}",
            data,
            timeout=PATIENCE,
            stream=PARKED,
            headers=headers | {"Nats-Msg-Id": message_id},
        )

    async def waits(self, reader: str, correlation: UUID) -> bool:
        """Say whether something of this case is parked for this reader."""
        jetstream = await self.jetstream()
        try:
            # Not direct: a replica that lags would not know yet what was parked a moment ago.
            await jetstream.get_last_msg(PARKED, f"{PARKED}.{reader}.{correlation}")
        except NotFoundError as error:
            if error.err_code != NO_MESSAGE:
                raise
            return False
        return True

    async def parked_since(self) -> str:
        """Return when the stream of what is parked was made: another time, another stream."""
        info = await (await self.jetstream()).stream_info(PARKED)
        return info.created.isoformat() if info.created else ""

    async def count_parked(self, service: str) -> int | None:
        """Return how many messages of a service are parked; None when NATS is away."""
        if not self.is_connected:
            return None
        try:
            jetstream = await self.jetstream()
            info = await jetstream.stream_info(PARKED, subjects_filter=f"{PARKED}.>")
        except Exception:
            return None
        counts = info.state.subjects or {}
        return sum(n for at, n in counts.items() if at.split(".")[1].startswith(f"{service}-"))

    async def close(self) -> None:
        """Say goodbye."""
        if self._connection is not None and not self._connection.is_closed:
            await self._connection.close()


def headers(fact: Fact, recorded: Recorded, before: Mapping[str, int]) -> dict[str, str]:
    """Return the CloudEvents 1.0 headers (binary mode) of a fact. All values are plain ASCII.

    Who hears some kinds of facts only learns from ``ppa-previous-of`` which one came before.
    """
    each = " ".join(f"{name}={index}" for name, index in sorted(before.items()))
    return {
        "Nats-Msg-Id": str(recorded.event_id),
        "ce-specversion": "1.0",
        "ce-id": str(recorded.event_id),
        "ce-source": f"/aduan/{fact.stream()}",
        "ce-type": f"id.aduan.{fact.stream()}.{type(fact).__name__}",
        "ce-subject": str(recorded.stream_id),
        "ce-time": fact.occurred_at.isoformat(),
        "ce-datacontenttype": "application/json",
        "ce-correlationid": str(recorded.correlation),
        "ppa-index": str(recorded.index),
        "ppa-previous": str(max(before.values(), default="-")),
        "ppa-previous-of": each or "-",
    }


@asynccontextmanager
async def open_bus(url: str, *, name: str, login: Login | None = None) -> AsyncIterator[Bus]:
    """Begin to connect, do not wait for it, and say goodbye at the end."""
    bus = Bus(url, name, login)
    connecting = asyncio.create_task(bus.connect())
    try:
        yield bus
    finally:
        await stop(connecting)
        with suppress(Exception):  # NATS may be gone already, and that is no reason not to stop
            await bus.close()


async def _note(error: Exception) -> None:
    is_refusal = "permissions violation" in str(error).lower()
    log.warning("nats", error="PermissionsViolation" if is_refusal else type(error).__name__)
