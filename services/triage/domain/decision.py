"""Decisions: what an officer decided about a complaint (standard 3.4), and what may not be so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from services.triage.domain.form import Incident, Victim, has_child
from services.triage.domain.route import Locus, Step, route_of
from shared.privacy import Personal
from shared.problems import Malformed

URGENCIES = ("low", "medium", "high")
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

    @property
    def weight(self) -> tuple[bool, int]:
        """Return how much this weighs among the decisions about the same case."""
        return self.vawc, URGENCIES.index(self.urgency)


@dataclass(frozen=True)
class Decision:
    """What an officer decided about a complaint (standard 3.4).

    ``explained`` and ``directed_to`` say, where it is not for us, what she was told and where to
    turn: nobody leaves with a plain no.
    """

    vawc: bool
    locus: Locus
    urgency: str
    basis: Personal
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
