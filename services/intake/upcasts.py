"""How events stored by an earlier version of intake are brought up to date when they are read."""

from __future__ import annotations

from typing import Any

from shared.eventstore.codec import Upcasts


def _covered_hours(data: dict[str, Any]) -> dict[str, Any]:
    """Hours of a safe contact were covered texts; now they are plain, under the same name."""
    safe_contact = data["told"]["safe_contact"]
    if safe_contact is None:
        return data
    moved = {("habits" if name == "hours" else name): v for name, v in safe_contact.items()}
    return data | {"told": data["told"] | {"safe_contact": moved}}


UPCASTS: Upcasts = {("ComplaintReceived", 1): _covered_hours}
