"""Who may do what, and which call needs which permission."""

from __future__ import annotations

from collections.abc import Iterable

from docs.services import Endpoint, endpoints, row, table
from shared.access.policy import ACTIONS, ANYBODY

HEAD = f"""# Who may do what

Made from `shared/access/policy.py` and the routes. What is not marked is refused.
`{ANYBODY}` is everybody, also without a token.
"""


def document(services: Iterable[str]) -> str:
    """Return the table of actions by role, and of calls by action."""
    lines = [HEAD, *_roles(), "", "## What each call needs"]
    for service in services:
        lines += ["", f"### {service.title()}", "", *table("Call", "Action")]
        lines += [_call(each) for each in sorted(endpoints(service), key=lambda e: e.path)]
    return "\n".join(lines) + "\n"


def _roles() -> list[str]:
    roles = sorted({role for allowed in ACTIONS.values() for role in allowed})
    return table("Action", *roles) + [
        row(f"`{action}`", *("●" if role in allowed else "" for role in roles))
        for action, allowed in ACTIONS.items()
    ]


def _call(endpoint: Endpoint) -> str:
    needed = [f"`{action}`" for action in endpoint.guards]
    if endpoint.inside:
        needed.append(" or ".join(f"`{action}`" for action in endpoint.inside))
    return row(f"`{endpoint.method} {endpoint.path}`", ", ".join(needed) or "nothing")
