"""What referral can be asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.referral.domain import (
    Agency,
    AgencyCard,
    CaseCard,
    CaseNews,
    Referral,
    ReferralNeed,
    recipients,
    undecided,
)
from services.referral.times import timed
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
    """Refer a case where exactly one agency fits; otherwise let an officer decide.

    News that comes late, when the case was decided anew and is not referred, changes nothing.
    """
    news = await _news(store, case.case_id)
    if case.decided_at and news and news.overtakes(case.decided_at):
        await store.save(cause=cause)
        return
    found = recipients(case, agencies)
    made = await _referred_or_asked(store, cause, case, found, now)
    await store.save(made, *await timed(store, [made], now), cause=cause)


async def follow_reclassification(
    store: EventStore,
    cause: Cause,
    case: CaseCard,
    *,
    refers: bool,
    begins: bool,
    moved: bool,
    agencies: Sequence[AgencyCard],
    referral_ids: Sequence[UUID],
    need_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Bring what runs in line with a case that was decided anew. No referral ends by itself.

    ``begins`` and ``moved`` say that it is to be referred now and was not, and that its region is
    another. What was made for a reason that is no more is questioned, and an officer decides.
    """
    news = await _news(store, case.case_id) or CaseNews(case_id=case.case_id)
    if case.decided_at is None or not news.hear(refers, case.decided_at):
        await store.save(cause=cause)
        return
    referrals = [await store.load(Referral, id) for id in referral_ids]
    needs = [await store.load(ReferralNeed, id) for id in need_ids]
    made_before = [r for r in referrals if r.purpose == "locus" and _is_older(r.case, case)]
    asked_before = [n for n in needs if _is_older(n.case, case)]
    for need in asked_before:
        need.drop("decided_anew")
    found = recipients(case, agencies)
    fitting = {agency.agency_id for agency in found}
    new: list[Referral | ReferralNeed] = []
    if not refers:
        for referral in made_before:
            referral.question("not_to_be_referred", now)
    elif begins:
        new.append(await _referred_or_asked(store, cause, case, found, now))
    else:
        for referral in made_before:
            if moved and referral.agency_id not in fitting:
                referral.question("locus_changed", now)
            else:
                referral.update(case, cause.actor, now)
        goes_nowhere = all(r.agency_id not in fitting for r in made_before)
        if asked_before or (moved and goes_nowhere):
            reason = "locus_changed" if moved else asked_before[0].reason
            new.append(_need(case, reason, found, now))
    replaced = {each.id for each in new}
    kept = [each for each in referrals if each.id not in replaced]
    clocks = await timed(store, [*kept, *new], now)
    await store.save(news, *kept, *needs, *new, *clocks, cause=cause)


async def take_complaint_out(
    store: EventStore,
    cause: Cause,
    *,
    complaint_id: UUID,
    referral_ids: Sequence[UUID],
    need_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Note that a complaint is not about this case: what was made for it alone is questioned."""
    referrals = [await store.load(Referral, id) for id in referral_ids]
    needs = [await store.load(ReferralNeed, id) for id in need_ids]
    for referral in referrals:
        referral.take_out(complaint_id, now)
    for need in needs:
        if need.case.complaint_id == complaint_id:
            need.drop("unlinked")
    clocks = await timed(store, referrals, now)
    await store.save(*referrals, *needs, *clocks, cause=cause)


async def keep_referral(
    store: EventStore, cause: Cause, id: UUID, *, grounds: Personal, by: str, now: datetime
) -> None:
    """Let a referral go on though what it was made for has changed."""
    await store.once(cause)
    referral = await store.load(Referral, id)
    referral.keep(grounds, by, now)
    clocks = await timed(store, [referral], now)
    await store.save(referral, *clocks, cause=cause.about(referral.journey))


async def note_answer(
    store: EventStore,
    cause: Cause,
    id: UUID,
    *,
    declined: str | None,
    medium: str,
    answered_at: datetime,
    by: str,
    now: datetime,
) -> None:
    """Note what an agency answered; ``declined`` says why, if it does not take the case over.

    Then an officer decides where else it goes.
    """
    await store.once(cause)
    referral = await store.load(Referral, id)
    needs: list[ReferralNeed] = []
    if declined is None:
        referral.accept(medium, by, answered_at)
    elif referral.decline(declined, medium, by, answered_at) and referral.case:
        elsewhere = replace(referral.case, decided_at=now, anew=True)
        needs.append(_need(elsewhere, "declined", (), now))
    clocks = await timed(store, [referral], answered_at)
    await store.save(referral, *needs, *clocks, cause=cause.about(referral.journey))


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
    clocks = await timed(store, [referral], now)
    await store.save(referral, need, *clocks, cause=cause.about(need.case.complaint_id))


async def _referred_or_asked(
    store: EventStore, cause: Cause, case: CaseCard, found: Sequence[AgencyCard], now: datetime
) -> Referral | ReferralNeed:
    """Return the referral that a rule can make, else the need that an officer decides."""
    if reason := undecided(case, found):
        return _need(case, reason, found, now)
    referral = await _referral(store, case, found[0])
    referral.refer(case, found[0], purpose="locus", basis=None, decided_by=cause.actor, now=now)
    return referral


def _need(case: CaseCard, reason: str, found: Sequence[AgencyCard], now: datetime) -> ReferralNeed:
    candidates = tuple(agency.agency_id for agency in found)
    return ReferralNeed(case=case, reason=reason, candidates=candidates, needed_at=now)


def _is_older(known: CaseCard | None, case: CaseCard) -> bool:
    """Say whether a card is of before this decision; what came after it rests on another."""
    at = known.decided_at if known else None
    return at is None or case.decided_at is None or at < case.decided_at


async def _news(store: EventStore, case_id: UUID) -> CaseNews | None:
    try:
        return await store.load(CaseNews, CaseNews.create_id(case_id))
    except Missing:
        return None


async def _referral(store: EventStore, case: CaseCard, agency: AgencyCard) -> Referral:
    """Return the referral of a case to an agency: there may be one already."""
    try:
        id = Referral.create_id(case.case_id, agency.agency_id)
        return await store.load(Referral, id)
    except Missing:
        return Referral(case_id=case.case_id, agency_id=agency.agency_id)
