"""What referral does, unasked, when something happens elsewhere."""

from __future__ import annotations

from services.referral import commands, views
from services.referral.domain import CaseCard
from shared.contracts.triage import CaseClassified
from shared.eventstore import Cause
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


POLICIES = (Policy("referral-refer-classified-case", CaseClassified, refer_classified_case),)
