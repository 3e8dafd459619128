"""A person's numbers as the keyring finds them again: in one spelling, and only as a keyed hash.

Whoever has the hashes without the key cannot try all numbers; a plain hash of a NIK would fall
within minutes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Literal, get_args

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
    number = _nik(text) if kind == "nik" else _phone(text)
    if number is None:
        raise Malformed(f"not a {kind} number")
    return number


def _nik(text: str) -> str | None:
    digits = re.sub(r"[^0-9]", "", text)
    with suppress(ValueError):
        day = int(digits[6:8])
        date(2000, int(digits[8:10]), day - 40 if day > 40 else day)  # 2000 had a 29 February
        return digits if len(digits) == 16 else None
    return None


def _phone(text: str) -> str | None:
    digits = re.sub(r"[^0-9]", "", text)
    if not text.lstrip().startswith("+") and not digits.startswith("62"):
        local = f"62{digits.removeprefix('0')}"  # 00 is how one dials another country
        digits = digits[2:] if digits.startswith("00") else local
    if digits.startswith("62"):
        digits = f"62{digits[2:].removeprefix('0')}"  # +62 (0) 8…, a common mistake
    return f"+{digits}" if 8 <= len(digits) <= 15 else None  # E.164
