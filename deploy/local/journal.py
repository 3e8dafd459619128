"""The issuer's own history: one line of JSON for whatever it did, appended and never changed."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Journal:
    """A file that only grows. It holds ids, usernames and codes; no password, token or secret."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, what: str, now: float, **about: Any) -> None:
        """Append a line, on disk before anything follows from it."""
        line = {"at": datetime.fromtimestamp(now, UTC).isoformat(), "what": what} | about
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{json.dumps(line)}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield what was written, the oldest first."""
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                yield json.loads(line)
