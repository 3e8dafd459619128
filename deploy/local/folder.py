"""The data folder: who holds it, and what is made once and kept in it."""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.problems import CannotRun


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the folder until the end; the kernel lets go of it even when we are killed."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if data.stat().st_uid != os.geteuid():
            raise CannotRun(f"{data} belongs to another user; choose another folder with --data")
        (data / "log").mkdir(mode=0o700, exist_ok=True)
        lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotRun(f"cannot use {data}: {error.strerror}") from None
    try:
        if not _take(lock, tries=5):
            pid = os.pread(lock, 20, 0).decode().strip()
            raise CannotRun(f"already running (pid {pid}) on {data}")
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def is_held(data: Path) -> bool:
    """Tell whether a runner is alive on this folder."""
    try:
        lock = os.open(data / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(lock)
    finally:
        os.close(lock)


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what is in the file; make it first, for our eyes only, if there is none."""
    if not path.exists():
        write(path, make())
    return path.read_bytes()


def password(data: Path, name: str) -> str:
    """Return the password of that name, chosen at random once."""
    folder = data / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    return kept(folder / name, lambda: secrets.token_hex(24).encode()).decode()


def write(path: Path, content: bytes) -> None:
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
        os.fsync(folder)  # else a power cut may take the name away, and a pepper is made twice
    finally:
        os.close(folder)


def _take(lock: int, tries: int = 1) -> bool:
    for _ in range(tries):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)  # whoever only looks holds it this long at most
        else:
            return True
    return False
