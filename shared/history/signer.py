"""The signer: signs the log's size and root every second that it grew, and every hour otherwise.

It keeps what it last signed in a file outside the database, and refuses to sign anything that does
not continue it: a database that was rolled back is noticed at once.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.eventstore import now_utc
from shared.eventstore.log import leadership
from shared.history import records
from shared.history.notes import LOG, Checkpoint, Key, checkpoint_of, public_key, sign
from shared.history.tree import Edge

EVERY = 1.0  # seconds
HEARTBEAT = timedelta(hours=1)
AT_ONCE = 5_000  # leaves
KEY_SIZE = 32  # bytes


class RolledBack(Exception):
    """The database holds another past than what was signed: nothing is signed on top of it."""


class NoLogKey(Exception):
    """There is no key to sign with in the folder."""


@dataclass(frozen=True)
class LogFolder:
    """Where a log's key is, and what it last signed: outside every database, for one service."""

    folder: Path
    origin: str

    @classmethod
    def create(cls, folder: Path, origin: str) -> LogFolder:
        """Return the folder, with a fresh key in it if there is none."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = folder / "key"
        if not key.exists():
            _write(key, os.urandom(KEY_SIZE))
        return cls(folder, origin)

    def key(self) -> Ed25519PrivateKey:
        """Return the key to sign with, or raise NoLogKey."""
        try:
            return Ed25519PrivateKey.from_private_bytes((self.folder / "key").read_bytes())
        except (OSError, ValueError) as error:
            raise NoLogKey(self.folder.name) from error

    def public(self) -> Key:
        """Return the key that others check with."""
        return public_key(self.origin, LOG, self.key())

    def policy(self) -> str:
        """Return the trust policy: this log, and the witnesses that the office chose, if any."""
        chosen = self.folder / "witnesses"
        witnesses = chosen.read_text() if chosen.exists() else "quorum none\n"
        return f"log {self.public()}\n{witnesses}"

    def last(self) -> Checkpoint | None:
        """Return what was signed last on this machine."""
        path = self.folder / "checkpoint"
        return checkpoint_of(path.read_text()) if path.exists() else None

    def keep(self, checkpoint: Checkpoint) -> None:
        """Remember what is signed, for good, before anybody sees it."""
        _write(self.folder / "checkpoint", checkpoint.text.encode())


async def sign_on(dsn: str, folder: LogFolder) -> None:
    """Sign for ever, if no other process of the service does."""
    async with leadership(dsn, "signer") as connection:
        if connection is None:
            return
        key, edge = folder.key(), Edge()
        newest = await records.tip(connection)
        edge = await records.edge_at(connection, newest.size if newest else 0)
        signed_at = datetime.min.replace(tzinfo=now_utc().tzinfo)
        while True:
            size = edge.size
            while await records.grow(connection, edge, AT_ONCE):
                pass
            if edge.size > size or now_utc() - signed_at >= HEARTBEAT:
                await sign_once(connection, folder, key, edge)
                signed_at = now_utc()
            await asyncio.sleep(EVERY)


async def sign_once(
    connection: asyncpg.Connection[asyncpg.Record],
    folder: LogFolder,
    key: Ed25519PrivateKey,
    edge: Edge,
) -> Checkpoint:
    """Sign what there is, or raise RolledBack when it does not continue what was signed before."""
    last = folder.last()
    if last is not None and (
        last.size > edge.size or await records.over(connection, 0, last.size) != last.root
    ):
        raise RolledBack
    checkpoint = Checkpoint(folder.origin, edge.size, edge.root())
    note = f"{checkpoint.text}\n{sign(checkpoint.text, folder.origin, key)}"
    folder.keep(checkpoint)
    await records.keep_checkpoint(connection, checkpoint, note)
    return checkpoint


def _write(path: Path, content: bytes) -> None:
    """Write a private file whole or not at all, and be sure that it is on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
