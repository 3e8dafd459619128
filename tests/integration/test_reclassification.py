"""What a decision that is made anew, or a link taken back, does to what runs elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.provision import parts_of
from services.intake import commands as intake
from services.intake import policies as intake_policies
from services.intake import views as complaints
from services.intake.domain import Status, Told
from services.referral import commands as referral
from services.referral import policies as referral_policies
from services.referral import views as referrals
from services.referral.domain import NeedIsGone, NotMoot
from services.triage import commands as triage
from shared.clocks.limits import GIVEN
from shared.contracts import Fact
from shared.contracts.counseling import CounselorAssigned
from shared.contracts.triage import (
    CaseClassified,
    CaseReclassified,
    Classification,
    ComplaintTakenUp,
    ComplaintUnlinked,
)
from shared.eventstore import new_id, now_utc
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_store
from shared.messaging import Policy
from shared.messaging.react import handle, heard_by
from shared.privacy import Personal
from tests.conftest import MakeDatabase
from tests.integration.test_policies import MONDAY, REASON, a_cause, a_fact
from tests.services import eventually, in_process
from tests.tokens import Issuer

OUT = Classification(
    vawc=True,
    locus="out",
    locus_code="35.07.22.2008",
    urgency="medium",
    tpks=False,
    route=("refer",),
    needs=("legal",),
)
BATU = OUT.model_copy(update={"locus_code": "35.79.03"})
HERE = OUT.model_copy(update={"locus": "in", "locus_code": "35.73.05", "route": ("follow_up",)})


def anew(first: CaseClassified, before: Classification, after: Classification) -> CaseReclassified:
    """The case of a complaint was decided anew, an hour later than it was before."""
    at = first.classified_at + timedelta(hours=1)
    return CaseReclassified(
        occurred_at=at,
        case_id=first.case_id,
        complaint_id=first.complaint_id,
        registration_no=first.registration_no,
        before=before,
        after=after,
        started=tuple(step for step in after.route if step not in before.route),
        ended=tuple(step for step in before.route if step not in after.route),
        violence=first.violence,
        child=first.child,
        age_band=first.age_band,
        referral_consent=True,
        reason="new_facts",
        classified_at=at,
        rule_version="test",
    )


def unlinked(first: CaseClassified) -> ComplaintUnlinked:
    return ComplaintUnlinked(
        occurred_at=first.classified_at + timedelta(hours=1),
        case_id=first.case_id,
        complaint_id=first.complaint_id,
    )


@dataclass
class Hearing:
    """A service that hears."""

    store: PostgresEventStore
    policies: tuple[Policy, ...]

    async def hear(self, fact: Fact) -> None:
        told = fact.subject("00", str(getattr(fact, "complaint_id", new_id())))
        headers = {"ce-id": str(new_id())}
        body = fact.model_dump_json().encode()
        await handle(told, headers, body, self.store, heard_by(self.policies))

    async def happened(self, name: str) -> int:
        count: int = await self.store.pool.fetchval(
            "select count(*) from es.events where name = $1", name
        )
        return count


@pytest.fixture
async def referring(make_database: MakeDatabase) -> AsyncIterator[Hearing]:
    parts = parts_of("referral")
    url = (await make_database("referral")).url
    async with open_store(url, parts.codec, project=parts.project, keys=MemoryKeys()) as store:
        for region in ("35.07", "35.79"):
            await referral.register_agency(
                store,
                a_cause(),
                agency_id=new_id(),
                name=f"UPTD PPA {region}",
                kind="UPTD_PPA",
                region_code=region,
                serves=(),
                answer_within_hours=24,
            )
        yield Hearing(store, referral_policies.POLICIES)


async def test_what_is_to_be_referred_after_all_is_referred(referring: Hearing) -> None:
    first = a_fact(locus="in", locus_code="35.73.05", route=("follow_up",))
    await referring.hear(first)
    told = anew(first, HERE, OUT)

    await referring.hear(told)
    await referring.hear(told)

    (found,) = await referrals.referrals(referring.store.pool, first.case_id)
    assert (found.region_code, found.moot) == ("35.07", None)
    assert await referring.happened("CaseReferred") == 1


async def test_no_referral_ends_by_itself_but_an_officer_sees_that_it_is_moot(
    referring: Hearing,
) -> None:
    first = a_fact()
    await referring.hear(first)
    told = anew(first, OUT, HERE)

    await referring.hear(told)
    await referring.hear(told)

    pool = referring.store.pool
    (found,) = await referrals.referrals(pool, first.case_id, moot=True)
    assert found.moot == "not_to_be_referred"
    assert await referring.happened("ReferralMoot") == 1
    kept: dict[str, Any] = {"grounds": REASON, "by": "officer", "now": MONDAY}
    await referral.keep_referral(referring.store, a_cause(), found.id, **kept)
    assert await referrals.referrals(pool, None, moot=True) == []
    with pytest.raises(NotMoot):
        await referral.keep_referral(referring.store, a_cause(), found.id, **kept)


async def test_a_moot_referral_to_the_same_agency_is_made_anew(referring: Hearing) -> None:
    first = a_fact()
    await referring.hear(first)
    ended = anew(first, OUT, HERE)
    await referring.hear(ended)

    await referring.hear(anew(first.model_copy(update=vars(ended)), HERE, OUT))

    (found,) = await referrals.referrals(referring.store.pool, first.case_id)
    assert found.moot is None
    assert await referring.happened("CaseReferred") == 2


async def test_another_region_flags_what_runs_and_asks_where_to(referring: Hearing) -> None:
    first = a_fact()
    await referring.hear(first)

    await referring.hear(anew(first, OUT, BATU))

    pool = referring.store.pool
    (found,) = await referrals.referrals(pool, first.case_id)
    (need,) = await referrals.needs(pool)
    (batu,) = [each for each in await referrals.agencies(pool) if each.region_code == "35.79"]
    assert (found.moot, found.region_code) == ("locus_changed", "35.07")
    assert (need.reason, need.candidates) == ("locus_changed", [batu.id])


async def test_an_agency_is_told_that_it_is_more_urgent_and_only_once(referring: Hearing) -> None:
    first = a_fact()
    await referring.hear(first)
    high = OUT.model_copy(update={"urgency": "high"})

    await referring.hear(anew(first, OUT, high))
    later = first.model_copy(update={"classified_at": MONDAY + timedelta(hours=5)})
    await referring.hear(anew(later, high, high))

    (found,) = await referrals.referrals(referring.store.pool, first.case_id)
    assert (found.urgency, found.moot) == ("high", None)
    assert await referring.happened("CaseReferred") == 2


async def test_what_waited_for_an_officer_does_not_wait_when_it_is_not_to_be_referred(
    referring: Hearing,
) -> None:
    first = a_fact(referral_consent=False)
    await referring.hear(first)
    (need,) = await referrals.needs(referring.store.pool)

    await referring.hear(anew(first, OUT, HERE))

    assert await referrals.needs(referring.store.pool) == []
    (agency, _) = await referrals.agencies(referring.store.pool)
    with pytest.raises(NeedIsGone):
        await referral.make_referral(
            referring.store,
            a_cause(),
            need_id=need.id,
            agency_id=agency.id,
            purpose="locus",
            basis=REASON,
            now=MONDAY,
        )


async def test_news_of_before_the_last_decision_changes_nothing(referring: Hearing) -> None:
    first = a_fact()
    await referring.hear(first)
    newer = first.model_copy(update={"classified_at": MONDAY + timedelta(hours=3)})
    await referring.hear(anew(newer, OUT, HERE))

    await referring.hear(anew(first, OUT, BATU))
    await referring.hear(a_fact(case_id=first.case_id))  # a further complaint, heard late

    assert await referrals.needs(referring.store.pool) == []
    (found,) = await referrals.referrals(referring.store.pool, first.case_id)
    assert found.moot == "not_to_be_referred"
    assert await referring.happened("CaseReferred") == 1


async def test_what_was_referred_after_the_decision_is_not_questioned_by_it(
    referring: Hearing,
) -> None:
    """A further complaint is on another partition: it can be heard before."""
    first = a_fact()
    second = a_fact(case_id=first.case_id, classified_at=MONDAY + timedelta(hours=2))
    await referring.hear(second)

    await referring.hear(anew(first, OUT, HERE))

    (found,) = await referrals.referrals(referring.store.pool, first.case_id)
    assert found.moot is None


async def test_a_referral_made_only_for_an_unlinked_complaint_is_moot(referring: Hearing) -> None:
    first = a_fact()
    second = a_fact(case_id=first.case_id)
    await referring.hear(first)
    await referring.hear(second)
    pool = referring.store.pool

    await referring.hear(unlinked(second))
    await referring.hear(unlinked(second))
    (found,) = await referrals.referrals(pool, first.case_id)
    assert found.moot is None
    await referring.hear(unlinked(first))

    (found,) = await referrals.referrals(pool, first.case_id)
    assert found.moot == "unlinked"
    assert await referring.happened("ComplaintTakenOut") == 2


# What people are told


@pytest.fixture
async def listening(make_database: MakeDatabase) -> AsyncIterator[Hearing]:
    parts = parts_of("intake")
    url = (await make_database("intake")).url
    async with open_store(url, parts.codec, project=parts.project, keys=MemoryKeys()) as store:
        yield Hearing(store, intake_policies.POLICIES)


async def received(listening: Hearing, **more: Any) -> CaseClassified:
    """A complaint, and what triage tells of it."""
    told = Told(reporter_role="victim", narrative=Personal("…"), in_danger=False)
    complaint, _ = await intake.receive_complaint(
        listening.store,
        a_cause(),
        number=int(more.pop("number", 1)),
        channel="walk_in",
        sub_channel=None,
        told=told,
        now=MONDAY,
    )
    return a_fact(complaint_id=complaint.id, **more)


async def status(listening: Hearing, fact: CaseClassified) -> tuple[Status, UUID | None]:
    found = await complaints.complaint(listening.store.pool, fact.complaint_id)
    return found.status, found.case_id


def assigned(first: CaseClassified, hours: float) -> CounselorAssigned:
    return CounselorAssigned(
        occurred_at=MONDAY + timedelta(hours=hours),
        case_id=first.case_id,
        complaint_id=first.complaint_id,
        counselor_id=new_id(),
        reasons=(),
    )


async def test_how_far_it_is_goes_back_when_the_case_is_decided_anew(listening: Hearing) -> None:
    first = await received(listening, route=("follow_up",), locus="in")
    await listening.hear(first)
    await listening.hear(assigned(first, 0.5))
    told = anew(first, HERE, OUT)

    await listening.hear(told)
    await listening.hear(told)
    await listening.hear(assigned(first, 0.9))  # heard late: it is of before

    assert await status(listening, first) == (Status.TO_BE_REFERRED, first.case_id)
    assert await listening.happened("ComplaintReconsidered") == 1


async def test_what_still_holds_stays_as_far_as_it_is(listening: Hearing) -> None:
    first = await received(listening, route=("follow_up",), locus="in")
    await listening.hear(first)
    await listening.hear(assigned(first, 0.5))
    high = HERE.model_copy(update={"urgency": "high"})

    await listening.hear(anew(first, HERE, high))

    assert await status(listening, first) == (Status.COUNSELOR_ASSIGNED, first.case_id)


async def test_a_decision_that_is_older_than_the_last_changes_nothing(listening: Hearing) -> None:
    first = await received(listening)
    await listening.hear(first)
    newer = first.model_copy(update={"classified_at": MONDAY + timedelta(hours=3)})
    await listening.hear(anew(newer, OUT, HERE))

    await listening.hear(anew(first, HERE, OUT))
    second = await received(
        listening, number=2, case_id=first.case_id, case_kind="existing", subkind="follow_up"
    )
    await listening.hear(second)  # decided an hour before its case was decided anew

    assert await status(listening, first) == (Status.FOLLOWED_UP, first.case_id)
    assert await status(listening, second) == (Status.FOLLOWED_UP, first.case_id)


async def test_an_unlinked_complaint_is_looked_at_again(listening: Hearing) -> None:
    first = await received(listening, case_kind="existing", subkind="follow_up")
    taken = ComplaintTakenUp(
        occurred_at=MONDAY, complaint_id=first.complaint_id, officer_id="o", taken_at=MONDAY
    )
    await listening.hear(taken)
    await listening.hear(first)

    await listening.hear(unlinked(first))
    await listening.hear(unlinked(first))
    await listening.hear(assigned(first, 0.5))  # of the case it was taken for

    assert await status(listening, first) == (Status.RECEIVED, None)
    again = {"case_id": new_id(), "classified_at": MONDAY + timedelta(hours=2)}
    await listening.hear(first.model_copy(update=again))
    assert await status(listening, first) == (Status.TO_BE_REFERRED, again["case_id"])


# A limit that passes while nobody is there


async def test_a_limit_that_passed_while_the_service_was_down_is_told_when_it_was(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    database = await make_database("triage")
    parts, received_at = parts_of("triage"), now_utc() - timedelta(days=10)
    async with open_store(
        database.url, parts.codec, project=parts.project, keys=MemoryKeys()
    ) as store:
        await triage.queue_complaint(
            store,
            a_cause(),
            complaint_id=new_id(),
            registration_no="PPA-2026-000001",
            channel="online",
            reporter_role="victim",
            in_danger=False,
            locus_code=None,
            received_at=received_at,
        )
    connection = await asyncpg.connect(database.admin_url)

    nowhere = "nats://127.0.0.1:1"  # the limit is watched without it
    async with in_process("triage", database=database.url, nats=nowhere, issuer=issuer.url):
        due = await eventually(
            lambda: connection.fetchval(
                "select body->'data'->>'due_at' from es.events where name = 'ClockBreached'"
            ),
            bool,
        )

    await connection.close()
    limit = GIVEN["first_response"].due_at(received_at)
    assert due.replace("Z", "+00:00") == limit.isoformat()
