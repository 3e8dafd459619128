"""Code words that somebody said to us: which were right, and how often in vain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from shared.problems import Refused

SPOKEN = UUID("b7a0d9c4-52e6-5f18-8d3b-1c9e4f7a6025")  # namespace of the ids of these streams
MOST_WRONG, WITHIN = 3, timedelta(hours=1)  # of one complaint, whoever asks and of whomever


class TooManyWrongWords(Refused):
    """Too many code words were wrong: for a while no word is compared, not even the right one."""


class SpokenWords(Aggregate):
    """What became of the code words that were said in one complaint; never what they were."""

    @dataclass(frozen=True)
    class SpokenWordsBegun(Aggregate.Created):
        """Somebody said a code word for the first time."""

        complaint_id: UUID

    @dataclass(frozen=True)
    class CodeWordCompared(Aggregate.Event):
        """Somebody said a code word, and it was the one agreed with her, or not."""

        complaint_id: UUID
        try_id: UUID
        whom: str
        n: int
        is_right: bool
        staff_id: str
        compared_at: datetime

    @staticmethod
    def create_id(complaint_id: UUID) -> UUID:
        """Derive it from the complaint, so that there can only be one."""
        return uuid5(SPOKEN, str(complaint_id))

    @staticmethod
    def try_id_of(message_id: str) -> UUID:
        """Derive one try from what asked for it."""
        return uuid5(SPOKEN, message_id)

    @event(SpokenWordsBegun)
    def __init__(self, complaint_id: UUID) -> None:
        self.complaint_id = complaint_id
        self.answers: dict[UUID, bool] = {}
        self.wrong_at: tuple[datetime, ...] = ()

    def check_open(self, now: datetime) -> None:
        """Raise TooManyWrongWords, with the time it ends, if there is to be no comparing now."""
        lately = [at for at in self.wrong_at if at > now - WITHIN]
        if len(lately) >= MOST_WRONG:
            raise TooManyWrongWords(f"until {(lately[-MOST_WRONG] + WITHIN).isoformat()}")

    def compare(
        self, try_id: UUID, whom: str, n: int, staff_id: str, now: datetime, *, is_right: bool
    ) -> None:
        """Note a word that was compared. Noting the same try twice changes nothing.

        Raises TooManyWrongWords.
        """
        if try_id not in self.answers:
            self.check_open(now)
            self._compared(self.complaint_id, try_id, whom, n, is_right, staff_id, now)

    @event(CodeWordCompared)
    def _compared(
        self,
        complaint_id: UUID,
        try_id: UUID,
        whom: str,
        n: int,
        is_right: bool,
        staff_id: str,
        compared_at: datetime,
    ) -> None:
        self.answers = self.answers | {try_id: is_right}
        if not is_right:
            self.wrong_at = (*self.wrong_at, compared_at)

    def __repr__(self) -> str:
        return f"SpokenWords({self.id})"  # eventsourcing would print every attribute
