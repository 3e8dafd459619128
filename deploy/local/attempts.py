"""What the issuer remembers of attempts to log in: failures, and one-time codes already used."""

import json
import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp

from deploy.local import folder

LONGEST = 15 * 60.0  # seconds anybody ever waits
FORGIVEN = 2 * LONGEST  # seconds without another attempt
REMEMBERED = 20_000  # counters, so that made-up names cannot fill the memory
WINDOW = 1  # steps a clock may be off, either way

FREE_AT_A_PLACE = 5  # attempts on one account from one place before the first wait
FREE_ON_AN_ACCOUNT = 50  # attempts on one account from everywhere unknown
FREE_FROM_A_PLACE = 100  # attempts from one place on all accounts

Key = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """Where an attempt comes from: an address, or a browser that was let into this account."""

    name: str
    known: bool = False


@dataclass
class _Count:
    attempts: int = 0
    last: float = 0.0


class Throttle:
    """Slows down who guesses: after some attempts a wait of a second, then twice as long each time.

    What is counted is the account *at a place*, so guessing from elsewhere locks nobody out. Who
    has many places at his disposal meets the count of the account, and who tries many accounts
    that of his place. A browser that was let in before has a count of its own and meets neither:
    whatever others do, it goes on working. Nobody waits longer than LONGEST.
    """

    def __init__(self) -> None:
        self._counts: OrderedDict[Key, _Count] = OrderedDict()

    def wait(self, account: str, place: Place, now: float) -> int:
        """Return how many seconds are still to wait, mostly 0."""
        return max(self._wait(key, free, now) for key, free in _keys(account, place))

    def count(self, account: str, place: Place, now: float) -> None:
        """Count an attempt, before its outcome is known: guesses at the same time count too."""
        for key, _ in _keys(account, place):
            count = self._current(key, now) or self._counts.setdefault(key, _Count())
            count.attempts, count.last = count.attempts + 1, now
            self._counts.move_to_end(key)
        while len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)

    def forget(self, account: str, place: Place) -> None:
        """Start anew after a success; to the counts that others share it was no attempt.

        Anything more would let somebody with one account of his own guess at others for ever.
        """
        own, *shared = (key for key, _ in _keys(account, place))
        self._counts.pop(own, None)
        for key in shared:
            if count := self._counts.get(key):
                count.attempts = max(0, count.attempts - 1)

    def _wait(self, key: Key, free: int, now: float) -> int:
        count = self._current(key, now)
        if count is None or count.attempts < free:
            return 0
        pause = min(2.0 ** min(count.attempts - free, 20), LONGEST)
        return max(0, math.ceil(count.last + pause - now))

    def _current(self, key: Key, now: float) -> _Count | None:
        count = self._counts.get(key)
        if count and count.last <= now - FORGIVEN:
            del self._counts[key]
            return None
        return count


def _keys(account: str, place: Place) -> Iterator[tuple[Key, int]]:
    """Yield what an attempt is counted under, with how many are free; the first is its own."""
    yield (account, place.name), FREE_AT_A_PLACE
    if not place.known:
        yield (account, ""), FREE_ON_AN_ACCOUNT
        yield ("", place.name), FREE_FROM_A_PLACE


class Codes:
    """One-time codes: right within a step of the clock, and only once, also after a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used: dict[str, int] = json.loads(path.read_bytes()) if path.exists() else {}

    def step(self, who: str, secret: str, code: str, now: float) -> int | None:
        """Return the step the code is right for, if it is newer than the last one used."""
        totp = pyotp.TOTP(secret)
        current = int(now) // totp.interval
        right = [
            step
            for step in range(current - WINDOW, current + WINDOW + 1)
            if pyotp.utils.strings_equal(code, totp.generate_otp(step))
            and step > self._used.get(who, 0)
        ]
        return right[0] if right else None

    def use(self, who: str, step: int) -> None:
        """Remember, before anybody is let in, that this step and all before it are used up."""
        self._used[who] = step
        folder.write(self._path, json.dumps(self._used).encode())
