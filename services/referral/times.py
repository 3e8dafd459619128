"""How long an agency has to answer: the clocks of a referral, as they must be now (contracts 5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from eventsourcing.domain import Aggregate

from services.referral.domain import Referral
from shared.clocks.clock import Clock
from shared.clocks.keeping import started, stopped
from shared.eventstore import EventStore

ANSWER, AT_ONCE = "referral_answer", "referral_answer_high"


async def timed(store: EventStore, changed: Iterable[Aggregate], now: datetime) -> list[Clock]:
    """Return the clocks of those referrals; the caller saves them with the rest.

    The time is what the agency was given. Nobody's own: what is late here a supervisor explains.
    """
    clocks: list[Clock] = []
    for each in changed:
        if not isinstance(each, Referral) or each.case is None:
            continue
        rule = AT_ONCE if each.case.urgency == "high" else ANSWER
        for name in (ANSWER, AT_ONCE):
            if each.is_waiting and name == rule:
                clock = await started(
                    store,
                    rule,
                    each.id,
                    each.referred_at or now,
                    complaint_id=each.journey,
                    case_id=each.case_id,
                    due_at=each.respond_by,
                )
                clocks.append(clock)
            else:
                clocks += await stopped(store, name, each.id, now)
    return clocks
