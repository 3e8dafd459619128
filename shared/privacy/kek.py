"""The key of the keys: persons' keys are stored only wrapped by it, and it is replaced in epochs.

Whoever copied the keyring, a backup of it or its WAL has nothing without the epoch's key. To
destroy an epoch is the one erasure that reaches copies nobody knows of.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.sealing import KEY_SIZE, NONCE_SIZE, CannotOpen

EPOCH = re.compile(r"([1-9][0-9]*)\.key", re.ASCII)
LINKS = (errno.ELOOP, errno.ENOTDIR)  # what a symbolic link is refused with, as file and as folder
DRAFT = "draft"  # of a new epoch, until it is whole


class CannotUnwrap(CannotOpen):
    """One of the wrapped keys is damaged, or was not wrapped in this epoch."""

    def __init__(self, position: int) -> None:
        super().__init__(f"wrapped key {position} of the batch")
        self.position = position


class NoKek(CannotOpen):
    """The key of this epoch is not here: it was destroyed, or it is lost."""


class TooOpen(Exception):
    """Somebody else may be able to read or to replace what lies here."""


class Kek(Protocol):
    """Wraps persons' keys. Every call may raise OSError: an outage; try again later.

    An epoch is a number that only rises. What wraps is always the newest one.
    """

    async def wrap(self, deks: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """Return the epoch and the keys wrapped in it, or raise NoKek."""

    async def unwrap(self, epoch: int, blobs: Sequence[bytes]) -> list[bytes]:
        """Return the keys, or raise NoKek or CannotUnwrap."""

    async def rewrap(self, epoch: int, blobs: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """Return the newest epoch and the same keys wrapped in it, or raise as ``unwrap``."""

    async def rotate(self) -> int:
        """Begin a new epoch and return it; the earlier ones still unwrap."""

    async def destroy(self, epoch: int) -> None:
        """Destroy this epoch and all before it, for ever. ValueError: it is the newest one."""


class FileKek:
    """Keeps each epoch's key in a file of its own, for a machine without a key server.

    Files are read at every use: what another process rotates or destroys counts at once.
    """

    def __init__(self, folder: Path) -> None:
        """Raise NoKek if none was ever made here, TooOpen if others could get at it."""
        self.folder = folder
        with _opened(folder) as at:
            _read(at, _newest(at))

    @classmethod
    def create(cls, folder: Path) -> FileKek:
        """Make the first epoch unless there is one, and return all of it. For provisioning only.

        A service must never do this: where its key is lost, a new one would hide that.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(folder, exclusively=True) as at:
            if not _epochs(at):
                _make(at, 1)
        return cls(folder)

    async def wrap(self, deks: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """Return the newest epoch and the keys wrapped in it."""
        with _opened(self.folder) as at:
            epoch = _newest(at)
            cipher = _read(at, epoch)
        return epoch, [_wrap(cipher, dek) for dek in deks]

    async def unwrap(self, epoch: int, blobs: Sequence[bytes]) -> list[bytes]:
        """Return the keys, or raise NoKek or CannotUnwrap."""
        with _opened(self.folder) as at:
            cipher = _read(at, epoch)
        return [_unwrap(cipher, blob, n) for n, blob in enumerate(blobs)]

    async def rewrap(self, epoch: int, blobs: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """Return the newest epoch and the same keys wrapped in it."""
        return await self.wrap(await self.unwrap(epoch, blobs))

    async def rotate(self) -> int:
        """Begin a new epoch and return it."""
        return await asyncio.to_thread(_rotate, self.folder)

    async def destroy(self, epoch: int) -> None:
        """Overwrite and remove this epoch and all before it."""
        await asyncio.to_thread(_destroy, self.folder, epoch)


def _rotate(folder: Path) -> int:
    with _opened(folder, exclusively=True) as at:
        epoch = _newest(at) + 1
        _make(at, epoch)
    return epoch


def _destroy(folder: Path, epoch: int) -> None:
    with _opened(folder, exclusively=True) as at:
        if epoch >= _newest(at):
            raise ValueError("the newest epoch is in use: rotate first")
        for each in (each for each in _epochs(at) if each <= epoch):
            file = os.open(f"{each}.key", os.O_WRONLY | os.O_NOFOLLOW, dir_fd=at)
            try:
                os.pwrite(file, os.urandom(KEY_SIZE), 0)
                os.fsync(file)
            finally:
                os.close(file)
            os.unlink(f"{each}.key", dir_fd=at)
        os.fsync(at)


def _make(at: int, epoch: int) -> None:
    """Write it whole under another name first: a crash leaves an epoch complete or not at all."""
    with suppress(FileNotFoundError):
        os.unlink(DRAFT, dir_fd=at)  # of a run that crashed; nobody else is at it, we hold the lock
    file = os.open(DRAFT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=at)
    try:
        os.write(file, os.urandom(KEY_SIZE))
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(DRAFT, f"{epoch}.key", src_dir_fd=at, dst_dir_fd=at)
    os.fsync(at)


@contextmanager
def _opened(folder: Path, *, exclusively: bool = False) -> Iterator[int]:
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise NoKek(f"there is no {folder}") from None
    except OSError as error:
        if error.errno not in LINKS:
            raise
        raise TooOpen(f"{folder} is not a folder of its own") from None
    try:
        _insist(at, str(folder))
        if exclusively:
            fcntl.flock(at, fcntl.LOCK_EX)
        yield at
    finally:
        os.close(at)


def _insist(file: int, name: str) -> None:
    about = os.fstat(file)
    if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & 0o077:
        raise TooOpen(f"{name} must belong to us, and to us alone")


def _read(at: int, epoch: int) -> AESGCM:
    name = f"{epoch}.key"
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=at)
    except FileNotFoundError:
        raise NoKek(f"epoch {epoch}") from None
    except OSError as error:
        if error.errno not in LINKS:
            raise
        raise TooOpen(f"{name} is not a file of its own") from None
    try:
        _insist(file, name)
        content = os.read(file, KEY_SIZE + 1)
    finally:
        os.close(file)
    if len(content) != KEY_SIZE:
        raise NoKek(f"epoch {epoch} is damaged")
    return AESGCM(content)


def _epochs(at: int) -> list[int]:
    return sorted(int(found[1]) for name in os.listdir(at) if (found := EPOCH.fullmatch(name)))


def _newest(at: int) -> int:
    if not (epochs := _epochs(at)):
        raise NoKek("no epoch was ever begun here")
    return epochs[-1]


def _wrap(cipher: AESGCM, dek: bytes) -> bytes:
    nonce = os.urandom(NONCE_SIZE)
    return nonce + cipher.encrypt(nonce, dek, None)


def _unwrap(cipher: AESGCM, blob: bytes, position: int) -> bytes:
    try:
        return cipher.decrypt(blob[:NONCE_SIZE], blob[NONCE_SIZE:], None)
    except (ValueError, InvalidTag):
        pass
    raise CannotUnwrap(position)
