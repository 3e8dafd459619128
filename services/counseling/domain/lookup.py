"""Looking into an old case: its counselor is contacted, and its record is fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from services.counseling.domain.counselor import CounselorCard
from services.counseling.domain.refusals import NobodyToContact, NothingBorrowed
from shared.privacy import Personal
from shared.problems import Missing

LOOKUPS = UUID("0c9b2f0e-7a57-5f2b-9d55-1b1f6a5e3c84")  # namespace of lookups
LONGEST = 24  # hours for which a record is open


@dataclass(frozen=True)
class Reachable:
    """Somebody who can be contacted about a case: its counselor, or a coordinator instead."""

    counselor_id: UUID
    is_coordinator: bool


def reachable(
    handled_by: UUID | None, roster: Sequence[CounselorCard], related: Collection[str]
) -> list[Reachable]:
    """Return whom to contact about a case, in order: who handles it, then the coordinators.

    Who is absent or has left is passed over (domain research A16); only where nobody else is left
    on the roster the absent counselor is tried all the same. Nobody related to a party is named.
    """
    strangers = [each for each in roster if str(each.counselor_id) not in related]
    hers = [each for each in strangers if each.counselor_id == handled_by]
    coordinators = sorted(
        (c for c in strangers if c.is_coordinator and c.is_there and c not in hers),
        key=lambda each: each.burden,
    )
    there = [Reachable(c.counselor_id, is_coordinator=False) for c in hers if c.is_there]
    instead = [Reachable(c.counselor_id, is_coordinator=True) for c in coordinators]
    return [*there, *instead] or [Reachable(c.counselor_id, is_coordinator=False) for c in hers]


class Lookup(Aggregate):
    """What an officer did to learn of an old case, for one complaint (standard 3.3.c2)."""

    @dataclass(frozen=True)
    class LookupBegun(Aggregate.Created):
        """An officer began to look into an old case."""

        case_id: UUID
        complaint_id: UUID

    @dataclass(frozen=True)
    class CounselorContacted(Aggregate.Event):
        """The counselor of the old case was told of the complaint, or could not be reached.

        ``next_id`` is who is to be contacted instead, if she was not.
        """

        case_id: UUID
        complaint_id: UUID
        counselor_id: UUID
        is_coordinator: bool
        medium: str
        answered: bool
        next_id: UUID | None
        note: Personal | None
        staff_id: str
        contacted_at: datetime

    @dataclass(frozen=True)
    class CaseRecordRetrieved(Aggregate.Event):
        """The record of the old case is open to the officer until a time.

        ``folder`` says where the paper folder was that she took away, if there is one.
        """

        case_id: UUID
        complaint_id: UUID
        retrieval_id: UUID
        purpose: str
        folder: Personal | None
        staff_id: str
        retrieved_at: datetime
        until: datetime

    @dataclass(frozen=True)
    class CaseRecordReturned(Aggregate.Event):
        """The paper folder is back in its place."""

        case_id: UUID
        retrieval_id: UUID
        returned_at: datetime

    @staticmethod
    def create_id(case_id: UUID, complaint_id: UUID) -> UUID:
        """Derive it from case and complaint, so that there can only be one."""
        return uuid5(LOOKUPS, f"{case_id}/{complaint_id}")

    @event(LookupBegun)
    def __init__(self, case_id: UUID, complaint_id: UUID) -> None:
        self.case_id = case_id
        self.complaint_id = complaint_id
        self.in_vain: Counter[UUID] = Counter()
        self.notes: tuple[Personal, ...] = ()
        self.folders: dict[UUID, Personal] = {}  # by retrieval
        self.retrieved: frozenset[UUID] = frozenset()
        self.returned: frozenset[UUID] = frozenset()

    def contact(
        self,
        whom: Sequence[Reachable],
        medium: str,
        note: Personal | None,
        staff_id: str,
        now: datetime,
        *,
        answered: bool,
    ) -> None:
        """Note that the one whose turn it is was contacted: the first not tried in vain before.

        Raises NobodyToContact when there is nobody.
        """
        if not whom:
            raise NobodyToContact(str(self.case_id))
        tried = min(whom, key=lambda each: self.in_vain[each.counselor_id])
        after = self.in_vain + Counter({tried.counselor_id: 1})
        then = min(whom, key=lambda each: after[each.counselor_id])
        self._contacted(
            case_id=self.case_id,
            complaint_id=self.complaint_id,
            counselor_id=tried.counselor_id,
            is_coordinator=tried.is_coordinator,
            medium=medium,
            answered=answered,
            next_id=None if answered else then.counselor_id,
            note=note,
            staff_id=staff_id,
            contacted_at=now,
        )

    @event(CounselorContacted)
    def _contacted(
        self,
        case_id: UUID,
        complaint_id: UUID,
        counselor_id: UUID,
        is_coordinator: bool,
        medium: str,
        answered: bool,
        next_id: UUID | None,
        note: Personal | None,
        staff_id: str,
        contacted_at: datetime,
    ) -> None:
        if not answered:
            self.in_vain = self.in_vain + Counter({counselor_id: 1})
        self.notes = (*self.notes, *((note,) if note else ()))

    def retrieve(
        self,
        retrieval_id: UUID,
        purpose: str,
        folder: Personal | None,
        staff_id: str,
        now: datetime,
        until: datetime,
    ) -> None:
        """Open the record to an officer. The same retrieval twice changes nothing."""
        if retrieval_id not in self.retrieved:
            case_id, complaint_id = self.case_id, self.complaint_id
            self._retrieved(
                case_id, complaint_id, retrieval_id, purpose, folder, staff_id, now, until
            )

    @event(CaseRecordRetrieved)
    def _retrieved(
        self,
        case_id: UUID,
        complaint_id: UUID,
        retrieval_id: UUID,
        purpose: str,
        folder: Personal | None,
        staff_id: str,
        retrieved_at: datetime,
        until: datetime,
    ) -> None:
        self.retrieved |= {retrieval_id}
        if folder is not None:
            self.folders = self.folders | {retrieval_id: folder}

    def give_back(self, retrieval_id: UUID, now: datetime) -> None:
        """Note that the folder is back. Twice is once."""
        if retrieval_id not in self.retrieved:
            raise Missing(f"Record retrieval {retrieval_id}")
        if retrieval_id not in self.folders:
            raise NothingBorrowed(str(retrieval_id))
        if retrieval_id not in self.returned:
            self._returned(self.case_id, retrieval_id, now)

    @event(CaseRecordReturned)
    def _returned(self, case_id: UUID, retrieval_id: UUID, returned_at: datetime) -> None:
        self.returned |= {retrieval_id}

    def __repr__(self) -> str:
        return f"Lookup({self.id})"  # eventsourcing would print every attribute
