"""What a person takes home to ask for her status: a public code and a PIN.

Both are derived from the complaint with a secret key (the pepper, kept outside the database), so a
repeated request gets the same ones and a stolen database holds nothing to guess from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from uuid import UUID

CODE = re.compile(r"^([0-9]{4})-?([0-9]{6})-?([A-Z2-7]{6})$")


def public_code(pepper: bytes, registration_no: str) -> str:
    """Return e.g. ``2026-000123-K7QXM2``: the number, and signs that only we can make."""
    _, year, number = registration_no.split("-")
    return f"{year}-{number}-{_signs(pepper, registration_no)}"


def registration_of(pepper: bytes, code: str) -> str | None:
    """Return the registration number behind a public code, or None when we did not make it."""
    found = CODE.match(code.strip().upper())
    if found is None:
        return None
    year, number, signs = found.groups()
    registration_no = f"PPA-{year}-{number}"
    genuine = hmac.compare_digest(signs, _signs(pepper, registration_no))
    return registration_no if genuine else None


def pin(pepper: bytes, complaint_id: UUID) -> str:
    """Return the six digits that go with a complaint."""
    digest = _mac(pepper, f"pin/{complaint_id}")
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def _signs(pepper: bytes, registration_no: str) -> str:
    return base64.b32encode(_mac(pepper, f"code/{registration_no}")[:4]).decode()[:6]


def _mac(pepper: bytes, text: str) -> bytes:
    return hmac.new(pepper, text.encode(), hashlib.sha256).digest()
