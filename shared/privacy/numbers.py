"""A person's numbers as the keyring finds them again: in one spelling, and only as a keyed hash.

Whoever has the hashes without the key cannot try all numbers; a plain hash of a NIK would fall
within minutes.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Literal, get_args

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.privacy.nik import WOMEN, digits_of
from shared.privacy.phones import e164
from shared.problems import Malformed

Kind = Literal["nik", "phone"]
TAG_SIZE = 16


def index_keys(dek: bytes) -> Mapping[Kind, bytes]:
    """Return a key for each kind of number, derived from the one that is stored."""
    return {
        kind: HKDF(SHA256(), 32, None, f"ppa-blind-index/v1|{kind}".encode()).derive(dek)
        for kind in get_args(Kind)
    }


def tag(key: bytes, kind: Kind, text: str) -> bytes:
    """Return what a number is found by, or raise Malformed if it cannot be one."""
    return hmac.digest(key, normalised(kind, text).encode(), "sha256")[:TAG_SIZE]


def normalised(kind: Kind, text: str) -> str:
    """Return a number as it is indexed, or raise Malformed if it cannot be one.

    A NIK is 16 digits with a day and a month in it (women's days count from 41); a phone number
    begins with + and the country, ours unless it says another.
    """
    number = _nik(text) if kind == "nik" else e164(text)
    if number is None:
        raise Malformed(f"not a {kind} number")
    return number


def _nik(text: str) -> str | None:
    digits = digits_of(text)
    with suppress(ValueError):
        if digits:
            day = int(digits[6:8])
            date(2000, int(digits[8:10]), day - WOMEN if day > WOMEN else day)  # it had a 29 Feb
            return digits
    return None
