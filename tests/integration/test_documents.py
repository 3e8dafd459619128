"""Papers over HTTP: asked for, brought late, waived by a supervisor, and in nobody's way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from shared.access.hearing import hear_form_filled
from shared.contracts import person_of
from shared.contracts.triage import CaseFormFilled, VictimCodes
from shared.eventstore import Cause, new_id, now_utc
from tests import cases
from tests.cases import FOREIGN, YOURS, Told
from tests.conftest import MakeDatabase
from tests.files import AN_M4A
from tests.services import in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
NIK = "3573990000000109"
SKTM = {
    "paper_no": "470/Zyxwanda/2026",
    "kelurahan_code": "35.73.05.1002",
    "issued_on": "2026-11-20",
    "valid_until": "2027-05-20",
}
OF_ADULT = {"SKTM": "received", "KK": "received", "KTP": "received"}


@dataclass
class Desk:
    """Intake, and a complaint with a case of its own."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    told: Told

    async def put(self, type: str, who: str = "operator", **body: Any) -> httpx.Response:
        return await self.client.put(
            f"{self.at}/{type}", json=body, headers=self.issuer.headers(who)
        )

    async def papers(self, n: int = 0) -> dict[str, Any]:
        found = await self.client.get(self.at, headers=self.issuer.headers("operator"))
        return {each["type"]: each for each in found.json()["checklists"][n]["papers"]}

    async def read(self, who: str = "supervisor") -> dict[str, str]:
        answer = await self.client.post(
            f"{self.at}/personal",
            json={"purpose": "supervision"},
            headers=self.issuer.headers(who),
        )
        assert answer.status_code == 200, answer.text
        fields: dict[str, str] = answer.json()["fields"]
        return fields

    async def events(self) -> list[str]:
        rows = await self.app.state.store.pool.fetch("select name from es.events order by position")
        return [row["name"] for row in rows]

    @property
    def at(self) -> str:
        return f"/complaints/{self.told.complaint_id}/documents"


@pytest.fixture
async def desk(make_database: MakeDatabase, issuer: Issuer, pepper: Path) -> AsyncIterator[Desk]:
    database = (await make_database("intake")).url
    told: dict[str, Any] = {"nats": NOWHERE, "issuer": issuer.url, "pepper": pepper}
    async with in_process("intake", database=database, **told) as (client, app):
        yield Desk(client, app, issuer, await cases.complaint(client, app, issuer, YOURS))


async def test_at_first_nothing_is_asked_for_and_the_complaint_is_there(desk: Desk) -> None:
    found = await desk.client.get(desk.at, headers=desk.issuer.headers("operator"))
    assert found.status_code == 200
    (checklist,) = found.json()["checklists"]
    assert (checklist["person_id"], checklist["complete"]) == (None, False)
    assert {each["status"] for each in checklist["papers"]} == {"not_asked"}


async def test_papers_come_one_by_one_until_all_are_there(desk: Desk) -> None:
    asked = await desk.put("KK", status="requested")
    due_at = (await desk.papers())["KK"]["due_at"]
    assert due_at[:10] == (now_utc() + timedelta(days=14)).date().isoformat()
    for type, status in OF_ADULT.items():
        answer = await desk.put(type, status=status, age=34)
        assert answer.status_code == 200, answer.text
    assert asked.json()["complete"] is False
    assert answer.json()["complete"] is True
    (checklist,) = answer.json()["checklists"]
    assert checklist["age_group"] == "adult"
    papers = {each["type"]: each for each in checklist["papers"]}
    assert papers["AKTA_LAHIR"]["status"] == "not_applicable"
    assert papers["KK"]["due_at"] is None
    assert papers["KK"]["noted_by"] == staff_id("operator")


async def test_sk_10_she_fled_without_papers(desk: Desk) -> None:
    for type in ("KK", "KTP", "AKTA_LAHIR"):
        remarks = "Semua surat dibawa Zyxwanda."
        asked = await desk.put(
            type, status="requested", reason="held_by_perpetrator", remarks=remarks
        )
        assert asked.status_code == 200, asked.text
    refused = await desk.put("SKTM", status="waived", reason="safety")
    waived = await desk.put("SKTM", "supervisor", status="waived", reason="safety")
    late = await desk.put("KTP", status="received")
    assert (refused.status_code, waived.status_code, late.status_code) == (403, 200, 200)
    papers = await desk.papers()
    assert (papers["SKTM"]["status"], papers["SKTM"]["reason"]) == ("waived", "safety")
    assert (papers["KTP"]["status"], papers["KK"]["status"]) == ("received", "requested")
    assert (await desk.read())["0.kk.remarks"] == "Semua surat dibawa Zyxwanda."


async def test_what_stands_on_a_paper_is_read_through_the_door_only(desk: Desk) -> None:
    await desk.put("SKTM", status="received", details=SKTM)
    told = await desk.put("KTP", status="verified", details={"nik": NIK})
    assert NIK not in told.text
    pool = desk.app.state.store.pool
    bodies = await pool.fetch("select body::text as body from es.events")
    assert not [row for row in bodies if NIK in row["body"] or "Zyxwanda" in row["body"]]
    read = await desk.read()
    assert read["0.ktp.details.nik"] == NIK
    assert {f"0.sktm.details.{name}": said for name, said in SKTM.items()}.items() <= read.items()
    assert (await desk.events())[-1] == "PersonalDataAccessed"


async def test_the_same_key_twice_has_one_effect(desk: Desk) -> None:
    headers = desk.issuer.headers("operator") | {"Idempotency-Key": "papers-of-today"}
    body = {"status": "received", "details": {"nik": NIK}}
    first = await desk.client.put(f"{desk.at}/KTP", json=body, headers=headers)
    again = await desk.client.put(f"{desk.at}/KTP", json=body, headers=headers)
    other = await desk.client.put(f"{desk.at}/KTP", json={"status": "rejected"}, headers=headers)
    assert first.json() == again.json()
    assert (await desk.events()).count("DocumentNoted") == 1
    assert other.json()["type"] == "/problems/key-reused"


async def test_a_mother_and_her_child_each_have_a_list_of_their_own(desk: Desk) -> None:
    mother, child = (person_of(desk.told.case_id, "victim", n) for n in (0, 1))
    for who, age in ((mother, 27), (child, 2)):
        answer = await desk.put("KK", status="received", person_id=str(who), age=age)
        assert answer.status_code == 200, answer.text
    lists = {UUID(each["person_id"]): each for each in answer.json()["checklists"]}
    assert {who: each["age_group"] for who, each in lists.items()} == {
        mother: "adult",
        child: "under_17",
    }
    ktp = await desk.put("KTP", status="requested", person_id=str(child))
    assert ktp.json()["type"] == "/problems/not-asked-under17"
    assert (await desk.put("KTP", status="requested", person_id=str(mother))).status_code == 200


async def named(desk: Desk, *victims: VictimCodes) -> None:
    """Triage tells who is in the form of the case."""
    fact = CaseFormFilled(occurred_at=now_utc(), case_id=desk.told.case_id, victims=victims)
    cause = Cause(handler="test", message_id=str(new_id()), actor="triage")
    store = desk.app.state.store
    await hear_form_filled(store, cause.about(desk.told.complaint_id), fact)


async def test_each_victim_in_the_form_of_the_case_has_a_list_with_her_id(desk: Desk) -> None:
    mother = VictimCodes(person_id=new_id(), age_band="25-44", child=False)
    child = VictimCodes(person_id=new_id(), age_band="0-5", child=True)
    await named(desk, mother, child)

    found = (await desk.client.get(desk.at, headers=desk.issuer.headers("operator"))).json()

    hers, its = found["checklists"]
    assert (hers["person_id"], hers["role"]) == (str(mother.person_id), "victim")
    assert (its["person_id"], its["is_child"], its["age_band"]) == (
        *(str(child.person_id), True),
        "0-5",
    )
    assert {"KTP": "not_applicable", "KIA": "not_asked"}.items() <= {
        each["type"]: each["status"] for each in its["papers"]
    }.items()
    assert not found["complete"]
    noted = await desk.put("KIA", status="received", person_id=its["person_id"])
    assert noted.status_code == 200, noted.text
    its, hers = noted.json()["checklists"]  # whose papers somebody noted, then the others
    assert its["person_id"] == str(child.person_id)

    await named(desk, mother)  # it was the neighbour's child: what was noted is not lost
    again = await desk.put("KTP", status="received", person_id=str(mother.person_id))
    assert [each["person_id"] for each in again.json()["checklists"]] == [
        str(child.person_id),
        str(mother.person_id),
    ]
    assert (await desk.put("KIA", status="verified", person_id=its["person_id"])).is_success


async def test_what_was_noted_of_nobody_by_name_counts_for_who_has_nothing_noted(
    desk: Desk,
) -> None:
    for type in ("SKTM", "KK", "KTP", "KIA"):
        answer = await desk.put(type, status="received")
    assert answer.json()["complete"]
    await named(desk, VictimCodes(person_id=new_id(), age_band="25-44", child=False))
    found = await desk.client.get(desk.at, headers=desk.issuer.headers("operator"))
    assert (found.json()["complete"], len(found.json()["checklists"])) == (True, 2)


async def test_papers_are_of_somebody_in_the_complaint_or_of_nobody(desk: Desk) -> None:
    foreign = await cases.complaint(desk.client, desk.app, desk.issuer, FOREIGN)
    for stranger in (
        new_id(),
        person_of(foreign.case_id, "victim"),
        person_of(foreign.complaint_id, "reporter"),
    ):
        answer = await desk.put("KK", status="received", person_id=str(stranger))
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/unknown-person"
    hers = person_of(desk.told.complaint_id, "reporter")
    assert (await desk.put("KK", status="received", person_id=str(hers))).status_code == 200


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "no such paper": ("SIM", {"status": "received"}),
    "evidence is no paper": ("evidence", {"status": "received"}),
    "no such status": ("KK", {"status": "Zyxwanda"}),
    "no such reason": ("KK", {"status": "rejected", "reason": "Zyxwanda"}),
    "no reason": ("KK", {"status": "rejected"}),
    "not hers, and nobody says why": ("KK", {"status": "not_applicable"}),
    "a KK has no NIK": ("KK", {"status": "received", "details": {"nik": NIK}}),
    "a NIK of words": ("KTP", {"status": "received", "details": {"nik": "Zyxwanda"}}),
    "a day of words": ("SKTM", {"status": "received", "details": {"issued_on": "Zyxwanda"}}),
    "an age below none": ("KK", {"status": "received", "age": -1}),
    "due yesterday": ("KK", {"status": "requested", "due_at": "2020-01-01T00:00:00Z"}),
    "due in no zone": ("KK", {"status": "requested", "due_at": "2030-01-01T00:00:00"}),
    "a field nobody knows": ("KK", {"status": "received", "Zyxwanda": 1}),
}


@pytest.mark.parametrize(("type", "body"), WRONG.values(), ids=WRONG.keys())
async def test_bad_input_is_a_problem_that_repeats_nothing_and_stores_nothing(
    desk: Desk, type: str, body: dict[str, Any]
) -> None:
    before = await desk.events()
    answer = await desk.put(type, **body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Zyxwanda" not in answer.text
    assert NIK not in answer.text
    assert await desk.events() == before


async def test_an_operator_completes_no_list_without_papers_and_undoes_no_waiver(
    desk: Desk,
) -> None:
    for paper in ("SKTM", "KK", "KTP", "KIA", "AKTA_LAHIR"):
        noted = await desk.put(paper, status="not_applicable", reason="never_issued")
        assert noted.status_code == 200, noted.text
    assert noted.json()["complete"] is False

    waived = {"status": "waived", "reason": "safety"}
    own = await desk.put("SKTM", **waived)
    supervisor = desk.issuer.headers("supervisor")
    by_her = await desk.client.put(f"{desk.at}/SKTM", json=waived, headers=supervisor)
    undone = await desk.put("SKTM", status="requested")
    came = await desk.put("SKTM", status="received")

    assert (own.status_code, by_her.status_code, came.status_code) == (403, 200, 200)
    assert (undone.status_code, undone.json()["type"]) == (403, "/problems/waiver-needed")


async def test_without_one_paper_the_complaint_goes_its_way(desk: Desk) -> None:
    """How it stands with papers is in no command: the journey without any is that of all tests."""
    await desk.put("KK", status="rejected", reason="unreadable")
    got = await desk.client.get(
        f"/complaints/{desk.told.complaint_id}", headers=desk.issuer.headers("operator")
    )
    assert got.json()["status"] == "followed_up"


async def test_no_key_of_a_file_is_ever_among_the_texts(desk: Desk) -> None:
    await desk.put("KTP", status="received", remarks="Asli diperlihatkan.")
    headers = desk.issuer.headers("operator") | {"Content-Type": "audio/mp4"}
    stored = await desk.client.post(f"{desk.at}/KTP/scans", content=AN_M4A, headers=headers)
    assert stored.status_code == 201, stored.text
    assert set(await desk.read()) == {"0.ktp.remarks"}
