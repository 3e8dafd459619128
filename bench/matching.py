"""The matcher of old cases: who is found, who is proposed wrongly, how fast, beside a plain scan."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from rapidfuzz import process
from rapidfuzz.fuzz import token_sort_ratio

from bench.ground import Ground
from bench.measure import QUICK, percentile
from bench.people import Somebody, people, somebody_new, told_again
from bench.table import Row, at_most
from services.triage.matching.index import Asked, Index, Known
from services.triage.matching.names import name_of

SEED = 20_261_123
KNOWN, AGAIN, NEW, MANY = 20_000, 2_000, 2_000, 50_000
FOUND, RECALL, PRECISION = 0.99, 0.92, 0.9
P50, P99, LOAD, MEMORY = 5.0, 25.0, 10.0, 300.0  # ms, ms, s, MiB
TOP, SCANNED, ALIKE = 60, 400, 90  # of a plain scan: how many it keeps, and from where it proposes
NOBODY: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Question:
    """What is asked, and who it really is."""

    asked: Asked
    name: str
    truth: UUID | None


async def section(ground: Ground) -> list[Row]:
    """Measure how well 20,000 are told apart, and how fast 50,000 are searched."""
    return [*quality(), *speed(QUICK == ground.pace)]


def quality() -> list[Row]:
    """Measure who is found among 20,000, of 2,000 told again and 2,000 new."""
    chance = random.Random(SEED)  # noqa: S311 nobody's secret
    known = people(chance, KNOWN)
    index = _index(known)
    questions = [_question(told_again(chance, known[n]), n) for n in range(AGAIN)]
    questions += [_question(somebody_new(chance, known), None) for _ in range(NEW)]
    found = recalled = right = proposed = 0
    for each in questions:
        found += each.truth in _ids(index, each.asked)
        ids = [match.person.person_id for match in index.search(each.asked) if match.proposed]
        recalled += each.truth in ids
        proposed += len(ids)
        right += each.truth in ids
    plain = _plain_scan(known, questions[:: len(questions) // SCANNED])
    return [
        _share("matcher, the right one is a candidate", found / AGAIN, plain.found, FOUND),
        _share("matcher, the right one is proposed", recalled / AGAIN, plain.recalled, RECALL),
        _share(
            "matcher, who is proposed is the right one", right / proposed, plain.precise, PRECISION
        ),
    ]
