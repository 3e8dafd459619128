"""What referral does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.referral import commands, views
from services.referral.domain import CaseCard
from shared.access.hearing import (
    hear_broken_glass,
    hear_conflict,
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_legal_hold_lifted,
    hear_legal_hold_placed,
    hear_person_erased,
)
from shared.access.standing import standing_of
from shared.contracts.counseling import CounselorAssigned
from shared.contracts.triage import (
    CaseClassified,
    ConflictDeclared,
    ErasureRequested,
    ErasureWithdrawn,
    GlassBroken,
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
    )
    await commands.refer_or_ask(
        store,
        cause,
        case,
        agencies=await views.agency_cards(store.pool),
        now=cause.at,
    )


async def hear_counselor(store: EventStore, cause: Cause, fact: CounselorAssigned) -> None:
    """Whenever a counselor is assigned, note it: the referrals of her cases are hers to see."""
    standing = await standing_of(store, fact.case_id)
    standing.hear_counselor(fact.counselor_id)
    await store.save(standing, cause=cause)


POLICIES = (
    Policy("referral-hear-erasure-requested", ErasureRequested, hear_erasure_requested),
    Policy("referral-hear-erasure-withdrawn", ErasureWithdrawn, hear_erasure_withdrawn),
    Policy("referral-hear-legal-hold-placed", LegalHoldPlaced, hear_legal_hold_placed),
    Policy("referral-hear-legal-hold-lifted", LegalHoldLifted, hear_legal_hold_lifted),
    Policy("referral-hear-person-erased", PersonErased, hear_person_erased),
    Policy("referral-refer-classified-case", CaseClassified, refer_classified_case),
    Policy("referral-hear-conflict", ConflictDeclared, hear_conflict),
    Policy("referral-hear-broken-glass", GlassBroken, hear_broken_glass),
    Policy("referral-hear-counselor", CounselorAssigned, hear_counselor),
)
