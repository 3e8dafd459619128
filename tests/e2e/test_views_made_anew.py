"""After all that the tests before this one did, every view of every service is what events say."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from deploy.clients import Clients
from deploy.demo import SCENARIOS, Ended, play
from deploy.local.running import Running
from deploy.provision import SERVICES, rebuild_and_compare
from tests.services import PROJECT


async def test_every_view_is_what_the_events_say_also_while_people_go_on(
    running: Running, clients: Clients
) -> None:
    async def play_all() -> None:
        ended: dict[str, Ended] = {}
        for name in SCENARIOS:
            ended[name] = await play(clients, name, ended)

    playing = asyncio.create_task(play_all())
    differing = await rebuild_all(running)
    await playing
    differing += await rebuild_all(running)

    assert differing == []


async def rebuild_all(running: Running) -> list[str]:
    """Make all views anew, and return those that were not what they must be."""
    done = [await rebuild_and_compare(running.postgres, service) for service in SERVICES]
    return [
        f"{service}: {each}"
        for service, rebuilt in zip(SERVICES, done, strict=True)
        for each in rebuilt.compared
        if not each.is_equal
    ]


async def test_make_rebuild_says_of_each_view_whether_it_was_right(running: Running) -> None:
    code, told = await make_rebuild(running, "triage")
    assert code == 0
    assert told.startswith("triage: views made anew from ")
    assert "writers waited" in told
    assert {line.split()[0] for line in told.splitlines()[1:]} >= {"cases", "conflicts", "clocks"}
    assert all(line.endswith(" equal") for line in told.splitlines()[1:])

    code, told = await make_rebuild(running, "triage", "--view", "cases")
    assert (code, len(told.splitlines())) == (0, 2)

    assert await make_rebuild(running, "triage", "--view", "complaints") == (1, "")


async def make_rebuild(running: Running, *how: str) -> tuple[int | None, str]:
    """Run what `make rebuild` runs; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.rebuild", *how, "--data", str(running.data)),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()
