"""Old case or new, on real servers: what an officer is shown, and what is written down of it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from deploy.keys import keys_beside
from services.triage import commands as triage
from services.triage import news
from services.triage.matching.memory import Memory
from services.triage.persons import commands as persons
from shared.contracts import person_of
from shared.eventstore import Cause, new_id, now_utc
from tests.cases import MONDAY, a_cause
from tests.complaints import FOLLOW_UP
from tests.conftest import Database, MakeDatabase
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
OFFICER = "identification_officer"
YULI: dict[str, Any] = {
    "full_name": "Yuli Astutik",
    "sex": "P",
    "born_on": "1990-07-14",
    "nik": "3573995407900001",
    "phone": "0812-0000-0106",
    "domicile_code": "35.73.05.1004",
}
YULIANA = {"full_name": "Yuliana", "sex": "P", "born_on": "1991-02-03"}
EX = {"full_name": "Slamet Riyadi", "sex": "L", "relation": "EX_SPOUSE"}
BY_TELEPHONE = {"full_name": "Bu Juli", "born_on": "1990-07-14", "phone": "(0812) 0000 0106"}


@dataclass
class Desk:
    """Triage as it runs, and an officer at work."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    registered: int = 0

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        who: str = OFFICER,
        nth: int = 1,
        key: str | None = None,
    ) -> httpx.Response:
        headers = self.issuer.headers(who, nth=nth) | ({"Idempotency-Key": key} if key else {})
        return await self.client.request(method, path, json=body, headers=headers)

    async def taken(self, nth: int = 1) -> str:
        """A complaint that an officer took up; return its address."""
        complaint_id, self.registered = new_id(), self.registered + 1
        await triage.queue_complaint(
            self.app.state.store,
            a_cause(complaint_id),
            complaint_id=complaint_id,
            registration_no=f"PPA-2026-{self.registered:06}",
            channel="call_center",
            reporter_role="victim",
            in_danger=False,
            locus_code=None,
            received_at=MONDAY,
        )
        at = f"/identifications/{complaint_id}"
        taken = await self.ask("POST", f"{at}/take", nth=nth)
        assert taken.is_success, taken.text
        return at

    async def case(self, *victims: dict[str, Any], by: int = 2) -> UUID:
        """A case with these victims, which the matcher knows by now."""
        at = await self.taken(by)
        await self.fill(at, *victims, by=by)
        decided = await self.ask("POST", f"{at}/classification", FOLLOW_UP, nth=by)
        return UUID(decided.json()["case_id"])

    async def fill(self, at: str, *victims: dict[str, Any], by: int = 2) -> UUID:
        form = {"victims": victims, "perpetrators": [EX], "violence": ["PSYCHOLOGICAL"]}
        chosen = await self.ask("POST", f"{at}/case", {"kind": "new", "form": form}, nth=by)
        assert chosen.status_code == 201, chosen.text
        case_id = UUID(chosen.json()["case_id"])
        await self.until_known(person_of(case_id, "victim"))
        return case_id

    async def until_known(self, person_id: UUID, *, known: bool = True) -> None:
        memory: Memory = self.app.state.matching

        async def is_known() -> bool:
            return (memory.index.person(person_id) is not None) == known

        await eventually(is_known, bool)

    async def search(self, at: str, body: Any, **more: Any) -> dict[str, Any]:
        answer = await self.ask("POST", f"{at}/candidates", body, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def found(self, at: str, body: Any, **more: Any) -> list[str]:
        """The cases that a search shows."""
        return [each["case_id"] for each in (await self.search(at, body, **more))["candidates"]]

    async def events(self, name: str) -> list[dict[str, Any]]:
        rows = await self.app.state.store.pool.fetch(
            "select body::text as body from es.events where name = $1 order by position", name
        )
        return [json.loads(row["body"]) for row in rows]


@asynccontextmanager
async def a_desk(database: Database, issuer: Issuer, nats: str = NOWHERE) -> AsyncIterator[Desk]:
    told = {"database": database.url, "nats": nats, "issuer": issuer.url}
    async with in_process("triage", **told) as (client, app):
        yield Desk(client, app, issuer)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("triage")


@pytest.fixture
async def desk(database: Database, issuer: Issuer) -> AsyncIterator[Desk]:
    async with a_desk(database, issuer) as running:
        yield running


async def test_a_caller_whom_we_know_is_proposed_masked_and_with_the_reasons(desk: Desk) -> None:
    """SK-06: she forgot her number; another with a name like hers is not proposed."""
    hers, other = await desk.case(YULI), await desk.case(YULIANA)
    counselor = new_id()
    await news.note_counselor(
        desk.app.state.store, a_cause(hers), case_id=hers, counselor_id=counselor
    )
    at = await desk.taken()

    answer = await desk.search(at, BY_TELEPHONE)

    first, *rest = answer["candidates"]
    assert answer["complete"]
    assert first == {
        "case_id": str(hers),
        "registration_no": "PPA-2026-000001",
        "full_name": "Y•••• A••••",
        "nik": "3573••••••••0001",
        "phone": "•••••••••••106",
        "birth_year": 1990,
        "age_band": first["age_band"],
        "kelurahan_code": "35.73.05.1004",
        "role": "victim",
        "score": first["score"],
        "reasons": ["same_phone", "born_same"],
        "proposed": True,
        "counselor_id": str(counselor),
        "progress": "accompanied",
    }
    assert first["score"] > 90
    assert str(other) not in [each["case_id"] for each in rest if each["proposed"]]


async def test_what_is_asked_and_shown_is_written_down_before_the_answer(desk: Desk) -> None:
    hers, at = await desk.case(YULI), await desk.taken()

    answer = await desk.search(at, BY_TELEPHONE)

    (written,) = await desk.events("CandidatesShown")
    assert written["actor"] == f"staff:{staff_id(OFFICER)}"
    assert written["correlation"] == at.rpartition("/")[2]
    assert written["data"]["asked"] == ["born_on", "full_name", "phone"]
    assert written["data"]["query"].startswith("enc1.")
    (shown,) = written["data"]["shown"]
    assert (shown["case_id"], shown["score"]) == (str(hers), answer["candidates"][0]["score"])


async def test_what_cannot_be_written_down_is_not_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.case(YULI)
    at = await desk.taken()

    async def fail(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(desk.app.state.store, "save", fail)
        answer = await desk.ask("POST", f"{at}/candidates", BY_TELEPHONE)

    assert answer.status_code == 503
    assert "Y•" not in answer.text
    assert await desk.events("CandidatesShown") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"nik": YULI["nik"]}, "same_nik"),
        ({"phone": "0812-0000-0106"}, "same_phone"),
        ({"registration_no": "PPA-2026-000001"}, "same_registration_no"),
    ],
)
async def test_a_number_finds_her_case_also_while_we_load(
    database: Database,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    body: dict[str, Any],
    reason: str,
) -> None:
    async with a_desk(database, issuer) as before:
        hers = await before.case(YULI)
        await eventually(lambda: numbers_indexed(database), lambda count: count == 2)

    async def go_on_loading(*_: object) -> None:
        await eventually(lambda: never(), bool, within=60)

    monkeypatch.setattr(Memory, "follow", go_on_loading)
    async with a_desk(database, issuer) as desk:
        desk.registered = 1
        at = await desk.taken()
        by_name = await desk.search(at, {"full_name": "Yuli Astutik", "born_on": "1990-07-14"})
        assert (by_name["candidates"], by_name["complete"]) == ([], False)

        found = await desk.search(at, body)

    (candidate,) = found["candidates"]
    assert (candidate["case_id"], candidate["reasons"]) == (str(hers), [reason])
    assert (candidate["full_name"], candidate["proposed"]) == ("Y•••• A••••", True)
    assert not found["complete"]


async def never() -> bool:
    return False


async def numbers_indexed(database: Database) -> int:
    connection = await asyncpg.connect(keys_beside(database.url))
    count: int = await connection.fetchval("select count(*) from keys.blind_index")
    await connection.close()
    return count


async def test_the_last_search_is_shown_again_without_searching(desk: Desk) -> None:
    await desk.case(YULI)
    at = await desk.taken()
    before = await desk.ask("GET", f"{at}/candidates")
    assert before.json() == {
        "search_id": None,
        "shown_at": None,
        "complete": True,
        "candidates": [],
    }
    shown = await desk.search(at, BY_TELEPHONE)

    again = await desk.ask("GET", f"{at}/candidates")

    assert again.json() == shown
    assert len(await desk.events("CandidatesShown")) == 1


async def test_the_same_key_has_one_effect_and_the_same_answer(desk: Desk) -> None:
    await desk.case(YULI)
    at, key = await desk.taken(), "search-0001"
    first = await desk.ask("POST", f"{at}/candidates", BY_TELEPHONE, key=key)
    await desk.search(at, {"full_name": "Zubaidah Ningrum"})

    second = await desk.ask("POST", f"{at}/candidates", BY_TELEPHONE, key=key)
    other = await desk.ask("POST", f"{at}/candidates", {"full_name": "Sumarni"}, key=key)

    assert second.json() == first.json()
    assert len(await desk.events("CandidatesShown")) == 2
    assert other.status_code == 422


async def test_another_officer_learns_nothing_and_leaves_a_trace(desk: Desk) -> None:
    hers, at = await desk.case(YULI), await desk.taken()
    await desk.search(at, BY_TELEPHONE)

    refused = [await desk.ask("POST", f"{at}/candidates", BY_TELEPHONE, nth=3) for _ in range(2)]
    refused.append(await desk.ask("GET", f"{at}/candidates", nth=3))
    nowhere = await desk.ask("POST", f"/identifications/{new_id()}/candidates", {"age_estimate": 3})

    assert {each.status_code for each in (*refused, nowhere)} == {404}
    assert str(hers) not in "".join(each.text for each in refused)
    traces = await desk.events("CandidatesRefused")
    assert 1 <= len(traces) <= 2  # once a minute, and a minute may end between them
    assert traces[0]["data"]["officer_id"] == staff_id(OFFICER, 3)
    alarms = (await desk.ask("GET", "/search-alarms", who="supervisor")).json()
    assert {(each["kind"], each["officer_id"]) for each in alarms} == {
        ("refused", staff_id(OFFICER, 3))
    }


async def test_a_waiting_complaint_is_nobodys_to_search_for(desk: Desk) -> None:
    at = await desk.taken(nth=2)
    answer = await desk.ask("POST", f"{at}/candidates", BY_TELEPHONE)
    assert answer.status_code == 404


async def test_a_case_in_which_she_is_related_to_a_party_is_not_there(desk: Desk) -> None:
    hers, at = await desk.case(YULI), await desk.taken()
    assert await desk.found(at, BY_TELEPHONE) == [str(hers)]
    body = {"staff_id": staff_id(OFFICER), "reason": "Korban adalah sepupu saya."}
    await desk.ask("POST", f"/cases/{hers}/conflicts", body)

    number = {"registration_no": "PPA-2026-000001"}
    assert await desk.found(at, BY_TELEPHONE) == []
    assert await desk.found(at, number) == []
    shown = await desk.ask("GET", f"{at}/candidates")
    assert str(hers) not in shown.text
    another = await desk.taken(nth=4)
    assert await desk.found(another, BY_TELEPHONE, nth=4) == [str(hers)]


async def test_many_searches_for_one_complaint_are_told_to_the_supervisor_and_go_on(
    desk: Desk,
) -> None:
    at = await desk.taken()
    for n in range(20):
        await desk.search(at, {"full_name": f"Siti {chr(65 + n)}minah"})
    assert (await desk.ask("GET", "/search-alarms", who="supervisor")).json() == []

    for _ in range(3):
        await desk.search(at, BY_TELEPHONE)

    (alarm,) = (await desk.ask("GET", "/search-alarms", who="supervisor")).json()
    assert (alarm["kind"], alarm["searches"]) == ("fishing", 21)
    assert alarm["officer_id"] == staff_id(OFFICER)


async def test_a_search_needs_something_to_search_by_and_repeats_nothing(desk: Desk) -> None:
    at = await desk.taken()
    empty = await desk.ask("POST", f"{at}/candidates", {})
    wrong = await desk.ask("POST", f"{at}/candidates", {"nik": "Zyxwanda", "Zyxwanda": 1})
    unborn = await desk.ask("POST", f"{at}/candidates", {"born_on": "0001-01-01"})
    assert {each.status_code for each in (empty, wrong, unborn)} == {422}
    assert empty.json()["type"] == "/problems/nothing-asked"
    assert "zyxwanda" not in wrong.text.lower()
    assert await desk.events("CandidatesShown") == []


async def test_a_form_that_is_written_anew_replaces_the_one_before(desk: Desk) -> None:
    at = await desk.taken(nth=2)
    case_id = await desk.fill(at, YULI)
    await desk.fill(at, {**YULIANA, "born_on": "1971-08-09"})
    await desk.until_known(person_of(case_id, "victim"), known=False)
    mine = await desk.taken()

    assert await desk.found(mine, BY_TELEPHONE) == []
    assert await desk.found(mine, {"full_name": "Yuliana", "born_on": "1971-08-09"}) == [
        str(case_id)
    ]


async def test_an_alleged_perpetrator_is_marked_and_never_proposed(desk: Desk) -> None:
    await desk.case(YULI)
    (found,) = (await desk.search(await desk.taken(), {"full_name": "Slamet Rijadi"}))["candidates"]
    assert (found["role"], found["full_name"]) == ("perpetrator", "S•••• R••••")
    assert not found["proposed"]


async def test_after_a_restart_everybody_is_known_again(database: Database, issuer: Issuer) -> None:
    async with a_desk(database, issuer) as before:
        hers = await before.case(YULI)
        at = await before.taken()
    async with a_desk(database, issuer) as desk:
        await desk.until_known(person_of(hers, "victim"))
        await eventually(
            lambda: desk.search(at, BY_TELEPHONE), lambda answer: bool(answer["complete"])
        )
        assert await desk.found(at, BY_TELEPHONE) == [str(hers)]


async def test_whoever_is_to_be_forgotten_is_gone_at_once_in_every_process(
    database: Database, empty_nats: str, issuer: Issuer
) -> None:
    async with a_desk(database, issuer, empty_nats) as one, a_desk(database, issuer) as other:
        hers = await one.case(YULI)
        her = person_of(hers, "victim")
        await other.until_known(her)
        at = await one.taken()
        assert await one.found(at, BY_TELEPHONE) == [str(hers)]
        erasure = f"/cases/{hers}/persons/{her}/erasure"
        ground = {"ground": "SUBJECT_REQUEST"}

        await one.ask("POST", erasure, ground, who="privacy_officer")

        for desk in (one, other):
            assert await desk.found(at, BY_TELEPHONE) == []
            assert (await desk.ask("GET", f"{at}/candidates")).json()["candidates"] == []
            await desk.until_known(her, known=False)
        await one.ask("POST", f"{erasure}/withdrawal", who="privacy_officer")
        for desk in (one, other):
            await desk.until_known(her)
            assert await desk.found(at, BY_TELEPHONE) == [str(hers)]

        await forgotten(one, other, hers)
        assert await numbers_indexed(database) == 0


async def test_a_key_that_another_process_has_just_closed_is_closed(
    database: Database, issuer: Issuer
) -> None:
    async with a_desk(database, issuer) as one, a_desk(database, issuer) as other:
        hers = await one.case(YULI)
        await other.until_known(person_of(hers, "victim"))
        at = await one.taken()
        person = other.app.state.matching.index.person(person_of(hers, "victim"))

        await one.app.state.keyring.restrict(list(person.key_ids))

        assert await other.found(at, BY_TELEPHONE) == []
        assert other.app.state.matching.index.person(person.person_id) is None


async def forgotten(one: Desk, other: Desk, case_id: UUID) -> None:
    """She is forgotten, and neither process knows her: nobody had to search for that."""
    her = person_of(case_id, "victim")
    erasure = f"/cases/{case_id}/persons/{her}/erasure"
    await one.ask("POST", erasure, {"ground": "SUBJECT_REQUEST"}, who="privacy_officer")
    await one.ask("POST", f"{erasure}/approval", who="supervisor")
    await persons.erase(
        one.app.state.store,
        Cause(handler="test", message_id=str(new_id()), actor="policy:erasure"),
        case_id=case_id,
        person_id=her,
        now=now_utc() + timedelta(hours=25),
    )
    for desk in (one, other):
        await desk.until_known(her, known=False)
    await eventually(
        lambda: one.ask("GET", erasure, who="privacy_officer"),
        lambda answer: "triage" in answer.json()["forgotten_by"],
    )


async def test_nothing_of_a_search_lies_anywhere(
    desk: Desk, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    at = await desk.taken()
    canary = {
        "full_name": "Zyxwanda Quovadisari",
        "nik": "3573994987650001",
        "phone": "0812-0000-0177",
        "born_on": "1987-06-05",
    }
    await desk.search(at, canary)
    await desk.ask("POST", f"{at}/candidates", canary, nth=3)

    for url in (database.admin_url, keys_beside_as_admin(database)):
        text = (await everything(url)).lower()
        for word in ("zyxwanda", "quovadisari", "3573994987650001", "0000-0177", "81200000177"):
            assert word not in text
        assert "1987-06-05" not in text
    printed = "".join(capfd.readouterr()).lower()
    assert "zyxwanda" not in printed
    assert not re.search("0000-?0177", printed)


async def everything(url: str) -> str:
    """Every row of every table of ours, as text."""
    admin = await asyncpg.connect(url)
    tables = await admin.fetch(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables"
        " where table_schema in ('es', 'views', 'keys')"
    )
    rows = [
        row[0]
        for (table,) in tables
        for row in await admin.fetch(f"select t::text from {table} t")  # noqa: S608
    ]
    await admin.close()
    assert rows
    return "\n".join(rows)


def keys_beside_as_admin(database: Database) -> str:
    name = keys_beside(database.url).rpartition("/")[2]
    return f"{database.admin_url.rpartition('/')[0]}/{name}"


async def test_what_cannot_be_said_yet_is_a_decision_too(desk: Desk) -> None:
    hers, at = await desk.case(YULI), await desk.taken()
    left = await desk.ask("POST", f"{at}/case", {"kind": "undetermined"})
    assert left.status_code == 201
    assert (left.json()["status"], left.json()["case_kind"]) == ("undetermined", "undetermined")
    calm = await desk.ask("POST", f"{at}/classification", FOLLOW_UP)
    assert calm.status_code == 409  # only an emergency goes before

    urgent = await desk.ask("POST", f"{at}/classification", FOLLOW_UP | {"urgency": "high"})
    assert urgent.status_code == 201, urgent.text
    for_now = urgent.json()["case_id"]
    assert await desk.found(at, BY_TELEPHONE) == [str(hers)]
    body = {"kind": "existing", "case_id": str(hers), "subkind": "new_incident"}
    decided = await desk.ask("POST", f"{at}/case", body)

    assert decided.status_code == 201, decided.text
    assert (decided.json()["status"], decided.json()["case_kind"]) == ("classified", "existing")
    assert decided.json()["case_id"] == str(hers) != for_now
    late = await desk.ask("POST", f"{at}/candidates", BY_TELEPHONE)
    shown = await desk.ask("GET", f"{at}/candidates")  # nor again: masked, but as of today
    assert (late.status_code, shown.status_code) == (409, 409)


async def test_an_emergency_left_undetermined_may_turn_out_to_be_new(desk: Desk) -> None:
    at = await desk.taken(nth=2)
    await desk.ask("POST", f"{at}/case", {"kind": "undetermined"}, nth=2)
    urgent = await desk.ask("POST", f"{at}/classification", FOLLOW_UP | {"urgency": "high"}, nth=2)
    case_id = await desk.fill(at, YULI)
    assert str(case_id) == urgent.json()["case_id"]
    assert (await desk.ask("GET", at, nth=2)).json()["case_kind"] == "new"
