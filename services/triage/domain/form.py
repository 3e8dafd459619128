"""The case form (standard 3.3.c1): who was hurt, by whom, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.contracts import person_of
from shared.privacy import Personal
from shared.problems import Malformed

BANDS = ((5, "0-5"), (12, "6-12"), (17, "13-17"), (24, "18-24"), (44, "25-44"), (59, "45-59"))
CHILD_BANDS = ("0-5", "6-12", "13-17")


class DateToCome(Malformed):
    """It cannot have been on that day."""


class RelationToNobody(Malformed):
    """A relation is between one of the victims and one of the perpetrators in the form."""


class NotInTheCase(Malformed):
    """Nobody in this role of the case has this person_id."""


@dataclass(frozen=True)
class Victim:
    """Somebody who was hurt.

    The bands are of the day she told us and of the day it happened first (R-REQ-01).
    """

    sex: str
    person_id: UUID | None = None
    age_band: str | None = None
    band_then: str | None = None
    full_name: Personal | None = None
    born_on: Personal | None = None
    nik: Personal | None = None
    kk: Personal | None = None
    phone: Personal | None = None
    domicile_code: str | None = None
    in_city: bool | None = None
    disability: tuple[str, ...] = ()
    nickname: Personal | None = None
    name_as_on_document: Personal | None = None
    nik_status: str | None = None

    @property
    def is_child(self) -> bool:
        """Say whether she or he is under 18, or was when it happened (UU 35/2014 art. 1)."""
        return self.age_band in CHILD_BANDS or self.band_then in CHILD_BANDS

    @property
    def is_grown_man(self) -> bool:
        """Say whether he is known to be a man of 18 or more."""
        return self.sex == "L" and self.age_band is not None and not self.is_child


@dataclass(frozen=True)
class Perpetrator:
    """Somebody who is said to have done it."""

    unknown: bool = False
    person_id: UUID | None = None
    full_name: Personal | None = None
    sex: str | None = None
    relation: str | None = None
    is_child: bool | None = None
    same_household: bool = False


@dataclass(frozen=True)
class Relation:
    """What one perpetrator is to one victim, by their places in the form."""

    victim: int
    perpetrator: int
    relation: str


@dataclass(frozen=True)
class Incident:
    """One time that it happened. ``in_city`` is None where the place is not known so far."""

    occurred_on: date | None = None
    locus_code: str | None = None
    place: str | None = None
    time_text: Personal | None = None
    approximate: bool = False
    in_city: bool | None = None


@dataclass(frozen=True)
class CaseForm:
    """The identity of the victims and perpetrators, and the kinds of violence."""

    victims: tuple[Victim, ...]
    perpetrators: tuple[Perpetrator, ...]
    violence: tuple[str, ...]
    tpks_kinds: tuple[str, ...] = ()
    domestic: bool = False
    incidents: tuple[Incident, ...] = ()
    relations: tuple[Relation, ...] = ()

    def of_case(self, case_id: UUID, before: int = 0) -> CaseForm:
        """Return the same form with everybody's id, by the case and the place in the form.

        ``before`` counts the people of earlier forms: nobody gets the id, and the key, of another.
        Whoever comes with an id keeps it: she is known by an earlier form, or an officer says so.
        """
        return replace(
            self,
            victims=tuple(
                replace(each, person_id=each.person_id or person_of(case_id, "victim", n))
                for n, each in enumerate(self.victims, before)
            ),
            perpetrators=tuple(
                replace(each, person_id=each.person_id or person_of(case_id, "perpetrator", n))
                for n, each in enumerate(self.perpetrators, before)
            ),
        )

    @property
    def special(self) -> tuple[str, ...]:
        """Return what needs special care: of a child perpetrator the identity is locked too."""
        found = {
            "domestic": self.domestic,
            "disability": any(each.disability for each in self.victims),
            "perpetrator_child": any(each.is_child for each in self.perpetrators),
            "same_household": any(each.same_household for each in self.perpetrators),
        }
        return tuple(name for name, holds in found.items() if holds)


def check_relations(form: CaseForm) -> None:
    """Raise RelationToNobody when a relation names a place that is not in the form."""
    for each in form.relations:
        if each.victim >= len(form.victims) or each.perpetrator >= len(form.perpetrators):
            raise RelationToNobody("relations")


def check_dates(born: Sequence[date | None], occurred: Sequence[date | None], on: date) -> None:
    """Raise DateToCome when somebody is not born yet or something has not happened yet."""
    earliest = date(1900, 1, 1)
    for name, days in (("born_on", born), ("occurred_on", occurred)):
        if any(day and not earliest <= day <= on for day in days):
            raise DateToCome(name)


def has_child(victims: Sequence[Victim]) -> bool | None:
    """Say whether there is a child among the victims; None when nobody knows yet."""
    if any(victim.is_child for victim in victims):
        return True
    return False if victims and all(victim.age_band for victim in victims) else None


def age_band_of(born_on: date | None, estimate: int | None, on: date) -> str | None:
    """Return the age band of SIMFONI-PPA on a day, from a date of birth or else an estimate."""
    if born_on is not None:
        age = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    elif estimate is not None:
        age = estimate
    else:
        return None
    return next((band for last, band in BANDS if age <= last), "60+")
