"""Asking who may: the question that every request asks at least once."""

from __future__ import annotations

import time

from bench.ground import Ground
from bench.measure import percentile
from bench.table import Row, at_most
from shared.access import Resource, Subject, Verifier, may
from shared.access.policy import ACTIONS
from tests.tokens import running_issuer

GOAL, TOKEN_GOAL = 2.0, 150.0  # microseconds
TOKENS = 500
ROUNDS, TIMES = 50, 4_000
COUNSELOR = Subject("01930000-0000-7000-8000-000000000401", frozenset({"counselor"}))
HERS = Resource(name="Case", counselor_id=COUNSELOR.id)
BROKEN = Resource(name="Case", broken_by=frozenset({COUNSELOR.id}))


async def section(_: Ground) -> list[Row]:
    """Measure the question, answered at once or by the last row of the table, and the token."""
    return [
        *await tokens(),
        *questions(),
    ]


async def tokens() -> list[Row]:
    """Measure what a token costs the first time a process sees it, and from then on."""
    with running_issuer() as issuer:
        verifier = Verifier(issuer.url)
        await verifier.subject(issuer.token("operator"))  # fetches the keys
        fresh = [issuer.token("operator", jti=str(n)) for n in range(TOKENS)]
        first = [await _took(verifier, token) for token in fresh]
        known = [await _took(verifier, token) for token in fresh]
    return [
        at_most("token check, first sight, p50", percentile(first, 50), "µs", TOKEN_GOAL),
        at_most("token check, known token, p50", percentile(known, 50), "µs", TOKEN_GOAL),
    ]


async def _took(verifier: Verifier, token: str) -> float:
    start = time.perf_counter()
    await verifier.subject(token)
    return (time.perf_counter() - start) * 1e6


def questions() -> list[Row]:
    """Measure ``may``."""
    return [
        at_most(f"may, {what}, of {len(ACTIONS)} actions", microseconds(about), "µs", GOAL)
        for what, about in (("her own case", HERS), ("the last rule that fits", BROKEN))
    ]


def microseconds(about: Resource) -> float:
    """Return what one question costs, in the round in the middle."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(TIMES):
            may(COUNSELOR, "case.open_personal", about)
        rounds.append((time.perf_counter() - start) / TIMES * 1e6)
    return percentile(rounds, 50)
