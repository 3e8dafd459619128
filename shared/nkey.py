"""Nkeys: the key pairs by which NATS knows its users. NATS keeps the public half; we sign.

The usual library for this brings a second cryptography library with it, for these few lines.
"""

from __future__ import annotations

from base64 import b32decode, b32encode, urlsafe_b64encode
from binascii import crc_hqx
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SEED, _USER = 18 << 3, 20 << 3  # what a decoded seed begins with, and the public key of a user
_SEED_BYTES = 32


class NKey:
    """The key pair of one user of NATS. It never shows its private half."""

    def __init__(self, private: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(private)

    @classmethod
    def from_seed(cls, seed: str) -> NKey:
        """Read the private half in its usual form, ``SU…``."""
        try:
            raw = b32decode(seed.strip() + "=" * (-len(seed.strip()) % 8))
        except ValueError:
            raise NotASeed from None
        head, private, check = raw[:2], raw[2:-2], raw[-2:]
        if head != _head() or len(private) != _SEED_BYTES or check != _check(raw[:-2]):
            raise NotASeed
        return cls(private)

    @property
    def public(self) -> str:
        """Return the public half in its usual form, ``U…``."""
        return _encoded(bytes([_USER]) + self._private.public_key().public_bytes_raw())

    def sign(self, nonce: str) -> bytes:
        """Answer the server's challenge."""
        return urlsafe_b64encode(self._private.sign(nonce.encode())).rstrip(b"=")


class NotASeed(ValueError):
    """This is not the seed of a user of NATS."""


def new_seed() -> str:
    """Return a new private half."""
    return _encoded(_head() + token_bytes(_SEED_BYTES))


def _head() -> bytes:
    return bytes([_SEED | (_USER >> 5), (_USER & 31) << 3])


def _encoded(raw: bytes) -> str:
    return b32encode(raw + _check(raw)).decode().rstrip("=")


def _check(raw: bytes) -> bytes:
    return crc_hqx(raw, 0).to_bytes(2, "little")
