"""What intake notes of the procedure whenever another service did a step, or was late."""

from __future__ import annotations

from typing import TypeAlias

from services.intake.procedure import commands
from shared.contracts import counseling, intake, referral, triage
from shared.contracts.counseling import CounselorContacted
from shared.contracts.triage import ExistingCaseReported
from shared.eventstore import Cause, EventStore
from shared.messaging import Policy

Breach: TypeAlias = (
    intake.ClockBreached | triage.ClockBreached | referral.ClockBreached | counseling.ClockBreached
)
OldCase: TypeAlias = ExistingCaseReported | CounselorContacted


async def note_old_case(store: EventStore, cause: Cause, fact: OldCase) -> None:
    """Whenever a complaint is about a case we know, note that step 3.c2 was done, or part of it.

    Its counselor was told of it and its record was fetched: each is noted when it happened.
    """
    await commands.note_step(
        store,
        cause,
        fact.complaint_id,
        step="3.c2",
        happened_at=fact.occurred_at,
        service=fact.stream(),
    )


async def note_breach(store: EventStore, cause: Cause, fact: Breach) -> None:
    """Whenever a time limit is over anywhere, note it where the procedure is looked at.

    A breach can be heard before the case is known here: then it waits under the case's id.
    """
    await commands.note_breach(
        store,
        cause,
        fact.complaint_id or fact.case_id or fact.about,
        rule=fact.rule,
        rule_version=fact.rule_version,
        due_at=fact.due_at,
        service=fact.stream(),
    )


POLICIES = (
    Policy("intake-note-breach-in-intake", intake.ClockBreached, note_breach),
    Policy("intake-note-breach-in-triage", triage.ClockBreached, note_breach),
    Policy("intake-note-breach-in-referral", referral.ClockBreached, note_breach),
    Policy("intake-note-breach-in-counseling", counseling.ClockBreached, note_breach),
    Policy("intake-note-existing-case", ExistingCaseReported, note_old_case),
    Policy("intake-note-counselor-contacted", CounselorContacted, note_old_case),
)
