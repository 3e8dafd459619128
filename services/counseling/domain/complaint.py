"""What counseling has heard of a complaint: who identifies it, how to reach its reporter safely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.contracts.safe_contact import SafeContact
from shared.contracts.victims import Places

COMPLAINTS = UUID("b4f6f8f3-51c4-5d54-9f0a-2d5b6f4a1e31")  # namespace of what we heard of each
REPORTER, VICTIM = "reporter", "victim"


@dataclass(frozen=True)
class Wish:
    """How somebody may be contacted, since when, and whether who reported it is the victim.

    A victim is known by her id, or as somebody counted when there was no case yet. ``again_at`` is
    when it may have been said anew, if not only of whom it is was put right then.
    """

    safe: SafeContact
    set_at: datetime
    is_victims: bool
    n: int = 0
    person_id: UUID | None = None
    again_at: datetime | None = None

    def whose(self, places: Places, *, is_first: bool) -> UUID | None:
        """Return which victim of a case it is of; None: it is not certain.

        Whom this case does not know was a victim of another, which the complaint was about.
        """
        if self.person_id:
            return self.person_id if places.knows(self.person_id) else None
        return places.meant(self.n, self.set_at, is_first=is_first)


@dataclass(frozen=True)
class HeardOf:
    """What one complaint told of how somebody may be contacted; nothing of her: in no way.

    ``doubtful`` is what may be said of her or of another: it permits nothing, and forbids.
    """

    wish: Wish | None = None
    doubtful: tuple[Wish, ...] = ()


def rules_for(
    whom: str, heard: Mapping[UUID, HeardOf], complaint_id: UUID | None
) -> list[SafeContact | None]:
    """Return what must all allow it to contact somebody, from what each complaint told of her.

    A complaint says which reporter is meant; without one the wishes of all hold. A victim is one
    person in all of them: what was said of her holds wherever it was said, and at least once. What
    is not certain forbids, until she speaks for herself after that.
    """
    if whom != VICTIM:
        asked = heard.values() if complaint_id is None else [heard[complaint_id]]
        return [rules for each in asked for rules in _all_of([each])]
    return _all_of(list(heard.values()))


def _all_of(heard: list[HeardOf]) -> list[SafeContact | None]:
    hers = [each.wish for each in heard if each.wish]
    latest = max((each.set_at for each in hers), default=None)
    doubtful = [
        wish for each in heard for wish in each.doubtful if latest is None or wish.set_at >= latest
    ]
    return [each.safe for each in (*hers, *doubtful)] if hers else [None]


class Complaint(Aggregate):
    """A complaint as far as others have told us, also before we know of which case it is."""

    @dataclass(frozen=True)
    class ComplaintHeardOf(Aggregate.Created):
        """Something is known of a complaint."""

        complaint_id: UUID

    @dataclass(frozen=True)
    class OfficerHeard(Aggregate.Event):
        """An officer identifies it."""

        complaint_id: UUID
        officer_id: str
        taken_at: datetime

    @dataclass(frozen=True)
    class OfficerReleaseHeard(Aggregate.Event):
        """An officer identifies it no more."""

        complaint_id: UUID
        officer_id: str
        released_at: datetime

    @dataclass(frozen=True)
    class SafeContactHeard(Aggregate.Event):
        """It was said how somebody may be contacted: who reported it, or a victim."""

        complaint_id: UUID
        safe: SafeContact
        set_at: datetime
        whom: str = REPORTER
        n: int = 0  # which victim
        is_victims: bool = False  # who reported it is the victim
        person_id: UUID | None = None  # which victim that is; None: there was no case yet

    @dataclass(frozen=True)
    class WithdrawalHeard(Aggregate.Event):
        """It is not to go on. Nothing ends by itself: a person decides what follows."""

        complaint_id: UUID
        withdrawn_by: str
        withdrawn_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint: intake and triage have streams of their own about it."""
        return uuid5(COMPLAINTS, str(complaint_id))

    @event(ComplaintHeardOf)
    def __init__(self, complaint_id: UUID) -> None:
        self.complaint_id = complaint_id
        self.officer_id: str | None = None
        self.taken_at: datetime | None = None
        self.wishes: dict[tuple[str, int | UUID], Wish] = {}  # whose, the latest of each
        self.is_withdrawn = False

    def hear_officer(self, officer_id: str, taken_at: datetime) -> None:
        """Note who identifies it: the latest. What is older changes nothing."""
        if self.taken_at is None or taken_at > self.taken_at:
            self._officer(self.complaint_id, officer_id, taken_at)

    @event(OfficerHeard)
    def _officer(self, complaint_id: UUID, officer_id: str, taken_at: datetime) -> None:
        self.officer_id = officer_id
        self.taken_at = taken_at

    def hear_release(self, officer_id: str, released_at: datetime) -> None:
        """Note that she identifies it no more. Not she, or not any more: nothing changes."""
        if officer_id == self.officer_id:
            self._no_officer(self.complaint_id, officer_id, released_at)

    @event(OfficerReleaseHeard)
    def _no_officer(self, complaint_id: UUID, officer_id: str, released_at: datetime) -> None:
        self.officer_id = None

    def hear_safe_contact(
        self,
        safe: SafeContact,
        set_at: datetime,
        whom: str = REPORTER,
        n: int = 0,
        is_victims: bool = False,
        person_id: UUID | None = None,
    ) -> None:
        """Note how somebody may be contacted: the latest. What is older changes nothing.

        Of two from the same moment the one told later counts: it was said later.
        """
        known = self.wishes.get((whom, person_id or n))
        wish = Wish(safe, set_at, is_victims, n, person_id)
        if known is None or (set_at >= known.set_at and wish != known):
            self._safe(self.complaint_id, safe, set_at, whom, n, is_victims, person_id)

    @event(SafeContactHeard)
    def _safe(
        self,
        complaint_id: UUID,
        safe: SafeContact,
        set_at: datetime,
        whom: str = REPORTER,
        n: int = 0,
        is_victims: bool = False,
        person_id: UUID | None = None,
    ) -> None:
        whose: tuple[str, int | UUID] = (whom, person_id or n)
        known, again_at = self.wishes.get(whose), None
        if whom == REPORTER and known and known.safe == safe and known.is_victims != is_victims:
            # Of whom it is was put right, and facts did not always tell when she had said it.
            again_at = set_at if set_at > known.set_at else None
            set_at = known.set_at
        others = {key: wish for key, wish in self.wishes.items() if key != whose}
        self.wishes = others | {whose: Wish(safe, set_at, is_victims, n, person_id, again_at)}

    def reporter_is(self, places: Places, *, is_first: bool) -> UUID | None:
        """Return which victim reported it; None: none did, or it is not certain which.

        ``is_first``: the case was opened with this complaint.
        """
        reporters = self.wishes.get((REPORTER, 0))
        is_victim = reporters is not None and reporters.is_victims
        return places.teller(is_first=is_first) if is_victim else None

    def heard_of(self, whom: str, n: int, places: Places, *, is_first: bool) -> HeardOf:
        """Return what we heard of how somebody may be contacted.

        The ``n``-th victim is who stands there in the form of today. Where who reported it
        certainly is that victim they are one person: what she said last counts for both.
        """
        told_it = self.reporter_is(places, is_first=is_first)
        her = told_it if whom == REPORTER else places.who(n)
        if her is not None:
            return self.heard_of_victim(her, places, is_first=is_first)
        if whom == VICTIM:
            return HeardOf()
        reporters = self.wishes.get((REPORTER, 0))
        is_one = reporters is not None and reporters.is_victims  # nobody knows which
        of = self._of_victims(places, is_first=is_first)
        return HeardOf(reporters, tuple(wish for _, wish in of) if is_one else ())

    def heard_of_victim(self, her: UUID, places: Places, *, is_first: bool) -> HeardOf:
        """Return what we heard of how a victim may be contacted, also one of an earlier form."""
        reporters = self.wishes.get((REPORTER, 0))
        told_it = self.reporter_is(places, is_first=is_first)
        of = self._of_victims(places, is_first=is_first)
        hers = [wish for who, wish in of if who == her]
        doubtful = [wish for who, wish in of if who is None]
        if reporters and reporters.is_victims:
            hers = [reporters, *hers] if told_it == her else hers
            may_be_hers = told_it in (None, her)
            if may_be_hers and reporters.again_at:
                doubtful.append(replace(reporters, set_at=reporters.again_at))
            elif told_it is None:
                doubtful.append(reporters)
        return HeardOf(
            max(reversed(hers), key=lambda wish: wish.set_at, default=None), tuple(doubtful)
        )

    def _of_victims(self, places: Places, *, is_first: bool) -> list[tuple[UUID | None, Wish]]:
        return [
            (wish.whose(places, is_first=is_first), wish)
            for (who, _), wish in self.wishes.items()
            if who == VICTIM
        ]

    def hear_withdrawal(self, withdrawn_by: str, withdrawn_at: datetime) -> None:
        """Note that it was withdrawn. Twice is once."""
        if not self.is_withdrawn:
            self._withdrawn(self.complaint_id, withdrawn_by, withdrawn_at)

    @event(WithdrawalHeard)
    def _withdrawn(self, complaint_id: UUID, withdrawn_by: str, withdrawn_at: datetime) -> None:
        self.is_withdrawn = True


def rules_among(
    complaints: Sequence[Complaint],
    whom: str,
    n: int,
    places: Places,
    *,
    is_first: Callable[[UUID], bool],
    complaint_id: UUID | None,
) -> list[SafeContact | None]:
    """Return what must all allow it to contact somebody, from all complaints about a case.

    Who reported one, where she certainly is a victim, is asked as that victim too.
    """

    rules = rules_for(
        whom,
        {
            each.complaint_id: each.heard_of(whom, n, places, is_first=is_first(each.complaint_id))
            for each in complaints
        },
        complaint_id,
    )
    if whom == VICTIM:
        return rules
    asked = (each for each in complaints if complaint_id in (None, each.complaint_id))
    tellers = {each.reporter_is(places, is_first=is_first(each.complaint_id)) for each in asked}
    for her in filter(None, tellers):  # by who she is: she may stand in the form of today no more
        rules += _all_of(
            [
                each.heard_of_victim(her, places, is_first=is_first(each.complaint_id))
                for each in complaints
            ]
        )
    return rules
