"""What referral does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.referral import commands, views
from services.referral.domain import CaseCard, regency_of
from shared.access.hearing import (
    hear_broken_glass,
    hear_conflict,
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_mended_glass,
    hear_not_hers,
    hear_person_erased,
)
from shared.access.standing import standing_of
from shared.clocks.hearing import hear_time_limits
from shared.contracts.counseling import AssignmentDeclined, AssignmentEnded, CounselorAssigned
from shared.contracts.intake import TimeLimitsSet
from shared.contracts.triage import (
    CaseClassified,
    CaseReclassified,
    ComplaintUnlinked,
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    GlassBroken,
    GlassMended,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from shared.eventstore import Cause, EventStore
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import Policy


async def refer_classified_case(
    store: PostgresEventStore, cause: Cause, fact: CaseClassified
) -> None:
    """Whenever a case is classified to be referred, refer it, or ask an officer where to."""
    if "refer" not in fact.route:
        await store.save(cause=cause)
        return
    case = CaseCard(
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        region_code=fact.victim_code if fact.locus == "unknown" else fact.locus_code,
        urgency=fact.urgency,
        violence=fact.violence,
        age_band=fact.age_band,
        needs=fact.needs,
        consent=fact.referral_consent,
        decided_at=fact.classified_at,
    )
    await commands.refer_or_ask(
        store,
        cause,
        case,
        agencies=await views.agency_cards(store.pool),
        now=cause.at,
    )


async def follow_reclassification(
    store: PostgresEventStore, cause: Cause, fact: CaseReclassified
) -> None:
    """Whenever a case is decided anew, refer it, or say of what runs that it rests on the past."""
    after, before = fact.after, fact.before
    region = fact.victim_code if after.locus == "unknown" else after.locus_code
    before_it = fact.victim_code if before.locus == "unknown" else before.locus_code
    case = CaseCard(
        case_id=fact.case_id,
        complaint_id=fact.complaint_id,
        region_code=region,
        urgency=after.urgency,
        violence=fact.violence,
        age_band=fact.age_band,
        needs=after.needs,
        consent=fact.referral_consent,
        decided_at=fact.classified_at,
        anew=True,
    )
    await commands.follow_reclassification(
        store,
        cause,
        case,
        refers="refer" in after.route,
        begins="refer" in fact.started,
        moved=regency_of(region) != regency_of(before_it),
        agencies=await views.agency_cards(store.pool),
        referral_ids=[each.id for each in await views.referrals(store.pool, fact.case_id)],
        need_ids=await views.needs_of(store.pool, fact.case_id),
        now=cause.at,
    )


async def take_complaint_out(
    store: PostgresEventStore, cause: Cause, fact: ComplaintUnlinked
) -> None:
    """Whenever a complaint is not about a case after all, note it on what was made for it."""
    await commands.take_complaint_out(
        store,
        cause,
        complaint_id=fact.complaint_id,
        referral_ids=[each.id for each in await views.referrals(store.pool, fact.case_id)],
        need_ids=await views.needs_of(store.pool, fact.case_id),
        now=cause.at,
    )


async def hear_counselor(store: EventStore, cause: Cause, fact: CounselorAssigned) -> None:
    """Whenever a counselor is assigned, note it: the referrals of her cases are hers to see."""
    standing = await standing_of(store, fact.case_id)
    standing.hear_counselor(fact.counselor_id)
    await store.save(standing, cause=cause)


POLICIES = (
    Policy("referral-hear-time-limits", TimeLimitsSet, hear_time_limits),
    Policy("referral-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("referral-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("referral-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("referral-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("referral-hear-person-erased", PersonErased, hear_person_erased),
    Policy("referral-refer-classified-case", CaseClassified, refer_classified_case),
    Policy("referral-follow-reclassification", CaseReclassified, follow_reclassification),
    Policy("referral-take-complaint-out", ComplaintUnlinked, take_complaint_out),
    Policy("referral-hear-conflict", ConflictDeclared, hear_conflict),
    Policy("referral-hear-broken-glass", GlassBroken, hear_broken_glass),
    Policy("referral-hear-mended-glass", GlassMended, hear_mended_glass),
    Policy("referral-hear-declined", AssignmentDeclined, hear_not_hers),
    Policy("referral-hear-assignment-ended", AssignmentEnded, hear_not_hers),
    Policy("referral-hear-counselor", CounselorAssigned, hear_counselor),
)
