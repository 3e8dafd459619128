"""The service standard: what the office owes people and asks of them, in published versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.intake.domain.publication import check_another, check_numbers, in_force_from

STANDARDS = UUID("1d5b5c55-0a53-5c0a-8f6c-52b8f1f3a2d1")  # namespace of versions; their journey


class Component(StrEnum):
    """The fourteen components that every service standard has (UU 25/2009 art. 21)."""

    LEGAL_BASIS = "legal_basis"
    REQUIREMENTS = "requirements"
    PROCEDURE = "procedure"
    TIME = "time"
    COST = "cost"
    PRODUCT = "product"
    FACILITIES = "facilities"
    COMPETENCE = "competence"
    SUPERVISION = "supervision"
    COMPLAINT_HANDLING = "complaint_handling"
    STAFF = "staff"
    SERVICE_GUARANTEE = "service_guarantee"
    SAFETY_GUARANTEE = "safety_guarantee"
    EVALUATION = "evaluation"


@dataclass(frozen=True)
class Paragraph:
    """One sentence of the standard, under the number that officers know it by: ``3.c1``."""

    number: str
    text: str


@dataclass(frozen=True)
class Section:
    """A part of the standard; it may be one of the fourteen components."""

    number: str
    title: str
    items: tuple[Paragraph, ...]
    component: str | None = None


class ServiceStandard(Aggregate):
    """One version of the standard. What is published is never edited: a new version replaces it."""

    @dataclass(frozen=True)
    class StandardDrafted(Aggregate.Created):
        """Somebody wrote a new version of the service standard (UU 25/2009 art. 20)."""

        version: str
        title: str
        issuer: str
        sections: tuple[Section, ...]
        pledge: str | None
        in_force_from: datetime
        drafted_by: str
        drafted_at: datetime

    @dataclass(frozen=True)
    class StandardApproved(Aggregate.Event):
        """Another supervisor approved it; from its day on it is the standard."""

        version: str
        in_force_from: datetime
        approved_by: str
        approved_at: datetime

    @staticmethod
    def create_id(version: str) -> UUID:
        """Derive it from the version, so that there can only be one of that name."""
        return uuid5(STANDARDS, version)

    @classmethod
    def draft(
        cls,
        version: str,
        *,
        title: str,
        issuer: str,
        sections: tuple[Section, ...],
        pledge: str | None,
        in_force_from: datetime,
        by: str,
        now: datetime,
    ) -> ServiceStandard:
        """Return a new version, not in force yet. Raises NumberTwice."""
        check_numbers(each.number for each in sections)
        check_numbers(item.number for each in sections for item in each.items)
        check_numbers(each.component for each in sections if each.component)
        return cls(
            version=version,
            title=title,
            issuer=issuer,
            sections=sections,
            pledge=pledge,
            in_force_from=in_force_from,
            drafted_by=by,
            drafted_at=now,
        )

    @event(StandardDrafted)
    def __init__(
        self,
        version: str,
        title: str,
        issuer: str,
        sections: tuple[Section, ...],
        pledge: str | None,
        in_force_from: datetime,
        drafted_by: str,
        drafted_at: datetime,
    ) -> None:
        self.name = version
        self.title = title
        self.issuer = issuer
        self.sections = sections
        self.pledge = pledge
        self.in_force_from = in_force_from
        self.drafted_by = drafted_by
        self.approved_by: str | None = None

    def approve(self, by: str, now: datetime) -> None:
        """Let it hold from its day on. Twice changes nothing. Raises NotAnotherPerson."""
        check_another(self.drafted_by, by)
        if self.approved_by is None:
            self._approved(self.name, in_force_from(self.in_force_from, now), by, now)

    @event(StandardApproved)
    def _approved(
        self, version: str, in_force_from: datetime, approved_by: str, approved_at: datetime
    ) -> None:
        self.in_force_from = in_force_from
        self.approved_by = approved_by
