"""Everybody we know, in memory: found by how they sound and when they were born, then compared.

A dict from compound keys to persons gives a few candidates; each gets a score. Neither is written
down anywhere. A score only proposes: that two are one person is for a human to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from math import log2
from typing import TypeAlias
from uuid import UUID

from services.triage.domain.search import MatchReason
from services.triage.matching.names import Name, keys_of, name_of, resemblance
from shared.privacy.numbers import Kind, normalised
from shared.problems import Malformed

VICTIM = "victim"
REASONS = list(MatchReason)
PROPOSED = 75  # a score from which a case is proposed
LEAST = -1.0  # bits, a score of 33: what is less likely is not shown at all
ALIKE = 0.9  # names that are as alike as that are said to be (domain research 5.4)
DISTRICT = 8  # characters of a region code down to the kecamatan, 35.73.05
NEARLY, DAYS = 1, 3  # years, days: what counts as a slip
DAY, MONTHS = timedelta(days=1), 12
BANDS = {"0-5": (0, 5), "6-12": (6, 12), "13-17": (13, 17), "18-24": (18, 24), "25-44": (25, 44)}
BANDS |= {"45-59": (45, 59), "60+": (60, 110)}

# How much each agreement says, in bits: by how many times it is likelier of the same person than of
# another (Fellegi and Sunter 1969). Where one side does not know, it says nothing.
NAME_POINTS = ((0.0, -9.0), (0.7, -8.0), (0.8, -3.0), (0.9, 1.0), (1.0, 3.5))  # less namesakes
BORN_SAME, BORN_ALIKE, AGE_ALIKE = 12.0, 7.0, 1.5
BORN_ANOTHER_DAY, BORN_OTHERWISE = -3.0, -6.0
PHONE, KELURAHAN, KECAMATAN, ELSEWHERE = 12.0, 4.5, 0.5, -1.0
NIK, ANOTHER_NIK = 18.0, -6.0
NAMELESS = -3.0  # a name was asked for, and she has none
STRONG = {
    *(MatchReason.SAME_NIK, MatchReason.SAME_PHONE),
    *(MatchReason.BORN_SAME, MatchReason.BORN_ALIKE),
}  # one of these is needed where the names are not alike
CONTRADICTED = 0.7  # a name less alike than that is another's, and few things outweigh it
OUTWEIGHS = ({MatchReason.SAME_NIK}, {MatchReason.SAME_PHONE, MatchReason.BORN_SAME})
PEOPLE, USUAL = 1_000, 1 / 300  # while we know fewer people: how many have a word in their names
AGE_SLIPS = 2  # years by which an estimate may be wrong
SLIPS = 2  # digits of a NIK that may be mistyped before it speaks against her

AGE_PEOPLE, USUAL = (
    1_000,
    1 / 300,
)  # while we know fewer people: how many have a word in their names
AGE_SLIPS = 2  # years by which an estimate may be wrong
SLIPS = 2  # years by which an estimate may be wrong
Told: TypeAlias = tuple[float, MatchReason | None]
SILENCE: Told = (0.0, None)


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """Somebody in a case form, in the clear: in memory only, and she shows nothing of herself."""

    person_id: UUID
    case_id: UUID
    role: str
    key_ids: frozenset[UUID]
    names: tuple[str, ...] = ()
    born_on: date | None = None
    age_band: str | None = None
    as_of: date | None = None  # the day of the age band
    nik: str | None = None
    phone: str | None = None
    kelurahan_code: str | None = None

    def __repr__(self) -> str:
        return f"Known({self.person_id})"


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What an officer searches by, ready to be compared."""

    name: Name | None = None
    born_on: date | None = None
    born_years: tuple[int, int] | None = None  # where only an age is told
    nik: str | None = None
    phone: str | None = None
    kelurahan_code: str | None = None

    def __repr__(self) -> str:
        return "Asked()"


def number(kind: Kind, text: str | None) -> str | None:
    """Return a NIK or telephone number in its one spelling, None where it cannot be one."""
    with suppress(Malformed):
        return normalised(kind, text) if text else None
    return None


def asked_for(
    *,
    full_name: str | None = None,
    born_on: date | None = None,
    age_estimate: int | None = None,
    nik: str | None = None,
    phone: str | None = None,
    kelurahan_code: str | None = None,
    today: date,
) -> Asked:
    """Return what is searched by, ready to be compared."""
    years = (born_on.year, born_on.year) if born_on else None
    if years is None and age_estimate is not None:
        born = today.year - age_estimate
        years = (born - 1 - AGE_SLIPS, born + AGE_SLIPS)
    name = name_of(full_name) if full_name else None
    return Asked(name, born_on, years, number("nik", nik), number("phone", phone), kelurahan_code)


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may be meant: how likely, and why."""

    person: Known
    score: int
    reasons: tuple[MatchReason, ...]
    proposed: bool


@dataclass(frozen=True, slots=True, repr=False)
class _Entry:
    person: Known
    names: tuple[Name, ...]
    years: tuple[int, int] | None
    keys: tuple[str, ...]


class Index:
    """Everybody we know. Adding somebody again replaces what was known of her."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}  # by a small number, which is quick to collect
        self._number: dict[UUID, int] = {}
        self._next = 0
        self._by_key: dict[str, list[int]] = {}
        self._heard: Counter[str] = Counter()  # how many have a word in their names that sounds so
        self._by_case: dict[UUID, list[int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, person: Known) -> None:
        """Know somebody."""
        self.remove(person.person_id)
        names = tuple(name for text in person.names if (name := name_of(text)))
        keys = tuple(dict.fromkeys(_stored_keys(person, names)))
        number, self._next = self._next, self._next + 1
        self._entries[number] = _Entry(person, names, _years_of(person), keys)
        self._number[person.person_id] = number
        self._heard.update(_sounds(names))
        for key in keys:
            self._by_key.setdefault(key, []).append(number)
        self._by_case.setdefault(person.case_id, []).append(number)

    def remove(self, person_id: UUID) -> None:
        """Know her no more. Twice is as once."""
        if (number := self._number.pop(person_id, None)) is None:
            return
        gone = self._entries.pop(number)
        self._heard.subtract(_sounds(gone.names))
        for key in gone.keys:
            self._by_key[key].remove(number)
            if not self._by_key[key]:
                del self._by_key[key]
        self._by_case[gone.person.case_id].remove(number)
        if not self._by_case[gone.person.case_id]:
            del self._by_case[gone.person.case_id]

    def person(self, person_id: UUID) -> Known | None:
        """Return somebody, or None when we do not know her, or no more."""
        number = self._number.get(person_id)
        return None if number is None else self._entries[number].person

    def in_case(self, case_id: UUID) -> list[Known]:
        """Return everybody in a case whom we know."""
        return [self._entries[number].person for number in self._by_case.get(case_id, ())]

    def found(self, asked: Asked) -> set[UUID]:
        """Return whom the keys find, before anybody is compared."""
        return {self._entries[number].person.person_id for number in self._found(asked)}

    def _found(self, asked: Asked) -> set[int]:
        none: tuple[int, ...] = ()
        return {number for key in _asked_keys(asked) for number in self._by_key.get(key, none)}

    def search(self, asked: Asked) -> list[Match]:
        """Return who may be meant, the likeliest first; one for each case."""
        best: dict[UUID, Match] = {}
        for number in self._found(asked):
            match = self._compared(asked, self._entries[number])
            if match is not None:
                case = match.person.case_id
                best[case] = min(best.get(case, match), match, key=_order)
        return sorted(best.values(), key=_order)

    def _compared(self, asked: Asked, entry: _Entry) -> Match | None:
        """Return how likely it is somebody, and why; None when it is not worth showing."""
        person, bits, reasons = entry.person, 0.0, list[MatchReason]()
        for points, reason in (
            _nik(asked.nik, person.nik),
            _phone(asked.phone, person.phone),
            _born(asked, entry),
            _region(asked.kelurahan_code, person.kelurahan_code),
        ):
            bits += points
            reasons += [reason] if reason else []
        if bits + NAME_POINTS[-1][1] < LEAST:
            return None  # no name makes up for that
        second, words, how_alike = bool(reasons), 2, 1.0
        if asked.name and entry.names:
            (how_alike, shared), other = max(
                ((resemblance(asked.name, each), each) for each in entry.names), key=lambda r: r[0]
            )
            bits += _interpolated(how_alike) - self._namesakes(shared)
            if how_alike >= ALIKE:
                reasons.append(MatchReason.NAME_ALIKE)
            words = min(len(other.words), len(asked.name.words))
        elif asked.name:
            bits, how_alike = bits + NAMELESS, 0.0
        if bits < LEAST:
            return None
        score = round(100 / (1 + 2**-bits))
        proposed = (
            score >= PROPOSED
            and person.role == VICTIM
            and (words > 1 or second)
            and (how_alike >= ALIKE or bool(STRONG & set(reasons)))
            and (how_alike >= CONTRADICTED or any(each <= set(reasons) for each in OUTWEIGHS))
        )
        return Match(person, score, tuple(sorted(reasons, key=REASONS.index)), proposed)

    def _namesakes(self, shared: tuple[str, ...]) -> float:
        """Return, in bits, how many people have these words in their names."""
        if len(shared) == 1:  # while we know few people, some share of all others has it
            few = PEOPLE * (1 - min(len(self._entries) / PEOPLE, 1))
            return log2(max(1.0, self._heard[shared[0]] + few * USUAL))
        pairs = (f"{one}+{other}" for one, other in combinations(shared, 2))
        return log2(max(1, min((len(self._by_key.get(pair, ())) for pair in pairs), default=1)))


def _stored_keys(person: Known, names: tuple[Name, ...]) -> Iterator[str]:
    for name in names:
        yield from keys_of(name)
        for each in name.sounds:
            if person.born_on:
                yield f"{each}|{person.born_on.year}"
            if person.kelurahan_code:
                yield f"{each}@{person.kelurahan_code}"
    if person.born_on:
        yield f"#{person.born_on}"
    if person.nik:
        yield f"n{person.nik}"
    if person.phone:
        yield f"p{person.phone}"


def _asked_keys(asked: Asked) -> Iterator[str]:
    if asked.name:
        yield from keys_of(asked.name)
        first, last = asked.born_years or (0, -1)
        for each in asked.name.sounds:
            for year in range(first - 1, last + 2):
                yield f"{each}|{year}"
            if asked.kelurahan_code:
                yield f"{each}@{asked.kelurahan_code}"
    if asked.born_on:
        yield from (f"#{day}" for day in _as_it_may_be_written(asked.born_on))
    if asked.nik:
        yield f"n{asked.nik}"
    if asked.phone:
        yield f"p{asked.phone}"


def _nik(asked: str | None, known: str | None) -> Told:
    if not (asked and known):
        return SILENCE
    if asked == known:
        return NIK, MatchReason.SAME_NIK
    slips = sum(a != b for a, b in zip(asked, known, strict=False))
    return (0.0 if slips <= SLIPS else ANOTHER_NIK), None


def _phone(asked: str | None, known: str | None) -> Told:
    return (PHONE, MatchReason.SAME_PHONE) if asked and asked == known else SILENCE


def _region(asked: str | None, known: str | None) -> Told:
    if not (asked and known):
        return SILENCE
    if asked == known:
        return KELURAHAN, MatchReason.SAME_KELURAHAN
    return (KECAMATAN if asked[:DISTRICT] == known[:DISTRICT] else ELSEWHERE), None


def _born(asked: Asked, entry: _Entry) -> Told:
    if not (asked.born_years and entry.years):
        return SILENCE
    one, other = asked.born_on, entry.person.born_on
    (a, b), (c, d) = asked.born_years, entry.years
    gap = max(a - d, c - b)
    if one and other and not (_is_only_a_year(one) or _is_only_a_year(other)):
        if one == other:
            return BORN_SAME, MatchReason.BORN_SAME
        if _is_slip(one, other):
            return BORN_ALIKE, MatchReason.BORN_ALIKE
        return (BORN_ANOTHER_DAY if gap <= NEARLY else BORN_OTHERWISE), None
    if gap <= 0:
        return AGE_ALIKE, MatchReason.AGE_ALIKE
    return (0.0 if gap <= NEARLY else BORN_OTHERWISE), None


def _is_slip(one: date, other: date) -> bool:
    """Say whether two dates of birth differ by one slip of the pen."""
    if (one.day, one.month) == (other.day, other.month):
        return abs(one.year - other.year) in (1, 10)
    if one.year == other.year and one.day == other.day:
        return True
    return _turned(one) == other or abs((one - other).days) <= DAYS


def _turned(day: date) -> date | None:
    """Return the same date with day and month in each other's place, if there is one."""
    return date(day.year, day.day, day.month) if day.day <= MONTHS else None


def _as_it_may_be_written(day: date) -> set[str]:
    """Return a date of birth, and those that one slip makes of it most often."""
    near = {str(day), str(_turned(day)), str(day + DAY), str(day - DAY)}
    return near | {f"{day.year + years}-{day.month:02}-{day.day:02}" for years in (-1, 1)}


def _is_only_a_year(day: date) -> bool:
    """Say whether a date stands for its year: what is written where nobody knows the day."""
    return (day.month, day.day) in ((1, 1), (12, 31), (7, 1))


def _years_of(person: Known) -> tuple[int, int] | None:
    """Return the first and the last year in which she may have been born."""
    if person.born_on:
        return person.born_on.year, person.born_on.year
    if person.age_band in BANDS and person.as_of:
        youngest, oldest = BANDS[person.age_band]
        return person.as_of.year - oldest - 1, person.as_of.year - youngest
    return None


def _interpolated(how_alike: float) -> float:
    """Return what a likeness of names says, in bits."""
    for (x0, y0), (x1, y1) in pairwise(NAME_POINTS):
        if how_alike <= x1:
            return y0 + (y1 - y0) * (how_alike - x0) / (x1 - x0)
    return NAME_POINTS[-1][1]


def _sounds(names: tuple[Name, ...]) -> set[str]:
    return {each for name in names for each in name.sounds}


def _order(match: Match) -> tuple[bool, int, str]:
    return not match.proposed, -match.score, str(match.person.person_id)
