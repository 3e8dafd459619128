"""What each trial came to, as a row of a table: for people, in the file that RELIABILITY names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.faults.load import OK, REFUSED, UNKNOWN, Sent
from tests.faults.seeds import SEED

HEAD = """\
| fault | seed | requests | acknowledged | refused at first | unknown at first | given up | lost | \
doubled | recovery |
|---|---|---|---|---|---|---|---|---|---|
"""


def note(fault: str, sent: Sequence[Sent], recovery: float) -> None:
    """Add a row. Whoever calls this has found every invariant to hold: none is lost, none doubled.

    ``recovery`` is how many seconds after the fault everything that waited was done everywhere.
    """
    ended = [each.ends for each in sent]
    counts = (
        len(ended),
        sum(OK in each for each in ended),
        sum(REFUSED in each for each in ended),
        sum(UNKNOWN in each for each in ended),
        sum(OK not in each for each in ended),
    )
    row = f"| {fault} | {SEED} | {' | '.join(map(str, counts))} | 0 | 0 | {recovery:.1f} s |\n"
    print(row, end="")  # noqa: T201 for those who run it with -s
    if path := os.environ.get("RELIABILITY"):
        file = Path(path)
        is_new = not file.exists()
        with file.open("a") as table:
            table.write((HEAD if is_new else "") + row)
