"""The table of who may do what. Default deny: what is not written here is refused."""

from __future__ import annotations

from shared.access.identity import PUBLIC, Subject
from shared.problems import Forbidden, Unknown

ANYBODY = "public"  # also without a token

ACTIONS: dict[str, frozenset[str]] = {
    # intake
    "complaint.receive": frozenset({"operator"}),
    "complaint.submit": frozenset({ANYBODY}),  # the website's form
    "complaint.read": frozenset({"operator", "identification_officer", "supervisor"}),
    "status.ask": frozenset({ANYBODY}),  # by public code and PIN
    # triage
    "identification.list": frozenset({"identification_officer", "supervisor"}),
    "identification.take": frozenset({"identification_officer"}),
    "case.choose": frozenset({"identification_officer"}),
    "case.classify": frozenset({"identification_officer"}),
    "case.read": frozenset({"identification_officer", "supervisor"}),
    # referral
    "agency.list": frozenset({"admin", "referral_officer", "supervisor"}),
    "agency.register": frozenset({"admin"}),
    "referral.list": frozenset({"referral_officer", "supervisor"}),
    "referral.make": frozenset({"referral_officer"}),
    # counseling
    "counselor.list": frozenset({"supervisor"}),
    "counselor.register": frozenset({"supervisor"}),
    "casework.list": frozenset({"supervisor", "identification_officer"}),
    "casework.assign": frozenset({"supervisor"}),
    # every service
    "history.events": frozenset({"auditor", "supervisor"}),
    "history.stream": frozenset({"auditor"}),
}


def may(subject: Subject, action: str) -> str:
    """Return the role that allows the action, or raise Forbidden (Unknown without a token)."""
    allowed = ACTIONS.get(action, frozenset())
    if ANYBODY in allowed:
        return ANYBODY
    for role in sorted(subject.roles & allowed):
        return role
    raise (Unknown if subject == PUBLIC else Forbidden)(action)
