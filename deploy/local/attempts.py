"""What the issuer remembers of attempts to log in: failures, and one-time codes already used."""

import json
from collections import OrderedDict, deque
from pathlib import Path

import pyotp

from deploy.local import folder

FAILURES = 10
WITHIN = 15 * 60.0  # seconds
REMEMBERED = 10_000  # names, so that made-up ones cannot fill the memory
WINDOW = 1  # steps a clock may be off, either way


class Throttle:
    """Slows down who guesses: so many failures a name, then a wait."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, name: str, now: float) -> int:
        """Return how many seconds this name has to wait, mostly 0."""
        failures = self._failures.get(name, deque())
        while failures and failures[0] <= now - WITHIN:
            failures.popleft()
        return int(failures[0] + WITHIN - now) + 1 if len(failures) >= FAILURES else 0

    def count(self, name: str, now: float) -> None:
        """Count an attempt, before its outcome is known: guesses at the same time count too."""
        self._failures.setdefault(name, deque(maxlen=FAILURES)).append(now)
        self._failures.move_to_end(name)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def forget(self, name: str) -> None:
        """Start counting anew, after a success."""
        self._failures.pop(name, None)


class Codes:
    """One-time codes: right within a step of the clock, and only once, also after a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used: dict[str, int] = json.loads(path.read_bytes()) if path.exists() else {}

    def use(self, who: str, secret: str, code: str, now: float) -> bool:
        """Use up a code, and tell whether it was right and newer than the last one used."""
        totp = pyotp.TOTP(secret)
        current = int(now) // totp.interval
        right = [
            step
            for step in range(current - WINDOW, current + WINDOW + 1)
            if pyotp.utils.strings_equal(code, totp.generate_otp(step))
            and step > self._used.get(who, 0)
        ]
        if not right:
            return False
        self._used[who] = right[0]
        folder.write(self._path, json.dumps(self._used).encode())
        return True
