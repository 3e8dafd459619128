"""Complaints: what a person told us, through which channel, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.intake.domain.told import (
    ANONYMOUS,
    KEPT_TEXTS,
    PARTS,
    REPORTER,
    SHARED,
    VICTIM,
    Notes,
    SafeContact,
    Told,
    amended,
    checked,
    filled,
    owned,
    stays_unknown,
    uncovered,
)
from services.intake.domain.wishes import Known, NobodyThere, Said, VictimsWish, Wishes
from shared.clocks import today
from shared.contracts import person_of
from shared.contracts.victims import Places
from shared.privacy import Personal
from shared.problems import Refused


class Status(StrEnum):
    """How far a complaint has come."""

    RECEIVED = "received"
    WITH_SUPERVISOR = "with_supervisor"
    INFORMED = "informed"
    TO_BE_REFERRED = "to_be_referred"
    REFERRED = "referred"
    FOLLOWED_UP = "followed_up"
    COUNSELOR_ASSIGNED = "counselor_assigned"


ORDER = tuple(Status)  # as declared: a later one is never overtaken by an earlier one


class NotReceived(Refused):
    """What was told is not taken down yet."""


class AlreadyReceived(Refused):
    """What was told is taken down already; it can be amended."""


class Complaint(Aggregate):
    """One person's account of what happened, and what became of it."""

    @dataclass(frozen=True)
    class ComplaintOpened(Aggregate.Created):
        """Somebody turned to us (standard 3.1, 3.2)."""

        channel: str
        sub_channel: str | None
        opened_at: datetime

    @dataclass(frozen=True)
    class ComplaintReceived(Aggregate.Event):
        """A person told us something happened (standard 3.5)."""

        registration_no: str
        channel: str
        sub_channel: str | None
        told: Told
        received_at: datetime
        handed_over: bool
        is_minimal: bool = False  # help could not wait: the rest is in the notes of the contact

    @dataclass(frozen=True)
    class ComplaintHandedOver(Aggregate.Event):
        """The counter is done with it (standard 2.a)."""

        operator_id: str
        handed_over_at: datetime

    @dataclass(frozen=True)
    class ComplaintAmended(Aggregate.Event):
        """What was told is corrected or completed; what it was before stays in the history."""

        notes: Notes
        changed: tuple[str, ...]
        why: str
        staff_id: str
        reporter_role: str
        in_danger: bool
        locus_code: str | None
        amended_at: datetime

    @dataclass(frozen=True)
    class SafeContactSet(Aggregate.Event):
        """She said how she may be contacted without putting her at risk.

        ``whom`` says who she is: who told us, or the ``n``-th victim; ``person_id`` who that is, as
        soon as there is a case. ``basis`` is how we know that it is she who asks; None: in the
        contact itself. ``is_victims`` says that who told us is the victim, so that her wish counts
        for both. ``kept`` are texts that stay as she said them before: in the wish of a victim with
        the number ``kept_from``, or what who told us said.
        """

        safe_contact: SafeContact
        set_at: datetime
        whom: str = REPORTER
        n: int = 0
        is_victims: bool = False
        basis: str | None = None
        person_id: UUID | None = None
        kept: tuple[str, ...] = ()
        kept_from: int | None = None

    @dataclass(frozen=True)
    class SafeContactReattributed(Aggregate.Event):
        """Who told us is the victim after all, or is not: whose wish it was is put right.

        ``said_at`` is when she said it: what a victim said since is later. None: we do not know.
        """

        safe_contact: SafeContact  # without its texts: they stand where she said them
        is_victims: bool
        reattributed_at: datetime
        said_at: datetime | None = None

    @dataclass(frozen=True)
    class AnonymityChosen(Aggregate.Event):
        """Who told us wants to stay unknown: what was noted of her before is to be forgotten."""

        person_id: UUID
        chosen_at: datetime

    @dataclass(frozen=True)
    class ComplaintWithdrawn(Aggregate.Event):
        """She does not want it to go on. Nothing is deleted; a person decides what follows."""

        reason: str
        words: Personal | None
        withdrawn_by: str
        staff_id: str
        withdrawn_at: datetime
        basis: str | None = None  # how we know that it is she who asks

    @dataclass(frozen=True)
    class ComplaintProgressed(Aggregate.Event):
        """Another service told us how far the complaint has come (standard 6.3)."""

        status: Status
        case_id: UUID
        child: bool | None = None
        is_first: bool = False  # the case was opened with it; False: we do not know that it was

    @dataclass(frozen=True)
    class ComplaintReconsidered(Aggregate.Event):
        """Triage decided anew about its case: how far it has come may go back, and is told so."""

        status: Status
        case_id: UUID
        decided_at: datetime

    @dataclass(frozen=True)
    class ComplaintUnlinked(Aggregate.Event):
        """It was taken for one about that case, and is not: it is identified again."""

        case_id: UUID
        unlinked_at: datetime

    @dataclass(frozen=True)
    class ComplaintTakenUp(Aggregate.Event):
        """Triage told us which officer identifies the complaint (standard 2.b)."""

        officer_id: str
        taken_at: datetime

    @dataclass(frozen=True)
    class OfficerReleased(Aggregate.Event):
        """Triage told us that this officer identifies the complaint no more."""

        officer_id: str
        released_at: datetime

    @event(ComplaintOpened)
    def __init__(
        self, id: UUID, channel: str, sub_channel: str | None, opened_at: datetime
    ) -> None:
        self.channel = channel
        self.sub_channel = sub_channel
        self.opened_at = opened_at
        self.registration_no = ""
        self.told: Told | None = None
        self.is_minimal = False
        self.was_minimal = False  # what its notes say counts for good
        self.told_before: tuple[Personal, ...] = ()  # narratives that a fuller one followed
        self.settled: frozenset[str] = frozenset()  # fields of which the notes have no say any more
        self.wishes = Wishes()  # of victims
        self.of_victim: frozenset[str] = frozenset()  # texts of what who told us wishes: a victim's
        self.wished_at = opened_at  # when who told us said how she may be contacted
        self.is_handed_over = False
        self.withdrawn_at: datetime | None = None
        self.withdrawal_words: Personal | None = None
        self.is_faceless = False
        self.status = Status.RECEIVED
        self.case_id: UUID | None = None
        self.is_first = False  # the case was opened with it
        self.child: bool | None = None
        self.officer_id: str | None = None
        self.decided_at: datetime | None = None  # when triage last decided what it is

    def receive(
        self,
        registration_no: str,
        told: Told,
        now: datetime,
        *,
        handed_over: bool = True,
        is_minimal: bool = False,
    ) -> None:
        """Take down what was told. Receiving twice changes nothing."""
        if self.told is not None:
            return
        checked(told, self.channel, self.sub_channel, now)
        told = owned(told, self.id)
        self._received(
            registration_no,
            self.channel,
            self.sub_channel,
            replace(told, safe_contact=None),
            received_at=now,
            handed_over=handed_over,
            is_minimal=is_minimal,
        )
        if told.safe_contact:
            self.set_safe_contact(told.safe_contact, now)

    @event(ComplaintReceived)
    def _received(
        self,
        registration_no: str,
        channel: str,
        sub_channel: str | None,
        told: Told,
        received_at: datetime,
        handed_over: bool,
        is_minimal: bool = False,
    ) -> None:
        self.registration_no = registration_no
        self.told = told
        self.is_handed_over = handed_over
        self.is_minimal = self.was_minimal = is_minimal

    def complete(
        self,
        told: Told,
        notes: Notes,
        staff_id: str,
        now: datetime,
        *,
        places: Places | None = None,
    ) -> None:
        """Take down the rest of what could only be received in haste.

        What is left empty stays as the notes have it: their codes are taken over, and their texts
        are read from there (``services.intake.reading``). ``places`` are those of its case, if it
        has one by now.
        """
        if not self.is_minimal:
            raise AlreadyReceived(self.registration_no)
        held = self._told()
        in_danger = told.in_danger or held.in_danger
        whole = replace(filled(told, notes.as_told(now)), safe_contact=None, in_danger=in_danger)
        changed: list[str] = []
        for name in (each.name for each in fields(whole)):
            part = getattr(whole, name)
            if name in PARTS and part is not None and getattr(held, name) is not None:
                said = (each.name for each in fields(part) if getattr(part, each.name))
                changed += [f"{name}.{each}" for each in said]
            elif part is not None:
                changed.append(name)
        given = {each.name: getattr(whole, each.name) for each in fields(whole)}
        self.amend(Notes(**given), tuple(changed), "completed", staff_id, now)
        if told.safe_contact:
            wish = told.safe_contact
            self.set_safe_contact(wish, now, places=places, keeps=wish.unsaid)

    def hand_over(self, operator_id: str, now: datetime) -> None:
        """Let an identification officer take it up. Twice is once."""
        self._told()
        if not self.is_handed_over:
            self._handed_over(operator_id, now)

    @event(ComplaintHandedOver)
    def _handed_over(self, operator_id: str, handed_over_at: datetime) -> None:
        self.is_handed_over = True

    def amend(
        self, notes: Notes, changed: tuple[str, ...], why: str, staff_id: str, now: datetime
    ) -> None:
        """Correct or complete some fields. Raises NotReceived, ImpossibleDate, ChannelMismatch."""
        held = self._told()
        if "reporter_role" not in changed:
            notes = replace(notes, reporter_role=held.reporter_role)
        notes = owned(notes, self.id)
        told = amended(held, notes, changed)
        checked(told, self.channel, self.sub_channel, now)
        self._amended(
            notes,
            changed,
            why,
            staff_id,
            told.reporter_role,
            told.in_danger,
            told.locus_code,
            now,
        )
        roles = {held.reporter_role, told.reporter_role}
        if held.safe_contact and len(roles) == 2 and roles & {VICTIM, ANONYMOUS}:
            wish = owned(told, self.id).safe_contact or SafeContact()
            is_victims = told.reporter_role == VICTIM
            self._reattributed(uncovered(wish), is_victims, now, self.wished_at)
        if stays_unknown(told) and not stays_unknown(held):
            self.stay_unknown(now)

    @event(ComplaintAmended)
    def _amended(
        self,
        notes: Notes,
        changed: tuple[str, ...],
        why: str,
        staff_id: str,
        reporter_role: str,
        in_danger: bool,
        locus_code: str | None,
        amended_at: datetime,
    ) -> None:
        held = self._told()
        if why != "completed":
            self.settled |= set(changed)
        elif held.narrative is not None:
            self.told_before = (*self.told_before, held.narrative)
        told = owned(amended(held, notes, changed), self.id)
        if told.reporter_role != VICTIM and told.safe_contact:  # a victim's words are not hers then
            ended: dict[str, Any] = {
                each: () if each == "habits" else None for each in self.of_victim
            }
            told = replace(told, safe_contact=replace(told.safe_contact, **ended))
            self.of_victim = frozenset()
        self.told = told
        self.is_minimal = self.is_minimal and why != "completed"

    def set_safe_contact(
        self,
        safe_contact: SafeContact,
        now: datetime,
        *,
        whom: str = REPORTER,
        n: int = 0,
        basis: str | None = None,
        places: Places | None = None,
        keeps: tuple[str, ...] = (),
    ) -> None:
        """Say how who told us may be contacted from now on, or the ``n``-th victim of today.

        ``places`` are those of its case, if it has one: the wish is hers who stands there now,
        wherever she stands later. Raises NobodyThere if nobody does. ``keeps`` are fields that
        stay as she said them before, where it is certain that it was she; that the perpetrator
        reads her telephone stays also in doubt.
        """
        hers = places.who(n) if whom == VICTIM and places else None
        if whom == VICTIM and places and hers is None:
            raise NobodyThere("n")
        known = self.known_of(whom, n, places)
        before = known.last
        codes: dict[str, Any] = {}
        if before:
            names = (each for each in keeps if each not in KEPT_TEXTS)
            codes = {each: getattr(before.safe_contact, each) for each in names}
        if SHARED in keeps and known.may_be_read:
            codes[SHARED] = True
        safe_contact = replace(safe_contact, **codes)
        kept = tuple(each for each in keeps if each in KEPT_TEXTS) if before else ()
        told = owned(replace(self._told(), safe_contact=safe_contact), self.id)
        wish, is_victims = told.safe_contact or SafeContact(), told.reporter_role == VICTIM
        if whom == VICTIM:
            wish, is_victims = replace(safe_contact, person_id=hers), True
        kept_from = before.at if before and kept else None
        self._safe_contact_set(wish, now, whom, n, is_victims, basis, hers, kept, kept_from)

    @event(SafeContactSet)
    def _safe_contact_set(
        self,
        safe_contact: SafeContact,
        set_at: datetime,
        whom: str = REPORTER,
        n: int = 0,
        is_victims: bool = False,
        basis: str | None = None,
        person_id: UUID | None = None,
        kept: tuple[str, ...] = (),
        kept_from: int | None = None,
    ) -> None:
        held = self._told()
        victims = None if kept_from is None else self.wishes.said[kept_from]
        before = victims.safe_contact if victims else held.safe_contact
        if before:  # what is stored is not stored a second time: it stays sealed where she said it
            safe_contact = replace(safe_contact, **{each: getattr(before, each) for each in kept})
        if victims:
            noted = {each for each in kept if each in victims.in_notes}
        else:
            noted = {each for each in kept if self.was_minimal and not self._is_settled(each)}
        if victims:
            of_teller = victims.of_teller.intersection(kept)
        else:
            of_teller = frozenset(kept) - self.of_victim
        if whom == VICTIM:
            in_notes = tuple(
                each for each in kept if each in noted and not getattr(before, each, None)
            )
            wish = VictimsWish(safe_contact, n, person_id, set_at, in_notes, of_teller)
            self.wishes = self.wishes.with_one(wish)
            return
        self.told = replace(held, safe_contact=safe_contact)
        self.of_victim = frozenset(kept) - of_teller
        self.wished_at = set_at
        # In the contact, its texts may stand in the notes: but for what she ended since.
        names = kept if basis is None else [each.name for each in fields(SafeContact)]
        ended = {f"safe_contact.{each}" for each in names if each not in noted}
        of_it = {each for each in self.settled if each.partition(".")[0] == "safe_contact"}
        is_all = basis is not None and not noted
        self.settled = (self.settled - of_it) | ({"safe_contact"} if is_all else ended)

    def _is_settled(self, name: str) -> bool:
        return not self.settled.isdisjoint({"safe_contact", f"safe_contact.{name}"})

    def known_of(self, whom: str, n: int, places: Places | None) -> Known:
        """Return what is known of how who told us may be contacted, or the ``n``-th of today.

        Where who told us certainly is that victim they are one person, and what she said last
        holds for both.
        """
        if whom == VICTIM and places:
            her = places.who(n)
            return self.known_of_victim(her, places) if her else Known()
        told, said = self.told, list[Said]()
        if told is None:
            return Known()
        is_one = told.reporter_role == VICTIM and (whom != VICTIM or n == 0)
        if places is None and (whom == VICTIM or is_one):
            said = self.wishes.counted(n if whom == VICTIM else 0)
        elif places and is_one:
            teller = places.teller(is_first=self.is_first)
            said = self.wishes.of(teller, places, is_first=self.is_first)
        if told.safe_contact and (whom != VICTIM or is_one):
            said = [Said(told.safe_contact, self.wished_at, None, 1), *said]
        return Known(tuple(said))

    def known_of_victim(self, her: UUID, places: Places) -> Known:
        """Return what is known of a victim of its case, also of one in an earlier form only."""
        if self.told is None:
            return Known()
        said, is_victims = self.told.safe_contact, self.told.reporter_role == VICTIM
        teller = places.teller(is_first=self.is_first) if is_victims else None
        found = self.wishes.of(her, places, is_first=self.is_first)
        if said and is_victims and teller in (None, her):
            found = [Said(said, self.wished_at, None, 1 if teller else 0), *found]
        return Known(tuple(found))

    def told_by_victim(self, n: int, places: Places | None) -> bool:
        """Say whether who told us, if it was a victim, is certainly the ``n``-th one of today."""
        if places is None:
            return n == 0
        her = places.who(n)
        return her is not None and her == places.teller(is_first=self.is_first)

    def wish_with_notes(self, at: int, whole: Told | Notes | None) -> SafeContact:
        """Return the wish of a victim that stands there; ``whole`` has the texts of the notes."""
        wish = self.wishes.said[at]
        own, noted = self._told().safe_contact, whole and whole.safe_contact
        if noted is None:
            return wish.safe_contact
        names = (each for each in wish.in_notes if not (own and getattr(own, each)))
        return replace(wish.safe_contact, **{each: getattr(noted, each) for each in names})

    @event(SafeContactReattributed)
    def _reattributed(
        self,
        safe_contact: SafeContact,
        is_victims: bool,
        reattributed_at: datetime,
        said_at: datetime | None = None,
    ) -> None:
        """Tell the others; here it is the role that says so."""

    @property
    def stays_unknown(self) -> bool:
        """Say whether who told us wants nobody to know who she is."""
        return self.told is not None and stays_unknown(self.told)

    def stay_unknown(self, now: datetime) -> None:
        """Let be forgotten what was noted of who told us. Asking twice changes nothing."""
        if not self.is_faceless:
            self._faceless(person_of(self.id, "reporter"), now)

    @event(AnonymityChosen)
    def _faceless(self, person_id: UUID, chosen_at: datetime) -> None:
        self.is_faceless = True

    def withdraw(
        self, reason: str, words: Personal | None, basis: str, staff_id: str, now: datetime
    ) -> None:
        """Note that she does not want it to go on. Saying so twice changes nothing."""
        withdrawn_by = self._told().reporter_role
        if self.withdrawn_at is None:
            self._withdrawn(reason, words, withdrawn_by, staff_id, now, basis)

    @event(ComplaintWithdrawn)
    def _withdrawn(
        self,
        reason: str,
        words: Personal | None,
        withdrawn_by: str,
        staff_id: str,
        withdrawn_at: datetime,
        basis: str | None = None,
    ) -> None:
        self.withdrawn_at = withdrawn_at
        self.withdrawal_words = words

    def progress(
        self,
        status: Status,
        case_id: UUID,
        at: datetime | None = None,
        child: bool | None = None,
        *,
        is_first: bool = False,
    ) -> None:
        """Note how far it has come. Hearing it twice, or late, changes nothing.

        What the services tell comes on different streams: an assignment can be heard before the
        classification that led to it. ``at`` is when it happened: what is older than a decision
        that was made anew is of the past. ``is_first``: the case was opened with it, which is so
        for good, and noted whenever it is heard.
        """
        if self._is_past(at):
            if self.case_id == case_id and is_first and not self.is_first:
                self._progressed(self.status, case_id, None, is_first)
            return
        if self.case_id == case_id:
            status, is_first = max(status, self.status, key=ORDER.index), is_first or self.is_first
        if (case_id, status, is_first) != (self.case_id, self.status, self.is_first):
            self._progressed(status, case_id, child, is_first)

    @event(ComplaintProgressed)
    def _progressed(
        self, status: Status, case_id: UUID, child: bool | None = None, is_first: bool = False
    ) -> None:
        self.status = status
        self.case_id = case_id
        self.is_first = is_first
        self.child = child if child is not None else self.child

    def reconsider(self, by_route: tuple[Status, ...], case_id: UUID, at: datetime) -> None:
        """Note that its case was decided anew; ``by_route`` is as far as it then can be.

        It goes back only where it stands on what ended. Hearing it twice, or late, changes nothing.
        """
        if not self._is_past(at) and at != self.decided_at:
            stays = self.case_id == case_id and self.status in by_route
            self._reconsidered(self.status if stays else by_route[0], case_id, at)

    @event(ComplaintReconsidered)
    def _reconsidered(self, status: Status, case_id: UUID, decided_at: datetime) -> None:
        self.is_first = self.is_first and self.case_id == case_id
        self.status = status
        self.case_id = case_id
        self.decided_at = decided_at

    def unlink(self, case_id: UUID, at: datetime) -> None:
        """Note that it is not about that case. Hearing it twice, or late, changes nothing."""
        if self.case_id == case_id and not self._is_past(at):
            self._unlinked(case_id, at)

    @event(ComplaintUnlinked)
    def _unlinked(self, case_id: UUID, unlinked_at: datetime) -> None:
        self.status = Status.RECEIVED
        self.case_id = None
        self.is_first = False
        self.decided_at = unlinked_at

    def _is_past(self, at: datetime | None) -> bool:
        return at is not None and self.decided_at is not None and at < self.decided_at

    def take_up(self, officer_id: str, taken_at: datetime) -> None:
        """Note who identifies it. Hearing the same twice changes nothing."""
        if officer_id != self.officer_id:
            self._taken_up(officer_id, taken_at)

    @event(ComplaintTakenUp)
    def _taken_up(self, officer_id: str, taken_at: datetime) -> None:
        self.officer_id = officer_id

    def release(self, officer_id: str, released_at: datetime) -> None:
        """Note that she identifies it no more. Not she, or not any more: nothing changes."""
        if officer_id == self.officer_id:
            self._officer_released(officer_id, released_at)

    @event(OfficerReleased)
    def _officer_released(self, officer_id: str, released_at: datetime) -> None:
        self.officer_id = None

    def _told(self) -> Told:
        if self.told is None:
            raise NotReceived(f"Complaint {self.id}")
        return self.told

    def __repr__(self) -> str:
        return f"Complaint({self.id})"  # eventsourcing would print every attribute


def registration_no(number: int, now: datetime) -> str:
    """Return the number people see: PPA-YYYY-NNNNNN, with the year in Malang."""
    return f"PPA-{today(now).year}-{number:06d}"
