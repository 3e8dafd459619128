"""Telephone numbers: one spelling for each, and whether anybody can have it.

A number is no identity: telephones are shared, and numbers are given out again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

SHORT_CODES = frozenset({"110", "112", "113", "118", "119", "129"})  # emergencies, SAPA 129
HERE = "ID"


def e164(text: str) -> str | None:
    """Return a number as E.164 has it, ours unless it names a country; None if it cannot be one.

    A number that nobody has today still gets its spelling: it may be found by it later.

    >>> e164("0341-000000"), e164("0062 (0)341 000000"), e164("112")
    ('+62341000000', '+62341000000', None)
    """
    import phonenumbers

    number = _read(text)
    if number is None:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_phone(text: str) -> tuple[str, ...]:
    """Return what is odd about somebody's number, in codes of the list ``warning``."""
    if re.sub(r"[^0-9]", "", text) in SHORT_CODES:
        return ("PHONE_SHORT_CODE",)
    import phonenumbers

    number = _read(text)
    is_valid = number is not None and phonenumbers.is_valid_number(number)
    return () if is_valid else ("PHONE_INVALID",)


def _read(text: str) -> PhoneNumber | None:
    import phonenumbers  # its tables are a MiB, and most services never see a number

    try:
        number = phonenumbers.parse(_dialled(text), HERE)
    except phonenumbers.NumberParseException:
        return None
    # Possible is not enough: what can be dialled from the next village only is possible too.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return number


def _dialled(text: str) -> str:
    """Return only what one dials. Our own country code is often written without its +."""
    digits = re.sub(r"[^0-9]", "", text)
    if text.lstrip().startswith("+") or digits.startswith("62"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits
