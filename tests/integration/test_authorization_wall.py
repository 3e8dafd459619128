"""The second wall alone: what PostgreSQL shows to whom when nobody asks ``may``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.counseling import views as counseling
from services.intake import views as intake
from services.intake.rights.commands import PROMISE
from services.referral import views as referral
from services.triage import views as triage
from services.triage.trust import commands as trust
from shared.access import PUBLIC, Subject
from shared.access.rule import ROLES
from shared.access.standing import standing_of
from shared.access.wall import Reader
from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN
from shared.eventstore import new_id, now_utc
from shared.privacy import Personal
from shared.problems import Missing
from shared.web import clocks
from tests import cases
from tests.cases import AGENCIES, FOREIGN, MONDAY, YOURS, Told, a_cause
from tests.complaints import KNOWN
from tests.conftest import MakeDatabase
from tests.services import in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
WHY = Personal("Korban menelepon, konselornya tidak dapat dihubungi.")


def first(role: str) -> Subject:
    agency = str(AGENCIES[0]) if role == "agency" else None
    return Subject(staff_id(role), frozenset({role}), agency)


def reader(app: FastAPI, role: str) -> Reader:
    return Reader(app.state.store.pool, first(role))


@asynccontextmanager
async def running(
    name: str, make_database: MakeDatabase, issuer: Issuer, **told: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    database = (await make_database(name)).url
    async with in_process(
        name, database=database, nats=NOWHERE, issuer=issuer.url, **told
    ) as service:
        yield service


async def who_sees_each(app: FastAPI, table: str) -> dict[str, int]:
    """How many rows of a table each role sees, of two of which one is its own."""
    return {role: len(await reader(app, role).fetch(f"select from {table}")) for role in ROLES}


async def test_a_complaint_is_there_for_the_desk_and_for_her_counselor(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> None:
    async with running("intake", make_database, issuer, pepper=pepper) as (client, app):
        yours = await cases.complaint(client, app, issuer, YOURS)
        foreign = await cases.complaint(client, app, issuer, FOREIGN)

        assert await who_sees_each(app, "complaints") == seen(
            operator=2, identification_officer=2, supervisor=2, counselor=1
        )
        counselor = reader(app, "counselor")
        assert (await intake.complaint(counselor, yours.complaint_id)).case_id == yours.case_id
        with pytest.raises(Missing):
            await intake.complaint(counselor, foreign.complaint_id)
        assert await Reader(app.state.store.pool, PUBLIC).fetch("select from complaints") == []


async def test_a_case_is_there_for_triage_and_for_its_counselor(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("triage", make_database, issuer) as (client, app):
        yours = await cases.case(client, app, issuer, YOURS)
        foreign = await cases.case(client, app, issuer, FOREIGN)

        desk = {"identification_officer": 2, "supervisor": 2}
        assert await who_sees_each(app, "cases") == seen(**desk, counselor=1)
        assert await who_sees_each(app, "identifications") == seen(**desk)
        counselor = reader(app, "counselor")
        assert (await triage.case(counselor, yours.case_id)).id == yours.case_id
        with pytest.raises(Missing):
            await triage.case(counselor, foreign.case_id)


async def test_the_time_limits_of_a_case_are_there_for_its_counselor_in_every_service(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> None:
    for service in ("intake", "triage", "referral", "counseling"):
        told: dict[str, Any] = {"pepper": pepper} if service == "intake" else {}
        async with running(service, make_database, issuer, **told) as (client, app):
            yours, foreign, late = await two_cases(service, client, app, issuer)
            for case_id in (yours, foreign, late):
                clock = Clock.start(GIVEN["response_low"], case_id, now_utc(), case_id=case_id)
                await app.state.store.save(clock, cause=a_cause(case_id))
            standing = await standing_of(app.state.store, late)
            standing.declare_conflict(staff_id("counselor"), WHY, now_utc())
            await app.state.store.save(standing, cause=a_cause(late))

            rows = await reader(app, "counselor").fetch("select case_id from clocks")
            headers = issuer.headers("counselor")
            listed = (await client.get("/clocks?status=all", headers=headers)).json()
            others = await client.get(f"/clocks?case_id={foreign}", headers=headers)

        assert {row["case_id"] for row in rows} == {yours}, service
        assert {each["case_id"] for each in listed} == {str(yours)}, service
        assert others.json() == []


@pytest.mark.parametrize("service", ["intake", "triage", "referral", "counseling"])
async def test_time_limits_are_not_there_for_her_counselor_who_is_related_to_their_complaint(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path, service: str
) -> None:
    told: dict[str, Any] = {"pepper": pepper} if service == "intake" else {}
    async with running(service, make_database, issuer, **told) as (client, app):
        yours, _, _ = await two_cases(service, client, app, issuer)
        store, complaint = app.state.store, new_id()
        clock = Clock.start(
            *(GIVEN["response_low"], yours, now_utc()), case_id=yours, complaint_id=complaint
        )
        await store.save(clock, cause=a_cause(yours))
        counselor = reader(app, "counselor")
        before = await counselor.fetch("select from clocks where id = $1", clock.id)
        standing = await standing_of(store, complaint)
        standing.declare_conflict(staff_id("counselor"), WHY, now_utc())
        await store.save(standing, cause=a_cause(complaint))

        after = await counselor.fetch("select from clocks where id = $1", clock.id)

    assert (len(before), after) == (1, [])


async def test_of_every_time_limit_it_is_said_whether_counselors_are_told(
    make_database: MakeDatabase,
) -> None:
    connection = await asyncpg.connect((await make_database("triage")).url)
    rows = await connection.fetch(
        "select rule from unnest($1::text[]) rule where not views.is_told_to_counselors(rule)",
        [*GIVEN, PROMISE, "some_new_rule"],
    )
    await connection.close()
    assert [row["rule"] for row in rows] == ["glass_review", "some_new_rule"]


async def test_her_counselor_is_not_told_that_somebody_broke_the_glass(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    """It may be because of her; and whoever broke it learns of nobody else who did."""
    async with running("triage", make_database, issuer) as (client, app):
        told = await cases.case(client, app, issuer, YOURS)
        another = issuer.headers("counselor", nth=FOREIGN)
        reason = {"reason": "Ada dugaan pendamping menyalahgunakan kasus ini."}
        at, shown = f"/cases/{told.case_id}", {}
        for who in (another, issuer.headers("supervisor", nth=3)):
            done = await client.post(f"{at}/break-glass", json=reason, headers=who)
            assert done.status_code == 201, done.text

        supervisor = issuer.headers("supervisor")
        for name, who in (
            *(("hers", issuer.headers("counselor")), ("another's", another)),
            ("a supervisor's", supervisor),
        ):
            listed = (await client.get("/clocks?status=all", headers=who)).json()
            shown[name] = [each["rule"] for each in listed]
        behind = {
            role: await reader(app, role).fetch("select rule from clocks where rule ~ 'glass'")
            for role in ("counselor", "supervisor")
        }
        everything = app.state.store.pool
        first_wall = [
            (await clocks.clock(everything, row["id"])).resource()
            for row in await everything.fetch("select id from clocks where rule = 'glass_review'")
        ]

    assert "response_medium" in shown["hers"]
    assert "response_medium" in shown["another's"]
    assert "glass_review" not in {*shown["hers"], *shown["another's"]}
    assert shown["a supervisor's"].count("glass_review") == 2
    assert (behind["counselor"], len(behind["supervisor"])) == ([], 2)
    assert {(each.counselor_id, each.broken_by) for each in first_wall} == {(None, frozenset())}


async def two_cases(
    service: str, client: httpx.AsyncClient, app: FastAPI, issuer: Issuer
) -> tuple[UUID, UUID, UUID]:
    """A case of the first counselor, one of the second, and one that the first is related to."""

    async def case(nth: int) -> UUID:
        if service == "triage":
            return (await cases.case(client, app, issuer, nth)).case_id
        if service == "counseling":
            return (await cases.casework(client, app, issuer, nth)).case_id
        id = new_id()
        await cases.counsel(app.state.store, id, nth)
        return id

    return await case(YOURS), await case(FOREIGN), await case(YOURS)


async def test_casework_is_there_for_its_counselor(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("counseling", make_database, issuer) as (client, app):
        yours = await cases.casework(client, app, issuer, YOURS)
        await cases.casework(client, app, issuer, FOREIGN)

        assert await who_sees_each(app, "casework") == seen(
            identification_officer=2, supervisor=2, counselor=1
        )
        (found,) = await counseling.casework(
            reader(app, "counselor"), None, None, 100, on=MONDAY.date()
        )
        assert found.case_id == yours.case_id


async def test_what_was_done_about_an_old_case_is_there_for_who_looks_into_it(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("counseling", make_database, issuer) as (client, app):
        await cases.casework(client, app, issuer, YOURS)
        foreign = await cases.casework(client, app, issuer, FOREIGN)

        each = {"identification_officer": 1, "supervisor": 2, "counselor": 1}
        assert await who_sees_each(app, "retrievals") == seen(**each)
        assert await who_sees_each(app, "records") == seen(identification_officer=1, supervisor=2)
        assert await who_sees_each(app, "complaints") == seen(
            **each | {"identification_officer": 2}
        )
        assert await who_sees_each(app, "contacts") == seen()

        store = app.state.store
        standing = await standing_of(store, foreign.case_id)
        standing.grant_record(staff_id("identification_officer"), now_utc() + timedelta(hours=1))
        await store.save(standing, cause=a_cause(foreign.case_id))
        officer = reader(app, "identification_officer")
        assert len(await officer.fetch("select from retrievals")) == 2
        standing = await standing_of(store, foreign.case_id)
        standing.declare_conflict(staff_id("identification_officer"), WHY, now_utc())
        await store.save(standing, cause=a_cause(foreign.case_id))
        assert len(await officer.fetch("select from retrievals")) == 1


async def test_a_referral_is_there_for_its_agency_and_its_counselor(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("referral", make_database, issuer) as (_, app):
        await cases.agencies(app)
        yours = await cases.referred(app, YOURS)
        foreign = await cases.referred(app, FOREIGN)
        await cases.referred(app, YOURS, consent=False)

        desk = {"referral_officer": 2, "supervisor": 2}
        assert await who_sees_each(app, "referrals") == seen(**desk, counselor=1, agency=1)
        one_need = dict.fromkeys(desk, 1)
        assert await who_sees_each(app, "needs") == seen(**one_need)
        agency = reader(app, "agency")
        assert len(await referral.disclosed(agency, str(AGENCIES[0]), 100)) == 1
        assert await referral.disclosed(agency, str(AGENCIES[1]), 100) == []
        assert await referral.referrals(agency, foreign.case_id, 100) == []
        assert await referral.referrals(agency, yours.case_id, 100) != []


async def test_an_agency_is_told_what_is_disclosed_and_under_a_name_of_its_own(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("referral", make_database, issuer) as (client, app):
        await cases.agencies(app)
        told = await cases.referred(app, YOURS)
        token = issuer.token("agency", agency=str(AGENCIES[0]))

        answer = await client.get("/agency/referrals", headers={"Authorization": f"Bearer {token}"})

        (row,) = answer.json()
        assert set(row) == {
            *("ref", "region_code", "urgency", "purpose", "violence", "age_band"),
            *("referred_at", "respond_by"),
        }
        (ours,) = await referral.referrals(app.state.store.pool, told.case_id, 1)
        for id in (told.case_id, told.complaint_id, ours.id, ours.agency_id):
            assert str(id) not in answer.text


async def test_whoever_is_related_to_a_party_finds_nothing_of_the_case(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("triage", make_database, issuer) as (client, app):
        told = await cases.case(client, app, issuer, YOURS)
        for role in ROLES:
            await related(app, told, staff_id(role))
        await broken(app, told, staff_id("counselor"))

        assert await who_sees_each(app, "cases") == seen()
        assert await who_sees_each(app, "identifications") == seen()
        assert await who_sees_each(app, "glass") == seen(counselor=1)  # her own, and no case


async def test_whoever_is_related_to_a_party_cannot_add_a_complaint_to_the_case(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("triage", make_database, issuer) as (client, app):
        told, another = await cases.case(client, app, issuer, FOREIGN), new_id()
        await related(app, told, staff_id("identification_officer"))
        await cases.queued(app, another)
        officer = issuer.headers("identification_officer")
        await client.post(f"/identifications/{another}/take", headers=officer)
        link = KNOWN | {"case_id": str(told.case_id), "subkind": "follow_up"}

        answer = await client.post(f"/identifications/{another}/case", json=link, headers=officer)

        assert answer.status_code == 404


async def test_a_broken_glass_shows_one_case_to_one_person_until_it_ends(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    async with running("triage", make_database, issuer) as (client, app):
        told = await cases.case(client, app, issuer, FOREIGN)
        await cases.case(client, app, issuer, FOREIGN)
        await broken(app, told, staff_id("counselor"))
        counselor = reader(app, "counselor")

        (during,) = await counselor.fetch("select id from cases")
        await app.state.store.pool.execute("update glass set until = now()")
        after = await counselor.fetch("select id from cases")

        assert (during["id"], after) == (told.case_id, [])


async def test_who_does_not_say_who_asks_sees_nothing(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    database = await make_database("triage")
    async with in_process("triage", database=database.url, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        await cases.case(client, app, issuer, YOURS)
        connection = await asyncpg.connect(database.url)
        counted = await connection.fetchval("select count(*) from views.cases")
        await connection.close()
        mine = await app.state.store.pool.fetchval("select count(*) from cases")

    assert (counted, mine) == (0, 1)


async def test_a_connection_forgets_who_asked(make_database: MakeDatabase, issuer: Issuer) -> None:
    async with running("triage", make_database, issuer) as (client, app):
        await cases.case(client, app, issuer, YOURS)
        pool = app.state.store.pool

        for _ in range(20):  # more than there are connections
            await reader(app, "agency").fetch("select from cases")
            assert len(await pool.fetch("select from cases")) == 1


async def test_every_view_that_names_a_case_or_complaint_has_its_wall(
    make_database: MakeDatabase,
) -> None:
    for service in ("intake", "triage", "referral", "counseling"):
        connection = await asyncpg.connect((await make_database(service)).admin_url)
        open_to_all = await connection.fetch(
            "select distinct c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'views'::regnamespace and c.relkind = 'r'"
            " and a.attname in ('case_id', 'complaint_id', 'registration_no')"
            " and not c.relrowsecurity"
        )
        await connection.close()
        assert open_to_all == []


def seen(**some: int) -> dict[str, int]:
    return dict.fromkeys(ROLES, 0) | some


async def related(app: FastAPI, told: Told, staff: str) -> None:
    await trust.declare_conflict(
        app.state.store,
        a_cause(told.case_id),
        told.case_id,
        staff_id=staff,
        grounds=WHY,
        now=now_utc(),
    )


async def broken(app: FastAPI, told: Told, staff: str) -> None:
    store = app.state.store
    standing = await standing_of(store, told.case_id)
    standing.break_glass(new_id(), staff, WHY, now_utc())
    await store.save(standing, cause=a_cause(told.case_id))
