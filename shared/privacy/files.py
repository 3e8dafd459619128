"""A file, sealed in pieces: it opens with its own key, whole and in order, or not at all.

    piece  = AES-256-GCM(key, nonce, 1 MiB of the file; the last one has what is left)
    nonce  = the piece's number in 11 bytes, then 1 for the last piece and 0 for the others
    bound  = "ppa-file/v1|" name of the file "|" number "|" 1 or 0

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015), as age uses it: a piece that
is missing, moved, cut off or of another file is noticed. A key seals one file, so no nonce comes
twice. The key itself is a personal text of an event and lives and dies with its person.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.sealing import KEY_SIZE, CannotOpen

PIECE = 1024 * 1024
TAG = 16


class FileSealer:
    """Seals one file, piece by piece, with a key that is made for it."""

    def __init__(self, name: str) -> None:
        key = os.urandom(KEY_SIZE)
        self.key = urlsafe_b64encode(key).decode()  # to be kept as a Personal, and nowhere else
        self._name, self._cipher, self._number = name, AESGCM(key), 0

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        """Return the next piece, sealed. Raises ValueError if it is not of the right length."""
        if len(piece) > PIECE or (len(piece) < PIECE and not last):
            raise ValueError("every piece but the last is of one length")
        nonce, bound = _place(self._name, self._number, last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, bound)


def open_file(key: str, name: str, sealed: bytes) -> bytes:
    """Return the whole file, or raise CannotOpen if any of it is not as it was sealed."""
    cipher = AESGCM(urlsafe_b64decode(key))
    stream, opened, number, last = BytesIO(sealed), BytesIO(), 0, False
    while not last:
        piece = stream.read(PIECE + TAG)
        last = stream.tell() == len(sealed)
        nonce, bound = _place(name, number, last)
        try:
            opened.write(cipher.decrypt(nonce, piece, bound))
        except (ValueError, InvalidTag):
            break
        number += 1
    else:
        return opened.getvalue()
    raise CannotOpen(f"piece {number} of file {name}")


def _place(name: str, number: int, last: bool) -> tuple[bytes, bytes]:
    nonce = number.to_bytes(11, "big") + bytes([last])
    return nonce, f"ppa-file/v1|{name}|{number}|{int(last)}".encode()
