"""The rules of the house and its time limits: one version holds at a time, none is ever edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.intake.domain.publication import check_another, check_numbers, in_force_from
from shared.clocks.limits import GIVEN, Limit, NoSuchRule
from shared.problems import Malformed

RULE_SETS = UUID("4f8a1b63-6a9e-5d0c-b7a4-2d0c9e5f7b13")  # namespace of versions; their journey
BY_LAW = ("tpks_police_report",)  # UU 12/2022 art. 41(3): the office may be faster, not slower


class LongerThanTheLaw(Malformed):
    """The law gives less time than this."""


class LimitsMissing(Malformed):
    """A version says every time limit, or nobody would know which holds."""


@dataclass(frozen=True)
class HouseRule:
    """One rule. Only how somebody behaves can be reprimanded, never what she tells or lacks."""

    number: str
    text: str
    is_conduct: bool = False


class RuleSet(Aggregate):
    """One version of the rules: written by one person, approved by another (standard 9.1)."""

    @dataclass(frozen=True)
    class RuleSetDrafted(Aggregate.Created):
        """Somebody wrote new rules (standard 9.1)."""

        version: str
        rules: tuple[HouseRule, ...]
        limits: tuple[Limit, ...]
        in_force_from: datetime
        drafted_by: str
        drafted_at: datetime

    @dataclass(frozen=True)
    class RuleSetApproved(Aggregate.Event):
        """Another supervisor approved the rules; they hold from a time on, with their limits."""

        version: str
        limits: tuple[Limit, ...]
        in_force_from: datetime
        approved_by: str
        approved_at: datetime

    @staticmethod
    def create_id(version: str) -> UUID:
        """Derive it from the version, so that there can only be one of that name."""
        return uuid5(RULE_SETS, version)

    @classmethod
    def draft(
        cls,
        version: str,
        *,
        rules: tuple[HouseRule, ...],
        limits: tuple[Limit, ...],
        in_force_from: datetime,
        by: str,
        now: datetime,
    ) -> RuleSet:
        """Return new rules, not in force yet.

        Raises NumberTwice, NoSuchRule, LimitsMissing, and LongerThanTheLaw for a limit that is not
        the office's to lengthen.
        """
        check_numbers(each.number for each in rules)
        check_numbers(each.rule for each in limits)
        named = {each.rule for each in limits}
        if unknown := named - set(GIVEN):
            raise NoSuchRule(", ".join(sorted(unknown)))
        if missing := set(GIVEN) - named:
            raise LimitsMissing(", ".join(sorted(missing)))
        for each in limits:
            law = GIVEN[each.rule]
            if each.rule in BY_LAW and (each.kind != law.kind or each.amount > law.amount):
                raise LongerThanTheLaw(each.rule)
        return cls(
            version=version,
            rules=rules,
            limits=limits,
            in_force_from=in_force_from,
            drafted_by=by,
            drafted_at=now,
        )

    @event(RuleSetDrafted)
    def __init__(
        self,
        version: str,
        rules: tuple[HouseRule, ...],
        limits: tuple[Limit, ...],
        in_force_from: datetime,
        drafted_by: str,
        drafted_at: datetime,
    ) -> None:
        self.name = version
        self.rules = rules
        self.limits = limits
        self.in_force_from = in_force_from
        self.drafted_by = drafted_by
        self.approved_by: str | None = None

    def approve(self, by: str, now: datetime) -> None:
        """Let them hold from their day on. Twice changes nothing. Raises NotAnotherPerson."""
        check_another(self.drafted_by, by)
        if self.approved_by is None:
            since = in_force_from(self.in_force_from, now)
            self._approved(self.name, self.limits, since, by, now)

    @event(RuleSetApproved)
    def _approved(
        self,
        version: str,
        limits: tuple[Limit, ...],
        in_force_from: datetime,
        approved_by: str,
        approved_at: datetime,
    ) -> None:
        self.in_force_from = in_force_from
        self.approved_by = approved_by
