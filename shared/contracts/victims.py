"""Who stands where in the form of a case: what is said of "victim 0" is said of a person.

Forms are replaced, and then another may stand at her place. Whoever keeps what was said of one of
them, in whichever service, asks here who it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts import person_of

MOST = 20  # places of a form


@dataclass(frozen=True)
class Places:
    """The victims of one case by their places in each of its forms, the form of today last."""

    case_id: UUID
    forms: tuple[tuple[datetime, tuple[UUID, ...]], ...] = ()  # since when, and who

    @property
    def today(self) -> tuple[UUID, ...]:
        """Return the victims in the form of today; nobody, before a form is known."""
        return self.forms[-1][1] if self.forms else ()

    def who(self, n: int) -> UUID | None:
        """Return who stands at a place in the form of today; None: nobody does.

        Before a form is known it is she who will stand there in the first one.
        """
        return _nth(self.today, n) if self.forms else self._first(n)

    def place_of(self, person_id: UUID) -> int | None:
        """Return where somebody stands in the form of today; None: nowhere that is known here."""
        return next((n for n in range(MOST) if self.who(n) == person_id), None)

    def knows(self, person_id: UUID) -> bool:
        """Say whether somebody is, or was, a victim of this case: in a form, or its first one."""
        ever = {victim for _, victims in self.forms for victim in victims}
        return (
            person_id in ever
            or person_id == self._first(0)
            or self.place_of(person_id) is not None  # before a form is known
        )

    def meant(self, n: int, said_at: datetime, *, is_first: bool) -> UUID | None:
        """Return who was meant by a place when nobody said by an id who it is; None: not certain.

        It is who stood there at that time, or else in the first form. ``is_first``: the case was
        opened with the complaint in which it was said. Who said it in a later one had, perhaps, no
        form before her: then it is certain only where there never was more than one.
        """
        if not is_first:
            return self.teller(is_first=False) if n == 0 else None
        until_then = [victims for since, victims in self.forms if since <= said_at]
        return _nth(until_then[-1], n) if until_then else self._first(n)

    def teller(self, *, is_first: bool) -> UUID | None:
        """Return which victim told of it herself, where one did; None: it is not certain.

        With the complaint that opened the case it is the first victim of its first form. With a
        later one only where there never was another: so not before a form is known.
        """
        first = self._first(0)
        ever = {victim for _, victims in self.forms for victim in victims}
        return first if is_first or ever == {first} else None

    def _first(self, n: int) -> UUID:
        return person_of(self.case_id, "victim", n)


def _nth(victims: tuple[UUID, ...], n: int) -> UUID | None:
    return victims[n] if n < len(victims) else None
