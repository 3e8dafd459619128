"""How events of counseling that were stored in an earlier form are read today."""

from __future__ import annotations

from typing import Any

from shared.eventstore.codec import Upcasts


def _there(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"available": True, "absent_until": None}


def _not_known_when(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"classified_at": None}


def _not_known_whether_child(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"child": None}


UPCASTS: Upcasts = {  # from version 1 to 2 each
    ("CounselorRegistered", 1): _there,
    ("CounselorChanged", 1): _there,
    ("CounselorAssigned", 1): _not_known_when,
    ("AssignmentNeeded", 1): _not_known_when,
    ("NeedsRaised", 1): _not_known_whether_child,
}
