"""What can be done about how somebody behaved. None of it touches the complaint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from services.intake.domain import Level, Reprimand, Threat
from services.intake.domain.reprimand import check_rule
from services.intake.rules.commands import rules_of
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing

REPRIMANDS = UUID("e84d0b17-52c9-5f3a-8e60-b7c1d94a2f63")  # namespace of the ids of both


def id_of(cause: Cause) -> UUID:
    """Derive it from what asked for it, so that a repeated request is the same one."""
    return uuid5(REPRIMANDS, cause.message_id)


async def reprimand(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    level: Level,
    rule: str,
    rule_version: str,
    in_force: str,
    facts: Personal,
    by: str,
    now: datetime,
) -> None:
    """Reprimand somebody by a rule of the version that was in force when it happened.

    Raises NoSuchHouseRule, NotAboutConduct, NotInForce.
    """
    await store.once(cause)
    rules = (await rules_of(store, rule_version)).rules
    check_rule(rules, rule, version=rule_version, in_force=in_force)
    given = Reprimand(
        id=id_of(cause),
        complaint_id=complaint_id,
        level=level,
        rule=rule,
        rule_version=rule_version,
        facts=facts,
        staff_id=by,
        given_at=now,
    )
    await store.save(given, cause=cause.about(complaint_id))


async def change(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    reprimand_id: UUID,
    act: Callable[[Reprimand], None],
) -> None:
    """Approve, answer or withdraw a reprimand of this complaint. Raises Missing."""
    await store.once(cause)
    found = await reprimand_of(store, complaint_id, reprimand_id)
    act(found)
    await store.save(found, cause=cause.about(complaint_id))


async def reprimand_of(store: EventStore, complaint_id: UUID, reprimand_id: UUID) -> Reprimand:
    """Return a reprimand of this complaint, or raise Missing."""
    found = await store.load(Reprimand, reprimand_id)
    if found.complaint_id != complaint_id:
        raise Missing(f"Reprimand {reprimand_id}")
    return found


async def record_threat(
    store: EventStore,
    cause: Cause,
    complaint_id: UUID,
    *,
    kind: str,
    facts: Personal,
    threatened_id: str,
    by: str,
    now: datetime,
) -> None:
    """Keep that a member of staff was threatened."""
    await store.once(cause)
    threat = Threat(
        id=id_of(cause),
        complaint_id=complaint_id,
        kind=kind,
        facts=facts,
        threatened_id=threatened_id,
        staff_id=by,
        recorded_at=now,
    )
    await store.save(threat, cause=cause.about(complaint_id))
