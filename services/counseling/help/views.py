"""What counseling can be asked about the first help, and about reaching somebody safely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.counseling.domain import (
    REPORTER,
    VICTIM,
    Complaint,
    FirstHelp,
    HeardOf,
    rules_among,
)
from shared.access.wall import Source
from shared.contracts.codes import CODES
from shared.contracts.safe_contact import FLAGS, SafeContact, refusal
from shared.contracts.victims import Places
from shared.eventstore import Event
from shared.eventstore.postgres import Connection


class FirstHelpView(BaseModel):
    """When the person was first helped after a complaint, and by which medium."""

    complaint_id: UUID
    medium: str
    helped_at: datetime


class SafeContactView(BaseModel):
    """How the reporter of one complaint may be contacted, or a victim who said so herself.

    ``refused`` says which media are not safe at this moment, and why not. ``is_victims`` says that
    the reporter is a victim; if not, her wish says nothing of how a victim may be reached.
    ``person_id`` is who of the victims it is, null where that is nobody or not certain; ``n`` is
    her place in the form of today.
    """

    complaint_id: UUID
    whom: str
    n: int
    person_id: UUID | None
    is_victims: bool
    is_known: bool
    may_call: bool | None
    may_text: bool | None
    may_leave_message: bool | None
    may_visit: bool | None
    may_write: bool | None
    hours: list[tuple[str, str]]
    refused: dict[str, str]


async def project(connection: Connection, event: Event) -> None:
    """Bring the table up to date with one event."""
    match event:
        case FirstHelp.FirstHelpRecorded():
            await connection.execute(
                "insert into first_helps values ($1, $2, $3, $4)",
                *(event.case_id, event.complaint_id, event.medium, event.helped_at),
            )


async def first_helps(source: Source, case_id: UUID) -> list[FirstHelpView]:
    """Return the first helps of a case, one to a complaint."""
    rows = await source.fetch(
        "select complaint_id, medium, helped_at from first_helps where case_id = $1"
        " order by helped_at, complaint_id",
        case_id,
    )
    return [FirstHelpView(**row) for row in rows]


def safe_contacts(
    complaints: Sequence[Complaint],
    places: Places,
    now: datetime,
    *,
    is_first: Callable[[UUID], bool],
) -> list[SafeContactView]:
    """Return how who reported each complaint may be contacted, and its victims, as of now.

    Of a victim who stands in the form of today no more, and of what is not certain, nothing. What
    is refused is what would be, whichever complaint it was said in.
    """

    def shown(
        complaint: Complaint, whom: str, n: int, person_id: UUID | None, heard: HeardOf
    ) -> SafeContactView:
        id = complaint.complaint_id
        rules = rules_among(complaints, whom, n, places, is_first=is_first, complaint_id=id)
        return _safe_contact(id, whom, n, person_id, heard, rules, now)

    found = []
    for complaint in complaints:
        opened = is_first(complaint.complaint_id)
        counted = {wish.n for (whom, _), wish in complaint.wishes.items() if whom == VICTIM}
        reporters = complaint.heard_of(REPORTER, 0, places, is_first=opened)
        her = complaint.reporter_is(places, is_first=opened)
        victims = []
        for n in range(len(places.today)) if places.forms else sorted(counted):
            heard = complaint.heard_of(VICTIM, n, places, is_first=opened)
            if heard.wish and not (her and her == places.who(n)):  # one person is shown once
                victims.append(shown(complaint, VICTIM, n, places.who(n), heard))
        if reporters.wish or not victims:
            found.append(shown(complaint, REPORTER, 0, her, reporters))
        found += victims
    return found


def _safe_contact(
    complaint_id: UUID,
    whom: str,
    n: int,
    person_id: UUID | None,
    heard: HeardOf,
    all_rules: Sequence[SafeContact | None],
    now: datetime,
) -> SafeContactView:
    safe = heard.wish.safe if heard.wish else None
    why: dict[str, str] = {}
    for rules in all_rules:
        for medium in CODES["contact_medium"]:
            if reason := refusal(rules, medium, now):
                why.setdefault(medium, reason)
    return SafeContactView(
        complaint_id=complaint_id,
        whom=whom,
        n=n,
        person_id=person_id,
        is_victims=bool(heard.wish and heard.wish.is_victims),
        is_known=safe is not None,
        **{flag: getattr(safe, flag, None) for flag in FLAGS.values()},
        hours=list(safe.hours) if safe else [],
        refused=why,
    )
