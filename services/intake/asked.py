"""Somebody asks something about one complaint: what every such route of intake begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.intake import views
from shared.access import Reason, Resource, Subject, may
from shared.access.wall import Reader
from shared.eventstore import Cause, EventStore
from shared.web import BecauseOf, Caller, Now, Reading, Store


@dataclass(frozen=True)
class Question:
    """A complaint, who asks about it, and why something may be stored."""

    id: UUID
    store: EventStore
    reader: Reader
    cause: Cause
    caller: Subject
    now: datetime

    async def may(self, action: str) -> Reason:
        """Return why the caller may do this to the complaint. Raises Missing if it is not hers."""
        return may(self.caller, action, await self.resource())

    async def resource(self) -> Resource:
        """Return by whom the complaint may be seen. Raises Missing behind the wall."""
        return (await views.complaint(self.reader, self.id)).resource()


async def _question(
    id: UUID, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> Question:
    return Question(id, store, reader, cause, caller, now)


AboutComplaint = Annotated[Question, Depends(_question)]
