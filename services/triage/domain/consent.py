"""Consent for a child: who agreed to what in her place, and whether that one may (PDP art. 25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.triage.domain.form import CaseForm, DateToCome, NotInTheCase
from shared.privacy import Personal
from shared.problems import Malformed, Refused

CONSENTS = UUID("5a1e7c30-94d2-5b68-8f0c-e3b7d62a4f19")  # namespace of the ids of these
CHILD = "CHILD"  # she was heard: that counts beside the consent of others, not instead of it
IN_PLACE = ("SOCIAL_WORKER", "UPT_HEAD")  # of the parents, where none of them can be asked
AT_HOME = ("PARENT", "STEP_PARENT", "RELATIVE")  # relations of which a perpetrator lives with her
FAMILY = (*AT_HOME, "GUARDIAN")
# Relations that may be those of somebody at home: what he is to her mother, a husband of a child,
# and whatever has no code of its own.
MAY_BE_AT_HOME = ("SPOUSE", "EX_SPOUSE", "PARTNER_FRIEND", "OTHER", "NA")
MAY_BE = {  # whoever gives it by this code may be the one who is said to have done it
    "PARENT": {"PARENT"},
    "STEP_PARENT": {"STEP_PARENT", "SPOUSE", "PARTNER_FRIEND", "OTHER"},  # with her mother
    "RELATIVE": {"RELATIVE", "SPOUSE", "OTHER"},  # a girl's husband is her family too
    "GUARDIAN": {*AT_HOME, "SPOUSE", "PARTNER_FRIEND", "OTHER"},  # no relation has this name
}


class NotAChild(Refused):
    """She is of age: whether she agrees is for herself to say, and for nobody in her place."""


class GiverSuspected(Refused):
    """Who gives it may have done it: only a supervisor may take it, and says why."""


class NothingToTakeBack(Malformed):
    """Name what the same giver said for the same child, and the other way round."""


class GroundsMissing(Malformed):
    """Say how it was checked that this one may speak for her, or why no parent was asked."""


@dataclass(frozen=True)
class Said:
    """What somebody agreed to for a child, or did not.

    Two parents have one code: one takes back only what she names, and not what the other said.
    """

    giver: str
    purposes: tuple[str, ...]
    agrees: bool
    said_at: datetime
    has_document: bool
    giver_name: Personal | None = None
    grounds: Personal | None = None
    takes_back: UUID | None = None  # what the same person said before


class Consents(Aggregate):
    """What was agreed to for the children of one case. Nothing waits for it."""

    @dataclass(frozen=True)
    class ConsentsBegun(Aggregate.Created):
        """Somebody said for the first time whether she agrees for a child of a case."""

        case_id: UUID

    @dataclass(frozen=True)
    class ConsentStated(Aggregate.Event):
        """Somebody agreed for a child, or refused, or took it back (R-TRI-03, PDP art. 25).

        What takes nothing back stands beside what others said.
        """

        case_id: UUID
        statement_id: UUID
        person_id: UUID  # the child: the texts are sealed for her, and forgotten with her
        giver: str
        purposes: tuple[str, ...]
        agrees: bool
        said_at: datetime
        has_document: bool
        giver_name: Personal | None
        grounds: Personal | None
        by_supervisor: bool
        recorded_by: str
        recorded_at: datetime
        takes_back: UUID | None = None

    @staticmethod
    def create_id(case_id: UUID) -> UUID:
        """Derive it from the case, so that there can only be one."""
        return uuid5(CONSENTS, str(case_id))

    @staticmethod
    def statement_id_of(message_id: str) -> UUID:
        """Derive one statement from what asked for it."""
        return uuid5(CONSENTS, message_id)

    @event(ConsentsBegun)
    def __init__(self, case_id: UUID) -> None:
        self.case_id = case_id
        self.said: dict[UUID, Said] = {}
        self.children: dict[UUID, UUID] = {}  # by statement: of whom it was said

    def state(
        self,
        statement_id: UUID,
        person_id: UUID,
        said: Said,
        *,
        forms: Sequence[CaseForm],
        by: str,
        by_supervisor: bool,
        now: datetime,
    ) -> None:
        """Write down what somebody said for a child. The same statement twice changes nothing.

        Raises NotInTheCase, NotAChild, DateToCome, GiverSuspected, GroundsMissing,
        NothingToTakeBack.
        """
        if statement_id in self.said:
            return
        if said.said_at > now:
            raise DateToCome("said_at")
        check_giver(said, person_id, forms, by_supervisor=by_supervisor)
        self._check_taken_back(person_id, said)
        self._stated(
            self.case_id,
            statement_id,
            person_id,
            said.giver,
            said.purposes,
            said.agrees,
            said.said_at,
            said.has_document,
            said.giver_name,
            said.grounds,
            by_supervisor,
            by,
            now,
            said.takes_back,
        )

    def _check_taken_back(self, person_id: UUID, said: Said) -> None:
        if said.takes_back is None:
            return
        before = self.said.get(said.takes_back)
        is_hers = self.children.get(said.takes_back) == person_id
        if before is None or not is_hers or before.giver != said.giver:
            raise NothingToTakeBack("takes_back")
        if before.agrees == said.agrees:
            raise NothingToTakeBack("takes_back")

    @event(ConsentStated)
    def _stated(
        self,
        case_id: UUID,
        statement_id: UUID,
        person_id: UUID,
        giver: str,
        purposes: tuple[str, ...],
        agrees: bool,
        said_at: datetime,
        has_document: bool,
        giver_name: Personal | None,
        grounds: Personal | None,
        by_supervisor: bool,
        recorded_by: str,
        recorded_at: datetime,
        takes_back: UUID | None = None,
    ) -> None:
        said = Said(giver, purposes, agrees, said_at, has_document, giver_name, grounds, takes_back)
        self.said = self.said | {statement_id: said}
        self.children = self.children | {statement_id: person_id}

    def __repr__(self) -> str:
        return f"Consents({self.id})"  # eventsourcing would print every attribute


def check_giver(
    said: Said, person_id: UUID, forms: Sequence[CaseForm], *, by_supervisor: bool
) -> None:
    """Raise NotInTheCase, NotAChild, GiverSuspected or GroundsMissing unless it may be taken so.

    Who was said to have done it in an earlier form counts too: nobody becomes a guardian by an
    amendment. What has no code says nothing, so it refuses nobody.
    """
    today = forms[-1].victims if forms else ()
    child = next((each for each in today if each.person_id == person_id), None)
    if child is None:
        raise NotInTheCase("person_id")
    if child.age_band is not None and not child.is_child:  # whose age nobody knows may be one
        raise NotAChild(str(person_id))
    suspected = set().union(*(relations_to(person_id, form) for form in forms))
    at_home = any(each.same_household for form in forms for each in form.perpetrators)
    may_be_it = not suspected.isdisjoint(MAY_BE.get(said.giver, set()))
    if may_be_it and not by_supervisor:
        raise GiverSuspected(said.giver)
    near_her = (*AT_HOME, *MAY_BE_AT_HOME)
    is_of_home = said.giver in FAMILY and (at_home or not suspected.isdisjoint(near_her))
    if (may_be_it or is_of_home or said.giver in IN_PLACE) and said.grounds is None:
        raise GroundsMissing("grounds")


def suspected_givers(person_id: UUID, form: CaseForm) -> list[str]:
    """Return by which codes the perpetrators of a form might agree for one of its victims."""
    suspected = relations_to(person_id, form)
    return [giver for giver, relations in MAY_BE.items() if not suspected.isdisjoint(relations)]


def relations_to(person_id: UUID, form: CaseForm) -> set[str]:
    """Return what the perpetrators of a form are to one of its victims, by codes."""
    named = [
        (each.perpetrator, each.relation)
        for each in form.relations
        if form.victims[each.victim].person_id == person_id
    ]
    to_her = {n for n, _ in named}
    others = (each.relation for n, each in enumerate(form.perpetrators) if n not in to_her)
    return {relation for _, relation in named} | {relation for relation in others if relation}
