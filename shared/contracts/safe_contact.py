"""When and by which medium somebody may be contacted without putting her at risk."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Asia/Jakarta")  # WIB, as in shared.clocks, on which a contract cannot stand
CALLS = {"phone"}
TEXTS = {"whatsapp", "message"}
MEETS = {"in_person"}  # she is with us of her own accord: nobody overhears a ringing telephone


@dataclass(frozen=True)
class SafeContact:
    """What somebody said about being contacted; hours are from and to, HH:MM in Malang."""

    may_call: bool
    may_text: bool
    may_leave_message: bool
    hours: tuple[tuple[str, str], ...] = ()  # none: at any hour


def refusal(rules: SafeContact | None, medium: str, now: datetime) -> str | None:
    """Return why she must not be contacted so, now: ``no_contact``, ``outside_hours``, ``medium``.

    None where nothing speaks against it. A medium nobody knows is refused.
    """
    if rules is None or medium in MEETS:
        return None
    if not (rules.may_call or rules.may_text):
        return "no_contact"
    by_medium = (rules.may_call and medium in CALLS) or (rules.may_text and medium in TEXTS)
    if not by_medium:
        return "medium"
    at = now.astimezone(HERE).time()
    if rules.hours and not any(_within(at, *each) for each in rules.hours):
        return "outside_hours"
    return None


def _within(at: time, since: str, until: str) -> bool:
    start, end = time.fromisoformat(since), time.fromisoformat(until)
    return start <= at < end if start <= end else at >= start or at < end  # over midnight
