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
    """How a victim may be contacted, and who she is: by her id, or as somebody counted then."""

    safe_contact: SafeContact
    n: int
    person_id: UUID | None
    set_at: datetime

    @property
    def is_of_no_case(self) -> bool:
        """Say whether it was said before there was a case, and so is of nobody by her id."""
        return self.person_id is None and self.safe_contact.person_id is None

    def may_be_of(self, places: Places, *, is_first: bool) -> set[UUID]:
        """Return of whom of a case it may be; one: it is hers.

        Before her id was kept it was sealed for whoever had stood at that place at first.
        """
        if self.person_id:
            return {self.person_id}
        meant = places.meant(self.n, self.set_at, is_first=is_first)
        return {id for id in (meant, self.safe_contact.person_id) if id}


@dataclass(frozen=True)
class Wishes:
    """The wishes of one complaint's victims, the latest last.

    ``places`` are those of its case; before there is one, ``n`` is as somebody counted.
    ``is_first``: the case was opened with this complaint.
    """

    said: tuple[VictimsWish, ...] = ()

    def with_one(
        self, safe_contact: SafeContact, n: int, person_id: UUID | None, set_at: datetime
    ) -> Wishes:
        """Return them with one that was said now."""
        return Wishes((*self.said, VictimsWish(safe_contact, n, person_id, set_at)))

    def latest(self, n: int, places: Places | None, *, is_first: bool) -> int | None:
        """Return where the latest stands that is, or may be, of the ``n``-th victim."""
        backwards = reversed([*enumerate(self.said)])
        if places is None:
            return next((i for i, each in backwards if each.n == n and each.is_of_no_case), None)
        her = places.who(n)
        may_be = (i for i, each in backwards if her in each.may_be_of(places, is_first=is_first))
        return next(may_be, None)

    def is_certain(self, at: int, places: Places | None, *, is_first: bool) -> bool:
        """Say whether the one that stands there is of nobody else."""
        return places is None or len(self.said[at].may_be_of(places, is_first=is_first)) == 1

    def of(self, n: int, places: Places | None, *, is_first: bool) -> SafeContact | None:
        """Return how the ``n``-th victim of today may be contacted, or None.

        What may have been said of her or of another lets nobody be contacted.
        """
        at = self.latest(n, places, is_first=is_first)
        if at is None:
            return None
        is_certain = self.is_certain(at, places, is_first=is_first)
        return self.said[at].safe_contact if is_certain else SafeContact()
