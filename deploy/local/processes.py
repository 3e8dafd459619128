"""Child processes: started so that they end when we do, even when we are killed."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.ledger import PATIENCE, Ledger, wait_until
from deploy.local.problems import CannotRun
from deploy.local.settings import ROOT, environment
from deploy.local.users import US, User

PR_SET_PDEATHSIG = 1
TAIL = 15  # lines of a log worth showing
KEEP = 10_000_000  # bytes of a log before it is put aside
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to start, and how to stop it."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    stop: signal.Signals = signal.SIGTERM
    user: User = US


class Process:
    """One running program; it may be started, stopped and killed again and again."""

    def __init__(self, program: Program, data: Path, ledger: Ledger) -> None:
        self.program = program
        self.name = program.name
        self.log = data / "log" / f"{program.name}.log"
        self.started = 0.0
        self._ledger = ledger
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The pid of the last start."""
        return self._child.pid if self._child else 0

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def how_it_ended(self) -> str:
        """The exit code or the signal, for people."""
        code = self._child.poll() if self._child else None
        if code is None:
            return "is running"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"

    def launch(self) -> None:
        """Start it, and do not wait for it to be ready."""
        put_aside(self.log)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.program.command,
                cwd=ROOT,
                env=environment(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the runner, which stops us in order
                preexec_fn=end_with_parent(self.program.stop),
                user=self.program.user.uid,
                group=self.program.user.gid,
                extra_groups=None if self.program.user.uid is None else [],
            )
        self.started = time.monotonic()
        self._ledger.add(self.name, self._child.pid, self.program.stop)

    def ask_to_stop(self) -> None:
        """Send the signal and return."""
        if self._child and self.is_running:
            self._child.send_signal(self.program.stop)

    def stop(self, within: float = PATIENCE) -> None:
        """Ask it to stop, wait, and kill it when it takes too long."""
        self.ask_to_stop()
        if not wait_until(lambda: not self.is_running, within):
            self.kill()
        self._ledger.remove(self.name)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._child and self.is_running:
            self._child.kill()
            self._child.wait()


class Server(ABC):
    """A server we run as a process and wait for."""

    process: Process
    url: str  # carries the password

    @abstractmethod
    def prepare(self) -> None:
        """Put on disk what it needs before it can start."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Tell whether it answers."""

    def is_ill(self) -> bool:
        """Tell whether it runs and needs a new start all the same: most mend themselves."""
        return False

    def launch(self) -> None:
        """Start it, and do not wait for it."""
        self.prepare()
        self.process.launch()

    def wait(self, within: float = 60) -> None:
        """Wait until it answers."""
        end = time.monotonic() + within
        while not self.is_ready():
            if not self.process.is_running or time.monotonic() > end:
                raise CannotRun(failure(self.process))
            time.sleep(0.01)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """Stop it in an orderly way. Its data stay."""
        self.process.stop()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()


def stop_all(processes: Iterable[Process]) -> None:
    """Stop several at the same time."""
    processes = list(processes)
    for process in processes:
        process.ask_to_stop()
    end = time.monotonic() + PATIENCE
    for process in processes:
        process.stop(within=max(0, end - time.monotonic()))


def failure(process: Process) -> str:
    """Say that a process does not start, with the end of its log."""
    lines = process.log.read_text(errors="replace").splitlines()[-TAIL:]
    return "\n".join(
        [f"{process.name} does not start: it {process.how_it_ended}; from {process.log}:", *lines]
    )


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return what a child does before it becomes the program: it asks for a signal at our death.

    The signal comes when the thread that forked ends: start processes from the main thread.
    """
    parent = os.getpid()

    def ask() -> None:
        if _prctl:
            _prctl(PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:  # we died in between
                os._exit(1)

    return ask


def put_aside(log: Path) -> None:
    """Begin a new log when the old one is long; one old one is kept."""
    if log.exists() and log.stat().st_size > KEEP:
        log.replace(log.with_suffix(".log.1"))
