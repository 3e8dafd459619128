"""Signed notes: what a log or a witness says of a log's size and root, and how to check it (C2SP).

This module needs only Python and ``cryptography``: auditors and witnesses use it on its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = 1, 4  # types of signature: Ed25519, and Ed25519 over a note with its time
KEY_ID = 4  # bytes
MAX_SIGNATURES = 64


class WrongNote(Exception):
    """This is no signed note, or a signature on it is false. Says no more than which."""


@dataclass(frozen=True)
class Signed:
    """A signature on a note that was checked: whose, and for a witness, at what time (UTC)."""

    name: str
    at: int | None


@dataclass(frozen=True)
class Checkpoint:
    """The size and root of a log, as somebody signed it."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclass(frozen=True)
class Key:
    """Somebody's public key, as it is told in one line: ``name+hash+key``."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes that signatures name the key by."""
        return hashlib.sha256(f"{self.name}\n".encode() + self.typed).digest()[:KEY_ID]

    @property
    def typed(self) -> bytes:
        """Return the key with the type of its signatures."""
        return bytes([self.kind]) + self.public

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(self.typed)}"


def key_of(line: str) -> Key:
    """Return the key told in a line, or raise WrongNote."""
    try:
        name, id, text = line.strip().split("+", 2)
        typed = from_base64(text)
        key = Key(name, typed[0], typed[1:])
    except (ValueError, IndexError) as error:
        raise WrongNote("no key") from error
    if key.id.hex() != id or key.kind not in (LOG, WITNESS):
        raise WrongNote("a key that contradicts itself")
    return key


def public_key(name: str, kind: int, private: Ed25519PrivateKey) -> Key:
    """Return the public half."""
    return Key(name, kind, private.public_key().public_bytes_raw())


def sign(text: str, name: str, private: Ed25519PrivateKey) -> str:
    """Return the line with which a log signs a note."""
    key = public_key(name, LOG, private)
    return _line(key, private.sign(text.encode()))


def cosign(text: str, name: str, private: Ed25519PrivateKey, at: int) -> str:
    """Return the line with which a witness says that it saw a note at a time (cosignature/v1)."""
    key = public_key(name, WITNESS, private)
    return _line(key, struct.pack(">Q", at) + private.sign(_seen(text, at)))


def _line(key: Key, signature: bytes) -> str:
    return f"— {key.name} {to_base64(key.id + signature)}\n"


def _seen(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def opened(note: str, keys: Iterable[Key]) -> tuple[str, list[Signed]]:
    """Return the text of a note and whose signatures are on it.

    Keys we do not know are passed over. Raises WrongNote when one we know signed falsely.
    """
    text, between, lines = note.rpartition("\n\n")
    if not between or not lines.endswith("\n"):
        raise WrongNote("no note")
    text += "\n"
    known = {(key.name, key.id): key for key in keys}
    found = list[Signed]()
    for line in lines.splitlines()[:MAX_SIGNATURES]:
        if signed := _checked(text, line, known):
            found.append(signed)
    return text, found


def _checked(text: str, line: str, known: Mapping[tuple[str, bytes], Key]) -> Signed | None:
    try:
        dash, name, encoded = line.split(" ")
        signature = from_base64(encoded)
    except ValueError as error:
        raise WrongNote("no signature") from error
    key = known.get((name, signature[:KEY_ID])) if dash == "—" else None
    if key is None:
        return None
    said, signature = text.encode(), signature[KEY_ID:]
    at: int | None = None
    try:
        if key.kind == WITNESS:
            (at,), signature = struct.unpack(">Q", signature[:8]), signature[8:]
            said = _seen(text, at or 0)
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, said)
    except (InvalidSignature, struct.error) as error:
        raise WrongNote(f"a false signature of {name}") from error
    return Signed(name, at)


def checkpoint_of(text: str) -> Checkpoint:
    """Return the checkpoint that a note says, or raise WrongNote."""
    try:
        origin, size, root, rest = text.split("\n", 3)
        found = Checkpoint(origin, int(size), from_base64(root))
    except ValueError as error:
        raise WrongNote("no checkpoint") from error
    if rest or found.text != text or len(found.root) != hashlib.sha256().digest_size:
        raise WrongNote("no checkpoint")
    return found


@dataclass(frozen=True)
class Policy:
    """Whom an auditor trusts: the logs, the witnesses, and how many of them are enough.

    In the words of C2SP's tlog-policy; only one group, of witnesses, is understood.
    """

    logs: tuple[Key, ...]
    witnesses: tuple[Key, ...]
    quorum: int

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return everybody whose signature is looked at."""
        return *self.logs, *self.witnesses

    def is_enough(self, signed: Iterable[Signed]) -> bool:
        """Say whether enough witnesses saw it."""
        names = {key.name for key in self.witnesses}
        return len({each.name for each in signed} & names) >= self.quorum


def policy_of(text: str) -> Policy:
    """Return the policy in a file, or raise WrongNote."""
    logs, witnesses, groups = list[Key](), dict[str, Key](), dict[str, tuple[int, list[str]]]()
    quorum = 0
    for line in text.splitlines():
        match line.split("#")[0].split():
            case []:
                pass
            case ["log", key, *_]:
                logs.append(key_of(key))
            case ["witness", name, key, *_]:
                witnesses[name] = key_of(key)
            case ["group", name, count, *members] if set(members) <= witnesses.keys():
                needed = {"any": "1", "all": str(len(members))}.get(count, count)
                groups[name] = int(needed), members
            case ["quorum", "none"]:
                quorum = 0
            case ["quorum", name] if name in groups:
                quorum, members = groups[name]
                witnesses = {each: witnesses[each] for each in members}
            case ["quorum", name] if name in witnesses:
                quorum, witnesses = 1, {name: witnesses[name]}
            case _:
                raise WrongNote("a policy that cannot be read")
    return Policy(tuple(logs), tuple(witnesses.values()), quorum)


def to_base64(data: bytes) -> str:
    """Return bytes as text."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Return the bytes of a text; ValueError when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
