"""The table of regions: code, name and postal code, and what lies within what."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

PROVINCE, REGENCY, DISTRICT, VILLAGE = 1, 2, 3, 4
ENDS = (2, 5, 8, 13)  # characters of a code down to each level
PREFIX = re.compile(r"^(Kabupaten|Kota)( Administrasi)? ")


@dataclass(frozen=True, slots=True)
class Region:
    """One region. ``namesakes`` counts the districts and villages of its name elsewhere."""

    code: str
    name: str
    postal_code: str | None = None
    namesakes: int = 0

    @property
    def level(self) -> int:
        """Return 1 for a province, 2 for a regency or city, 3 for a district, 4 for a village."""
        return self.code.count(".") + 1

    @property
    def kind(self) -> str:
        """Return its kind, a code of the list ``region_kind``."""
        if self.level == REGENCY:
            return "CITY" if self.name.startswith("Kota ") else "REGENCY"
        if self.level == VILLAGE:  # the fourth group tells: UU 6/2014, Permendagri 58/2021
            return "KELURAHAN" if self.code[9] == "1" else "DESA"
        return "PROVINCE" if self.level == PROVINCE else "DISTRICT"

    @property
    def short_name(self) -> str:
        """Return the name as people say it: Malang, of the city and of the regency."""
        return PREFIX.sub("", self.name)

    @property
    def full_name(self) -> str:
        """Return the name with what it lies in: Merjosari, Lowokwaru, Kota Malang."""
        upwards = [REGIONS[self.code[:end]].name for end in reversed(ENDS) if end < len(self.code)]
        if self.level > REGENCY:
            upwards.pop()  # the city or regency says enough
        return ", ".join((self.name, *upwards))


def _load() -> Mapping[str, Region]:
    with Path(__file__).with_name("regions.csv").open(newline="") as file:
        return {
            row["code"]: Region(
                row["code"], row["name"], row["postal_code"] or None, int(row["namesakes"])
            )
            for row in csv.DictReader(file)
        }


REGIONS = _load()
_IN_DETAIL = frozenset(code[:5] for code in REGIONS if len(code) == ENDS[DISTRICT - 1])


def region(code: str) -> Region | None:
    """Return the region with a code, dotted or not; None if the table has none."""
    try:
        return REGIONS.get(normal_code(code))
    except ValueError:
        return None


def normal_code(text: str) -> str:
    """Return a code as we store it. Raises ValueError if it cannot be one.

    >>> normal_code("3573051002")
    '35.73.05.1002'
    """
    if not re.fullmatch(r"[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{4})?)?)?", text):
        raise ValueError("not a region code")
    digits = text.replace(".", "")
    return ".".join(filter(None, (digits[:2], digits[2:4], digits[4:6], digits[6:])))


def is_within(code: str, home: str) -> bool:
    """Say whether a region is another or lies in it.

    >>> is_within("35.73.05.1002", "35.73"), is_within("35.07.22", "35.73")
    (True, False)
    """
    return code == home or code.startswith(f"{home}.")


def is_known(code: str) -> bool:
    """Say whether there is such a region, as far down as our table can tell."""
    normal = normal_code(code)
    if normal[:5] in _IN_DETAIL:
        return normal in REGIONS
    return normal[:5] in REGIONS


def name_of(code: str) -> str | None:
    """Return the full name of a region, or of the smallest known one around it; None if none is."""
    normal = normal_code(code)
    around = (REGIONS.get(normal[:end]) for end in reversed(ENDS) if end <= len(normal))
    return next((each.full_name for each in around if each), None)


def regions_in(code: str | None = None) -> list[Region]:
    """Return what a region consists of, one level down; without a code the provinces."""
    start, level = (f"{code}.", code.count(".") + 2) if code else ("", PROVINCE)
    return [
        each for each in REGIONS.values() if each.code.startswith(start) and each.level == level
    ]


def squeezed(name: str) -> str:
    """Return a name's letters and digits only, since people space and hyphenate as they like.

    >>> squeezed("Oro-oro Dowo") == squeezed("Oro Oro Dowo"), squeezed("Sama'an")
    (True, 'samaan')
    """
    return re.sub(r"[^a-z0-9]", "", normalize("NFKD", name).lower())
