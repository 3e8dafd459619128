"""What speaks for and against it that somebody is the one who is asked for, in bits.

Each agreement counts by how many times it is likelier of the same person than of another (Fellegi
and Sunter 1969), a name the less the more people have it. What one side does not know says nothing.
The sum is a score; a score only proposes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from services.triage.domain.search import MatchReason
from services.triage.matching.names import Name, resemblance
from services.triage.matching.people import VICTIM, Asked, Known, is_only_a_year, is_slip

REASONS = list(MatchReason)
PROPOSED = 75  # a score from which a case is proposed
LEAST = -1.0  # bits, a score of 33: what is less likely is not shown at all
ALIKE = 0.9  # names that are as alike as that are said to be (domain research 5.4)
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
SLIPS = 2  # digits of a NIK that may be mistyped before it speaks against her
NEARLY = 1  # years between two that may be one
DISTRICT = 8  # characters of a region code down to the kecamatan, 35.73.05
Told: TypeAlias = tuple[float, MatchReason | None]
SILENCE: Told = (0.0, None)
Years: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may be meant: how likely, and why."""

    person: Known
    score: int
    reasons: tuple[MatchReason, ...]
    proposed: bool


def judged(
    asked: Asked,
    person: Known,
    *,
    names: tuple[Name, ...],
    years: Years | None,
    namesakes: Callable[[tuple[str, ...]], float],
) -> Match | None:
    """Return how likely it is somebody, and why; None when it is not worth showing.

    ``years`` are those in which she may have been born; ``namesakes`` tells, in bits, how many
    people have the words of a name that sound so. One word alone proposes nobody: something else
    must agree.
    """
    bits, reasons = 0.0, list[MatchReason]()
    for points, reason in (
        _nik(asked.nik, person.nik),
        _phone(asked.phone, person.phone),
        _born(asked, person, years),
        _region(asked.kelurahan_code, person.kelurahan_code),
    ):
        bits += points
        reasons += [reason] if reason else []
    if bits + NAME_POINTS[-1][1] < LEAST:
        return None  # no name makes up for that
    second, words, how_alike = bool(reasons), 2, 1.0
    if asked.name and names:
        (how_alike, shared), other = max(
            ((resemblance(asked.name, each), each) for each in names), key=lambda r: r[0]
        )
        bits += _interpolated(how_alike) - namesakes(shared)
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


def _born(asked: Asked, person: Known, years: Years | None) -> Told:
    if not (asked.born_years and years):
        return SILENCE
    one, other = asked.born_on, person.born_on
    (a, b), (c, d) = asked.born_years, years
    gap = max(a - d, c - b)
    if one and other and not (is_only_a_year(one) or is_only_a_year(other)):
        if one == other:
            return BORN_SAME, MatchReason.BORN_SAME
        if is_slip(one, other):
            return BORN_ALIKE, MatchReason.BORN_ALIKE
        return (BORN_ANOTHER_DAY if gap <= NEARLY else BORN_OTHERWISE), None
    if gap <= 0:
        return AGE_ALIKE, MatchReason.AGE_ALIKE
    return (0.0 if gap <= NEARLY else BORN_OTHERWISE), None


def _interpolated(how_alike: float) -> float:
    """Return what a likeness of names says, in bits."""
    for (x0, y0), (x1, y1) in pairwise(NAME_POINTS):
        if how_alike <= x1:
            return y0 + (y1 - y0) * (how_alike - x0) / (x1 - x0)
    return NAME_POINTS[-1][1]
