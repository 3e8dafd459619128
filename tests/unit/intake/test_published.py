"""What intake tells the others of its events."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from services.intake.published import published
from shared.access.forgetting import Shredding
from shared.contracts.intake import SubjectKeysDestroyed

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PERSON, NOTES, CONTACT = UUID(int=1), UUID(int=2), UUID(int=3)


def shredded(person_id: UUID, *subjects: UUID) -> Shredding.SubjectKeysDestroyed:
    shredding = Shredding(UUID(int=9), person_id, subjects, (UUID(int=8),), NINE)
    (event,) = shredding.collect_events()
    assert isinstance(event, Shredding.SubjectKeysDestroyed)
    return event


def test_that_a_person_is_forgotten_is_told() -> None:
    fact = published(shredded(PERSON, PERSON, NOTES))
    assert isinstance(fact, SubjectKeysDestroyed)
    assert (fact.person_id, fact.keys) == (PERSON, 1)


def test_that_old_notes_are_gone_is_nobodys_business() -> None:
    """Triage knows no person of that id: it could only park the news."""
    assert published(shredded(CONTACT, NOTES)) is None
