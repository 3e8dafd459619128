"""The matcher of old cases: who is found, who is proposed, how fast, beside a plain scan."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from rapidfuzz import process
from rapidfuzz.fuzz import token_sort_ratio

from bench.ground import Ground
from bench.measure import QUICK, percentile
from bench.people import Somebody, people, somebody_new, told_again
from bench.table import Row, at_most
from deploy.provision import parts_of
from services.triage.domain import Case, CaseForm, Perpetrator, Victim
from services.triage.matching.index import Index
from services.triage.matching.memory import Memory
from services.triage.matching.people import VICTIM, Asked, Known, asked_for
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.postgres import PostgresEventStore, open_pool
from shared.privacy import Personal
from shared.privacy.kek import FileKek
from shared.privacy.keyring import Keyring

SEED = 20_261_123
KNOWN, AGAIN, NEW, MANY, FEW = 20_000, 2_000, 2_000, 50_000, 1_000
FOUND, RECALL, PRECISION = 0.99, 0.92, 0.9
P50, P99, LOAD, MEMORY = 5.0, 25.0, 10.0, 300.0  # ms, ms, s, MiB
TOP, SCANNED, ALIKE = 60, 400, 90  # of a plain scan
WRITERS = 8
TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Question:
    """What is asked, and who it really is."""

    told: Somebody
    truth: int | None

    @property
    def asked(self) -> Asked:
        """Return it as the matcher is asked."""
        return asked_for(
            full_name=self.told.name,
            born_on=self.told.born_on,
            phone=self.told.phone,
            kelurahan_code=self.told.kelurahan,
            today=TODAY,
        )


@dataclass(frozen=True)
class Quality:
    """How many of those we know were found and proposed, and how many of the proposed right."""

    found: float
    recall: float
    precision: float


Proposes = Callable[[Question], tuple[Iterable[int], Iterable[int]]]  # who is found, and proposed


async def section(ground: Ground) -> list[Row]:
    """Measure how 50,000 are loaded and searched, and how well 20,000 are told apart."""
    many = FEW if ground.pace == QUICK else MANY
    return [*await _load(ground, many), *_speed(many), *_quality()]


def _quality() -> list[Row]:
    chance = random.Random(SEED)  # noqa: S311 a bench keeps no secret
    known = people(chance, KNOWN)
    questions = [Question(told_again(chance, known[n]), n) for n in range(AGAIN)]
    questions += [Question(somebody_new(chance, known), None) for _ in range(NEW)]
    ours = _judged(questions, _by_index(_index(known)))
    theirs = _judged(questions[:: len(questions) // SCANNED], _by_scan(known))
    return [
        _share("matcher, the right one is found", ours.found, theirs.found, FOUND),
        _share("matcher, the right one is proposed", ours.recall, theirs.recall, RECALL),
        _share("matcher, the proposed is right", ours.precision, theirs.precision, PRECISION),
    ]


def _judged(questions: Sequence[Question], proposes: Proposes) -> Quality:
    again = [each for each in questions if each.truth is not None]
    found = right = wrong = 0
    for each in questions:
        candidates, proposed = proposes(each)
        found += each.truth in set(candidates)
        right += sum(one == each.truth for one in proposed)
        wrong += sum(one != each.truth for one in proposed)
    return Quality(found / len(again), right / len(again), right / max(right + wrong, 1))


def _by_index(index: Index) -> Proposes:
    def proposes(question: Question) -> tuple[Iterable[int], Iterable[int]]:
        asked = question.asked
        proposed = [match.person.person_id for match in index.search(asked) if match.proposed]
        return [id.int for id in index.found(asked)], [id.int for id in proposed]

    return proposes


def _by_scan(known: Sequence[Somebody]) -> Proposes:
    """What one would write first: every name compared, the best sixty, birthday or number agree."""
    names = [each.name.lower() for each in known]

    def proposes(question: Question) -> tuple[Iterable[int], Iterable[int]]:
        told = question.told
        best = process.extract(told.name.lower(), names, scorer=token_sort_ratio, limit=TOP)
        proposed = [
            n
            for _, score, n in best
            if score >= ALIKE
            and (told.born_on is None or abs((told.born_on - _born(known[n])).days) < 366)
        ]
        return [n for _, _, n in best], proposed

    return proposes


def _born(one: Somebody) -> date:
    return one.born_on or TODAY


def _speed(many: int) -> list[Row]:
    chance = random.Random(SEED + 1)  # noqa: S311
    known = people(chance, many)
    index = _index(known)
    gc.collect()
    gc.freeze()
    some = [Question(told_again(chance, chance.choice(known)), None) for _ in range(1_000)]
    ours = _milliseconds(lambda question: index.search(question.asked), some)
    scan = _by_scan(known)
    theirs = _milliseconds(scan, some[:100])
    about = f"matcher, a search among {many:,}"
    return [
        _time(f"{about}, p50", percentile(ours, 50), percentile(theirs, 50), P50),
        _time(f"{about}, p99", percentile(ours, 99), percentile(theirs, 99), P99),
    ]


def _milliseconds(act: Callable[[Question], object], questions: Sequence[Question]) -> list[float]:
    took = []
    for each in questions:
        start = time.perf_counter()
        act(each)
        took.append((time.perf_counter() - start) * 1e3)
    return took


async def _load(ground: Ground, many: int) -> list[Row]:
    """Load as a service does at its start: read, unwrap, unseal and index all forms."""
    database = await ground.database("triage")
    parts = parts_of("triage")
    keys_url = f"{database.url}_keys".replace("aduan_triage:", "aduan_triage_keys:")
    folder = ground.folder / "matching"
    folder.mkdir()
    kek = FileKek.create(folder / "kek")
    chance = random.Random(SEED)  # noqa: S311
    async with open_pool(keys_url, size=4) as pool:
        keyring = Keyring(pool, kek)
        await keyring.start()
        async with open_pool(database.url) as records:
            store = PostgresEventStore(records, parts.codec, parts.project, keyring)
            await _store_forms(store, keyring, people(chance, many))
            memory = Memory()
            before, start = _resident(), time.perf_counter()
            following = asyncio.create_task(memory.follow("", store))
            while not memory.complete:  # noqa: ASYNC110 it tells nobody: services do not wait
                await asyncio.sleep(0.05)
            took = time.perf_counter() - start
            grown = _resident() - before
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return [
        at_most(f"matcher, loading {len(memory.index):,} people", took, "s", LOAD),
        at_most(f"matcher, memory of {len(memory.index):,} people", grown, "MiB", MEMORY),
    ]


async def _store_forms(
    store: PostgresEventStore, keyring: Keyring, known: Sequence[Somebody]
) -> None:
    """A form for every two: a victim, and an alleged perpetrator of whom there is only a name."""
    pairs = list(zip(known[::2], known[1::2], strict=True))

    async def write(part: Sequence[tuple[Somebody, Somebody]]) -> None:
        for victim, other in part:
            if keyring.stock < 4 * WRITERS:
                await keyring.fill()
            case = Case(complaint_id=new_id(), registration_no="1", opened_at=now_utc())
            case.fill_form(_form(victim, other), "officer", now_utc())
            cause = Cause(handler="bench", message_id=str(case.id), actor="policy:bench")
            await store.save(case, cause=cause.about(case.complaint_ids[0]))

    await asyncio.gather(*(write(pairs[n::WRITERS]) for n in range(WRITERS)))


def _form(victim: Somebody, other: Somebody) -> CaseForm:
    return CaseForm(
        victims=(
            Victim(
                sex="P",
                age_band="25-44",
                full_name=Personal(victim.name),
                born_on=Personal(str(victim.born_on)),
                phone=Personal(victim.phone or ""),
                domicile_code=victim.kelurahan,
            ),
        ),
        perpetrators=(Perpetrator(full_name=Personal(other.name), sex="L"),),
        violence=("PHYSICAL",),
    )


def _index(known: Sequence[Somebody]) -> Index:
    index = Index()
    for n, each in enumerate(known):
        index.add(
            Known(
                person_id=UUID(int=n),
                case_id=UUID(int=n),
                role=VICTIM,
                key_ids=frozenset(),
                names=(each.name,),
                born_on=each.born_on,
                phone=each.phone,
                kelurahan_code=each.kelurahan,
            )
        )
    return index


def _resident() -> float:
    """Return how much memory this process has, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _share(what: str, ours: float, theirs: float, goal: float) -> Row:
    return Row(
        what,
        f"{ours:.3f}",
        f"{theirs:.3f} plain rapidfuzz",
        f"{ours / theirs:.2f}",
        f">= {goal:g}",
        ours >= goal,
    )


def _time(what: str, ours: float, theirs: float, goal: float) -> Row:
    return Row(
        what,
        f"{ours:.1f} ms",
        f"{theirs:.1f} ms plain rapidfuzz",
        f"{ours / theirs:.2f}",
        f"<= {goal:g} ms",
        ours <= goal,
    )
