"""What the services do unasked, on real PostgreSQL: further complaints, races, and late news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from deploy.provision import parts_of
from services.counseling import commands as counseling
from services.counseling import views as roster
from services.counseling.policies import assign_classified_case
from services.referral import commands as referral
from services.referral import views as referrals
from services.referral.policies import refer_classified_case
from shared.contracts.triage import CaseClassified
from shared.eventstore import Cause, new_id
from shared.eventstore.log import RestoredElsewhere, check_order
from shared.eventstore.memory import MemoryKeys
from shared.eventstore.postgres import PostgresEventStore, open_store
from shared.messaging import Policy
from shared.messaging.react import handle, heard_by
from shared.privacy import Personal
from tests.conftest import MakeDatabase

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REASON = Personal("Korban setuju.")


def a_cause(**more: Any) -> Cause:
    cause = Cause(handler="test", message_id=str(new_id()), correlation_id=new_id(), actor="test")
    return replace(cause, **more)


def a_fact(**more: Any) -> CaseClassified:
    fact = CaseClassified(
        occurred_at=MONDAY,
        case_id=new_id(),
        complaint_id=new_id(),
        registration_no="PPA-2026-000001",
        case_kind="new",
        vawc=True,
        locus="out",
        locus_code="35.07.22.2008",
        urgency="medium",
        violence=("PHYSICAL",),
        tpks=False,
        child=False,
        route=("refer",),
        needs=("legal",),
        referral_consent=True,
        classified_at=MONDAY,
        rule_version="test",
    )
    return fact.model_copy(update=more)


async def hear(store: PostgresEventStore, policy: Policy, fact: CaseClassified) -> None:
    await handle(
        fact.subject("00", str(fact.complaint_id)),
        {"ce-id": str(new_id())},
        fact.model_dump_json().encode(),
        store,
        heard_by([policy]),
    )


@pytest.fixture
async def referring(make_database: MakeDatabase) -> AsyncIterator[PostgresEventStore]:
    parts = parts_of("referral")
    url = (await make_database("referral")).url
    async with open_store(url, parts.codec, project=parts.project, keys=MemoryKeys()) as store:
        await referral.register_agency(
            store,
            a_cause(),
            agency_id=new_id(),
            name="UPTD PPA",
            kind="UPTD_PPA",
            region_code="35.07",
            serves=(),
            answer_within_hours=24,
        )
        yield store


REFER = Policy("referral-refer-classified-case", CaseClassified, refer_classified_case)
ASSIGN = Policy("counseling-assign-classified-case", CaseClassified, assign_classified_case)


async def test_a_further_complaint_about_a_referred_case_is_referred_too(
    referring: PostgresEventStore,
) -> None:
    first = a_fact()
    second = a_fact(case_id=first.case_id)

    await hear(referring, REFER, first)
    await hear(referring, REFER, second)

    (found,) = await referrals.referrals(referring.pool, first.case_id, 10)
    told = await referring.pool.fetchval(
        "select count(*) from es.events where name = 'CaseReferred'"
    )
    assert (found.complaint_id, told) == (second.complaint_id, 2)


async def test_each_complaint_that_needs_a_decision_waits_for_one(
    referring: PostgresEventStore,
) -> None:
    first = a_fact(referral_consent=False)
    second = a_fact(case_id=first.case_id, referral_consent=False)
    await hear(referring, REFER, first)
    await hear(referring, REFER, second)
    needs = await referrals.needs(referring.pool)
    (agency,) = await referrals.agencies(referring.pool)

    for need in needs:
        await referral.make_referral(
            referring,
            a_cause(),
            need_id=need.id,
            agency_id=agency.id,
            purpose="locus",
            basis=REASON,
            now=MONDAY,
        )

    assert len(needs) == 2
    assert await referrals.needs(referring.pool) == []
    (found,) = await referrals.referrals(referring.pool, first.case_id, 10)
    assert found.agency_id == agency.id


@pytest.fixture
async def helping(make_database: MakeDatabase) -> AsyncIterator[PostgresEventStore]:
    parts = parts_of("counseling")
    url = (await make_database("counseling")).url
    async with open_store(url, parts.codec, project=parts.project, keys=MemoryKeys()) as store:
        for _ in range(3):
            await counseling.register_counselor(
                store,
                a_cause(),
                counselor_id=new_id(),
                skills=("legal",),
                sex="P",
                capacity=2,
                is_coordinator=False,
                now=MONDAY,
            )
        yield store


async def test_however_many_cases_come_at_once_nobody_gets_more_than_she_can_bear(
    helping: PostgresEventStore,
) -> None:
    facts = [a_fact(route=("follow_up",)) for _ in range(12)]

    await asyncio.gather(*(hear(helping, ASSIGN, fact) for fact in facts))

    loads = [counselor.load for counselor in await roster.counselors(helping.pool)]
    waiting = await roster.casework(helping.pool, None, "unassigned", 100, on=MONDAY.date())
    assert loads == [2, 2, 2]
    assert len(waiting) == 6


async def test_a_further_complaint_raises_what_is_needed_and_how_soon(
    helping: PostgresEventStore,
) -> None:
    first = a_fact(route=("follow_up",), urgency="low", needs=("sign_language",))
    second = a_fact(route=("follow_up",), urgency="high", needs=("legal",), case_id=first.case_id)

    await hear(helping, ASSIGN, first)
    await hear(helping, ASSIGN, second)

    (work,) = await roster.casework(helping.pool, first.case_id, None, 1, on=MONDAY.date())
    assert (work.urgency, work.needs) == ("high", ["sign_language", "legal"])


async def test_events_restored_from_another_cluster_are_noticed(
    make_database: MakeDatabase,
) -> None:
    database = await make_database("triage")
    connection = await asyncpg.connect(database.admin_url)
    await check_order(connection)

    await connection.execute("update es.sequencer set tx_id = '9000000000'")

    with pytest.raises(RestoredElsewhere):
        await check_order(connection)
    await connection.close()
