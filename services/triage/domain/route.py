"""The route table (standard 3.4, UU TPKS art. 39): which way a case goes."""

from __future__ import annotations

from enum import StrEnum

from shared.contracts.regions import is_within, region
from shared.problems import Malformed

REGENCY = 5  # characters of a region code down to the regency or city, 35.73
RULE_VERSION = "2026-11-23"  # of this table; kept with every decision made by it


class Locus(StrEnum):
    """Where it happened, as far as the city is concerned."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """What follows from a classification. A case can have two."""

    FOLLOW_UP = "follow_up"
    REFER = "refer"
    INFORM = "inform"
    SUPERVISOR = "supervisor"


class LocusMismatch(Malformed):
    """The locus and its region code contradict each other."""


class RegionUnknown(Malformed):
    """There is no region with this code."""


def route_of(
    *, vawc: bool, locus: Locus, tpks: bool, victim_in_city: bool | None
) -> tuple[Step, ...]:
    """Return what follows, by the table of contracts §2.

    >>> [str(step) for step in route_of(vawc=True, locus=Locus.OUT, tpks=True, victim_in_city=True)]
    ['follow_up', 'refer']
    """
    match vawc, locus, tpks, victim_in_city:
        case True, Locus.IN, _, _:
            return (Step.FOLLOW_UP,)
        case True, Locus.OUT, True, True:  # may be reported where the victim is: TPKS art. 39(1)
            return Step.FOLLOW_UP, Step.REFER
        case True, Locus.OUT, _, _:
            return (Step.REFER,)
        case True, Locus.UNKNOWN, _, True:  # provisional, until the locus is clear
            return (Step.FOLLOW_UP,)
        case True, Locus.UNKNOWN, _, _:
            return (Step.REFER,)
        case False, _, True, _:  # an adult man, sexual violence: never a plain goodbye
            return (Step.SUPERVISOR,)
    return (Step.INFORM,)


def in_region(code: str | None, home: str) -> bool | None:
    """Say whether a region code lies in the home region; None where it does not say so far."""
    if code is None or home.startswith(f"{code}."):
        return None
    return code == home or code.startswith(f"{home}.")


def check_locus(locus: Locus, code: str | None, home: str) -> None:
    """Raise LocusMismatch unless the region code says what the decision says.

    Raises RegionUnknown when there is none: in the city down to the kelurahan; elsewhere, where
    codes come and go without our hearing of it, down to the regency that will be asked.
    """
    if code is None:
        return
    at_home = is_within(code, home)
    if locus is Locus.UNKNOWN or at_home != (locus is Locus.IN):
        raise LocusMismatch(f"locus {locus}")
    if region(code if at_home else code[:REGENCY]) is None:
        raise RegionUnknown("locus_code")
