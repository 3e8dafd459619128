"""Copies of the key of the keys, for the day the machine is lost: any two custodians open one.

`make escrow custodians="a.pub b.pub c.pub" to=FOLDER` writes a copy for each two of them, sealed
for one and then for the other (HPKE, RFC 9180). When a copy has to go: docs/escrow.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from deploy.provision import SERVICES
from shared.privacy.kek import EPOCH, FileKek

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
FEWEST = 2  # custodians: with one alone nobody would know who opened it
Keks = dict[str, dict[str, bytes]]  # service, file, content


class CannotEscrow(Exception):
    """Something is missing, or is not what it should be."""


def make_custodian(name: Path) -> None:
    """Make the pair of keys of one custodian: NAME.key, which she keeps, and NAME.pub for us."""
    key = X25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(name.with_suffix(".key"), private)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    name.with_suffix(".pub").write_bytes(public)


def keks_in(folder: Path, services: Iterable[str] = SERVICES) -> Keks:
    """Return every epoch of every service that has its key in files."""
    found: Keks = {}
    for service in services:
        FileKek(folder / service)  # raises NoKek, or TooOpen
        found[service] = {
            file.name: file.read_bytes()
            for file in sorted((folder / service).iterdir())
            if EPOCH.fullmatch(file.name)
        }
    return found


def seal_for_two(keks: Keks, custodians: Mapping[str, X25519PublicKey]) -> dict[str, bytes]:
    """Return a copy for each two custodians, by their names. Raises CannotEscrow for fewer."""
    if len(custodians) < FEWEST:
        raise CannotEscrow(f"it takes {FEWEST} custodians at least")
    plain = json.dumps(
        {
            service: {file: b64encode(content).decode() for file, content in files.items()}
            for service, files in keks.items()
        }
    ).encode()
    return {
        f"{one}+{two}": _sealed(_sealed(plain, one, custodians[one]), two, custodians[two])
        for one, two in combinations(sorted(custodians), 2)
    }


def open_one(layer: bytes, key: X25519PrivateKey) -> bytes:
    """Return what is in the outer layer: another one, or the keys. Raises CannotEscrow."""
    try:
        told = json.loads(layer)
        return SUITE.decrypt(b64decode(told["sealed"]), key, _bound(told["for"]))
    except (ValueError, KeyError, TypeError, InvalidTag):
        raise CannotEscrow("it is not for this custodian, or it is damaged") from None


def restore(plain: bytes, folder: Path) -> list[str]:
    """Write the keys where a service looks for them, and return the services. It must be empty."""
    keks = json.loads(plain)
    for service, files in keks.items():
        at = folder / service
        at.mkdir(mode=0o700, parents=True)
        for file, content in files.items():
            _write(at / file, b64decode(content))
        FileKek(at)
    return list(keks)


def is_layer(content: bytes) -> bool:
    """Say whether somebody else has to open it yet."""
    return "sealed" in json.loads(content)


def _sealed(plain: bytes, name: str, key: X25519PublicKey) -> bytes:
    sealed = SUITE.encrypt(plain, key, _bound(name))
    return json.dumps({"for": name, "sealed": b64encode(sealed).decode()}).encode()


def _bound(name: str) -> bytes:
    return f"aduan-escrow/v1|{name}".encode()


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, content)
        os.fsync(file)
    finally:
        os.close(file)


def _public(path: Path) -> X25519PublicKey:
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, X25519PublicKey):
        raise CannotEscrow(f"{path} is not a custodian's key")
    return key


def _private(path: Path) -> X25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, X25519PrivateKey):
        raise CannotEscrow(f"{path} is not a custodian's key")
    return key


def _seal(options: argparse.Namespace) -> None:
    custodians = {path.stem: _public(path) for path in options.custodians}
    for pair, copy in seal_for_two(keks_in(options.keks), custodians).items():
        _write(options.to / f"kek-{pair}.sealed", copy)
        print(f"kek-{pair}.sealed")


def _open(options: argparse.Namespace) -> None:
    inside = open_one(options.copy.read_bytes(), _private(options.key))
    if is_layer(inside):
        _write(options.to, inside)
        print(f"{options.to} is for {json.loads(inside)['for']} to open")
    else:
        print(", ".join(restore(inside, options.to)))


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser("deploy.escrow", description=__doc__)
    what = parser.add_subparsers(required=True)
    make = what.add_parser("custodian", help="make a custodian's keys, on her own machine")
    make.add_argument("name", type=Path)
    make.set_defaults(act=lambda options: make_custodian(options.name))
    seal = what.add_parser("seal", help="write a copy for each two custodians")
    seal.add_argument("--keks", type=Path, default=Path(".data/kek"))
    seal.add_argument("--to", type=Path, default=Path())
    seal.add_argument("custodians", type=Path, nargs="+")
    seal.set_defaults(act=_seal)
    opened = what.add_parser("open", help="take one layer off, or restore the keys")
    opened.add_argument("key", type=Path)
    opened.add_argument("copy", type=Path)
    opened.add_argument("to", type=Path)
    opened.set_defaults(act=_open)
    options = parser.parse_args()
    try:
        options.act(options)
    except (CannotEscrow, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
