"""Finding regions in what somebody wrote: a proposal, and the question that a person must answer.

Names repeat: Malang is a city and a regency, Purwodadi lies in both, and streets are named after
places they only lead to. So nothing here decides where something happened.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import normalize

from shared.contracts.regions.table import (
    DISTRICT,
    PROVINCE,
    REGENCY,
    REGIONS,
    VILLAGE,
    Region,
    is_within,
    region,
    squeezed,
)

_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text())
WRITTEN: dict[str, str] = _WORDS["instead_of"]
COMMON = frozenset(_WORDS["common"])
CALLED = {
    PROVINCE: ("provinsi",),
    REGENCY: (),  # the name itself begins with it
    DISTRICT: ("kecamatan",),
    VILLAGE: ("kelurahan", "desa"),  # said of either
}
STREET = re.compile(r"(jalan|jl|jln|gang|gg)( raya)?$")
TITLE = re.compile(r"^(Daerah Khusus Ibukota|Daerah Istimewa) ")
LONGEST = 5  # words in a name: Kabupaten Kep. Siau Tagulandang Biaro
MOST_WORDS = 40
SHORTEST = 5  # letters of a name that may be misspelt
LONG = 8  # letters from which two may be wrong
SAID, HINTED = 2, 1  # what a mention weighs: one that is misspelt or a street's name weighs less


@dataclass(frozen=True)
class Found:
    """The regions that a text may mean, and which question decides, a code of region_question."""

    regions: tuple[Region, ...]
    question: str | None


@dataclass(frozen=True)
class _Mention:
    """A name in a text: which words it takes, and which regions have it."""

    words: range
    codes: tuple[str, ...]
    weight: int
    is_street: bool = False


def find(text: str) -> Found:
    """Return the regions that a text names, those that fit all of it best.

    >>> [each.full_name for each in find("rumah kontrakan di Merjosari").regions]
    ['Merjosari, Lowokwaru, Kota Malang']
    >>> [each.name for each in find("Malang").regions], find("Malang").question
    (['Kabupaten Malang', 'Kota Malang'], 'CITY_OR_REGENCY')
    """
    if coded := region(text.strip()):
        return Found((coded,), None)
    parts = [part for part in re.split(r"[,;:()/\n]", text) if part.strip()]
    words, breaks = _words(parts)
    mentions = list(_named(words, breaks))
    if not any(REGIONS[m.codes[0]].level >= DISTRICT and m.weight == SAID for m in mentions):
        mentions += _misspelt(words, breaks, mentions)
    best = _best(mentions)
    chosen = tuple(REGIONS[code] for code in sorted(best))
    return Found(chosen, _question(chosen, mentions))


def _words(parts: Sequence[str]) -> tuple[list[str], set[int]]:
    """Return the words, and before which of them a name cannot go on."""
    words: list[str] = []
    breaks: set[int] = set()
    for part in parts:
        breaks.add(len(words))
        plain = re.sub(r"['\u2019`]", "", normalize("NFKD", part).lower())
        words += (WRITTEN.get(word, word) for word in re.findall(r"[a-z0-9]+", plain))
    return words[:MOST_WORDS], breaks


def _spans(
    words: Sequence[str], breaks: set[int], longest: int, start: int = 0
) -> Iterator[tuple[range, str]]:
    """Yield the names that may begin with a word, the longest first."""
    for end in range(min(start + longest, len(words)), start, -1):
        if not any(start < at < end for at in breaks):
            yield range(start, end), "".join(words[start:end])


def _named(words: Sequence[str], breaks: set[int]) -> Iterator[_Mention]:
    start = 0
    while start < len(words):
        for span, name in _spans(words, breaks, LONGEST, start):
            if codes := _names().get(name):
                is_street = STREET.search(" ".join(words[max(0, start - 2) : start])) is not None
                yield _Mention(span, codes, HINTED if is_street else SAID, is_street)
                start = span.stop - 1
                break
        start += 1


def _misspelt(
    words: Sequence[str], breaks: set[int], mentions: Sequence[_Mention]
) -> list[_Mention]:
    """Return what looks like a name in the words that are none."""
    taken = {word for mention in mentions for word in mention.words}
    found: list[_Mention] = []
    for start in range(len(words)):
        for span, name in _spans(words, breaks, 3, start):
            if taken & {*span} or len(name) < SHORTEST or COMMON & {words[at] for at in span}:
                continue
            if codes := _near(name):
                found.append(_Mention(span, codes, HINTED))
                taken |= {*span}
                break
    return found


def _near(name: str) -> tuple[str, ...]:
    """Return the regions whose names differ least, by one letter or two; turned ones are one."""
    from rapidfuzz import process  # 4 MiB that a service needs only for this
    from rapidfuzz.distance import OSA

    allowed = 2 if len(name) >= LONG else 1
    near = process.extract(
        name, _plain_names(), scorer=OSA.distance, score_cutoff=allowed, limit=None
    )
    least = min((distance for _, distance, _ in near), default=0)
    return tuple(code for key, far, _ in near if far == least for code in _names()[key])


def _best(mentions: Sequence[_Mention]) -> set[str]:
    """Return the regions that account for most of what is mentioned.

    Merjosari in "Merjosari, Malang" accounts for both names, Malang only for itself; and of "Sukun,
    Sukun" the village for both, itself and its district.
    """
    weights: dict[tuple[str, ...], list[int]] = {}
    for each in mentions:
        weights.setdefault(each.codes, []).append(each.weight)

    def score(code: str) -> int:
        around = ((sum(is_within(code, each) for each in codes), codes) for codes in weights)
        return sum(sum(sorted(weights[codes], reverse=True)[:most]) for most, codes in around)

    scores = {code: score(code) for codes in weights for code in codes}
    best = max(scores.values(), default=0)
    return {code for code, each in scores.items() if each == best}


def _question(chosen: Sequence[Region], mentions: Sequence[_Mention]) -> str | None:
    """Return what to ask before anybody relies on it; None when one thing can be meant only."""
    codes = {each.code for each in chosen}
    own = [each for each in mentions if codes & {*each.codes}]
    if not own:
        return None
    if all(each.is_street for each in own):
        return "STREET_NAME"
    if all(each.weight == HINTED for each in own):
        return "DID_YOU_MEAN"
    if len(chosen) == 1:
        (one,) = chosen
        around = any(
            one.code != code and is_within(one.code, code)
            for each in mentions
            for code in each.codes
        )
        return "WHICH_REGENCY" if one.namesakes and not around else None
    if not any(codes <= {*each.codes} for each in own):
        return "SEVERAL_NAMED"
    return _which(chosen)


def _which(chosen: Sequence[Region]) -> str:
    """Return what tells regions of the same name apart."""
    if all(is_within(each.code, chosen[0].code) for each in chosen):  # a district and a village
        return "WHICH_LEVEL"
    regencies = {each.code[:5] for each in chosen}
    if len(regencies) == 1:
        return "WHICH_DISTRICT"
    namesakes = {REGIONS[code].short_name for code in regencies}
    return "CITY_OR_REGENCY" if len(regencies) > len(namesakes) == 1 else "WHICH_REGENCY"


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Return the codes of all regions by their squeezed names, with and without what they are."""
    names: dict[str, tuple[str, ...]] = {}
    for each in REGIONS.values():
        for name in _ways_to_say(each):
            names[name] = (*names.get(name, ()), each.code)
    return names


def _ways_to_say(each: Region) -> set[str]:
    short = squeezed(TITLE.sub("", each.short_name))
    ways = {squeezed(each.name), short, *(f"{word}{short}" for word in CALLED[each.level])}
    if each.level == REGENCY:
        word = "kota" if each.kind == "CITY" else "kabupaten"
        ways |= {f"{word}{short}", f"{short}{word}"}  # also Malang Kota
    return ways


@cache
def _plain_names() -> tuple[str, ...]:
    return tuple({squeezed(each.short_name): None for each in REGIONS.values()})
