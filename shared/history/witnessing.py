"""Asks witnesses to cosign what the log signed, and says when too few of them answer.

A witness that is away stops nothing: what it did not see is named as such, and it is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import asyncpg
import httpx
import nats.errors
import structlog

from shared.eventstore import now_utc
from shared.eventstore.postgres import Pool
from shared.history import records
from shared.history.notes import Key, WrongNote, checkpoint_of, opened, policy_of, to_base64
from shared.history.records import Tip
from shared.history.signer import LogFolder
from shared.history.witness import Answer, subject_of

LATE = timedelta(minutes=15)  # without a quorum: an alarm
PATIENCE = 10.0  # seconds for an answer
AGAIN = 5.0  # seconds
MAX_ANSWER = 4_096  # bytes
Ask = Callable[[bytes], Awaitable[Answer]]
Request = Callable[[str, bytes, float], Awaitable[bytes]]  # over NATS
FAILURES = (  # of a witness, or of the way to it; NATS says NoRespondersError
    *(OSError, TimeoutError, ValueError, WrongNote),
    *(httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, nats.errors.Error),
)
log = structlog.get_logger()


@dataclass(frozen=True)
class Quorum:
    """How much of the log enough witnesses have seen."""

    size: int
    witnessed: int
    witnessed_at: datetime | None
    needed: int
    is_late: bool


def addresses(policy: str) -> dict[str, str]:
    """Return where each witness of a policy is asked: the last word of its line."""
    lines = (line.split("#")[0].split() for line in policy.splitlines())
    return {words[1]: words[3] for words in lines if words[:1] == ["witness"] and len(words) > 3}


async def witness_on(pool: Pool, folder: LogFolder, request: Request, every: float = 60.0) -> None:
    """Ask every witness about whatever is new, until the office changes the policy."""
    told = folder.policy()
    policy, where = policy_of(told), addresses(told)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        follow = [
            _follow(pool, key, _asking(client, request, key, where[key.name]), every)
            for key in policy.witnesses
            if key.name in where
        ]
        tasks = [asyncio.create_task(each) for each in (*follow, _watch(pool, folder, every))]
        try:
            while folder.policy() == told:  # noqa: ASYNC110 a file tells nobody that it changed
                await asyncio.sleep(min(every, AGAIN))
        finally:  # whoever runs this begins it again, with the policy as it is then
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _asking(client: httpx.AsyncClient, request: Request, key: Key, address: str) -> Ask:
    if address.startswith("nats:"):
        return partial(_over_nats, request, subject_of(key.name))
    return partial(_over_http, client, f"{address.rstrip('/')}/add-checkpoint")


async def _over_http(client: httpx.AsyncClient, url: str, body: bytes) -> Answer:
    said = await client.post(url, content=body)
    return Answer(said.status_code, said.text[:MAX_ANSWER])


async def _over_nats(request: Request, subject: str, body: bytes) -> Answer:
    said = (await request(subject, body, PATIENCE)).decode()
    status, _, text = said.partition("\n")
    return Answer(int(status), text[:MAX_ANSWER])


async def _follow(pool: Pool, key: Key, ask: Ask, every: float) -> None:
    """Show one witness each newest checkpoint, from the size that it says it saw last."""
    seen, is_away = 0, False
    while True:
        try:
            newest = await records.tip(pool)
            if newest is not None and newest.size > seen:
                seen = await show(pool, key, ask, newest, seen)
            is_away = False
            await asyncio.sleep(every)
        except FAILURES as error:
            if not is_away:
                kind = type(error).__name__
                log.warning("a witness does not answer", witness=key.name, error=kind)
            is_away = True
            await asyncio.sleep(min(AGAIN, every))


class Disputed(ValueError):
    """A witness says that the log contradicts what it saw before."""


async def show(pool: Pool, key: Key, ask: Ask, tip: Tip, seen: int) -> int:
    """Let a witness cosign a checkpoint; return the size that it has seen then.

    Raises Disputed when it says that this does not continue what it saw.
    """
    proof = await records.consistency(pool, seen, tip.size)
    said = await ask(request_body(seen, proof, tip.note))
    if said.status == 409 and said.text.strip().isdigit() and int(said.text) <= tip.size:
        knows = int(said.text)
        if knows == seen:
            raise Disputed(key.name)
        return await show(pool, key, ask, tip, knows) if knows < tip.size else knows
    if said.status != 200:
        raise Disputed(key.name)
    await keep(pool, [key], tip, said.text)
    return tip.size


async def keep(pool: Pool, keys: list[Key], tip: Tip, lines: str) -> None:
    """Keep what witnesses said of a checkpoint, if it is true. Raises WrongNote."""
    text, signed = opened(tip.note.partition("\n\n")[0] + "\n\n" + lines, keys)
    if not signed:
        raise WrongNote("no signature of a witness")
    checkpoint = checkpoint_of(text)
    for each in signed:
        own = next(line for line in lines.splitlines() if line.startswith(f"— {each.name} "))
        await records.keep_cosignature(pool, checkpoint, each, f"{own}\n")


def request_body(old: int, proof: list[bytes], note: str) -> bytes:
    """Return a request to ``add-checkpoint`` (C2SP tlog-witness)."""
    lines = [f"old {old}", *(to_base64(each) for each in proof), "", note]
    return "\n".join(lines).encode()


async def quorum(pool: Pool, folder: LogFolder, now: datetime) -> Quorum:
    """Return how much of the log enough witnesses have seen, and whether that is too little."""
    policy = policy_of(folder.policy())
    row = await pool.fetchrow(
        "select c.size, max(s.at) as at from es.checkpoints c"
        " join es.cosignatures s on s.size = c.size and s.root = c.root"
        " where s.witness = any($1) group by c.n, c.size"
        " having count(distinct s.witness) >= $2 order by c.size desc limit 1",
        [key.name for key in policy.witnesses],
        policy.quorum,
    )
    newest = await records.tip(pool)
    size, witnessed = newest.size if newest else 0, row["size"] if row else 0
    waits_since = await pool.fetchval(
        "select min(signed_at) from es.checkpoints where size > $1", witnessed
    )
    is_late = bool(policy.quorum and waits_since and now - waits_since > LATE)
    return Quorum(size, witnessed, row["at"] if row else None, policy.quorum, is_late)


async def _watch(pool: Pool, folder: LogFolder, every: float) -> None:
    was_late = False
    while True:
        found = await quorum(pool, folder, now_utc())
        if found.is_late and not was_late:
            log.error("too few witnesses for 15 minutes", size=found.size, seen=found.witnessed)
        was_late = found.is_late
        await asyncio.sleep(every)
