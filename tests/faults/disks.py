"""A disk of a test's own, which may lose its power or be full: ext4 in a file, mounted.

Losing power is what `godown` of xfstests does: the file system is told to stop at once. What was
synced is in the file; what only the kernel's memory knew is gone, and the journal is played back
afterwards as it would be. What the cache inside a real disk forgets, this does not show.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deploy.local.ledger import Ledger, wait_until
from deploy.local.nats import Nats
from deploy.local.ports import choose
from deploy.local.postgres import Postgres
from deploy.local.processes import Server
from deploy.local.servers import Servers
from deploy.provision import provision_nats, provision_postgres
from tests.conftest import PASSWORD, Database
from tests.faults.conftest import City
from tests.faults.frozen import family
from tests.tokens import Issuer

SHUT_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
WITHOUT_FLUSH = struct.pack("I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH
MENDED = 1  # what e2fsck says when it has played back the journal
SPARE = 2**20  # bytes, which are taken a block at a time: the file system needs some for itself
BLOCK = bytes(4096)
SIZE = 600 * 2**20  # bytes; the file has holes where nothing was written


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.image, self.folder = image, folder
        self._ballast = folder / "ballast"

    def mount(self) -> None:
        """Put it in, or skip the test where nobody may."""
        mounted = _run("mount", "-o", "loop", f"{self.image}", f"{self.folder}")
        if mounted.returncode:
            pytest.skip(f"this machine mounts no file: {mounted.stderr.strip()}")

    def unmount(self) -> None:
        """Take it out, once the last of those that were killed has let go of it."""
        if not wait_until(lambda: not _run("umount", f"{self.folder}").returncode, within=10):
            raise AssertionError(_run("umount", f"{self.folder}").stderr)

    def lose_power(self) -> None:
        """From now on nothing gets onto it and nothing comes from it but errors."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUT_DOWN, WITHOUT_FLUSH)
        finally:
            os.close(folder)

    def have_power(self) -> None:
        """Start again with what is on it, as a machine does: journal, check, mount."""
        self.unmount()
        checked = _run("e2fsck", "-fp", f"{self.image}")
        assert checked.returncode in (0, MENDED), checked.stdout + checked.stderr
        self.mount()

    def fill(self) -> None:
        """Leave nothing free."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            os.posix_fallocate(ballast.fileno(), 0, shutil.disk_usage(self.folder).free - SPARE)
            ballast.seek(0, os.SEEK_END)
            while True:
                ballast.write(BLOCK)

    def clear(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def disk(at: Path, size: int = SIZE) -> Iterator[Disk]:
    """Make a disk, and take it away at the end, whatever has become of it."""
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        pytest.skip("a disk of our own takes root and mkfs.ext4")
    image, folder = at / "disk.img", at / "disk"
    folder.mkdir()
    image.touch()
    os.truncate(image, size)
    made = _run("mkfs.ext4", "-q", "-F", "-m", "0", f"{image}")
    assert made.returncode == 0, made.stderr
    ours = Disk(image, folder)
    ours.mount()
    folder.chmod(0o711)  # PostgreSQL may have to run as somebody else
    try:
        yield ours
    finally:
        _run("umount", "--lazy", f"{folder}")
        image.unlink()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@contextmanager
def servers_at(postgres_at: Path, nats_at: Path) -> Iterator[Servers]:
    """Run PostgreSQL and NATS, each with its files in a folder, synced as in earnest.

    The folders may be on a disk that loses its power: nothing of ours stays open there.
    """
    ports = choose(0)
    for at in {postgres_at, nats_at}:
        at.mkdir(mode=0o700, exist_ok=True)
        (at / "log").mkdir(mode=0o700, exist_ok=True)
    postgres = Postgres(postgres_at, ports.of("postgres"), ledger=Ledger(postgres_at))
    nats = Nats(nats_at, ports.of("nats"), ports.of("monitor"), ledger=Ledger(nats_at))
    try:
        postgres.start()
        nats.start()
        yield Servers(postgres.url, nats.url, postgres, nats)
    finally:
        plug_pulled(postgres)
        plug_pulled(nats)


def plug_pulled(server: Server) -> None:
    """Kill a server and every process of it, all at once."""
    if server.process.is_running:
        for pid in list(family(server.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    server.kill()


async def city_at(servers: Servers, issuer: Issuer, pepper: Path) -> City:
    """Provision these servers for intake and triage."""
    databases = {}
    for service in ("intake", "triage"):
        url = await provision_postgres(servers.postgres_admin_url, service, PASSWORD)
        admin = servers.postgres_admin_url.removesuffix("postgres") + service
        databases[service] = Database(url, admin)
    await provision_nats(servers.nats_url)
    return City(servers, issuer, pepper, databases)
