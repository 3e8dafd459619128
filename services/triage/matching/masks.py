"""What is shown of somebody before she is opened: enough to ask the next question, and no more."""

from __future__ import annotations

BULLET = "\N{BULLET}"
HIDDEN = 4  # bullets for the rest of a word, however long it is


def masked_name(text: str) -> str:
    """Return the initials: ``S•••• A••••``."""
    return " ".join(word[0] + BULLET * HIDDEN for word in text.split())


def masked_number(text: str | None, first: int, last: int) -> str | None:
    """Return a number with so many digits left at both ends: ``3573••••••••0001``."""
    if not text or len(text) <= first + last:
        return None
    return text[:first] + BULLET * (len(text) - first - last) + text[-last:]
