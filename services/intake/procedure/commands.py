"""What is noted of the procedure when another service tells of a step, or that it was late."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain import Procedure
from shared.eventstore import Cause, EventStore
from shared.problems import Missing


async def heard(
    store: EventStore, complaint_id: UUID, step: str, happened_at: datetime, service: str
) -> Procedure:
    """Return the procedure of a complaint with a step more. It is for the caller to save it."""
    procedure = await procedure_of(store, complaint_id)
    procedure.hear_step(step, happened_at, service)
    return procedure


async def note_step(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    step: str,
    happened_at: datetime,
    service: str,
) -> None:
    """Note a step that another service did."""
    procedure = await heard(store, complaint_id, step, happened_at, service)
    await store.save(procedure, cause=cause)


async def note_breach(
    store: EventStore,
    cause: Cause,
    about: UUID,
    *,
    rule: str,
    rule_version: str,
    due_at: datetime,
    service: str,
) -> None:
    """Note that a time limit was over, of a complaint, or of a case where none was said."""
    procedure = await procedure_of(store, about)
    procedure.hear_breach(rule, rule_version, due_at, service)
    await store.save(procedure, cause=cause)


async def procedure_of(store: EventStore, about: UUID) -> Procedure:
    """Return what was heard of the steps of a complaint; a fresh stream where nothing was yet."""
    try:
        return await store.load(Procedure, Procedure.create_id(about))
    except Missing:
        return Procedure(about=about)
