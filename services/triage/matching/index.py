"""Everybody we know, in memory: found by how they sound and when they were born, then compared.

A dict from compound keys to persons gives a few candidates; each is judged by its evidence. Nothing
of this is written down anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import log2
from uuid import UUID

from services.triage.matching.evidence import Match, judged
from services.triage.matching.names import Name, keys_of, name_of
from services.triage.matching.people import Asked, Known, as_it_may_be_written, years_of

PEOPLE, USUAL = 1_000, 1 / 300  # while we know fewer people: how many have a word in their names


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
        self._heard: dict[str, int] = {}  # how many have a word in their names that sounds so
        self._by_case: dict[UUID, list[int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, person: Known) -> None:
        """Know somebody."""
        self.remove(person.person_id)
        names = tuple(name for text in person.names if (name := name_of(text)))
        keys = tuple(dict.fromkeys(_stored_keys(person, names)))
        number, self._next = self._next, self._next + 1
        self._entries[number] = _Entry(person, names, years_of(person), keys)
        self._number[person.person_id] = number
        for each in _sounds(names):
            self._heard[each] = self._heard.get(each, 0) + 1
        for key in keys:
            self._by_key.setdefault(key, []).append(number)
        self._by_case.setdefault(person.case_id, []).append(number)

    def remove(self, person_id: UUID) -> None:
        """Know her no more. Twice is as once."""
        if (number := self._number.pop(person_id, None)) is None:
            return
        gone = self._entries.pop(number)
        for each in _sounds(gone.names):
            self._heard[each] -= 1
            if not self._heard[each]:
                del self._heard[each]  # nothing stays of her
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
            entry = self._entries[number]
            match = judged(
                asked,
                entry.person,
                names=entry.names,
                years=entry.years,
                namesakes=self._namesakes,
            )
            if match is not None:
                case = match.person.case_id
                best[case] = min(best.get(case, match), match, key=_order)
        return sorted(best.values(), key=_order)

    def _namesakes(self, shared: tuple[str, ...]) -> float:
        """Return, in bits, how many people have these words in their names."""
        if len(shared) == 1:  # while we know few people, some share of all others has it
            few = PEOPLE * (1 - min(len(self._entries) / PEOPLE, 1))
            return log2(max(1.0, self._heard.get(shared[0], 0) + few * USUAL))
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
        yield from (f"#{day}" for day in as_it_may_be_written(asked.born_on))
    if asked.nik:
        yield f"n{asked.nik}"
    if asked.phone:
        yield f"p{asked.phone}"


def _sounds(names: tuple[Name, ...]) -> set[str]:
    return {each for name in names for each in name.sounds}


def _order(match: Match) -> tuple[bool, int, str]:
    return not match.proposed, -match.score, str(match.person.person_id)
