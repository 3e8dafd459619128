"""What the desk needs for taking a complaint down: the next number, and receipts to hand out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.intake import receipts, views
from services.intake.letters import auto_reply
from services.intake.receipts import ReceiptView
from shared.web import Pool
from shared.web.odd import Oddity

Numbers = Callable[[], Awaitable[int]]  # registration numbers; each is given out once


@dataclass(frozen=True)
class Desk:
    """Numbers and receipts. It shows nothing of a complaint but that it is there."""

    pool: Pool
    pepper: bytes

    @property
    def numbers(self) -> Numbers:
        """Return where registration numbers come from."""
        return partial(views.next_number, self.pool)

    async def receipt(self, id: UUID, channel: str, odd: Iterable[Oddity] = ()) -> ReceiptView:
        """Return the receipt of a complaint, or raise Missing."""
        stored = await views.receipt(self.pool, id)
        return receipts.receipt(self.pepper, id, *stored, auto_reply(channel), [*odd])


async def _desk(request: Request, pool: Pool) -> Desk:
    return Desk(pool, request.app.state.pepper)


AtDesk = Annotated[Desk, Depends(_desk)]
