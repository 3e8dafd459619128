"""A case form is sent again, amended, corrected: everybody in it stays who she is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.triage import commands as triage
from services.triage.domain import Case
from services.triage.forms import FormBody
from services.triage.matching.views import to_be_forgotten
from services.triage.persons import commands
from shared.clocks import today
from shared.contracts import person_of
from shared.eventstore import Cause, new_id, now_utc
from tests.complaints import FOLLOW_UP
from tests.conftest import MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

OFFICER, PRIVACY, SUPERVISOR = "identification_officer", "privacy_officer", "supervisor"
MOTHER = {"full_name": "Sumarni", "sex": "P", "born_on": "1992-03-04", "phone": "0812-0000-0101"}
CHILD = {"full_name": "Rara", "sex": "P", "born_on": "2012-05-06"}
TWIN = CHILD | {"full_name": "Rani"}
HIM = {"full_name": "Slamet", "sex": "L", "relation": "SPOUSE"}


def a_form(*victims: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"victims": list(victims), "perpetrators": [HIM], "violence": ["PHYSICAL"]}
    told["incidents"] = [{"occurred_on": "2026-11-20", "time_text": "sesudah magrib"}]
    return told | more


@dataclass
class Desk:
    """Triage as it runs, and a complaint that an officer took up."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    complaint_id: UUID = field(default_factory=new_id)

    @property
    def case_id(self) -> UUID:
        return Case.create_id(self.complaint_id)

    def about(self) -> Cause:
        cause = Cause(handler="test", message_id=str(new_id()), actor="test")
        return cause.about(self.complaint_id)

    async def ask(self, who: str, path: str, body: Any = None, method: str = "POST") -> Any:
        return await self.client.request(method, path, json=body, headers=self.issuer.headers(who))

    async def done(self, who: str, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = await self.ask(who, path, body, method)
        assert answer.is_success, answer.text
        return answer.json()

    async def take(self, complaint_id: UUID) -> str:
        await triage.queue_complaint(
            self.app.state.store,
            Cause(handler="test", message_id=str(new_id()), actor="test").about(complaint_id),
            complaint_id=complaint_id,
            registration_no=f"PPA-2026-{complaint_id.int % 999_999:06}",
            channel="walk_in",
            reporter_role="witness",
            in_danger=False,
            locus_code=None,
            received_at=now_utc(),
        )
        await self.done(OFFICER, f"/identifications/{complaint_id}/take")
        return f"/identifications/{complaint_id}"

    async def fill(self, form: dict[str, Any]) -> None:
        path = f"/identifications/{self.complaint_id}/case"
        await self.done(OFFICER, path, {"kind": "new", "form": form})

    async def amend(self, form: dict[str, Any]) -> None:
        await self.done(OFFICER, f"/cases/{self.case_id}/form", {"form": form})

    async def as_before(self, form: dict[str, Any]) -> None:
        """Amend it as the versions of before did, which gave everybody a new id."""
        store = self.app.state.store
        case = await store.load(Case, self.case_id)
        told = FormBody.model_validate(form).form(today(now_utc()), home="35.73")
        case.amend_form(told, "officer", "officer", now_utc())
        await store.save(case, cause=self.about())

    async def classify(self) -> None:
        await self.done(OFFICER, f"/identifications/{self.complaint_id}/classification", FOLLOW_UP)

    async def persons(self, role: str = "victim", who: str = OFFICER) -> list[dict[str, Any]]:
        found = await self.done(who, f"/cases/{self.case_id}/persons", method="GET")
        return [each for each in found if each["role"] == role]

    async def forms(self) -> int:
        return len((await self.app.state.store.load(Case, self.case_id)).forms)

    async def read(self) -> dict[str, str]:
        """What a supervisor reads of every form there was."""
        body = {"purpose": "supervision", "earlier": True}
        told = await self.done(SUPERVISOR, f"/cases/{self.case_id}/personal", body)
        fields: dict[str, str] = told["fields"]
        return fields

    async def names(self, which: str) -> set[str]:
        told = await self.read()
        return {text for path, text in told.items() if path.endswith(which)}

    async def ask_to_forget(self, person_id: str) -> dict[str, Any]:
        at = f"/cases/{self.case_id}/persons/{person_id}/erasure"
        asked: dict[str, Any] = await self.done(PRIVACY, at, {"ground": "SUBJECT_REQUEST"})
        return asked

    async def forget(self, person_id: str) -> None:
        at = f"/cases/{self.case_id}/persons/{person_id}/erasure"
        await self.ask_to_forget(person_id)
        await self.done(SUPERVISOR, f"{at}/approval")
        await commands.erase(
            self.app.state.store,
            Cause(handler="test", message_id=str(new_id()), actor="policy:erasure"),
            case_id=self.case_id,
            person_id=UUID(person_id),
            now=now_utc() + timedelta(hours=25),
        )

    async def proposed(self, name: str) -> list[str]:
        """The cases that a search by a name shows, for another complaint."""
        at = await self.take(new_id())
        found = await self.done(OFFICER, f"{at}/candidates", {"full_name": name})
        return [each["case_id"] for each in found["candidates"]]


@pytest.fixture
async def desk(make_database: MakeDatabase, empty_nats: str, issuer: Issuer) -> AsyncIterator[Desk]:
    told = {"database": (await make_database("triage")).url, "nats": empty_nats}
    async with in_process("triage", issuer=issuer.url, **told) as (client, app):
        found = Desk(client, app, issuer)
        await found.take(found.complaint_id)
        yield found


async def test_the_same_form_three_times_is_one_form_of_the_same_people(desk: Desk) -> None:
    for _ in range(3):
        await desk.fill(a_form(MOTHER))
    (she,) = await desk.persons()
    (he,) = await desk.persons("perpetrator")
    assert await desk.forms() == 1
    assert she["person_id"] == str(person_of(desk.case_id, "victim"))
    assert (she["current"], she["place"], he["place"]) == (
        *(True, "form.victims.0"),
        "form.perpetrators.0",
    )
    await desk.classify()
    await desk.fill(a_form(MOTHER))  # nor is it refused as another one
    await desk.amend(a_form(MOTHER))
    assert await desk.forms() == 1


async def test_an_amended_form_keeps_who_is_in_it_without_being_told(desk: Desk) -> None:
    await desk.fill(a_form(MOTHER, CHILD))
    mother, child = [each["person_id"] for each in await desk.persons()]
    corrected = MOTHER | {"nik": "3573990000000001", "full_name": "SUMARNI "}
    await desk.amend(a_form(CHILD, TWIN, corrected, domestic=True))
    now = {each["place"]: each["person_id"] for each in await desk.persons()}
    assert (now["form.victims.0"], now["form.victims.2"]) == (child, mother)
    assert now["form.victims.1"] not in {mother, child}
    mistyped = corrected | {"full_name": "Sumarnu"}  # the same NIK
    await desk.amend(a_form(mistyped, CHILD, TWIN))
    assert {each["person_id"] for each in await desk.persons()} == set(now.values())
    assert len(await desk.persons("perpetrator")) == 1


async def test_who_was_written_down_by_mistake_is_listed_as_one_of_before(desk: Desk) -> None:
    wrong = {"full_name": "Dewi", "sex": "P", "born_on": "1970-01-01"}
    await desk.fill(a_form(wrong))
    await desk.amend(a_form(MOTHER))
    dewi, her = await desk.persons()
    assert (dewi["current"], dewi["place"]) == (False, None)
    assert (her["current"], her["place"]) == (True, "form.victims.0")
    assert (await desk.ask_to_forget(dewi["person_id"]))["persons"] == [dewi["person_id"]]


async def test_who_is_forgotten_is_so_in_every_version_and_nobody_else_is(desk: Desk) -> None:
    await desk.fill(a_form(MOTHER, CHILD, TWIN))
    await desk.amend(a_form(CHILD, TWIN, MOTHER, domestic=True))
    rara = next(each for each in await desk.persons() if each["place"] == "form.victims.0")
    await desk.forget(rara["person_id"])
    await eventually(lambda: desk.read(), lambda told: "[erased]" in told.values())
    told = await desk.read()
    assert told["forms.0.victims.1.full_name"] == "[erased]"
    assert told["forms.1.victims.0.full_name"] == "[erased]"
    assert told["forms.0.victims.2.full_name"] == told["forms.1.victims.1.full_name"] == "Rani"
    assert told["forms.0.victims.0.full_name"] == told["forms.1.victims.2.full_name"] == "Sumarni"
    await desk.amend(a_form(TWIN, CHILD, MOTHER))
    again = next(each for each in await desk.persons() if each["place"] == "form.victims.1")
    assert again["person_id"] != rara["person_id"], "what is told now is told anew"


@pytest.mark.parametrize("which", ["the first", "the current"])
async def test_of_who_got_an_id_with_each_form_all_go_whichever_is_named(
    desk: Desk, which: str
) -> None:
    await desk.fill(a_form(MOTHER, CHILD))
    await desk.as_before(a_form(MOTHER, CHILD))
    await desk.as_before(a_form(CHILD, MOTHER | {"full_name": "sumarni"}))
    victims = await desk.persons()
    assert len(victims) == 6
    (current,) = (each for each in victims if each["place"] == "form.victims.1")
    first = str(person_of(desk.case_id, "victim"))
    await eventually(lambda: desk.proposed("Sumarni"), lambda found: str(desk.case_id) in found)

    named = first if which == "the first" else current["person_id"]
    asked = await desk.ask_to_forget(named)

    assert len(asked["persons"]) == 3
    assert {first, current["person_id"]} <= set(asked["persons"])
    hers = {UUID(id) for id in asked["persons"]}
    assert await to_be_forgotten(desk.app.state.store.pool, hers) == hers, "whoever searches now"
    assert await desk.proposed("Sumarni") == [], "from this moment"
    await eventually(lambda: desk.read(), lambda told: "[restricted]" in told.values())
    assert not {"Sumarni", "sumarni", "0812-0000-0101"} & set((await desk.read()).values())
    assert [text for text in (await desk.read()).values() if text == "Rara"] == ["Rara"] * 3
    listed = {each["person_id"]: each["status"] for each in await desk.persons(who=PRIVACY)}
    assert {id for id, status in listed.items() if status} == set(asked["persons"])

    await desk.forget(named)
    await eventually(lambda: desk.read(), lambda told: "[erased]" in told.values())
    assert await desk.names("victims.0.full_name") == {"[erased]", "Rara"}


async def test_what_is_compared_is_written_down_and_shown_to_nobody(desk: Desk) -> None:
    await desk.fill(a_form(MOTHER))
    await desk.amend(a_form(MOTHER | {"in_city": True}))
    at = f"/privacy/accesses?person={person_of(desk.case_id, 'victim')}"
    (noted,) = await eventually(lambda: desk.done(PRIVACY, at, method="GET"), bool)
    assert (noted["relation"], noted["role"], noted["purpose"]) == ("compared", "", "recognition")


async def test_a_hold_on_her_keeps_every_version(desk: Desk) -> None:
    await desk.fill(a_form(MOTHER))
    await desk.as_before(a_form(MOTHER))
    first, current = [each["person_id"] for each in await desk.persons()]
    at = f"/cases/{desk.case_id}/persons"
    await desk.done(PRIVACY, f"{at}/{first}/hold", {"ground": "COURT_CASE"})
    refused = await desk.ask(PRIVACY, f"{at}/{current}/erasure", {"ground": "SUBJECT_REQUEST"})
    assert refused.json()["type"] == "/problems/under-legal-hold"


async def test_who_is_to_approve_sees_what_waits_for_her_and_how_far_it_reaches(
    desk: Desk,
) -> None:
    await desk.fill(a_form(MOTHER))
    (her,) = await desk.persons(who=SUPERVISOR)
    at = f"/cases/{desk.case_id}/persons/{her['person_id']}/erasure"
    assert await desk.done(SUPERVISOR, "/privacy/erasures", method="GET") == []
    await desk.ask_to_forget(her["person_id"])

    (waits,) = await desk.done(SUPERVISOR, "/privacy/erasures?status=requested", method="GET")

    assert waits == await desk.done(SUPERVISOR, at, method="GET")
    assert (waits["ground"], waits["role"], waits["story"]) == ("SUBJECT_REQUEST", "victim", True)
    assert waits["requested_by"] == staff_id(PRIVACY)
    assert waits["requested_at"]
    assert (waits["persons"], waits["complaint_ids"]) == (
        [her["person_id"]],
        [str(desk.complaint_id)],
    )
    await desk.done(SUPERVISOR, f"{at}/approval")
    assert await desk.done(SUPERVISOR, "/privacy/erasures", method="GET") == []
    assert len(await desk.done(PRIVACY, "/privacy/erasures?status=approved", method="GET")) == 1


async def test_each_deed_has_grounds_of_its_own_and_no_second_ground_is_lost(desk: Desk) -> None:
    await desk.fill(a_form(MOTHER))
    at = f"/cases/{desk.case_id}/persons/{person_of(desk.case_id, 'victim')}"
    assert (await desk.ask(PRIVACY, f"{at}/erasure", {"ground": "COURT_CASE"})).status_code == 422
    assert (await desk.ask(PRIVACY, f"{at}/hold", {"ground": "SUBJECT_REQUEST"})).status_code == 422
    await desk.ask_to_forget(str(person_of(desk.case_id, "victim")))
    await desk.ask_to_forget(str(person_of(desk.case_id, "victim")))
    other = await desk.ask(PRIVACY, f"{at}/erasure", {"ground": "UNLAWFUL"})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/asked-on-another-ground")
    await desk.done(PRIVACY, f"{at}/erasure/withdrawal")
    assert (await desk.done(PRIVACY, f"{at}/erasure", {"ground": "UNLAWFUL"}))["ground"]
    await desk.done(PRIVACY, f"{at}/hold", {"ground": "COURT_CASE"})
    other = await desk.ask(PRIVACY, f"{at}/hold", {"ground": "INVESTIGATION"})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/held-on-another-ground")


@pytest.mark.parametrize("whose", ["hers", "the whole case"])
async def test_an_erasure_that_a_hold_keeps_back_is_not_answered_as_done(
    desk: Desk, whose: str
) -> None:
    await desk.fill(a_form(MOTHER))
    at = f"/cases/{desk.case_id}/persons/{person_of(desk.case_id, 'perpetrator')}/hold"
    await desk.done(PRIVACY, at, {"ground": "COURT_CASE"})
    asked = {"kind": "ERASURE", "case_id": str(desk.case_id)}
    if whose == "hers":
        asked |= {"person_id": str(person_of(desk.case_id, "victim"))}
    request = await desk.done(PRIVACY, "/privacy/requests", asked)
    answer = f"/privacy/requests/{request['id']}/answer"

    refused = await desk.ask(PRIVACY, answer, {"outcome": "DONE"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/under-legal-hold")
    assert (await desk.done(PRIVACY, answer, {"outcome": "REFUSED_BY_LAW"}))["answered_at"]


async def test_who_has_no_case_yet_may_ask_to_see_and_to_correct(desk: Desk) -> None:
    her = str(person_of(desk.complaint_id, "reporter"))
    asked = {"kind": "ACCESS", "complaint_id": str(desk.complaint_id), "person_id": her}
    request = await desk.done(PRIVACY, "/privacy/requests", asked)
    assert (request["complaint_id"], request["case_id"]) == (str(desk.complaint_id), None)
    await desk.fill(a_form(MOTHER))
    (found,) = await desk.done(PRIVACY, "/privacy/requests", method="GET")
    assert found["case_id"] == str(desk.case_id), "so whoever is related to a party sees it no more"
    answer = f"/privacy/requests/{request['id']}/answer"
    assert (await desk.done(PRIVACY, answer, {"outcome": "DONE"}))["outcome"] == "DONE"
    for wrong in ({}, {"case_id": str(desk.case_id)} | asked):
        refused = await desk.ask(PRIVACY, "/privacy/requests", {"kind": "ACCESS"} | wrong)
        assert refused.json()["type"] == "/problems/case-or-complaint"
    nobody = asked | {"person_id": str(new_id())}
    assert (await desk.ask(PRIVACY, "/privacy/requests", nobody)).status_code == 404
