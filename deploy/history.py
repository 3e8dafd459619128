"""One complaint's whole story across the four services: who did what, when and why.

`make history correlation=<complaint_id>`; the correlation id of a journey is its complaint's id.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.clients import Clients, clients_of, story
from deploy.local.problems import CannotRun
from deploy.local.running import read_running
from shared.clocks import HERE

Event = dict[str, Any]
PEOPLE = ("counselor_id", "previous_counselor_id", "officer_id", "agency_id", "decided_by")


async def tell(data: Path, correlation: UUID) -> int:
    """Print the story; return 1 when there is none or when something in it has no cause."""
    async with clients_of(read_running(data)) as clients:
        events = await story(clients, correlation)
        if not events:
            print(f"no service knows {correlation}; a journey has the id of its complaint")
            return 1
        for event in events:
            print(line(clients, event, events))
    gaps = gaps_in(events)
    services = len({event["service"] for event in events})
    print(f"\n{len(events)} events in {services} services; {'; '.join(gaps) or 'no gap'}")
    return 1 if gaps else 0


def line(clients: Clients, event: Event, events: list[Event]) -> str:
    """Return one event as a line: when, where, what, who, why."""
    at = datetime.fromisoformat(event["recorded_at"]).astimezone(HERE)
    what = f"{event['type']} ({event['stream_type']} v{event['version']})"
    who = clients.name_of(event["actor"])
    said = ", ".join(_said(clients, event["data"]))
    return (
        f"{at:%Y-%m-%d %H:%M:%S.%f} WIB  {event['service']:11}{what:44}"
        f"by {who}, {why(event, events)}" + (f"\n{'':33}{said}" if said else "")
    )


def why(event: Event, events: list[Event]) -> str:
    """Return what caused an event: another event, or a request."""
    cause = event["cause"]
    by = next((each for each in events if each["event_id"] == cause["message"]), None)
    return f"because of {by['type']} in {by['service']}" if by else f"asked by {cause['handler']}"


def gaps_in(events: list[Event]) -> list[str]:
    """Return what is missing: a cause nobody remembers, a version twice, a step that never came."""
    known = {event["event_id"] for event in events}
    gaps = [
        f"{event['type']} has a cause that is not here"
        for event in events
        if event["actor"].startswith("policy:") and event["cause"]["message"] not in known
    ]
    versions: dict[tuple[str, str], list[int]] = {}  # the same id may be a stream of each service
    for event in events:
        versions.setdefault((event["service"], event["stream_id"]), []).append(event["version"])
    for (service, stream), seen in versions.items():
        if len(set(seen)) != len(seen):
            gaps.append(f"stream {stream} of {service} has a version twice")
    types = {event["type"] for event in events}
    steps = {step for event in events for step in event["data"].get("route", ())}
    for begun, led_to in (
        ("ComplaintReceived" in types, {"ComplaintQueued"}),
        ("follow_up" in steps, {"CounselorAssigned", "AssignmentNeeded"}),
        ("refer" in steps, {"CaseReferred", "ReferralNeeded"}),
        ("CaseClassified" in types, {"ComplaintProgressed"}),
    ):
        if begun and not types & led_to:
            gaps.append(f"missing: {' or '.join(sorted(led_to))}")
    return gaps


def _said(clients: Clients, data: dict[str, Any]) -> Iterator[str]:
    """Yield what an event says in codes, people by their login; personal texts stay covered."""
    for key, value in data.items():
        if key in ("decision", "case", "agency"):
            yield from _said(clients, value)
        elif key in PEOPLE and value:
            yield f"{key.removesuffix('_id')}={clients.name_of(_actor(str(value)))}"
        elif isinstance(value, bool) or (isinstance(value, str) and _is_code(key, value)):
            yield f"{key}={value}"
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            yield f"{key}={'+'.join(value)}"


def _is_code(key: str, value: str) -> bool:
    return value not in ("", "[personal]") and not key.endswith(("_at", "_by", "_id"))


def _actor(id: str) -> str:
    return id if ":" in id else f"staff:{id}"


def main() -> int:
    """Read the command line and tell the story."""
    parser = argparse.ArgumentParser("deploy.history", description=__doc__)
    parser.add_argument("correlation", type=UUID)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    options = parser.parse_args()
    try:
        return asyncio.run(tell(options.data, options.correlation))
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
