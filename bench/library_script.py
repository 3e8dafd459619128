"""Runs in the library's venv: threads that append with its recorder, each event in a call.

The first line of stdin says where; each further line says for how many seconds to measure.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment

LENGTH = 10  # events in a stream


def main() -> None:
    """Measure whenever asked."""
    told = json.loads(sys.stdin.readline())
    environment = Environment(name="bench", env=told["environment"])
    with InfrastructureFactory.construct(environment) as factory:
        recorder = factory.application_recorder()
        for line in sys.stdin:
            print(rate(recorder, told, float(line)), flush=True)


def rate(recorder: ApplicationRecorder, told: dict[str, str], seconds: float) -> float:
    """Return how many events a second all threads append."""
    threads = int(told["threads"])
    start = time.perf_counter()
    end = start + seconds

    def write(_: int) -> int:
        count = 0
        while time.perf_counter() < end:
            if count % LENGTH == 0:
                stream: UUID = uuid4()
            event = StoredEvent(stream, count % LENGTH + 1, told["topic"], told["state"].encode())
            recorder.insert_events([event])
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(write, range(threads)))
    return total / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
