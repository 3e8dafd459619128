"""What is running now: written when ready, removed at the end, read by `make demo` and others."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.local import folder, ledger
from deploy.local.logins import Login
from deploy.local.problems import CannotRun, NotRunning


class Running(BaseModel):
    """Addresses and logins of a system that is ready; this is also the line of `--json`."""

    model_config = ConfigDict(frozen=True)

    ready: Literal[True] = True
    urls: dict[str, str]
    nats: str = Field(repr=False)  # with credentials
    postgres: str = Field(repr=False)  # of the administrator
    data: Path
    logins: tuple[Login, ...] = ()

    def line(self) -> str:
        """Return it as one line of JSON."""
        return self.model_dump_json(exclude_none=True)

    def login(self, who: str) -> Login:
        """Return the login of that name, else the first one with that role."""
        for login in self.logins:
            if who == login.username:
                return login
        for login in self.logins:
            if who in login.roles:
                return login
        known = sorted({role for login in self.logins for role in login.roles})
        raise CannotRun(f"nobody here is {who}; there are: {', '.join(known)}")

    @property
    def tokens(self) -> Path:
        """Where access tokens are kept until they expire."""
        return self.data / "tokens"


def read_running(data: Path) -> Running:
    """Return what is running on this folder."""
    try:
        running = Running.model_validate_json((data / "running.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        raise NotRunning from None
    if not folder.is_held(data):  # the runner was killed
        raise NotRunning
    return running


def pid_of(data: Path, name: str) -> int:
    """Return the pid of a running service or server, for tests that kill it."""
    entry = ledger.read(data).get(name)
    if entry is None or not ledger.is_alive(entry):
        raise NotRunning
    return entry.pid


@contextmanager
def announced(running: Running) -> Iterator[None]:
    """Let others find it until the end."""
    path = running.data / "running.json"
    folder.write(path, running.line().encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
