"""A personal text, sealed: whoever lacks the person's key reads only when and how it was stored.

    token  = "enc1." b64url(key id) "." b64url(nonce) "." b64url(ciphertext and tag)
    plain  = the text as canonical JSON, 0x80, then 0x00 up to a multiple of 64: hides the length
    bound  = "ppa-field/v1|" event id "|" key id "|" event type "|" JSON path
    commit = HMAC-SHA256(key, "ppa-kc/v1|" key id)

The cipher is AES-256-GCM. What a token is bound to is not in the token, so one that was moved to
another event or field does not open. AES-GCM alone lets an insider find a second key that opens the
same token as another text; the commitment, published when a key is given out, rules that out.
"""

from __future__ import annotations

import binascii
import hmac
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from json.encoder import encode_basestring as canonical
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import from_json

from shared.problems import Forbidden

KEY_SIZE = 32
BLOCK = 64
NONCE_SIZE = 12
NONCE_CHARS = 16  # 12 bytes are 16 characters exactly: nonce and ciphertext are encoded in one go
TOKEN = re.compile(r"enc1\.[\w-]{22}\.[\w-]{16}\.[\w-]{107,}", re.ASCII)
TO_URL = bytes.maketrans(b"+/", b"-_")
FROM_URL = bytes.maketrans(b"-_", b"+/")


class CannotOpen(Exception):
    """A sealed text, or a wrapped key, is not what it should be: damaged, moved or forged.

    The message names ids and places, never a content.
    """


class Restricted(Forbidden):
    """These keys must not be opened for now."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self.ids = frozenset(ids)
        super().__init__(f"restricted: {', '.join(sorted(str(id) for id in self.ids))}")


@dataclass(frozen=True, slots=True)
class Key:
    """One person's key, ready to use. Shows nothing but its id."""

    id: UUID
    commitment: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)
    name: str = field(repr=False, compare=False)  # the id as text
    head: str = field(repr=False, compare=False)  # how every token of this key begins


def make_key(id: UUID, dek: bytes) -> Key:
    """Return the key that these 32 random bytes are, or raise ValueError if they are not 32."""
    if len(dek) != KEY_SIZE:
        raise ValueError(f"a key is {KEY_SIZE} bytes")
    return Key(id, commit(id, dek), AESGCM(dek), str(id), f"enc1.{_encoded(id.bytes)}.")


def commit(id: UUID, dek: bytes) -> bytes:
    """Return what may be published of a key: it tells nothing, and only this key fits it."""
    return hmac.digest(dek, f"ppa-kc/v1|{id}".encode(), "sha256")


def seal(key: Key, text: str, *, event_id: UUID, event_type: str, path: str) -> str:
    """Return the text as a token that opens with this key, in this field of this event."""
    plain = canonical(text).encode() + b"\x80"
    nonce = os.urandom(NONCE_SIZE)
    sealed = key.cipher.encrypt(
        nonce,
        plain + bytes(-len(plain) % BLOCK),
        f"ppa-field/v1|{event_id}|{key.name}|{event_type}|{path}".encode(),
    )
    coded = _encoded(nonce + sealed)
    return f"{key.head}{coded[:NONCE_CHARS]}.{coded[NONCE_CHARS:]}"


def unseal(key: Key, token: str, *, event_id: UUID, event_type: str, path: str) -> str:
    """Return the text again, or raise CannotOpen if anything at all is not as it was sealed."""
    bound = f"ppa-field/v1|{event_id}|{key.name}|{event_type}|{path}"
    text = _text(key, token, bound.encode())
    if text is None:  # raised out here: an exception caught in there would carry the content along
        raise CannotOpen(f"{event_type} {path} of event {event_id} with key {key.id}")
    return text


def key_id_of(token: str) -> UUID:
    """Return the id of the key that a token was sealed with, or raise CannotOpen."""
    if not is_sealed(token):
        raise CannotOpen("not a sealed text")
    return UUID(
        bytes=binascii.a2b_base64(token[len("enc1.") : 27].encode().translate(FROM_URL) + b"==")
    )


def is_sealed(text: str) -> bool:
    """Say whether a text has the form of a token: whether it opens is another question."""
    return TOKEN.fullmatch(text) is not None


def _text(key: Key, token: str, bound: bytes) -> str | None:
    parts = token.split(".")
    if len(parts) != 4 or len(parts[2]) != NONCE_CHARS or not token.startswith(key.head):
        return None
    try:
        raw = _decoded(parts[2] + parts[3])
        plain = key.cipher.decrypt(raw[:NONCE_SIZE], raw[NONCE_SIZE:], bound).rstrip(b"\0")
        text = from_json(plain[:-1])
    except (ValueError, InvalidTag):
        return None
    return text if plain[-1:] == b"\x80" and isinstance(text, str) else None


def _encoded(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).translate(TO_URL, b"=").decode()


def _decoded(text: str) -> bytes:
    padded = text.encode("ascii").translate(FROM_URL) + b"=" * (-len(text) % 4)
    raw = binascii.a2b_base64(padded)
    if _encoded(raw) != text:  # base64 is lenient: there would be several tokens for one text
        raise ValueError
    return raw
