"""Who in one version of a case form is who in another: the same person keeps her id.

Two who stand in one form together are two, whatever is alike. What is certain keeps the id; what
is only likely keeps none, but is forgotten with her where nobody in the form of today is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Traits:
    """What of somebody in one form can be compared. The texts are marks: equal, or not."""

    person_id: UUID | None
    sex: str | None = None
    age_band: str | None = None
    name: bytes | None = None
    nik: bytes | None = None
    born_on: bytes | None = None
    is_forgotten: bool = False  # her texts are destroyed: what is told now is told anew


Row = Sequence[Traits]  # everybody of one role in one form, in order


def are_one(a: Traits, b: Traits) -> bool:
    """Say whether two are certainly one: by NIK or by name, and nothing contradicts.

    With the same NIK a corrected name is no contradiction, unless she was born another day too:
    a child is often written with the NIK of her mother.
    """
    if _contradict(a, b):
        return False
    if _equal(a.nik, b.nik):
        return not _differ(a.name, b.name) or not (_differ(a.born_on, b.born_on) or _ages(a, b))
    return _equal(a.name, b.name) and not _differ(a.born_on, b.born_on) and not _ages(a, b)


def recognise(row: Row, known: Row, before: Row) -> list[UUID | None]:
    """Return for everybody in a new form the id she had, None for whoever is new.

    ``known`` is everybody of that role in the case as last told, those of today first; ``before``
    is the form of today. Whoever comes with an id keeps it. Who had no name so far, and stands at
    her place, is she.
    """
    found = [each.person_id for each in row]
    left = [each for each in known if not each.is_forgotten]
    places = {each.person_id: n for n, each in enumerate(before)}
    pairs = [(n, each) for n, a in enumerate(row) for each in left if are_one(a, each)]

    def how_well(pair: tuple[int, Traits]) -> tuple[bool, ...]:
        n, her = pair
        return (*_agreement(row[n], her), places.get(her.person_id) == n)

    for n, her in sorted(pairs, key=how_well, reverse=True):  # of equals, those of today first
        if found[n] is None and her.person_id not in found:
            found[n] = her.person_id
    if len(row) == len(before):
        for n, (a, b) in enumerate(zip(row, before, strict=True)):
            is_free = found[n] is None and b.person_id not in found and not b.is_forgotten
            if is_free and _may_be_at_her_place(a, b) and not (a.name and b.name):
                found[n] = b.person_id
    return found


def all_of(person_id: UUID, rows: Sequence[Row]) -> list[UUID]:
    """Return all ids that one person has in the versions of a form, this one first.

    ``rows`` are the versions, the one of today last. In doubt it is more: whoever stands in no form
    of today and has her name or NIK, or whose place she took.
    """
    told: dict[UUID, list[Traits]] = {}
    for row in rows:
        for each in row:
            if each.person_id:
                told.setdefault(each.person_id, []).append(each)
    today = {each.person_id for each in rows[-1]} if rows else set()
    found = [person_id]
    _grow(found, told, rows, lambda one, other: _certainly(told.get(one, ()), told[other]))
    _grow(
        found,
        {id: each for id, each in told.items() if id not in today},
        rows,
        lambda one, other: (
            _likely(told.get(one, ()), told[other]) or _took_the_place(one, other, rows)
        ),
    )
    return found


def _grow(
    found: list[UUID],
    others: Collection[UUID],
    rows: Sequence[Row],
    is_one: Callable[[UUID, UUID], bool],
) -> None:
    """Add whoever is one with somebody found, until there is nobody more."""
    for one in found:  # it grows meanwhile
        for other in others:
            is_free = other not in found and not _stood_together(found, other, rows)
            if is_free and is_one(one, other):
                found.append(other)


def _certainly(some: Row, others: Row) -> bool:
    return any(are_one(a, b) for a in some for b in others)


def _likely(some: Row, others: Row) -> bool:
    return any(
        not _differ(a.sex, b.sex) and (_equal(a.name, b.name) or _equal(a.nik, b.nik))
        for a in some
        for b in others
    )


def _took_the_place(mine: UUID, other: UUID, rows: Sequence[Row]) -> bool:
    """Say whether one came where another had stood, and nothing contradicts.

    Not even the name, but where nobody else came: then it may be the same one, mistyped.
    """
    for before, after in pairwise(rows):
        if len(before) != len(after):
            continue
        old, new = ({each.person_id for each in row} for row in (before, after))
        changed = [
            (a, b)
            for a, b in zip(before, after, strict=True)
            if a.person_id not in new and b.person_id not in old
        ]
        for a, b in changed:
            if {a.person_id, b.person_id} == {mine, other}:
                is_clear = len(changed) == 1 or not _differ(a.name, b.name)
                return is_clear and _may_be_at_her_place(a, b)
    return False


def _stood_together(some: Collection[UUID], other: UUID, rows: Sequence[Row]) -> bool:
    forms = ({each.person_id for each in row} for row in rows)
    return any(other in form and not form.isdisjoint(some) for form in forms)


def _may_be_at_her_place(a: Traits, b: Traits) -> bool:
    return not (_contradict(a, b) or _differ(a.born_on, b.born_on) or _ages(a, b))


def _contradict(a: Traits, b: Traits) -> bool:
    return _differ(a.sex, b.sex) or _differ(a.nik, b.nik)


def _agreement(a: Traits, b: Traits) -> tuple[bool, ...]:
    return (
        _equal(a.nik, b.nik) and _equal(a.name, b.name),
        _equal(a.nik, b.nik),
        _equal(a.born_on, b.born_on),
        _equal(a.age_band, b.age_band),
    )


def _ages(a: Traits, b: Traits) -> bool:
    """Say whether they are of different ages, where no two days of birth say it better."""
    return not (a.born_on and b.born_on) and _differ(a.age_band, b.age_band)


def _equal(one: object, other: object) -> bool:
    return one is not None and one == other


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
