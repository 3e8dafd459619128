"""How much one caller may ask for in a time: enough for people, too little for a program gone wild.

Each process counts for itself and forgets at its end. An address is never kept: what is counted is
a keyed hash of its network, and the key lives a day.
"""

from __future__ import annotations

import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from secrets import token_bytes

from fastapi import Request

from shared.access import PUBLIC, Subject
from shared.problems import Problem, Unknown

NEVER_REFUSED = {("POST", "/complaints")}  # whoever floods us, a complaint is taken
DAY = 86_400.0  # seconds
MANY = 20_000  # callers remembered; the one not seen for longest is forgotten


@dataclass(frozen=True)
class Rate:
    """So many at once, and so many a second in the long run."""

    burst: float
    a_second: float


STAFF = Rate(1_000, 50)
OPEN = Rate(300, 1)  # a whole village may share one address
COMPLAINTS = Rate(30, 1 / 60)  # more than that from one network waits behind the others


class TooMany(Problem):
    """You ask too often; wait a little."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("rate")
        self.retry_after = retry_after  # seconds


class Limits:
    """A bucket of tokens for each caller: one is taken by a request, and they come back in time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when
        self._day, self._key = -1.0, b""

    def count(self, who: Subject, host: str) -> None:
        """Count a request of a member of staff, or of somebody at an address; or raise TooMany."""
        if who == PUBLIC:
            self._take(self._network(host), OPEN)
        else:
            self._take(who.actor, STAFF)

    def floods(self, host: str) -> bool:
        """Count a complaint from an address, and say whether its network sends too many."""
        try:
            self._take(f"complaints from {self._network(host)}", COMPLAINTS)
        except TooMany:
            return True
        return False

    def mark(self, host: str, what: bytes) -> str:
        """Return what stands for this, sent from somebody's network, today and in this process."""
        network = self._network(host).encode()
        return hmac.digest(self._key, network + what, "sha256").hex()

    def _take(self, who: str, rate: Rate) -> None:
        now = self._clock()
        tokens, since = self._left.pop(who, (rate.burst, now))
        tokens = min(rate.burst, tokens + (now - since) * rate.a_second)
        enough = tokens >= 1
        self._left[who] = (tokens - 1 if enough else tokens, now)
        if len(self._left) > MANY:
            self._left.popitem(last=False)
        if not enough:
            raise TooMany(math.ceil((1 - tokens) / rate.a_second))

    def _network(self, host: str) -> str:
        """Return what stands for somebody's network today, and for nothing tomorrow."""
        if (day := self._clock() // DAY) != self._day:
            self._day, self._key = day, token_bytes(32)
        return hmac.digest(self._key, _prefix(host).encode(), "sha256").hex()


async def admitted(request: Request, token: str | None) -> Subject:
    """Return who asks, unless they ask too often. A complaint is taken however often."""
    limits: Limits = request.app.state.limits
    is_free = (request.method, request.scope["route"].path) in NEVER_REFUSED
    host = request.client.host if request.client else ""
    subject = PUBLIC
    try:
        if token is not None:
            subject = await request.app.state.verifier.subject(token)
    except Unknown:
        if not is_free:
            limits.count(PUBLIC, host)
        raise
    if not is_free:
        limits.count(subject, host)
    request.state.subject = subject  # whose refusals are noted
    return subject


def _prefix(host: str) -> str:
    """Return the network of an address: what one household or one telephone mast shares."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, 56), strict=False))
        address = address.ipv4_mapped
    return str(ip_network((address, 24), strict=False))
