"""What referral can be asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.referral.domain import (
    Agency,
    AgencyCard,
    CaseCard,
    Referral,
    ReferralNeed,
    recipients,
    undecided,
)
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def register_agency(
    store: EventStore,
    cause: Cause,
    *,
    agency_id: UUID,
    name: str,
    kind: str,
    region_code: str,
    serves: tuple[str, ...],
    answer_within_hours: int,
) -> None:
    """Register an agency that takes cases over."""
    agency = Agency(
        id=agency_id,
        name=name,
        kind=kind,
        region_code=region_code,
        serves=serves,
        answer_within_hours=answer_within_hours,
    )
    await store.save(agency, cause=cause.about(agency_id))


async def refer_or_ask(
    store: EventStore,
    cause: Cause,
    case: CaseCard,
    *,
    agencies: Sequence[AgencyCard],
    now: datetime,
) -> None:
    """Refer a case where exactly one agency fits; otherwise let an officer decide."""
    found = recipients(case, agencies)
    reason = undecided(case, found)
    if reason is None:
        referral = await _referral(store, case, found[0])
        referral.refer(case, found[0], purpose="locus", basis=None, decided_by=cause.actor, now=now)
        await store.save(referral, cause=cause)
    else:
        candidates = tuple(agency.agency_id for agency in found)
        need = ReferralNeed(case=case, reason=reason, candidates=candidates, needed_at=now)
        await store.save(need, cause=cause)


async def make_referral(
    store: EventStore,
    cause: Cause,
    *,
    need_id: UUID,
    agency_id: UUID,
    purpose: str,
    basis: Personal,
    now: datetime,
) -> None:
    """Refer a case that waited for an officer's decision."""
    await store.once(cause)
    need = await store.load(ReferralNeed, need_id)
    agency = (await store.load(Agency, agency_id)).card
    referral = await _referral(store, need.case, agency)
    need.meet(referral.id)
    referral.refer(need.case, agency, purpose=purpose, basis=basis, decided_by=cause.actor, now=now)
    await store.save(referral, need, cause=cause.about(need.case.complaint_id))


async def _referral(store: EventStore, case: CaseCard, agency: AgencyCard) -> Referral:
    """Return the referral of a case to an agency: there may be one already."""
    try:
        id = Referral.create_id(case.case_id, agency.agency_id)
        return await store.load(Referral, id)
    except Missing:
        return Referral(case_id=case.case_id, agency_id=agency.agency_id)
