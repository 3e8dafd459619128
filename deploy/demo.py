"""Play the acceptance scenarios against the running system and say where each ended."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.clients import PUBLIC, Clients, clients_of
from deploy.local.problems import CannotRun
from deploy.local.running import read_running

SCENARIOS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("scenarios.toml").read_text()
)
WITHIN = 20.0  # seconds until a fact has been heard everywhere
STATUS = {"counselor": "counselor_assigned", "agency": "referred", "informed": "informed"}


@dataclass(frozen=True)
class Ended:
    """Where a scenario ended."""

    complaint_id: str
    case_id: str
    registration_no: str
    counselor_id: str | None
    where: str


class WrongRoute(Exception):
    """A scenario did not end where it must."""


async def play(clients: Clients, name: str, earlier: dict[str, Ended]) -> Ended:
    """Take one complaint all the way, through HTTP only, and return where it ended."""
    scenario = SCENARIOS[name]
    from_website = scenario["complaint"].get("sub_channel") == "website"
    receipt = await clients.post(
        PUBLIC if from_website else "operator", "intake", "/complaints", scenario["complaint"]
    )
    id = receipt["complaint_id"]
    at = f"/identifications/{id}"
    officer = "identification_officer"
    queue = f"{at} in triage's queue"
    await _until(queue, lambda: _queued(clients, id))
    await clients.post(officer, "triage", f"{at}/take")
    if case := dict(scenario.get("case", {})):
        if case["kind"] == "existing":
            case["case_id"] = earlier[case.pop("case_of")].case_id
        await clients.post(officer, "triage", f"{at}/case", case)
    decided = await clients.post(
        officer, "triage", f"{at}/classification", scenario["classification"]
    )
    if decided["route"] != scenario["route"]:
        raise WrongRoute(f"route {decided['route']} instead of {scenario['route']}")
    counselor_id, where = await _end(clients, scenario["ends"], decided["case_id"], earlier)
    status = STATUS[scenario["ends"]["at"]]
    await _until(f"status {status}", lambda: _has_status(clients, id, status))
    return Ended(id, decided["case_id"], receipt["registration_no"], counselor_id, where)


async def _end(
    clients: Clients, ends: dict[str, str], case_id: str, earlier: dict[str, Ended]
) -> tuple[str | None, str]:
    if ends["at"] == "informed":
        return None, "informed, and closed with an explanation"
    if ends["at"] == "agency":
        (referral,) = await _until(
            "referral",
            lambda: clients.get("referral_officer", "referral", "/referrals", case_id=case_id),
        )
        found = referral["agency_kind"], referral["region_code"]
        if found != (ends["kind"], ends["region"]):
            raise WrongRoute(f"referred to {found}")
        return None, f"referred to {found[0]} of {found[1]}"
    casework = await _assigned(clients, case_id)
    counselor = casework["counselor_id"]
    if (before := ends.get("same_as")) and counselor != earlier[before].counselor_id:
        raise WrongRoute("not the counselor who handled it before")
    name = clients.name_of(f"staff:{counselor}")
    return counselor, f"{name}: {', '.join(casework['reasons'])}"


async def _assigned(clients: Clients, case_id: str) -> dict[str, Any]:
    """Return the casework once somebody answers for it; where no rule can say who, decide."""
    (casework,) = await _until("casework", lambda: _casework(clients, case_id))
    if casework["counselor_id"] is None:  # everybody is at capacity: a supervisor decides
        roster = await clients.get("supervisor", "counseling", "/counselors")
        least = min(roster, key=lambda each: each["load"] / each["capacity"])
        body = {"counselor_id": least["id"], "basis": "Semua konselor penuh; beban terendah."}
        path = f"/casework/{case_id}/assignment"
        casework = await clients.post("supervisor", "counseling", path, body)
    found: dict[str, Any] = casework
    return found


async def _queued(clients: Clients, id: str) -> bool:
    queue = await clients.get("identification_officer", "triage", "/identifications", limit=500)
    return any(each["complaint_id"] == id for each in queue)


async def _casework(clients: Clients, case_id: str) -> Any:
    return await clients.get("supervisor", "counseling", "/casework", case_id=case_id)


async def _has_status(clients: Clients, id: str, status: str) -> bool:
    complaint = await clients.get("operator", "intake", f"/complaints/{id}")
    return bool(complaint["status"] == status)


async def _until(what: str, ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until the answer is something; the services tell one another within milliseconds."""
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        if answer := await ask():
            return answer
        await asyncio.sleep(0.05)
    raise WrongRoute(f"no {what} within {WITHIN:.0f} s")


async def demo(data: Path) -> int:
    """Play all scenarios, print where each ended, and return how many took a wrong route."""
    wrong, earlier = 0, dict[str, Ended]()
    async with clients_of(read_running(data)) as clients:
        for name, scenario in SCENARIOS.items():
            began = time.perf_counter()
            try:
                ended = earlier[name] = await play(clients, name, earlier)
                verdict = f"{'+'.join(scenario['route']):10} {ended.where}"
            except (WrongRoute, RuntimeError, KeyError) as error:
                wrong += 1
                verdict = f"WRONG: {error}"
            took = time.perf_counter() - began
            print(f"{name:11}{scenario['title']:58}{verdict}  [{took:.2f} s]", flush=True)
    print(f"\n{len(SCENARIOS) - wrong} of {len(SCENARIOS)} ended where they must.")
    if "SK-01" in earlier:
        print(f"The story of one: make history correlation={earlier['SK-01'].complaint_id}")
    return wrong


def main() -> int:
    """Read the command line and play."""
    parser = argparse.ArgumentParser("deploy.demo", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    options = parser.parse_args()
    try:
        return min(asyncio.run(demo(options.data)), 1)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
