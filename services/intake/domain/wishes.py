"""What was said of how the victims of a complaint may be contacted, and of whom each wish is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.told import SafeContact
from shared.contracts.victims import Places
from shared.problems import Malformed


class NobodyThere(Malformed):
    """In the form of the case as it is today there is no victim with this number."""


@dataclass(frozen=True)
class VictimsWish:
    """How a victim may be contacted, and who she is: by her id, or as somebody counted then.

    ``in_notes`` are texts of it that stand in the notes of the contact, and nowhere else;
    ``of_teller`` are those that were kept from what who told us had said of herself.
    """

    safe_contact: SafeContact
    n: int
    person_id: UUID | None
    set_at: datetime
    in_notes: tuple[str, ...] = ()
    of_teller: frozenset[str] = frozenset()

    @property
    def is_of_no_case(self) -> bool:
        """Say whether it was said before there was a case, and so is of nobody by her id."""
        return self.person_id is None and self.safe_contact.person_id is None

    def may_be_of(self, places: Places, *, is_first: bool) -> set[UUID]:
        """Return of whom of a case it may be; one: it is hers; none: it may be of any of today.

        Before her id was kept it was sealed for whoever had stood at that place at first. Whom this
        case does not know was a victim of another, which the complaint was about: who she is here
        nobody said.
        """
        by_id = self.person_id or self.safe_contact.person_id
        if by_id and not places.knows(by_id):
            return set()
        if self.person_id:
            return {self.person_id}
        meant = places.meant(self.n, self.set_at, is_first=is_first)
        return {id for id in (meant, by_id) if id}


@dataclass(frozen=True)
class Said:
    """What was said of how somebody may be contacted, as far as it may be of one person.

    ``at`` is where it stands among the wishes of victims; None: who told us said it of herself.
    ``of`` is how many it may be of; none: nobody knows of whom.
    """

    safe_contact: SafeContact
    set_at: datetime
    at: int | None
    of: int


@dataclass(frozen=True)
class Known:
    """What is known of how one person may be contacted: all that she said, or may have said."""

    said: tuple[Said, ...] = ()  # of one moment what a victim said stands last

    @property
    def last(self) -> Said | None:
        """Return what certainly she said last."""
        hers = (each for each in reversed(self.said) if each.of == 1)
        return max(hers, key=lambda each: each.set_at, default=None)

    @property
    def doubts(self) -> tuple[Said, ...]:
        """Return what she or another said since: it permits nothing, and forbids."""
        last = self.last
        return tuple(
            each for each in self.said if each.of != 1 and (not last or each.set_at >= last.set_at)
        )

    @property
    def is_asked(self) -> bool:
        """Say whether anything was said of her, and not only of somebody."""
        return any(each.of for each in self.said)

    @property
    def may_be_read(self) -> bool:
        """Say whether somebody said that the perpetrator reads her telephone, she or another."""
        told = (*self.doubts, *([self.last] if self.last else []))
        return any(each.safe_contact.shared_with_perpetrator for each in told)


@dataclass(frozen=True)
class Wishes:
    """The wishes of one complaint's victims, the latest last.

    ``places`` are those of its case; before there is one, ``n`` is as somebody counted.
    ``is_first``: the case was opened with this complaint.
    """

    said: tuple[VictimsWish, ...] = ()

    def with_one(self, wish: VictimsWish) -> Wishes:
        """Return them with one that was said now."""
        return Wishes((*self.said, wish))

    def counted(self, n: int) -> list[Said]:
        """Return what was said of the ``n``-th victim while there is no case.

        What is of somebody by her id was said in a case that the complaint has left: nobody knows
        whom it is of now.
        """
        return [
            Said(each.safe_contact, each.set_at, at, 1 if each.is_of_no_case else 0)
            for at, each in enumerate(self.said)
            if each.n == n or not each.is_of_no_case
        ]

    def of(self, her: UUID | None, places: Places, *, is_first: bool) -> list[Said]:
        """Return what was said of a victim, and what may have been; without one: of any."""
        found = []
        for at, each in enumerate(self.said):
            whose = each.may_be_of(places, is_first=is_first)
            if her is None or not whose or her in whose:
                of = len(whose) if her else 0
                found.append(Said(each.safe_contact, each.set_at, at, of))
        return found
