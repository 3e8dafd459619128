"""A lost login is replaced by two people: each gets half of a code, and neither can use it alone.

The halves are worth something for fifteen minutes and once. Nothing of this outlives a restart of
the issuer, except what the journal says.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, replace

import pyotp

from deploy.local.answers import Denied
from deploy.local.logins import Member

LIFETIME = 15 * 60.0  # seconds: from the first word to the second, and from there to the end
APPROVERS = frozenset({"supervisor", "admin"})
HALF = 16  # characters of base32: 80 bits
SHORTEST = 12  # characters of a password somebody chooses


@dataclass(frozen=True)
class Recovery:
    """One person's way back in."""

    id: str
    sub: str
    username: str
    opened_by: str
    since: float
    halves: tuple[str, ...]  # hashes
    approved_by: str | None = None
    totp_secret: str = ""


class Recoveries:
    """Those that are under way."""

    def __init__(self) -> None:
        self._recoveries: dict[str, Recovery] = {}

    def open(self, member: Member, by: Member, now: float) -> tuple[Recovery, str]:
        """Begin one for somebody, and return the first half of the code."""
        _insist(by, member.sub)
        half = _half()
        self._recoveries = {each.id: each for each in self.under_way(now) if each.sub != member.sub}
        recovery = Recovery(
            id=secrets.token_hex(8),
            sub=member.sub,
            username=member.username,
            opened_by=by.sub,
            since=now,
            halves=(_digest(half),),
        )
        self._recoveries[recovery.id] = recovery
        return recovery, half

    def approve(self, id: str, by: Member, now: float) -> tuple[Recovery, str]:
        """Agree, as the second person, and return the second half of the code."""
        recovery = self._current(id, now)
        if recovery is None or recovery.approved_by is not None:
            raise Denied(404, "not_found")
        _insist(by, recovery.sub, recovery.opened_by)
        half = _half()
        approved = replace(
            recovery,
            approved_by=by.sub,
            since=now,
            halves=(*recovery.halves, _digest(half)),
            totp_secret=pyotp.random_base32(),
        )
        self._recoveries[id] = approved
        return approved, half

    def under_way(self, now: float) -> list[Recovery]:
        """Return those that can still be approved or used."""
        return [each for id in list(self._recoveries) if (each := self._current(id, now))]

    def find(self, code: str, now: float) -> Recovery | None:
        """Return the approved recovery that both halves together are the code of."""
        typed = "".join(filter(str.isalnum, code.lower()))
        digests = {_digest(typed[:HALF]), _digest(typed[HALF:])}
        for recovery in self.under_way(now):
            if recovery.approved_by and set(recovery.halves) == digests:
                return recovery
        return None

    def close(self, recovery: Recovery) -> None:
        """Use it up."""
        self._recoveries.pop(recovery.id, None)

    def _current(self, id: str, now: float) -> Recovery | None:
        recovery = self._recoveries.get(id)
        return recovery if recovery and now < recovery.since + LIFETIME else None


def is_good(password: str, username: str) -> bool:
    """Tell whether somebody may choose this password."""
    return len(password) >= SHORTEST and username.lower() not in password.lower()


def _insist(by: Member, *others: str) -> None:
    """It takes two others, each of them a supervisor or an administrator."""
    if by.sub in others or not APPROVERS & set(by.roles):
        raise Denied(403, "access_denied")


def _half() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _digest(half: str) -> str:
    return hashlib.sha256(half.encode()).hexdigest()
