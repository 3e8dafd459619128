"""One piece of work in a process of its own: how long it took, and the most memory it held.

``python -m bench.alone`` reads what to do as a line of JSON, and answers with another.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.partner import partner

Work = Callable[[], object]


@dataclass(frozen=True)
class Took:
    """What a piece of work cost."""

    seconds: float
    processor: float  # seconds of it, of this process alone
    mib: float  # at its highest


async def alone(**told: str) -> Took:
    """Let another process do it: ``rebuild`` or ``verify``."""
    async with partner(sys.executable, "-m", "bench.alone", told=told) as worker:
        return Took(**json.loads(await worker.ask("")))


def rebuild(admin_url: str, service: str) -> Work:
    """Make the views of a service anew."""
    from deploy.provision import rebuild_views

    return lambda: asyncio.run(rebuild_views(admin_url, service))


def verify(bundle: str) -> Work:
    """Check a bundle, which must be right."""
    from shared.history.bundle import Reading
    from shared.history.checking import verify as check
    from shared.history.notes import policy_of

    def work() -> None:
        with Reading(Path(bundle)) as reading:
            checked = check(reading, policy_of(reading.policy()))
        if checked.findings:
            raise RuntimeError(f"{len(checked.findings)} findings")

    return work


def _highest() -> float:
    """Return the most memory that this process held, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def _main() -> None:
    told = json.loads(sys.stdin.readline())
    kinds: dict[str, Callable[..., Work]] = {"rebuild": rebuild, "verify": verify}
    work = kinds[told.pop("work")](**told)
    sys.stdin.readline()
    start, processor = time.perf_counter(), time.process_time()
    work()
    took = Took(time.perf_counter() - start, time.process_time() - processor, _highest())
    print(json.dumps(asdict(took)), flush=True)


if __name__ == "__main__":
    _main()
