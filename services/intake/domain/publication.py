"""What the office publishes in versions: written by one, approved by another, never edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from shared.problems import Malformed, Refused


class VersionTaken(Refused):
    """There is a version of this name already; a version is never edited."""


class NotAnotherPerson(Refused):
    """Somebody else must agree."""


class NumberTwice(Malformed):
    """Two paragraphs have the same number."""


def check_numbers(numbers: Iterable[str]) -> None:
    """Raise NumberTwice where a number would not say which paragraph is meant."""
    if twice := [number for number, times in Counter(numbers).items() if times > 1]:
        raise NumberTwice(", ".join(sorted(twice)))


def check_another(author_id: str, approver_id: str) -> None:
    """Raise NotAnotherPerson when somebody approves what she wrote herself (R-PRV-04)."""
    if author_id == approver_id:
        raise NotAnotherPerson("approval")


def in_force_from(asked: datetime, approved_at: datetime) -> datetime:
    """Return from when something holds: nothing holds before it was approved."""
    return max(asked, approved_at)
