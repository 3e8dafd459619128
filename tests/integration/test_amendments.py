"""After a complaint was received: put right, withdrawn, and nobody contacted unless it is safe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import nats
import pytest

from services.intake import commands
from services.intake.domain import Status
from shared.access.hearing import (
    hear_erasure_requested,
    hear_erasure_withdrawn,
    hear_form_filled,
    hear_person_erased,
)
from shared.contracts import person_of
from shared.contracts.triage import (
    CaseFormFilled,
    ErasureRequested,
    ErasureWithdrawn,
    PersonErased,
    VictimCodes,
)
from shared.eventstore import Cause, new_id, now_utc
from tests.cases import a_cause
from tests.complaints import WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.counter import CALL, DRAFT, TOLD, Counter, at_the_counter
from tests.services import eventually
from tests.tokens import Issuer

SUPERVISION = {"purpose": "supervision"}
CALL_HER = {"whom": "reporter", "medium": "call", "purpose": "information"}
REFERRED: dict[str, Any] = {
    "channel": "referral_in",
    "reporter_role": "institution",
    "narrative": "Pasien perempuan, Melati, 16 tahun, takut pulang.",
    "in_danger": False,
    "referred_by": {
        "institution": "RS",
        "officer": "dr. Anggrek",
        "letter_no": "445/17",
        "letter_on": "2026-01-20",
        "services_given": ["HEALTH"],
        "purpose": "Mohon tempat aman.",
        "chronology": "Datang diantar tantenya.",
        "condition": "Stabil.",
        "enclosures": ["Surat pengantar"],
    },
}
LAPOR: dict[str, Any] = REFERRED | {
    "referred_by": {
        "institution": "SP4N-LAPOR",
        "source_system": "SP4N_LAPOR",
        "external_ref": "LP-8812",
        "letter_no": "tidak ada",
    }
}


@pytest.fixture
async def counter(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Counter]:
    async with at_the_counter(await make_database("intake"), issuer, pepper) as running:
        yield running


async def received(counter: Counter, body: dict[str, Any]) -> str:
    answer = await counter.post("/complaints", body)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["complaint_id"]
    return id


async def read(counter: Counter, id: str) -> dict[str, str]:
    answer = await counter.post(f"/complaints/{id}/personal", SUPERVISION, "supervisor")
    fields: dict[str, str] = answer.json()["fields"]
    return fields


# Amending


async def test_what_is_amended_is_read_as_it_stands_now_and_the_old_stays_in_the_history(
    counter: Counter,
) -> None:
    id = await received(counter, WALK_IN)
    changes = {"reporter": {"full_name": "Sumarti"}, "in_danger": True, "locus_code": None}

    amended = await counter.post(
        f"/complaints/{id}/amendments", {"why": "correction", "changes": changes}
    )

    assert amended.status_code == 200
    assert (amended.json()["in_danger"], amended.json()["locus_code"]) == (True, None)
    told = await read(counter, id)
    assert told["reporter.full_name"] == "Sumarti"
    assert told["reporter.phone"] == "0812-0000-0101"
    assert told["narrative"] == WALK_IN["narrative"]
    before = await counter.app.state.store.pool.fetchval(
        "select count(*) from es.events where name = 'ComplaintReceived'"
    )
    assert before == 1


@pytest.mark.parametrize(
    "body",
    [
        {"why": "correction", "changes": {}},
        {"why": "Rahasia", "changes": {"in_danger": True}},
        {"why": "correction", "changes": {"narrative": None}},
        {"why": "correction", "changes": {"channel": "online"}},
        {"why": "correction", "changes": {"occurred_on": "2999-01-01"}},
        {"why": "correction", "changes": {"referred_by": {"institution": "RS"}}},
        {"why": "correction", "changes": {"narrative": "Rahasia" * 3_000}},
        {"why": "correction", "changes": {"safe_contact": {"may_call": True}}},
    ],
    ids=["nothing", "why", "no story", "channel", "tomorrow", "sender", "too long", "safe contact"],
)
async def test_what_cannot_be_amended_is_a_problem_that_repeats_nothing(
    counter: Counter, body: dict[str, Any]
) -> None:
    id = await received(counter, WALK_IN)
    answer = await counter.post(f"/complaints/{id}/amendments", body)
    assert answer.status_code == 422
    assert "Rahasia" not in answer.text
    assert await counter.happened(id) == ["ComplaintOpened", "ComplaintReceived"]


async def test_each_deed_has_one_effect_however_often_it_is_sent(counter: Counter) -> None:
    id = await received(counter, REFERRED)
    deeds: dict[str, Any] = {
        "amendments": {"why": "further_details", "changes": {"in_danger": True}},
        "withdrawal": {"reason": "afraid", "words": "Takut suami.", "basis": "in_person"},
        "acknowledgement": {"medium": "letter"},
    }
    for path, body in deeds.items():
        key = str(new_id())
        first, second = [
            await counter.post(f"/complaints/{id}/{path}", body, key=key) for _ in range(2)
        ]
        assert first.is_success, first.text
        assert first.json() == second.json()
    assert await counter.happened(id) == [
        *("ComplaintOpened", "ComplaintReceived"),
        *("ComplaintAmended", "ComplaintWithdrawn", "SenderAcknowledged"),
    ]


async def test_two_who_report_the_same_are_two_complaints_each_kept_informed(
    counter: Counter,
) -> None:
    first = (await counter.post("/complaints", WALK_IN)).json()
    second = (await counter.post("/complaints", WALK_IN)).json()
    assert first["complaint_id"] != second["complaint_id"]
    for receipt in (first, second):
        asked = {"public_code": receipt["public_code"], "pin": receipt["pin"]}
        answer = await counter.client.post("/status", json=asked)
        assert answer.json()["status"] == "received"


# Withdrawing


async def test_a_withdrawal_deletes_nothing_and_says_why_the_case_goes_on(
    counter: Counter,
) -> None:
    id = await received(counter, WALK_IN | {"in_danger": True})
    cause = Cause(handler="test", message_id="1", actor="test").about(UUID(id))
    await commands.note_progress(
        counter.app.state.store,
        cause,
        UUID(id),
        status=Status.FOLLOWED_UP,
        case_id=new_id(),
        child=True,
    )

    answer = await counter.post(
        f"/complaints/{id}/withdrawal",
        {"reason": "pressure", "words": "Saya disuruh suami.", "basis": "code_word"},
    )

    assert answer.json()["goes_on"] is True
    assert answer.json()["because"] == ["decision_pending", "in_danger", "child"]
    assert "suami" not in answer.text
    found = await counter.get(f"/complaints/{id}")
    assert (found["withdrawn_at"] is not None, found["status"]) == (True, "followed_up")
    told = await read(counter, id)
    assert told["withdrawal.words"] == "Saya disuruh suami."
    assert told["narrative"] == WALK_IN["narrative"]


# Contacting her


async def test_who_was_not_asked_is_not_contacted(counter: Counter) -> None:
    id = await received(counter, WALK_IN)

    for medium in ("call", "text", "message", "visit", "letter"):
        body = CALL_HER | {"medium": medium}
        answer = await counter.post(f"/complaints/{id}/outgoing-contacts", body, "supervisor")
        assert answer.status_code == 409
        assert answer.json()["detail"] == "no_contact"
    assert await counter.happened(id) == ["ComplaintOpened", "ComplaintReceived"]


async def test_an_attempt_is_on_record_before_it_is_made_and_only_if_it_is_safe(
    counter: Counter,
) -> None:
    safe = {"may_call": True, "phone": "0812-0000-0101", "hours": [["00:00", "23:59"]]}
    id = await received(counter, WALK_IN | {"safe_contact": safe})
    at = f"/complaints/{id}/outgoing-contacts"
    key = str(new_id())

    called = [await counter.post(at, CALL_HER, "supervisor", key=key) for _ in range(2)]
    written = await counter.post(at, CALL_HER | {"medium": "letter"}, "supervisor")

    assert [each.status_code for each in called] == [201, 201]
    assert called[0].json() == called[1].json()
    assert (written.status_code, written.json()["detail"]) == (409, "medium")
    assert await counter.happened(id) == [
        *("ComplaintOpened", "ComplaintReceived", "SafeContactSet", "ContactAttempted"),
    ]


async def test_what_she_says_later_takes_the_place_of_what_she_said_before(
    counter: Counter,
) -> None:
    id = await received(counter, WALK_IN | {"safe_contact": {"may_call": True}})
    headers = counter.issuer.headers("operator")
    body = {"may_text": True, "by_whatsapp": True, "code_word": "kemangi", "hours": []}
    body |= {"basis": "in_person"}

    answer = await counter.client.put(f"/complaints/{id}/safe-contact", json=body, headers=headers)
    call = await counter.post(f"/complaints/{id}/outgoing-contacts", CALL_HER, "supervisor")
    text = await counter.post(
        f"/complaints/{id}/outgoing-contacts", CALL_HER | {"medium": "text"}, "supervisor"
    )

    assert answer.status_code == 200
    assert "kemangi" not in answer.text
    assert (call.status_code, text.status_code) == (409, 201)
    assert (await read(counter, id))["safe_contact.code_word"] == "kemangi"


async def test_who_asks_for_another_way_or_an_end_shows_first_who_she_is(counter: Counter) -> None:
    id = await received(counter, WALK_IN | {"safe_contact": {"may_call": False}})
    contact = await counter.opened()
    await counter.post(f"/contacts/{contact}/complaint", TOLD)
    deeds: dict[str, Any] = {"safe-contact": {"may_call": True}, "withdrawal": {"reason": "other"}}

    async def send(id: str, path: str, basis: str | None, nth: int = 1) -> int:
        body = deeds[path] | ({"basis": basis} if basis else {})
        headers = counter.issuer.headers("operator", nth=nth)
        method = "PUT" if path == "safe-contact" else "POST"
        at = f"/complaints/{id}/{path}"
        answer = await counter.client.request(method, at, json=body, headers=headers)
        return answer.status_code

    for path in deeds:
        assert await send(id, path, None) == 422
        assert await send(id, path, "she_said_so") == 422
        assert await send(id, path, "same_contact") == 409  # there is none
        assert await send(contact, path, "same_contact", nth=2) == 409  # it is another's
        assert await send(contact, path, "same_contact") == 200
        assert await send(id, path, "code_word") == 200
    bases = "select body -> 'data' ->> 'basis' from es.events where body ->> 'correlation' = $1"
    rows = await counter.app.state.store.pool.fetch(f"{bases} and name <> 'DraftKept'", id)
    assert {row[0] for row in rows} == {None, "code_word"}


async def test_a_stricter_wish_in_the_notes_of_what_was_received_in_haste_holds_at_once(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT | {"safe_contact": {"may_call": True}})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    at, call = f"/complaints/{id}/outgoing-contacts", CALL_HER | {"purpose": "call_back"}
    before = await counter.post(at, call)
    await counter.post(f"/contacts/{id}/resumption")
    for _ in range(2):
        await counter.keep(id, DRAFT | {"safe_contact": {"may_call": False}})
    after = await counter.post(at, call)

    assert (before.status_code, after.status_code) == (201, 409)
    assert (await counter.happened(id)).count("SafeContactSet") == 2


async def test_a_hospital_that_may_be_called_does_not_speak_for_its_patient(
    counter: Counter,
) -> None:
    id = await received(counter, REFERRED | {"safe_contact": {"may_call": True}})
    hers = await received(counter, WALK_IN | {"safe_contact": {"may_call": True}})

    async def call(id: str, **whom: Any) -> int:
        body = CALL_HER | whom
        at = f"/complaints/{id}/outgoing-contacts"
        return (await counter.post(at, body, "supervisor")).status_code

    assert await call(id) == 201
    assert await call(id, whom="victim") == 409
    wish = {"whom": "victim", "n": 1, "may_call": True, "phone": "0812-0000-0116"}
    headers = counter.issuer.headers("operator")
    await counter.client.put(
        f"/complaints/{id}/safe-contact",
        json=wish | {"basis": "known_institution"},
        headers=headers,
    )
    assert [await call(id, whom="victim", n=n) for n in (0, 1)] == [409, 201]
    assert (await read(counter, id))["victims.1.safe_contact.phone"] == "0812-0000-0116"
    # Who complains of what was done to herself is the victim, and the first of its form.
    assert [await call(hers, whom="victim", n=n) for n in (0, 1)] == [201, 409]
    without_whom = {name: value for name, value in CALL_HER.items() if name != "whom"}
    at = f"/complaints/{hers}/outgoing-contacts"
    assert (await counter.post(at, without_whom, "supervisor")).status_code == 422


async def test_a_victims_wish_is_hers_wherever_she_stands_in_the_form(counter: Counter) -> None:
    id, case_id, store = await received(counter, REFERRED), new_id(), counter.app.state.store
    a, b, c = (person_of(case_id, "victim", n) for n in (0, 1, 2))
    wishes: list[dict[str, Any]] = [
        {"n": 0, "may_call": True, "phone": "0812-0000-0116"},
        {"n": 1, "may_text": True, "phone": "0812-0000-0117"},
    ]

    async def form(*victims: UUID) -> None:
        codes = tuple(VictimCodes(person_id=each, child=False) for each in victims)
        fact = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=codes)
        await hear_form_filled(store, a_cause(UUID(id)), fact)

    async def call(n: int) -> int:
        at, body = f"/complaints/{id}/outgoing-contacts", CALL_HER | {"whom": "victim", "n": n}
        return (await counter.post(at, body, "supervisor")).status_code

    async def phones() -> list[str | None]:
        told = await read(counter, id)
        return [told.get(f"victims.{n}.safe_contact.phone") for n in (0, 1)]

    async def put(wish: dict[str, Any]) -> int:
        body = wish | {"whom": "victim", "basis": "known_institution"}
        headers = counter.issuer.headers("operator")
        at = f"/complaints/{id}/safe-contact"
        return (await counter.client.put(at, json=body, headers=headers)).status_code

    await commands.note_progress(
        *(store, a_cause(UUID(id)), UUID(id)), status=Status.FOLLOWED_UP, case_id=case_id
    )
    await form(a, b)
    assert [await put(wish) for wish in wishes] == [200, 200]
    assert await put({"n": 2, "may_call": True}) == 422
    assert ([await call(0), await call(1)], await phones()) == (
        [201, 409],
        ["0812-0000-0116", "0812-0000-0117"],
    )
    await form(b, c)
    assert ([await call(0), await call(1)], await phones()) == (
        [409, 409],
        ["0812-0000-0117", None],
    )
    await form(b, a)
    about: dict[str, Any] = {"person_id": a, "case_id": case_id, "complaint_ids": (UUID(id),)}
    erased = PersonErased(occurred_at=now_utc(), persons=(a,), role="victim", story=False, **about)
    await hear_person_erased(store, a_cause(UUID(id)), erased)
    assert await phones() == ["0812-0000-0117", "[erased]"]  # the one is forgotten, the other not


@pytest.mark.parametrize("other", [REFERRED, WALK_IN], ids=["a hospital", "somebody"])
async def test_what_a_victim_said_in_another_complaint_of_her_case_holds_in_this_one_too(
    counter: Counter, other: dict[str, Any]
) -> None:
    ids, case_id = [await received(counter, each) for each in (REFERRED, other)], new_id()
    store, her = counter.app.state.store, person_of(case_id, "victim", 0)
    named = VictimCodes(person_id=her, child=False)
    fact = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=(named,))
    await hear_form_filled(store, a_cause(UUID(ids[0])), fact)

    async def joins(id: str) -> None:
        about = store, a_cause(UUID(id)), UUID(id)
        await commands.note_progress(*about, status=Status.FOLLOWED_UP, case_id=case_id)

    async def says(id: str, may_call: bool) -> int:
        body = {"whom": "victim", "n": 0, "basis": "known_institution", "may_call": may_call}
        headers = counter.issuer.headers("operator")
        answer = await counter.client.put(
            f"/complaints/{id}/safe-contact", json=body, headers=headers
        )
        return answer.status_code

    async def call(id: str) -> int:
        body = CALL_HER | {"whom": "victim", "n": 0}
        return (
            await counter.post(f"/complaints/{id}/outgoing-contacts", body, "supervisor")
        ).status_code

    await joins(ids[0])
    assert [await says(ids[0], True), await call(ids[0])] == [200, 201]
    await joins(ids[1])
    assert await call(ids[0]) == 201  # nothing was said of her there
    assert [await says(ids[1], False), await call(ids[0])] == [200, 409]
    assert [await says(ids[1], True), await call(ids[0])] == [200, 201]
    assert await says(ids[1], False) == 200
    left = store, a_cause(UUID(ids[1])), UUID(ids[1])
    await commands.note_unlinked(*left, case_id=case_id, at=now_utc())
    assert await call(ids[0]) == 201  # it was of another person


async def test_what_may_be_of_her_in_another_complaint_forbids_until_she_speaks_for_herself(
    counter: Counter,
) -> None:
    ids, case_id = [await received(counter, REFERRED) for _ in range(2)], new_id()
    store = counter.app.state.store

    async def says(id: str, n: int, may_call: bool) -> int:
        body = {"whom": "victim", "n": n, "basis": "known_institution", "may_call": may_call}
        headers = counter.issuer.headers("operator")
        answer = await counter.client.put(
            f"/complaints/{id}/safe-contact", json=body, headers=headers
        )
        return answer.status_code

    async def call() -> int:
        body = CALL_HER | {"whom": "victim", "n": 0}
        at = f"/complaints/{ids[0]}/outgoing-contacts"
        return (await counter.post(at, body, "supervisor")).status_code

    victims = tuple(
        VictimCodes(person_id=person_of(case_id, "victim", n), child=False) for n in (0, 1)
    )
    fact = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=victims)
    await hear_form_filled(store, a_cause(UUID(ids[0])), fact)
    about: dict[str, Any] = {"status": Status.FOLLOWED_UP, "case_id": case_id}
    await commands.note_progress(store, a_cause(UUID(ids[0])), UUID(ids[0]), **about)
    assert [await says(ids[0], 0, True), await call()] == [200, 201]
    assert await says(ids[1], 1, False) == 200  # as somebody counted: which of the two is meant?
    await commands.note_progress(store, a_cause(UUID(ids[1])), UUID(ids[1]), **about)
    assert await call() == 409
    assert [await says(ids[0], 0, True), await call()] == [200, 201]


@pytest.mark.parametrize("is_known", [True, False], ids=["gone from the form", "no form yet"])
async def test_who_told_us_is_asked_as_a_victim_also_when_she_is_in_no_form_of_today(
    counter: Counter, is_known: bool
) -> None:
    told = WALK_IN | {"safe_contact": {"may_call": True}}
    ids, case_id = [await received(counter, each) for each in (told, REFERRED)], new_id()
    store = counter.app.state.store

    async def form(n: int) -> None:
        named = VictimCodes(person_id=person_of(case_id, "victim", n), child=False)
        fact = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=(named,))
        await hear_form_filled(store, a_cause(UUID(ids[0])), fact)

    async def call() -> int:
        at = f"/complaints/{ids[0]}/outgoing-contacts"
        return (await counter.post(at, CALL_HER, "supervisor")).status_code

    for id in ids:
        await commands.note_progress(
            *(store, a_cause(UUID(id)), UUID(id)),
            status=Status.FOLLOWED_UP,
            case_id=case_id,
            is_first=id == ids[0],
        )
    if is_known:
        await form(0)
    before, at = await call(), f"/complaints/{ids[1]}/safe-contact"
    no = {"whom": "victim", "n": 0, "basis": "known_institution", "may_call": False}
    said = await counter.client.put(at, json=no, headers=counter.issuer.headers("operator"))
    if is_known:
        await form(1)
    assert (before, said.status_code, await call()) == (201, 200, 409)


async def test_what_was_said_of_a_victim_of_another_case_forbids_until_she_speaks_for_herself(
    counter: Counter,
) -> None:
    ids, cases = [await received(counter, REFERRED) for _ in range(2)], [new_id(), new_id()]
    store = counter.app.state.store

    async def joins(id: str, case_id: UUID) -> None:
        about = store, a_cause(UUID(id)), UUID(id)
        await commands.note_progress(*about, status=Status.FOLLOWED_UP, case_id=case_id)

    async def says(id: str, may_call: bool) -> int:
        body = {"whom": "victim", "n": 0, "basis": "known_institution", "may_call": may_call}
        headers = counter.issuer.headers("operator")
        at = f"/complaints/{id}/safe-contact"
        return (await counter.client.put(at, json=body, headers=headers)).status_code

    async def call(id: str) -> int:
        body, at = CALL_HER | {"whom": "victim", "n": 0}, f"/complaints/{id}/outgoing-contacts"
        return (await counter.post(at, body, "supervisor")).status_code

    for case_id in cases:
        her = VictimCodes(person_id=person_of(case_id, "victim"), child=False)
        fact = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=(her,))
        await hear_form_filled(store, a_cause(UUID(ids[0])), fact)
    for id, case_id in zip(ids, cases, strict=True):
        await joins(id, case_id)
    assert [await says(ids[0], True), await call(ids[0])] == [200, 201]
    assert await says(ids[1], False) == 200
    left = store, a_cause(UUID(ids[1])), UUID(ids[1])
    await commands.note_unlinked(*left, case_id=cases[1], at=now_utc())
    assert [await call(ids[0]), await call(ids[1])] == [201, 409]  # it is of no case
    await joins(ids[1], cases[0])
    assert [await call(ids[0]), await call(ids[1])] == [409, 409]  # it may have been she
    assert [await says(ids[0], True), await call(ids[0])] == [200, 201]
    assert [await says(ids[1], True), await call(ids[1])] == [200, 201]


@pytest.mark.parametrize("first", [REFERRED, WALK_IN], ids=["a hospital", "the victim"])
async def test_what_she_said_before_there_was_a_case_goes_with_her_too(
    counter: Counter, first: dict[str, Any]
) -> None:
    id, case_id, store = await received(counter, first), new_id(), counter.app.state.store
    a, b = (person_of(case_id, "victim", n) for n in (0, 1))
    about: dict[str, Any] = {"person_id": a, "case_id": case_id, "complaint_ids": (UUID(id),)}
    about |= {"persons": (a,), "role": "victim", "story": False}

    async def put(n: int, **wish: Any) -> None:
        body = {"whom": "victim", "n": n, "basis": "known_institution"} | wish
        headers = counter.issuer.headers("operator")
        at = f"/complaints/{id}/safe-contact"
        answer = await counter.client.put(at, json=body, headers=headers)
        assert answer.status_code == 200, answer.text

    async def words() -> set[str]:
        told = await read(counter, id)
        return {text for name, text in told.items() if name.endswith(".code_word")}

    await put(0, code_word="kemangi")
    await put(1, code_word="sereh")
    await commands.note_progress(
        *(store, a_cause(UUID(id)), UUID(id)),
        status=Status.FOLLOWED_UP,
        case_id=case_id,
        is_first=True,
    )
    codes = tuple(VictimCodes(person_id=each, child=False) for each in (a, b))
    named = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=codes)
    await hear_form_filled(store, a_cause(UUID(id)), named)
    await put(0, may_call=True)  # it is kept, and stays sealed where she said it: for the story
    if first is WALK_IN:
        await put(0, whom="reporter", may_call=True)
    assert await words() == {"kemangi", "sereh"}
    asked = ErasureRequested(occurred_at=now_utc(), **about)
    await hear_erasure_requested(store, a_cause(UUID(id)), asked)
    assert await words() == {"sereh"}
    withdrawn = ErasureWithdrawn(occurred_at=now_utc(), **about)
    await hear_erasure_withdrawn(store, a_cause(UUID(id)), withdrawn)
    assert await words() == {"kemangi", "sereh"}
    erased = PersonErased(occurred_at=now_utc(), **about)
    await hear_person_erased(store, a_cause(UUID(id)), erased)
    assert await words() == {"sereh"}
    await put(0, code_word="serai")  # she is here again
    assert await words() == {"serai", "sereh"}


async def test_who_is_meant_by_her_id_is_not_another_who_stands_there_in_an_older_form(
    counter: Counter,
) -> None:
    id, case_id, store = await received(counter, REFERRED), new_id(), counter.app.state.store
    a, b, stranger = (person_of(case_id, "victim", n) for n in (0, 1, 2))
    await commands.note_progress(
        *(store, a_cause(UUID(id)), UUID(id)), status=Status.FOLLOWED_UP, case_id=case_id
    )

    async def form(*victims: UUID) -> None:
        codes = tuple(VictimCodes(person_id=each, child=False) for each in victims)
        fact = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=codes)
        await hear_form_filled(store, a_cause(UUID(id)), fact)

    due_at = (now_utc() + timedelta(days=1)).isoformat()
    promise = {"what": "next_contact", "due_at": due_at}
    made = (await counter.post(f"/complaints/{id}/promises", promise)).json()
    renewal = f"promises/{made['id']}/renewal"
    deeds: dict[str, Any] = {
        "safe-contact": {"may_call": True, "code_word": "kemangi", "basis": "in_person"},
        "outgoing-contacts": CALL_HER,
        "code-word": {"word": "kemangi"},
        "information": {"topics": ["procedure"], "medium": "phone"},
        renewal: {"due_at": due_at, "informed": True, "medium": "phone"},
    }

    async def send(path: str, **whom: Any) -> httpx.Response:
        method = "PUT" if path == "safe-contact" else "POST"
        who = "supervisor" if path == "outgoing-contacts" else "operator"
        return await counter.client.request(
            method,
            f"/complaints/{id}/{path}",
            json=deeds[path] | {"whom": "victim"} | whom,
            headers=counter.issuer.headers(who),
        )

    await form(a, b)  # the officer sees a newer form: b and a
    known = await counter.happened(id)
    for path in deeds:
        for whom in ({"n": 0, "person_id": str(b)}, {"person_id": str(stranger)}):
            refused = await send(path, **whom)
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stale")
        assert (await send(path, person_id=str(b), whom="reporter")).status_code == 422
    assert await counter.happened(id) == known

    for path in deeds:
        answer = await send(path, person_id=str(b))
        assert answer.is_success, (path, answer.text)
    await form(b, a)
    for path in ("outgoing-contacts", "code-word", "information", renewal):
        assert (await send(path, n=0, person_id=str(b))).is_success
    called = (await send("outgoing-contacts", person_id=str(b))).json()
    assert (called["n"], called["person_id"]) == (0, str(b))
    assert (await send("outgoing-contacts", person_id=str(a))).status_code == 409
    assert (await send("code-word", person_id=str(a))).json() == {"is_right": False}


async def test_outside_her_hours_nobody_calls(counter: Counter) -> None:
    safe = {"may_call": True, "hours": [["03:00", "03:00"]]}  # never
    id = await received(counter, WALK_IN | {"safe_contact": safe})
    answer = await counter.post(f"/complaints/{id}/outgoing-contacts", CALL_HER, "supervisor")
    assert (answer.status_code, answer.json()["detail"]) == (409, "outside_hours")


@pytest.mark.parametrize(("agreed", "status"), [(True, 201), (False, 409)])
async def test_a_dropped_caller_is_called_back_only_if_she_agreed(
    counter: Counter, agreed: bool, status: int
) -> None:
    id = await counter.opened(CALL | {"call_back": agreed})
    at = f"/complaints/{id}/outgoing-contacts"
    while_she_speaks = await counter.post(at, CALL_HER)
    await counter.post(f"/contacts/{id}/drop", {})

    answer = await counter.post(at, CALL_HER | {"purpose": "call_back"})
    colleague = await counter.post(at, CALL_HER, nth=2)

    assert while_she_speaks.status_code == 409
    assert answer.status_code == status
    assert colleague.status_code == 404


async def test_the_others_hear_how_she_may_be_contacted_and_nothing_personal(
    make_database: MakeDatabase, empty_nats: str, issuer: Issuer, pepper: Path
) -> None:
    connection = await nats.connect(empty_nats)
    heard: dict[str, str] = {}

    async def hear(message: Any) -> None:
        fact = message.subject.split(".")[2]
        heard[fact] = f"{message.subject}{message.headers}{message.data.decode()}"

    await connection.subscribe("ppa.intake.>", cb=hear)
    async with at_the_counter(await make_database("intake"), issuer, pepper, empty_nats) as counter:
        id = await counter.opened(CALL)
        safe = {
            "may_call": True,
            "leave_message": True,
            "shared_with_perpetrator": True,
            "phone": "0812-0000-0155",
            "hours": [["09:00", "15:00"]],
            "code_word": "kemangi",
            "who_may_answer": "Ibu Kencana",
            "cover_story": "kurir paket",
        }
        await counter.post(f"/contacts/{id}/complaint", TOLD | {"safe_contact": safe})
        await counter.post(f"/complaints/{id}/handover")
        changes = {"narrative": "Rahasia Kencana", "locus_code": "35.73.04"}
        await counter.post(
            f"/complaints/{id}/amendments", {"why": "correction", "changes": changes}
        )
        withdrawal = {"reason": "other", "words": "Rahasia Kencana", "basis": "code_word"}
        await counter.post(f"/complaints/{id}/withdrawal", withdrawal)
        await eventually(lambda: _of(heard), lambda facts: len(facts) == 5)
    await connection.close()

    assert heard.keys() == {
        *("ComplaintReceived", "ComplaintHandedOver", "ComplaintAmended"),
        *("ComplaintWithdrawn", "SafeContactSet"),
    }
    assert '"handed_over":false' in heard["ComplaintReceived"]
    assert '"fields":["locus_code","narrative"]' in heard["ComplaintAmended"]
    assert '"locus_code":"35.73.04"' in heard["ComplaintAmended"]
    assert '"withdrawn_by":"victim"' in heard["ComplaintWithdrawn"]
    said = heard["SafeContactSet"]
    assert '"whom":"reporter","n":0,"is_victims":true' in said
    assert '"may_call":true' in said
    assert '"may_leave_message":false' in said  # the perpetrator would hear it
    assert '"hours":[["09:00","15:00"]]' in said
    assert not re.search("Kencana|kemangi|kurir|0000-?0155|Sumarni|Rahasia", str(heard))


async def _of(heard: dict[str, str]) -> dict[str, str]:
    return heard


# The sender


@pytest.mark.parametrize(("body", "number"), [(REFERRED, "445/17"), (LAPOR, "LP-8812")])
async def test_the_sender_hears_its_own_number_and_nothing_of_the_case(
    counter: Counter, body: dict[str, Any], number: str
) -> None:
    id = await received(counter, body)

    answer = await counter.post(f"/complaints/{id}/acknowledgement", {"medium": "letter"})
    later = await counter.post(f"/complaints/{id}/acknowledgement", {"medium": "email"})
    told = await read(counter, id)

    assert answer.status_code == 201
    assert number in answer.json()["text"]
    assert not re.search("Melati|16|pulang|Anggrek|aman.\\Z|PPA-", answer.json()["text"])
    assert later.json()["acknowledged_at"] == answer.json()["acknowledged_at"]
    assert (await counter.happened(id)).count("SenderAcknowledged") == 1
    assert set(told.values()) >= {
        value for value in body["referred_by"].values() if value in ("445/17", "LP-8812")
    }


async def test_a_letter_without_a_number_is_answered_without_one(counter: Counter) -> None:
    packet = {k: v for k, v in REFERRED["referred_by"].items() if k != "letter_no"}
    id = await received(counter, REFERRED | {"referred_by": packet})
    answer = await counter.post(f"/complaints/{id}/acknowledgement", {"medium": "letter"})
    assert answer.json()["text"].startswith("Surat rujukan Anda sudah kami terima")


async def test_what_nobody_sent_is_acknowledged_to_nobody(counter: Counter) -> None:
    id = await received(counter, WALK_IN)
    answer = await counter.post(f"/complaints/{id}/acknowledgement", {"medium": "letter"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-referred")


async def test_what_an_institution_sends_along_is_all_kept_and_all_covered(
    counter: Counter,
) -> None:
    id = await received(counter, REFERRED)
    told = await read(counter, id)
    assert {name.removeprefix("referred_by.") for name in told} == {
        *("narrative", "officer", "letter_no", "purpose", "chronology", "condition"),
        "enclosures.0",
    }


async def test_who_writes_to_the_website_is_told_whom_to_call(counter: Counter) -> None:
    answer = await counter.client.post("/complaints", json=WEBSITE)
    walk_in = await counter.post("/complaints", WALK_IN)
    for number in ("112", "110", "129"):
        assert number in answer.json()["auto_reply"]
    assert "Tetangga" not in answer.json()["auto_reply"]
    assert walk_in.json()["auto_reply"] is None
