"""Facts as another service would tell them, put on NATS by hand."""

from __future__ import annotations

from uuid import UUID

from nats.js import JetStreamContext

from shared.contracts import Fact, partition_of
from shared.contracts.counseling import CounselorAssigned
from shared.contracts.intake import ComplaintReceived
from shared.contracts.triage import CaseClassified
from shared.eventstore import new_id, now_utc


def case_classified(complaint_id: UUID, case_id: UUID) -> CaseClassified:
    now = now_utc()
    return CaseClassified(
        occurred_at=now,
        case_id=case_id,
        complaint_id=complaint_id,
        registration_no="PPA-2026-000001",
        case_kind="new",
        vawc=True,
        locus="in",
        urgency="medium",
        violence=("PHYSICAL",),
        tpks=False,
        child=False,
        route=("follow_up",),
        needs=(),
        referral_consent=True,
        classified_at=now,
        rule_version="1",
    )


def counselor_assigned(complaint_id: UUID, case_id: UUID) -> CounselorAssigned:
    return CounselorAssigned(
        occurred_at=now_utc(),
        case_id=case_id,
        complaint_id=complaint_id,
        counselor_id=new_id(),
        reasons=("supervisor",),
    )


def complaint_received(complaint_id: UUID) -> ComplaintReceived:
    now = now_utc()
    return ComplaintReceived(
        occurred_at=now,
        complaint_id=complaint_id,
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        received_at=now,
        handed_over=True,
    )


def in_partition(partition: int) -> UUID:
    """Return a fresh id whose facts go to a partition."""
    while partition_of(id := new_id()) != partition:
        pass
    return id


async def tell(
    jetstream: JetStreamContext,
    fact: Fact,
    correlation: UUID | str,
    *,
    id: UUID | None = None,
    data: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> UUID:
    """Put a fact on NATS and return its id. What is given replaces what would be right."""
    id = id or new_id()
    partition = partition_of(correlation) if isinstance(correlation, UUID) else 0
    await jetstream.publish(
        fact.subject(f"{partition:02d}", str(correlation)),
        fact.model_dump_json().encode() if data is None else data,
        headers={"ce-id": str(id), "Nats-Msg-Id": str(new_id())} if headers is None else headers,
    )
    return id
