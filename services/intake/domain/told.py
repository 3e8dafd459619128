"""What a person tells us: who tells it, what happened, how she may be reached, who sent her."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from shared.clocks import today
from shared.contracts import person_of
from shared.privacy import Personal
from shared.problems import Malformed

T = TypeVar("T")
ANONYMOUS = "anonymous"
PARTS = ("reporter", "referred_by")  # of these each field counts for itself
REPORTER, VICTIM = "reporter", "victim"  # whom we may turn to; the second is also a role


class ImpossibleDate(Malformed):
    """It cannot have been on that day."""


class ChannelMismatch(Malformed):
    """The channel and what is said about it contradict each other."""


@dataclass(frozen=True)
class Reporter:
    """Who tells us. Not always the victim."""

    person_id: UUID | None = None
    full_name: Personal | None = None
    phone: Personal | None = None
    nik: Personal | None = None
    anonymous: bool = False
    nickname: Personal | None = None
    name_as_on_document: Personal | None = None
    nik_status: str | None = None


@dataclass(frozen=True)
class SafeContact:
    """How we may contact her without putting her at risk. Not asked means: do not.

    It has what ``shared.contracts.safe_contact.refusal`` wants to know.
    """

    person_id: UUID | None = None  # whoever tells us: it is she who would be called
    may_call: bool = False
    phone: Personal | None = None
    habits: tuple[Personal, ...] = ()  # hours as they were kept at first: covered
    leave_message: bool = False
    code_word: Personal | None = None
    texting: bool = False
    by_whatsapp: bool = False  # a text goes there and not by SMS
    may_visit: bool = False
    may_write: bool = False
    shared_with_perpetrator: bool | None = None  # None: not asked
    hours: tuple[tuple[str, str], ...] = ()  # HH:MM in Malang; none: at any hour
    who_may_answer: Personal | None = None
    cover_story: Personal | None = None

    @property
    def may_text(self) -> bool:
        """Say whether a text may be sent: never to a telephone that the perpetrator reads."""
        return self.texting and not self.shared_with_perpetrator

    @property
    def may_leave_message(self) -> bool:
        """Say whether a message may be left: never where the perpetrator hears it."""
        return self.leave_message and not self.shared_with_perpetrator

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Return what stays where this was taken down in the contact: there nothing ends unsaid."""
        return unsaid(frozenset(each for each in KEPT if getattr(self, each) not in (None, ())))


# What was agreed with her and stays when she says something else: to forget that the perpetrator
# has her telephone, or at which hours she is alone, would put her at risk.
KEPT_TEXTS = ("code_word", "who_may_answer", "cover_story", "phone", "habits")
SHARED = "shared_with_perpetrator"
KEPT = (*KEPT_TEXTS, "hours", SHARED)


def unsaid(said: frozenset[str]) -> tuple[str, ...]:
    """Return what stays, from the names of what was said; hours end those that were covered."""
    ended = {"habits"} if "hours" in said else set()
    return tuple(each for each in KEPT if each not in said | ended)


@dataclass(frozen=True)
class ReferredBy:
    """The institution that sends the case, and what it has done already (R-INT-04)."""

    institution: str
    officer: Personal | None = None
    letter_no: Personal | None = None
    letter_on: date | None = None
    services_given: tuple[str, ...] = ()
    purpose: Personal | None = None
    source_system: str | None = None
    external_ref: Personal | None = None  # the ticket there: whoever has it finds her story
    chronology: Personal | None = None
    condition: Personal | None = None
    enclosures: tuple[Personal, ...] = ()


@dataclass(frozen=True)
class Told:
    """What a person told us. There may be no narrative yet where help could not wait for one."""

    reporter_role: str
    narrative: Personal | None
    in_danger: bool
    reporter: Reporter | None = None
    occurred_on: date | None = None
    locus_text: Personal | None = None
    locus_code: str | None = None
    safe_contact: SafeContact | None = None
    referred_by: ReferredBy | None = None


@dataclass(frozen=True)
class Notes:
    """Any part of what a person tells: what is noted so far, or what is put right."""

    reporter_role: str | None = None
    narrative: Personal | None = None
    in_danger: bool | None = None
    reporter: Reporter | None = None
    occurred_on: date | None = None
    locus_text: Personal | None = None
    locus_code: str | None = None
    safe_contact: SafeContact | None = None
    referred_by: ReferredBy | None = None

    @property
    def has_minimum(self) -> bool:
        """Say whether there is enough to act on: she is in danger, or said anything at all."""
        return bool(self.in_danger) or self.narrative is not None

    def as_told(self, now: datetime) -> Told:
        """Return the least that can be received: codes only, the texts stay where they are."""
        day = self.occurred_on
        return Told(
            reporter_role=self.reporter_role or "other",
            narrative=None,
            in_danger=bool(self.in_danger),
            occurred_on=day if day and _can_be(day, now) else None,  # notes are not checked
            locus_code=self.locus_code,
            safe_contact=self.safe_contact and uncovered(self.safe_contact),
        )


def checked(told: Told, channel: str, sub_channel: str | None, now: datetime) -> None:
    """Raise ImpossibleDate or ChannelMismatch if what was told contradicts itself."""
    letter_on = told.referred_by.letter_on if told.referred_by else None
    for name, day in (("occurred_on", told.occurred_on), ("letter_on", letter_on)):
        if day and not _can_be(day, now):
            raise ImpossibleDate(name)
    if sub_channel and channel != "online":
        raise ChannelMismatch("sub_channel goes with the channel online")
    if told.referred_by and channel != "referral_in":
        raise ChannelMismatch("referred_by goes with the channel referral_in")


def _can_be(day: date, now: datetime) -> bool:
    return date(1900, 1, 1) <= day <= today(now)


def stays_unknown(told: Told | Notes) -> bool:
    """Say whether she wants nobody to know who she is: by her role, or whatever it is."""
    is_nameless = told.reporter is not None and told.reporter.anonymous
    return told.reporter_role == ANONYMOUS or is_nameless


def owned(told: T, complaint_id: UUID) -> T:
    """Return it with the person whose texts they are: what she told of herself is sealed for her.

    Of somebody who wants to stay unknown nothing is left that tells who she is (standard 3.5).
    How such a one may be reached, if she said so, belongs to the story: she is forgotten, it not.
    """
    held: Any = told
    reporter, safe = held.reporter, held.safe_contact
    person_id = person_of(complaint_id, "reporter")
    if held.reporter_role == ANONYMOUS:
        reporter = safe = None
    elif reporter and reporter.anonymous:
        reporter = Reporter(anonymous=True)
    of_her = None if stays_unknown(held) else person_id
    hers: T = replace(
        held,
        reporter=reporter and replace(reporter, person_id=person_id),
        safe_contact=safe and replace(safe, person_id=of_her),
    )
    return hers


def amended(told: Told, notes: Notes, changed: tuple[str, ...]) -> Told:
    """Return what was told with the changed fields; ``reporter.phone`` is a field of a part."""
    for name in changed:
        part, _, inner = name.partition(".")
        value = getattr(notes, part)
        held = getattr(told, part)
        if inner and value is not None and held is not None:
            value = replace(held, **{inner: getattr(value, inner)})
        told = replace(told, **{part: value})
    return told


def filled(thing: T, other: Any) -> T:
    """Return a thing with what it lacks taken from another of the same fields."""
    held: Any = thing
    found = {}
    for each in fields(held):
        mine, theirs = getattr(held, each.name), getattr(other, each.name)
        if mine is None:
            found[each.name] = theirs
        elif is_dataclass(mine) and theirs is not None:
            found[each.name] = filled(mine, theirs)
    filled_in: T = replace(held, **found)
    return filled_in


def without(notes: Notes, settled: frozenset[str]) -> Notes:
    """Return notes without some fields; ``reporter.phone`` is a field of a part."""
    for name in sorted(settled):
        part, _, inner = name.partition(".")
        held: Any = getattr(notes, part)
        rest = replace(held, **{inner: None}) if inner and held is not None else None
        notes = replace(notes, **{part: rest})
    return notes


def uncovered(safe_contact: SafeContact) -> SafeContact:
    """Return it without its texts, which are sealed already where they stand."""
    return replace(
        safe_contact, phone=None, habits=(), code_word=None, who_may_answer=None, cover_story=None
    )
