"""Which processes we started, on disk: whoever comes after a `kill -9` can end what was left."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local import folder
from deploy.local.problems import CannotRun

PATIENCE = 10.0  # seconds between asking to stop and killing


@dataclass(frozen=True)
class Entry:
    """One child: its pid, what tells it from a later process of that pid, how to stop it."""

    pid: int
    identity: str
    stop: int


class Ledger:
    """The list of running children in `processes.json`."""

    def __init__(self, data: Path) -> None:
        self._path = data / "processes.json"
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, pid: int, stop: signal.Signals) -> None:
        """Note down a child that was just started."""
        self._entries[name] = Entry(pid, identity(pid), stop)
        self._save()

    def remove(self, name: str) -> None:
        """Forget a child that ended."""
        if self._entries.pop(name, None):
            self._save()

    def _save(self) -> None:
        entries = {name: asdict(entry) for name, entry in self._entries.items()}
        folder.write(self._path, json.dumps(entries).encode())


def read(data: Path) -> dict[str, Entry]:
    """Return the children of the runner on this folder, also of one that was killed."""
    try:
        entries = json.loads((data / "processes.json").read_bytes())
    except FileNotFoundError:
        return {}
    return {name: Entry(**entry) for name, entry in entries.items()}


def end_leftovers(data: Path) -> list[str]:
    """End what a killed runner left behind, wait until it is gone, and return the names.

    Only for who holds the folder: then no runner is alive that these could belong to.
    """
    left = {name: entry for name, entry in read(data).items() if is_alive(entry)}
    for entry in left.values():
        _signal(entry, entry.stop)
    if not _gone(left):
        for entry in left.values():
            _signal(entry, signal.SIGKILL)
        if not _gone(left):
            pids = ", ".join(str(entry.pid) for entry in left.values() if is_alive(entry))
            raise CannotRun(f"cannot end what a former run left behind (pid {pids})")
    (data / "processes.json").unlink(missing_ok=True)
    return list(left)


def identity(pid: int) -> str:
    """Return what no other process ever shares with this one, or nothing once it ended."""
    if sys.platform != "linux":
        ps = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False
        )
        return ps.stdout.decode().strip()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    state, started = fields[0], fields[19]
    return "" if state in "ZX" else f"{boot}/{started}"


def is_alive(entry: Entry) -> bool:
    """Tell whether this very process still runs."""
    return bool(entry.identity) and identity(entry.pid) == entry.identity


def wait_until(satisfied: Callable[[], bool], within: float) -> bool:
    """Ask again and again, and tell whether it came true in time."""
    end = time.monotonic() + within
    while not satisfied():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _gone(entries: dict[str, Entry]) -> bool:
    return wait_until(lambda: not any(map(is_alive, entries.values())), PATIENCE)


def _signal(entry: Entry, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if is_alive(entry):
            os.kill(entry.pid, number)
