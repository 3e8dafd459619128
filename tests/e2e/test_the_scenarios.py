"""Every acceptance scenario of the office ends where it must, and its story has no gap."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from uuid import UUID

import httpx
import pytest

from deploy import history
from deploy.clients import Clients, story
from deploy.demo import SCENARIOS, Ended, play
from deploy.local.running import Running
from tests.services import eventually


@pytest.fixture(scope="session")
def ended() -> dict[str, Ended]:
    """What the scenarios before this one ended with: SK-06 goes on with an older case."""
    return {}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_scenario_ends_where_it_must(
    clients: Clients, ended: dict[str, Ended], name: str
) -> None:
    ended[name] = await play(clients, name, ended)

    events = await eventually(
        lambda: story(clients, UUID(ended[name].complaint_id)),
        lambda found: {"ComplaintReceived", "CaseClassified"} <= {each["type"] for each in found},
    )

    assert history.gaps_in(events) == []


async def test_the_story_says_who_did_what_and_why(
    running: Running, clients: Clients, ended: dict[str, Ended]
) -> None:
    one = await play(clients, "SK-01", ended)
    printed = io.StringIO()

    with redirect_stdout(printed):
        code = await history.tell(running.data, UUID(one.complaint_id))

    told = printed.getvalue()
    assert code == 0
    assert re.search(r"intake +ComplaintReceived .* by ratna \(operator\), asked by POST", told)
    assert re.search(r"triage +ComplaintQueued .* because of ComplaintReceived in intake", told)
    assert re.search(r"counseling +CounselorAssigned .* because of CaseClassified in triage", told)
    assert "no gap" in told
    assert "Sumarni" not in told


async def test_nothing_personal_lies_in_a_log(running: Running, clients: Clients) -> None:
    ended: dict[str, Ended] = {}
    for name in ("SK-01", "SK-08"):
        await play(clients, name, ended)

    logs = [path for path in (running.data / "log").rglob("*") if path.is_file()]

    assert len(logs) >= 6
    for path in logs:
        assert not re.search(rb"Sumarni|35739900|0812-0000|dipukul|ditampar", path.read_bytes())


@pytest.mark.parametrize("service", ["intake", "triage", "referral", "counseling"])
async def test_every_service_says_how_it_is(running: Running, service: str) -> None:
    async with httpx.AsyncClient(base_url=running.urls[service]) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        numbers = await client.get("/metrics")

    assert alive.status_code == ready.status_code == numbers.status_code == 200
    assert ready.json()["nats"] == "connected"
    assert "process_resident_memory_bytes" in numbers.text
