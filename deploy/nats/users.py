"""Who may do what on NATS: one user to a service, and what is not written here is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import folder
from shared.contracts import PARTITIONS
from shared.nkey import NKey, new_seed

SERVICES = ("intake", "triage", "referral", "counseling")
API = "$JS.API"
LOOK = (  # how full the streams are and how far the readers, but no message
    *(f"{API}.INFO", f"{API}.STREAM.LIST", f"{API}.STREAM.NAMES", f"{API}.STREAM.INFO.*"),
    *(f"{API}.CONSUMER.LIST.*", f"{API}.CONSUMER.NAMES.*", f"{API}.CONSUMER.INFO.*.*"),
)
MAKE = (  # and no deleting
    *(f"{API}.STREAM.CREATE.*", f"{API}.STREAM.UPDATE.*"),
    *(f"{API}.CONSUMER.CREATE.>", f"{API}.CONSUMER.DURABLE.CREATE.>"),
)


@dataclass(frozen=True)
class User:
    """What one user may publish. It hears what is sent to its own inbox, and nothing else."""

    name: str
    publishes: tuple[str, ...]

    def entry(self, nkey: str) -> str:
        """Return its entry in the configuration of the server."""
        permissions = {"publish": self.publishes, "subscribe": [f"_INBOX_{self.name}.>"]}
        return json.dumps({"nkey": nkey, "permissions": permissions})


def users() -> tuple[User, ...]:
    """Return every user there is."""
    return (
        *(User(name, tuple(_of_service(name))) for name in SERVICES),
        User("provisioner", LOOK + MAKE),
        User("monitor", LOOK),
        User("parked", tuple(_parked("STREAM.INFO", "DIRECT.GET", "STREAM.MSG.DELETE"))),
    )


def keep_seeds(at: Path) -> dict[str, Path]:
    """Return the file with each user's seed; make those that are not there yet, for us only."""
    files = {user.name: at / f"nats-{user.name}.seed" for user in users()}
    for file in files.values():
        folder.kept(file, lambda: new_seed().encode())
    return files


def authorization(seeds: Mapping[str, Path], more: Iterable[str] = ()) -> str:
    """Return the block of the configuration that tells the server its users."""
    entries = [user.entry(NKey.from_seed(seeds[user.name].read_text()).public) for user in users()]
    lines = ",\n".join(f"  {entry}" for entry in (*entries, *more))
    return f"authorization {{ users: [\n{lines}\n] }}\n"


def _of_service(name: str) -> Iterable[str]:
    """Tell its own facts, follow its own durables, and set aside what it cannot handle.

    Making or changing a stream or a durable is not among it.
    """
    yield f"ppa.{name}.>"
    yield "witness.*.add-checkpoint"
    for stream in SERVICES:
        for partition in range(PARTITIONS):
            durable = f"{name}-{stream}-{partition:02d}"
            yield f"{API}.CONSUMER.MSG.NEXT.{stream}.{durable}"
            yield f"$JS.ACK.{stream}.{durable}.>"
            yield f"parked.{durable}.*"
    yield from _parked("STREAM.INFO", "STREAM.MSG.GET")


def _parked(*what: str) -> Iterable[str]:
    return (f"{API}.{each}.parked" for each in what)
