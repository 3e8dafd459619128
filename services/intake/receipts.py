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

from pydantic import BaseModel

from shared.web.odd import Oddity


class Proof(BaseModel):
    """What proves that the complaint is in our history."""

    event_id: UUID
    leaf_hash: str


class ReceiptView(BaseModel):
    """What the person takes home. The PIN is told here and nowhere else."""

    complaint_id: UUID
    registration_no: str
    receipt: Proof
    public_code: str
    pin: str
    auto_reply: str | None = None
    warnings: list[Oddity] = []


CODE = re.compile(r"^([0-9]{4})-?([0-9]{6})-?([A-Z2-7]{6})$")


def receipt(
    pepper: bytes,
    id: UUID,
    number: str,
    event_id: UUID,
    leaf: bytes,
    auto_reply: str | None,
    warnings: list[Oddity],
) -> ReceiptView:
    """Return the receipt of a complaint."""
    return ReceiptView(
        complaint_id=id,
        registration_no=number,
        receipt=Proof(event_id=event_id, leaf_hash=leaf.hex()),
        public_code=public_code(pepper, number),
        pin=pin(pepper, id),
        auto_reply=auto_reply,
        warnings=warnings,
    )


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
