"""Forgetting somebody, on real servers: closed at once, destroyed a day later, for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from deploy.keys import keys_beside
from deploy.provision import parts_of
from services.triage.domain import HasForm, Person, Reach
from services.triage.persons import commands
from services.triage.persons.clock import erase_due
from shared.contracts import person_of
from shared.eventstore import NOWHERE, Cause, new_id, now_utc
from shared.eventstore.rebuild import rebuild
from shared.privacy.keyring import Keyring
from tests.complaints import FOLLOW_UP, FORM, KNOWN, WALK_IN
from tests.conftest import Database, MakeDatabase
from tests.files import a_picture
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

READING = {"purpose": "supervision"}


@dataclass
class Office:
    """Intake and triage as they run, and a complaint that has become a case."""

    clients: dict[str, httpx.AsyncClient]
    apps: dict[str, FastAPI]
    databases: dict[str, Database]
    issuer: Issuer
    complaint_id: UUID = NOWHERE
    case_id: UUID = NOWHERE

    async def ask(self, who: str, service: str, method: str, path: str, body: Any = None) -> Any:
        return await self.clients[service].request(
            method, path, json=body, headers=self.issuer.headers(who)
        )

    async def read(self, service: str) -> httpx.Response:
        at = (
            f"/complaints/{self.complaint_id}/personal"
            if service == "intake"
            else f"/cases/{self.case_id}/personal"
        )
        answer: httpx.Response = await self.ask("supervisor", service, "POST", at, READING)
        return answer


@pytest.fixture
async def office(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        found = Office({}, {}, {}, issuer)
        for service in ("intake", "triage", "referral", "counseling"):
            told: dict[str, Any] = {"pepper": pepper} if service == "intake" else {}
            database = found.databases[service] = await make_database(service)
            found.clients[service], found.apps[service] = await stack.enter_async_context(
                in_process(
                    service, database=database.url, nats=empty_nats, issuer=issuer.url, **told
                )
            )
        yield await with_a_case(found)


async def with_a_case(office: Office) -> Office:
    officer = "identification_officer"
    told = (await office.ask("operator", "intake", "POST", "/complaints", WALK_IN)).json()
    at = f"/identifications/{told['complaint_id']}"
    await eventually(
        lambda: office.ask(officer, "triage", "GET", at), lambda answer: answer.is_success
    )
    await office.ask(officer, "triage", "POST", f"{at}/take")
    body = {"kind": "new", "filled_by": "officer", "form": FORM}
    await office.ask(officer, "triage", "POST", f"{at}/case", body)
    decided = await office.ask(officer, "triage", "POST", f"{at}/classification", FOLLOW_UP)
    return replace(
        office,
        complaint_id=UUID(told["complaint_id"]),
        case_id=UUID(decided.json()["case_id"]),
    )


async def requested(office: Office) -> str:
    """She asks to be forgotten; return the address of her erasure."""
    at = f"/cases/{office.case_id}/persons/{person_of(office.case_id, 'victim')}/erasure"
    asked = await office.ask("privacy_officer", "triage", "POST", at, {"ground": "SUBJECT_REQUEST"})
    assert asked.status_code == 202, asked.text
    return at


async def erased(office: Office) -> dict[str, Any]:
    """She is forgotten by every service: two people agreed, and the day is over."""
    at = await requested(office)
    agreed = await office.ask("supervisor", "triage", "POST", f"{at}/approval")
    assert agreed.status_code == 202, agreed.text
    cause = Cause(handler="test", message_id=str(new_id()), actor="policy:erasure")
    await commands.erase(
        office.apps["triage"].state.store,
        cause,
        case_id=office.case_id,
        person_id=person_of(office.case_id, "victim"),
        now=now_utc() + timedelta(hours=25),
    )
    done = await eventually(
        lambda: office.ask("privacy_officer", "triage", "GET", at),
        lambda answer: answer.json()["waits_for"] == [],
    )
    told: dict[str, Any] = done.json()
    return told


async def test_asking_closes_what_is_known_of_her_and_thinking_again_opens_it(
    office: Office,
) -> None:
    assert (await office.read("intake")).json()["fields"]["narrative"] == WALK_IN["narrative"]
    at = await requested(office)
    for service in ("intake", "triage"):
        await eventually(lambda s=service: hers(office, s), lambda her: her == "[restricted]")  # type: ignore[misc]
    case = (await office.read("triage")).json()["fields"]
    assert case["form.perpetrators.0.full_name"] == "Slamet"  # nobody asked to close his
    await office.ask("privacy_officer", "triage", "POST", f"{at}/withdrawal")
    for service in ("intake", "triage"):
        await eventually(lambda s=service: hers(office, s), lambda her: her == "Sumarni")  # type: ignore[misc]


async def test_what_stands_against_an_erasure_is_told_and_it_is_tried_again_in_an_hour(
    office: Office,
) -> None:
    at, store = await requested(office), office.apps["triage"].state.store
    await office.ask("supervisor", "triage", "POST", f"{at}/approval")
    his = f"/cases/{office.case_id}/persons/{person_of(office.case_id, 'perpetrator')}/hold"
    await office.ask("privacy_officer", "triage", "POST", his, {"ground": "COURT_CASE"})
    tried: dict[UUID, datetime] = {}
    due = now_utc() + timedelta(hours=25)

    async def shown() -> tuple[str, str | None]:
        found = (await office.ask("supervisor", "triage", "GET", at)).json()
        return found["status"], found["blocked_by"]

    for minutes in (0, 1, 59):
        await erase_due(store, tried, due + timedelta(minutes=minutes))
    assert tried == {person_of(office.case_id, "victim"): due}  # not every second
    assert await shown() == ("approved", "UnderLegalHold")

    await office.ask("privacy_officer", "triage", "POST", f"{his}/lifting")
    await erase_due(store, tried, due + timedelta(hours=1))
    assert await shown() == ("erased", None)


async def hers(office: Office, service: str) -> str:
    """Her name, as whoever may read it reads it."""
    field = "reporter.full_name" if service == "intake" else "form.victims.0.full_name"
    told: str = (await office.read(service)).json()["fields"][field]
    return told


async def test_forgotten_she_reads_erased_everywhere_and_the_receipt_says_who_did_it(
    office: Office,
) -> None:
    before = {name: await leaves(office.databases[name]) for name in office.databases}

    done = await erased(office)

    assert set(done["forgotten_by"]) == {"intake", "triage", "referral", "counseling"}
    assert done["forgotten_by"]["intake"] == 2  # hers as reporter, and the story's
    assert done["receipt"]["leaf_hash"]
    story = (await office.read("intake")).json()["fields"]
    assert set(story.values()) == {"[erased]"}
    case = (await office.read("triage")).json()["fields"]
    assert case["form.victims.0.full_name"] == "[erased]"
    assert case["form.perpetrators.0.full_name"] == "Slamet"  # he is not forgotten with her
    for name, hashes in before.items():
        assert (await leaves(office.databases[name]))[: len(hashes)] == hashes
        await chain_holds(office.databases[name])


async def test_intake_knows_by_id_whose_papers_there_can_be(office: Office) -> None:
    at = f"/complaints/{office.complaint_id}/documents"
    found = await eventually(
        lambda: office.ask("operator", "intake", "GET", at),
        lambda answer: answer.json()["checklists"][0]["person_id"] is not None,
    )
    (hers,) = found.json()["checklists"]
    assert hers["person_id"] == str(person_of(office.case_id, "victim"))
    assert (hers["role"], hers["age_band"], hers["is_child"]) == ("victim", "25-44", False)
    assert not {"Sumarni", "1992-03-04"} & set(found.text.split('"'))


async def test_what_she_brought_is_forgotten_with_her(office: Office) -> None:
    at = f"/complaints/{office.complaint_id}/documents"
    operator = office.issuer.headers("operator") | {"Content-Type": "image/jpeg"}
    intake = office.clients["intake"]
    stored = await intake.post(f"{at}/evidence/scans", content=a_picture(), headers=operator)
    look = f"{at}/evidence/scans/{stored.json()['id']}/opening"
    before = await office.ask("supervisor", "intake", "POST", look, READING)

    done = await erased(office)

    after = await office.ask("supervisor", "intake", "POST", look, READING)
    assert (before.status_code, after.status_code) == (200, 404)
    assert after.json()["type"] == "/problems/file-forgotten"
    assert done["forgotten_by"]["intake"] == 3  # as reporter, the story's, and its papers'


async def test_under_a_legal_hold_no_service_erases_whatever_it_is_told(office: Office) -> None:
    """The rules of triage stop it before; so here the message comes by mistake."""
    he = person_of(office.case_id, "perpetrator")
    court = {"ground": "COURT_CASE"}
    at = f"/cases/{office.case_id}/persons/{he}/hold"
    assert (await office.ask("privacy_officer", "triage", "POST", at, court)).is_success
    store = office.apps["triage"].state.store
    she = Person(id=person_of(office.case_id, "victim"), case_id=office.case_id, role="victim")
    reach = Reach(office.case_id, (office.complaint_id,), (she.id,), "victim", story=True)
    she._erased(reach, "nobody", "nobody", now_utc())
    cause = Cause(handler="test", message_id=str(new_id()), actor="mistake")
    await store.save(she, cause=cause.about(office.complaint_id))

    hers = f"/cases/{office.case_id}/persons/{she.id}/erasure"
    told = await eventually(
        lambda: office.ask("privacy_officer", "triage", "GET", hers),
        lambda answer: len(answer.json()["refused_by"]) == 4,
    )
    assert told.json()["forgotten_by"] == {}
    assert (await office.read("intake")).json()["fields"]["narrative"] == WALK_IN["narrative"]
    lifted = await office.ask("privacy_officer", "triage", "POST", f"{at}/lifting")
    assert lifted.json()["hold"] is None
    for service in ("intake", "triage"):
        keyring = office.apps[service].state.keyring
        await eventually(lambda k=keyring: held(k), lambda count: count == 0)  # type: ignore[misc]
    assert (await erased(office))["forgotten_by"].keys() == {*office.apps}


async def held(keyring: Keyring) -> int:
    count: int = await keyring._pool.fetchval("select count(*) from keys.keys where held")
    return count


async def test_a_complaint_that_never_got_a_case_is_forgotten_too(office: Office) -> None:
    told = (await office.ask("operator", "intake", "POST", "/complaints", WALK_IN)).json()
    id = UUID(told["complaint_id"])
    bare = replace(office, complaint_id=id)
    at = f"/complaints/{id}/persons"
    listed = await eventually(
        lambda: office.ask("privacy_officer", "triage", "GET", at), lambda answer: answer.is_success
    )
    assert [each["role"] for each in listed.json()] == ["reporter", "victim"]
    at = f"{at}/{person_of(id, 'reporter')}/erasure"
    why = {"ground": "SUBJECT_REQUEST"}
    assert (await office.ask("privacy_officer", "triage", "POST", at, why)).status_code == 202
    await eventually(lambda: hers(bare, "intake"), lambda her: her == "[restricted]")
    assert await hers(office, "intake") == "Sumarni", "the other complaint is another's"
    itself = await office.ask("supervisor", "triage", "POST", f"{at}/approval")
    assert itself.status_code == 202, itself.text

    officer, found = "identification_officer", f"/identifications/{id}"
    await office.ask(officer, "triage", "POST", f"{found}/take")
    existing = KNOWN | {"case_id": str(office.case_id), "subkind": "new_incident"}
    await office.ask(officer, "triage", "POST", f"{found}/case", existing)
    store = office.apps["triage"].state.store
    due = now_utc() + timedelta(hours=25)
    cause = Cause(handler="test", message_id=str(new_id()), actor="policy:erasure")
    she: dict[str, Any] = {"complaint_id": id, "person_id": person_of(id, "reporter")}
    with pytest.raises(HasForm):  # it belongs to a case with a form now, and goes with that
        await commands.erase(store, cause, **she, now=due)

    again = (await office.ask("operator", "intake", "POST", "/complaints", WALK_IN)).json()
    bare = replace(office, complaint_id=UUID(again["complaint_id"]))
    she = {"complaint_id": bare.complaint_id, "person_id": person_of(bare.complaint_id, "victim")}
    at = f"/complaints/{bare.complaint_id}/persons/{she['person_id']}/erasure"
    await eventually(
        lambda: office.ask("privacy_officer", "triage", "POST", at, why),
        lambda answer: answer.status_code == 202,
    )
    await office.ask("supervisor", "triage", "POST", f"{at}/approval")
    await commands.erase(store, cause, **she, now=due)
    done = await eventually(
        lambda: office.ask("privacy_officer", "triage", "GET", at),
        lambda answer: answer.json()["waits_for"] == [],
    )
    assert done.json()["receipt"]["leaf_hash"]
    assert set((await bare.read("intake")).json()["fields"].values()) == {"[erased]"}
    assert await hers(office, "intake") == "Sumarni"


async def test_who_is_related_to_a_party_sees_no_erasure_of_a_complaint_of_the_case(
    office: Office,
) -> None:
    told = (await office.ask("operator", "intake", "POST", "/complaints", WALK_IN)).json()
    id, officer = told["complaint_id"], "identification_officer"
    at = f"/complaints/{id}/persons/{person_of(UUID(id), 'reporter')}/erasure"
    why = {"ground": "SUBJECT_REQUEST"}
    await eventually(
        lambda: office.ask("privacy_officer", "triage", "POST", at, why),
        lambda answer: answer.status_code == 202,
    )
    related = {"staff_id": staff_id("privacy_officer"), "reason": "Pelaku adalah sepupunya."}
    conflicts = f"/cases/{office.case_id}/conflicts"
    assert (await office.ask("supervisor", "triage", "POST", conflicts, related)).is_success
    await office.ask(officer, "triage", "POST", f"/identifications/{id}/take")
    existing = KNOWN | {"case_id": str(office.case_id), "subkind": "new_incident"}
    chosen = await office.ask(officer, "triage", "POST", f"/identifications/{id}/case", existing)
    assert chosen.status_code == 201, chosen.text
    assert (await office.ask("privacy_officer", "triage", "GET", at)).status_code == 404
    pool = office.apps["triage"].state.store.pool
    case_id = await pool.fetchval("select case_id from erasures where complaint_id = $1", UUID(id))
    assert case_id == office.case_id, "so the second wall knows it too"


async def test_every_view_can_be_made_anew_without_her(office: Office) -> None:
    await erased(office)
    for service in ("intake", "triage", "referral", "counseling"):
        parts, database = parts_of(service), office.databases[service]
        done = await rebuild(
            partial(asyncpg.connect, database.admin_url),
            parts.codec,
            parts.project,
            schema=parts.schema,
            app_role=f"aduan_{service}",
        )
        assert done.events > 0
        assert [str(each) for each in done.compared if not each.is_equal] == []


async def test_yesterdays_keys_do_not_bring_her_back(
    office: Office, issuer: Issuer, pepper: Path
) -> None:
    database = office.databases["intake"]
    admin = await asyncpg.connect(keys_beside_as_admin(database))
    backup = await admin.fetch("select * from keys.keys where wrapped is not null")
    await erased(office)
    await admin.execute("alter table keys.keys disable trigger user")
    for row in backup:
        await admin.execute(
            "update keys.keys set wrapped = $2, destroyed_at = null, destroyed_by = null"
            " where id = $1",
            row["id"],
            row["wrapped"],
        )
    await admin.execute("alter table keys.keys enable always trigger guard")
    await admin.execute("alter table keys.keys enable always trigger no_delete")
    await admin.execute("alter table keys.keys enable always trigger no_truncate")

    nowhere = "nats://127.0.0.1:1"
    async with in_process(
        "intake", database=database.url, nats=nowhere, issuer=issuer.url, pepper=pepper
    ) as (client, _):
        again = await client.post(
            f"/complaints/{office.complaint_id}/personal",
            json=READING,
            headers=issuer.headers("supervisor"),
        )

    assert set(again.json()["fields"].values()) == {"[erased]"}
    back = await admin.fetchval("select count(*) from keys.keys where destroyed_at is not null")
    assert back == 2
    await admin.close()


async def test_who_read_it_is_told_to_the_privacy_officer(office: Office) -> None:
    await office.read("intake")
    at = f"/privacy/accesses?complaint={office.complaint_id}"
    seen = await eventually(
        lambda: office.ask("privacy_officer", "intake", "GET", at), lambda a: bool(a.json())
    )
    (access,) = seen.json()
    assert access["actor"] == f"staff:{staff_id('supervisor')}"
    assert access["purpose"] == "supervision"
    assert str(person_of(office.complaint_id, "reporter")) in access["subjects"]
    her = f"/privacy/accesses?person={person_of(office.complaint_id, 'reporter')}"
    assert (await office.ask("privacy_officer", "intake", "GET", her)).json() == seen.json()
    other = f"/privacy/accesses?person={new_id()}"
    assert (await office.ask("privacy_officer", "intake", "GET", other)).json() == []


async def accesses(office: Office, service: str, who: str = "privacy_officer") -> list[Any]:
    """Who read something of the victim, as a service tells who asks for her."""
    victim = person_of(office.case_id, "victim")
    at = f"/privacy/accesses?person={victim}"
    rows: list[Any] = (await office.ask(who, service, "GET", at)).json()
    return rows


async def test_she_is_told_who_read_her_story_and_he_is_not(office: Office) -> None:
    at = f"/cases/{office.case_id}/personal"
    basis = READING | {"fields": ["decision.basis"]}
    assert (await office.ask("supervisor", "triage", "POST", at, basis)).is_success
    (access,) = await eventually(lambda: accesses(office, "triage"), bool)
    assert access["fields"] == ["decision.basis"]
    he = person_of(office.case_id, "perpetrator")
    hold = f"/cases/{office.case_id}/persons/{he}/hold"  # so that he has a stream of his own
    await office.ask("privacy_officer", "triage", "POST", hold, {"ground": "COURT_CASE"})
    his = f"/privacy/accesses?person={he}"
    assert (await office.ask("privacy_officer", "triage", "GET", his)).json() == []
    name = READING | {"fields": ["form.perpetrators.0.full_name"]}
    assert (await office.ask("supervisor", "triage", "POST", at, name)).is_success
    (access,) = await eventually(lambda: ask_json(office, his), bool)
    assert access["fields"] == ["form.perpetrators.0.full_name"]
    assert len(await accesses(office, "triage")) == 1, "what is known of him is not her story"


async def ask_json(office: Office, at: str) -> list[Any]:
    rows: list[Any] = (await office.ask("privacy_officer", "triage", "GET", at)).json()
    return rows


async def test_who_told_of_it_is_told_who_read_her_story(office: Office) -> None:
    story = READING | {"fields": ["narrative"]}
    at = f"/complaints/{office.complaint_id}/personal"
    assert (await office.ask("supervisor", "intake", "POST", at, story)).is_success
    her = f"/privacy/accesses?person={person_of(office.complaint_id, 'reporter')}"
    (access,) = (
        await eventually(
            lambda: office.ask("privacy_officer", "intake", "GET", her), lambda a: bool(a.json())
        )
    ).json()
    assert access["fields"] == ["narrative"]


async def test_who_is_related_to_a_party_does_not_see_who_read_of_it(office: Office) -> None:
    for service in ("intake", "triage"):
        assert (await office.read(service)).is_success
        await eventually(
            lambda s=service: office.ask("privacy_officer", s, "GET", "/privacy/accesses"),  # type: ignore[misc]
            lambda a: bool(a.json()),
        )
    related = {"staff_id": staff_id("privacy_officer"), "reason": "Pelaku adalah sepupunya."}
    conflicts = f"/cases/{office.case_id}/conflicts"
    assert (await office.ask("supervisor", "triage", "POST", conflicts, related)).is_success
    for service in ("intake", "triage"):
        await eventually(
            lambda s=service: office.ask("privacy_officer", s, "GET", "/privacy/accesses"),  # type: ignore[misc]
            lambda a: a.json() == [],
        )
        assert (await office.ask("supervisor", service, "GET", "/privacy/accesses")).json()


def keys_beside_as_admin(database: Database) -> str:
    name = keys_beside(database.url).rpartition("/")[2]
    return f"{database.admin_url.rpartition('/')[0]}/{name}"


async def leaves(database: Database) -> list[bytes]:
    admin = await asyncpg.connect(database.admin_url)
    rows = await admin.fetch("select leaf from es.events order by tx_id, position")
    await admin.close()
    return [row["leaf"] for row in rows]


async def chain_holds(database: Database) -> None:
    """Every leaf is the hash of what is stored, and of the leaf before it in its stream."""
    admin = await asyncpg.connect(database.admin_url)
    wrong = await admin.fetchval(
        "select count(*) from es.events e left join es.events p"
        " on p.stream_id = e.stream_id and p.version = e.version - 1"
        " where e.leaf <> es.leaf_hash(e.event_id, e.stream_id, e.version, e.name,"
        " e.recorded_at, p.leaf, e.body::text)"
    )
    await admin.close()
    assert wrong == 0
