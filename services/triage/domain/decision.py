"""Decisions: what an officer decided about a complaint (standard 3.4), and what may not be so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce

from services.triage.domain.form import Incident, Victim, has_child
from services.triage.domain.route import Locus, Step, route_of
from shared.privacy import Personal
from shared.problems import Malformed

URGENCIES = ("low", "medium", "high")
LOCI = (Locus.IN, Locus.OUT, Locus.UNKNOWN)  # which goes before which, where there are several
RESTS_ON = ("vawc", "locus", "tpks", "victim_in_city")  # the columns of the route table
REGENCY = 5  # characters of a region code down to the regency or city, 35.73


class VictimNotEligible(Malformed):
    """Violence against women and children needs a woman or a child among the victims."""


class IncidentInTheCity(Malformed):
    """An incident of the case was in the city, so its locus is in the city."""


class NoIncidentInTheCity(Malformed):
    """Every incident of the case was elsewhere, so its locus is outside the city."""


@dataclass(frozen=True)
class Ruling:
    """What was decided, by its codes, and what follows."""

    vawc: bool
    locus: Locus
    urgency: str
    route: tuple[Step, ...]
    locus_code: str | None = None
    tpks: bool = False
    victim_in_city: bool | None = None
    needs: tuple[str, ...] = ()
    referral_consent: bool = True
    explained: tuple[str, ...] = ()
    directed_to: tuple[str, ...] = ()

    def changes(self, other: Ruling) -> dict[str, tuple[object, object]]:
        """Return what is not the same in another one: by name, what it was and what it is."""
        pairs = ((f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return {name: (was, now) for name, was, now in pairs if was != now}

    @property
    def response(self) -> str | None:
        """Return which time limit runs until somebody helps; none where nobody is to."""
        helps = {Step.FOLLOW_UP, Step.REFER} & set(self.route)
        return f"response_{self.urgency}" if helps else None

    def rests_on_the_same_as(self, other: Ruling) -> bool:
        """Say whether nothing differs that the route rests on."""
        return all(getattr(self, name) == getattr(other, name) for name in RESTS_ON)


@dataclass(frozen=True)
class Decision:
    """What an officer decided about a complaint (standard 3.4).

    ``explained`` and ``directed_to`` say, where it is not for us, what she was told and where to
    turn: nobody leaves with a plain no.
    """

    vawc: bool
    locus: Locus
    urgency: str
    basis: Personal | None  # None: decided already, in a case that was opened for now
    locus_code: str | None = None
    tpks: bool = False
    victim_in_city: bool | None = None
    needs: tuple[str, ...] = ()
    referral_consent: bool = True
    explained: tuple[str, ...] = ()
    directed_to: tuple[str, ...] = ()

    def beside(self, victims: Sequence[Victim]) -> Decision:
        """Return it with what the form says of where the victims are, if the officer did not."""
        said = [victim.in_city for victim in victims if victim.in_city is not None]
        if self.victim_in_city is not None or not said:
            return self
        return replace(self, victim_in_city=any(said))

    @property
    def route(self) -> tuple[Step, ...]:
        """Return what follows, by the route table."""
        return route_of(
            vawc=self.vawc, locus=self.locus, tpks=self.tpks, victim_in_city=self.victim_in_city
        )

    @property
    def ruling(self) -> Ruling:
        """Return its codes, and what follows by the route table."""
        codes = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "basis"}
        return Ruling(**codes, route=self.route)


def combined(rulings: Iterable[Ruling]) -> Ruling:
    """Return what several rulings about one case come to, the earliest first (contracts 2).

    Never less and never later than any: one locus in the city is enough, and a place that is known
    goes before one that is not. Beside what is VAWC, the place of what is not says nothing.
    """
    return reduce(_both, rulings)


def _both(first: Ruling, other: Ruling) -> Ruling:
    counting = [each for each in (first, other) if each.vawc] or [first, other]
    locus = min((each.locus for each in counting), key=LOCI.index)
    codes = (each.locus_code for each in counting if each.locus is locus)
    in_city = [each.victim_in_city for each in (first, other) if each.victim_in_city is not None]
    after = replace(
        first,
        vawc=first.vawc or other.vawc,
        locus=locus,
        locus_code=next((code for code in codes if code), None),
        urgency=max(first.urgency, other.urgency, key=URGENCIES.index),
        tpks=first.tpks or other.tpks,
        victim_in_city=any(in_city) if in_city else None,
        needs=_union(first.needs, other.needs),
        referral_consent=first.referral_consent and other.referral_consent,
        explained=_union(first.explained, other.explained),
        directed_to=_union(first.directed_to, other.directed_to),
    )
    return replace(after, route=_route(after, first, other))


def _route(after: Ruling, first: Ruling, other: Ruling) -> tuple[Step, ...]:
    """Return the route of the table, or the one that a supervisor chose while it rests on the same.

    What was closed is not closed to somebody who tells of it again.
    """
    closed = (Step.INFORM,)
    if after.rests_on_the_same_as(first) and (first.route != closed or other.route == closed):
        return first.route
    if after.rests_on_the_same_as(other):
        return other.route
    return route_of(
        vawc=after.vawc, locus=after.locus, tpks=after.tpks, victim_in_city=after.victim_in_city
    )


def _union(first: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return (*first, *(each for each in other if each not in first))


@dataclass(frozen=True)
class People:
    """What the others must know of the people in a case: codes only."""

    violence: tuple[str, ...] = ()
    child: bool | None = None
    age_band: str | None = None
    victim_code: str | None = None


def people_of(victims: Sequence[Victim], violence: tuple[str, ...]) -> People:
    """Return what the others must know of the people in a form."""
    return People(
        violence=violence,
        child=has_child(victims),
        age_band=victims[0].age_band if victims else None,
        victim_code=next((v.domicile_code[:REGENCY] for v in victims if v.domicile_code), None),
    )


def check_decision(
    vawc: bool, locus: Locus, victims: Sequence[Victim], incidents: Sequence[Incident]
) -> None:
    """Raise a Malformed where a decision contradicts what is written down of the case.

    Grown men alone are not who this service is for (standard 1.1). Of several loci one in the city
    is enough (domain research 4.2); where a place is not known nothing contradicts.
    """
    if vawc and victims and all(victim.is_grown_man for victim in victims):
        raise VictimNotEligible("vawc")
    if not vawc:
        return
    if locus is not Locus.IN and any(each.in_city for each in incidents):
        raise IncidentInTheCity(f"locus {locus}")
    elsewhere = bool(incidents) and all(each.in_city is False for each in incidents)
    if locus is not Locus.OUT and elsewhere:
        raise NoIncidentInTheCity(f"locus {locus}")
