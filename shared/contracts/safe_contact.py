"""May somebody be contacted now, and in this way, without putting her at risk?

Every command that would contact a person asks ``refusal`` first, in every service. Whoever was not
asked how she may be contacted is not contacted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Asia/Jakarta")  # as shared.clocks, which stands above the contracts
NO_CONTACT, OUTSIDE_HOURS, MEDIUM = "no_contact", "outside_hours", "medium"
FLAGS = {  # the list contact_medium, and what allows each
    "call": "may_call",
    "text": "may_text",
    "message": "may_leave_message",
    "visit": "may_visit",
    "letter": "may_write",
}
MEETS = {"in_person"}  # she is with us of her own accord: nobody overhears a ringing telephone
AT_ANY_HOUR = {"letter"}  # nobody knows when it is opened


class Rules(Protocol):
    """How somebody may be contacted: the fact SafeContactSet says this, and whatever keeps it."""

    @property
    def may_call(self) -> bool:
        """She may be rung up."""

    @property
    def may_text(self) -> bool:
        """She may be sent a text."""

    @property
    def may_leave_message(self) -> bool:
        """A message may be left for her."""

    @property
    def may_visit(self) -> bool:
        """Somebody may come to her home."""

    @property
    def may_write(self) -> bool:
        """A letter may come to her home."""

    @property
    def hours(self) -> tuple[tuple[str, str], ...]:
        """Pairs of HH:MM in Malang, from and to; none: at any hour."""


@dataclass(frozen=True)
class SafeContact:
    """How somebody may be contacted, as a service heard it."""

    may_call: bool
    may_text: bool
    may_leave_message: bool
    hours: tuple[tuple[str, str], ...] = ()
    may_visit: bool = False
    may_write: bool = False


def refusal(rules: Rules | None, medium: str, now: datetime) -> str | None:
    """Return why she must not be contacted now in this way, or None if she may be.

    ``no_contact``: in no way at all, or never asked. ``medium``: in another way only.
    ``outside_hours``: not now. Source: security research 6, "default: do not contact".
    """
    if medium in MEETS:
        return None
    if rules is None or not any(getattr(rules, flag) for flag in FLAGS.values()):
        return NO_CONTACT
    if medium not in FLAGS or not getattr(rules, FLAGS[medium]):
        return MEDIUM
    if medium in AT_ANY_HOUR or not rules.hours:
        return None
    clock = now.astimezone(HERE).time()
    return None if any(_within(clock, *pair) for pair in rules.hours) else OUTSIDE_HOURS


def _within(clock: time, begin: str, end: str) -> bool:
    """Say whether it is between two times of day; the second may be after midnight."""
    first, last = time.fromisoformat(begin), time.fromisoformat(end)
    return first <= clock < last if first <= last else clock >= first or clock < last
