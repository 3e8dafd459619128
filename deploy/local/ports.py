"""Which port belongs to whom: eight in a row, from the port base on."""

import secrets
import socket
from dataclasses import dataclass

from deploy.local.problems import CannotRun

NAMES = ("issuer", "intake", "triage", "referral", "counseling", "nats", "postgres", "monitor")
CHOICES = range(20_000, 32_000, len(NAMES))  # below the ports that outgoing connections take
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Eight ports in a row."""

    base: int

    def of(self, name: str) -> int:
        """Return the port of a service or a server."""
        return self.base + NAMES.index(name)

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return f"http://{HOST}:{self.of(name)}"


def choose(base: int) -> Ports:
    """Take the given base, or for 0 one where all eight are free."""
    if base:
        return Ports(base)
    for _ in range(100):
        ports = Ports(secrets.choice(CHOICES))
        if all(is_free(ports.of(name)) for name in NAMES):
            return ports
    raise CannotRun("found no eight free ports in a row; choose some with --port-base")


def check(ports: Ports, names: list[str]) -> None:
    """Refuse to start where somebody else listens already."""
    for name in names:
        if not is_free(port := ports.of(name)):
            raise CannotRun(
                f"port {port} ({name}) is in use by another program;"
                " choose other ports with --port-base N"
            )


def is_free(port: int) -> bool:
    """Tell whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections don't count
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True
