"""Names as they sound: one spelling for all the ways in which an Indonesian name is written.

Many people have one name only, nobody has a family name, and the same name is written as in 1947,
as in 1972 or as in Arabic. Nothing in here is kept: it is how two names are compared, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from unicodedata import combining, normalize

from rapidfuzz.fuzz import ratio

TITLES = """
    bapak bpk pak ibu bu bunda mas mbak mba mbok kak kakak adik adek dik dek om tante cak ning gus
    neng nyonya ny tuan tn nona nn saudara saudari sdr sdri haji hajah hajjah h hj kyai kiai kh
    ustad ustadz ustadzah ust raden r rr drs dra dr drg ir prof alm almh almarhum almarhumah
    nenek kakek mbah eyang"""
HONORIFICS = frozenset(TITLES.split())
PATRONYMS = ("bin", "binti")
DEGREES = re.compile(r"(?:\s+[ABDMS][a-z]?(?:\.[A-Za-z]{1,3})+\.?)+\s*$")  # … S.Pd. M.M.
APOSTROPHES = re.compile(r"['`\u2019\u02bc]")
LETTERS = re.compile(r"[^\W\d_]+")
ALIASES = {
    **dict.fromkeys(("m", "mhd", "md", "moh", "muh", "moch", "much", "mohd"), "muhamad"),
    "ach": "ahmad",
    "abd": "abdul",
    "st": "siti",
    "chandra": "candra",
}
MUHAMMAD = re.compile(r"m[ou]h?am[ae]+[dt]")
AHMAD = re.compile(r"ah?ma[dt]")
OLD = {"tj": "c", "dj": "j", "nj": "ny", "sj": "s", "oe": "u"}  # as it was written until 1947
ARABIC = {"kh": "h", "ch": "h", "sy": "s", "sh": "s", "ts": "s", "th": "t", "gh": "g", "dh": "d"}
OTHERS = {"chr": "kr", "ph": "f", "dl": "d", "dz": "s", "ck": "k", "x": "ks", "uw": "u"}
SPELLINGS = OTHERS | OLD | ARABIC
SEVERAL = re.compile("|".join(SPELLINGS))
LETTER = str.maketrans("vzqjy", "fskii")  # Jusuf is Yusuf, and Widjaja Wijaya
LAST_IE = re.compile(r"ie$")
GLIDE = re.compile(r"[aeo][ei](?![aeiou])")  # Zaenab, Choirul, Zein
DOUBLED = re.compile(r"(.)\1+")
BONES = str.maketrans(dict.fromkeys("aeiouh") | {"p": "f"})
SAME_WORD = 0.75  # how alike two words are that may be one, mistyped
MOST, LONGEST = 6, 24  # words of a name, letters of a word: no name has more, whatever is sent


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """A name, ready to be compared: its words in one spelling, and how they sound."""

    words: tuple[str, ...]
    joined: str  # without spaces: Nurhidayah is Nur Hidayah
    sounds: tuple[str, ...]


def name_of(text: str) -> Name | None:
    """Return a name as it is compared, or None when nothing of it is a name."""
    words = spelled(text)
    if not words:
        return None
    return Name(words, "".join(words), tuple(sorted({sound(word) for word in words})))


def spelled(text: str) -> tuple[str, ...]:
    """Return the words of a name in one spelling, without titles, degrees and patronymics.

    What comes out stays as it is: spelling it again changes nothing.
    """
    words = _once(DEGREES.sub("", text.partition(",")[0]))
    while (again := _once(" ".join(words))) != words:
        words = again
    return words


def sound(word: str) -> str:
    """Return the bones of a spelled word: its first letter, and the consonants that are heard.

    Yanti and Yanto have the same: this finds candidates, and says of none that it is she.
    """
    first = {"h": "k", "p": "f"}.get(word[0], word[0])  # Khusnul is Husnul and Chusnul
    return DOUBLED.sub(r"\1", first + word[1:].translate(BONES))


def keys_of(name: Name) -> Iterator[str]:
    """Yield the keys that a name alone gives: two of its words, and all of it without spaces."""
    for one, other in combinations(name.sounds, 2):
        yield f"{one}+{other}"
    yield f"={sound(name.joined)}"


def alike(a: Name, b: Name) -> float:
    """Return how alike two names are, 0 to 1, whatever the order of their words.

    A word that only one of them has counts little against them: people leave names out.
    """
    return resemblance(a, b)[0]


def resemblance(a: Name, b: Name) -> tuple[float, tuple[str, ...]]:
    """Return how alike two names are, and how those words of the second sound that the first has.

    Swapping the two swaps nothing but whose words are told.
    """
    by_words, shared = _aligned(a.words, b.words)
    if len(a.words) != len(b.words):
        joined = ratio(a.joined, b.joined) / 100
        if joined > by_words:
            return joined, b.sounds
    return by_words, tuple(sorted({sound(word) for word in shared}))


def _aligned(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[float, list[str]]:
    """Return how well the words of the shorter name are found in the longer one, and which."""
    left, right, shared = list(a), list(b), list[str]()
    found = weight = 0.0
    for word in a:
        if word in right:
            left.remove(word)
            right.remove(word)
            shared.append(word)
            found += 2 * len(word)
    weight = found
    pairs = sorted(
        (_word_ratio(x, y), len(x) + len(y), min(x, y), max(x, y), x, y)
        for x in left
        for y in right
    )
    for how_far, length, _, _, x, y in reversed(pairs):
        if x in left and y in right:
            left.remove(x)
            right.remove(y)
            found += how_far * length
            weight += length
            shared += [y] if how_far >= SAME_WORD else []
    dropped = len(left) + len(right)
    least = 0.92 if min(len(a), len(b)) > 1 else 0.85
    return found / weight * least**dropped, shared


def _word_ratio(x: str, y: str) -> float:
    if len(x) == 1 or len(y) == 1:
        return 0.85 if x[0] == y[0] else 0.0  # an initial
    return ratio(x, y) / 100


def _once(text: str) -> tuple[str, ...]:
    plain = APOSTROPHES.sub("", text).casefold()
    if not plain.isascii():
        plain = "".join(c for c in normalize("NFKD", plain) if not combining(c))
    words = LETTERS.findall(plain)[: 2 * MOST]
    if words[:2] == ["k", "h"]:
        words[:2] = ["kh"]
    end = next((n for n, word in enumerate(words) if n and word in PATRONYMS), MOST)
    words = words[:end]
    while len(words) > 1 and words[0] in HONORIFICS:
        words = words[1:]
    if len(words) > 1:  # alone they are not short for anything
        words = [ALIASES.get(word, word) for word in words]
    return tuple(_spelled(word[:LONGEST]) for word in words[:MOST])


def _spelled(word: str) -> str:
    word = SEVERAL.sub(lambda found: SPELLINGS[found[0]], LAST_IE.sub("i", word)).translate(LETTER)
    word = DOUBLED.sub(r"\1", GLIDE.sub("ai", word))
    if MUHAMMAD.fullmatch(word):
        return "muhamad"
    if AHMAD.fullmatch(word):
        return "ahmad"
    return word.rstrip("h") or word
