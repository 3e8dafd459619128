"""The counter: contacts with their clock, drafts that survive, calls that drop and come back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake import commands as intake
from services.intake.app import PARTS
from services.intake.commands import complaint_id_of
from services.intake.contacts import commands
from services.intake.contacts.tidying import ABANDONED, KEPT, tidy
from services.intake.contacts.views import outlived
from services.intake.domain import Circumstances, Contact, Notes, Status
from shared.access import Subject
from shared.access.hearing import hear_form_filled
from shared.access.rule import ROLES
from shared.access.standing import standing_of
from shared.access.wall import Reader
from shared.contracts import person_of
from shared.contracts.triage import CaseFormFilled, VictimCodes
from shared.eventstore import Cause, new_id, now_utc
from shared.eventstore.rebuild import rebuild
from shared.privacy import Personal
from tests.cases import a_cause
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.counter import CALL, DRAFT, HERS, TOLD, Counter, at_the_counter
from tests.integration.test_rebuild import contents
from tests.services import eventually
from tests.tokens import Issuer, staff_id

SAFE = {"may_call": True, "phone": "0812-0000-0188"}


@pytest.fixture
async def counter(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Counter]:
    async with at_the_counter(await make_database("intake"), issuer, pepper) as running:
        yield running


# From the first moment to the handing over


async def test_a_contact_becomes_a_complaint_and_is_handed_over_within_its_time(
    counter: Counter,
) -> None:
    id = await counter.opened({"channel": "walk_in", "queue_ticket": "A-17", "private_room": True})
    running = await counter.clock(id)

    receipt = await counter.post(f"/contacts/{id}/complaint", TOLD)
    between = await counter.get(f"/complaints/{id}")
    handed = await counter.post(f"/complaints/{id}/handover")
    stopped = await counter.clock(id)

    assert running["staff_id"] == staff_id("operator")
    length = datetime.fromisoformat(running["due_at"]) - datetime.fromisoformat(
        running["started_at"]
    )
    assert length == timedelta(minutes=10)
    assert receipt.status_code == 201
    assert receipt.json()["complaint_id"] == id
    assert between["handed_over"] is False
    assert handed.json()["status"] == "handed_over"
    assert (stopped["stopped_at"] is not None, stopped["breached"]) == (True, False)
    assert (await counter.get(f"/complaints/{id}"))["handed_over"] is True
    assert await counter.happened(id) == [
        *("ComplaintOpened", "ContactOpened", "ClockStarted"),
        *("ComplaintReceived", "ComplaintHandedOver", "ClockStopped"),
    ]


async def test_receiving_in_one_call_costs_no_further_event(counter: Counter) -> None:
    answer = await counter.post("/complaints", WALK_IN)
    id = answer.json()["complaint_id"]

    assert await counter.happened(id) == ["ComplaintOpened", "ComplaintReceived"]
    assert (await counter.get(f"/complaints/{id}"))["handed_over"] is True


async def test_each_call_of_the_counter_has_one_effect_however_often_it_comes(
    counter: Counter,
) -> None:
    async def twice(path: str, body: Any = None) -> Any:
        key = str(new_id())
        first, second = [await counter.post(path, body, key=key) for _ in range(2)]
        assert first.is_success, first.text
        assert second.is_success, second.text
        return first.json(), second.json()

    first, second = await twice("/contacts", CALL)
    assert first == second
    id = first["id"]
    await twice(f"/contacts/{id}/drop", {"reason": "hung_up"})
    await twice(f"/contacts/{id}/resumption")
    first, second = await twice(f"/contacts/{id}/complaint", TOLD)
    assert first == second
    await twice(f"/complaints/{id}/handover")
    other = (await twice("/contacts", CALL))[0]["id"]
    await twice(f"/contacts/{other}/service-complaint")

    assert await counter.happened(id) == [
        *("ComplaintOpened", "ContactOpened", "ClockStarted"),
        *("ContactDropped", "ClockStopped", "ContactResumed", "ClockStartedAgain"),
        *("ComplaintReceived", "ComplaintHandedOver", "ClockStopped"),
    ]
    assert len(await counter.happened(other)) == 5


async def test_what_is_received_already_is_amended_and_not_received_again(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/complaint", TOLD)

    again = await counter.post(f"/contacts/{id}/complaint", TOLD | {"in_danger": True})
    draft = await counter.keep(id, DRAFT)

    assert (again.status_code, draft.status_code) == (409, 409)
    assert again.json()["type"] == "/problems/already-received"


async def test_what_is_not_received_cannot_be_handed_over(counter: Counter) -> None:
    id = await counter.opened()
    answer = await counter.post(f"/complaints/{id}/handover")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-received")


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "walk_in", "sub_channel": "website"},
        {"channel": "telepathy"},
        {"channel": "walk_in", "message_received_at": "2026-11-23T09:00:00Z"},
        {"channel": "online", "message_received_at": "2020-01-01T00:00:00Z"},
        {"channel": "online", "message_received_at": "2026-11-23T09:00:00"},
        {"channel": "call_center", "caller_number": "Rahasia-Sumarni"},
    ],
    ids=["no website", "no channel", "no message", "an old message", "no zone", "no number"],
)
async def test_a_contact_that_cannot_be_is_a_problem_that_repeats_nothing(
    counter: Counter, body: dict[str, Any]
) -> None:
    answer = await counter.post("/contacts", body)
    assert answer.status_code == 422
    assert "Rahasia" not in answer.text


async def test_a_caller_may_withhold_the_number(counter: Counter) -> None:
    id = await counter.opened(CALL | {"caller_number": "withheld"})
    read = await counter.post(f"/contacts/{id}/personal", {"purpose": "contact"})
    assert read.json()["fields"] == {"caller.number": "withheld"}


async def test_a_message_that_lay_too_long_says_so_when_it_is_opened(counter: Counter) -> None:
    since = now_utc() - timedelta(days=5)
    body = {"channel": "online", "sub_channel": "social_media"}

    id = await counter.opened(body | {"message_received_at": since.isoformat()})
    first = await counter.clock(id, "first_response")
    receipt = await counter.post(f"/contacts/{id}/complaint", TOLD)

    assert (first["breached"], first["stopped_at"] is not None) == (True, True)
    assert (await counter.clock(id))["breached"] is False  # the counter's begins when it is opened
    for number in ("112", "110", "129"):
        assert number in receipt.json()["auto_reply"]


async def test_a_complaint_about_the_office_never_leaves_intake(counter: Counter) -> None:
    id = await counter.opened({"channel": "referral_in"})
    await counter.keep(id, {"narrative": "Antre tiga jam di loket."})

    closed = await counter.post(f"/contacts/{id}/service-complaint")
    after = await counter.post(f"/contacts/{id}/complaint", TOLD)

    assert closed.json()["contact"]["status"] == "closed"
    assert "SP4N-LAPOR" in closed.json()["text"]
    assert (after.status_code, after.json()["type"]) == (409, "/problems/contact-closed")
    assert "ComplaintReceived" not in await counter.happened(id)
    assert (await counter.clock(id))["stopped_at"] is not None


# Drafts


async def test_a_draft_is_read_back_through_the_door_by_its_operator_only(
    counter: Counter,
) -> None:
    id = await counter.opened()
    kept = await counter.keep(id, DRAFT)
    asked = {"purpose": "identification"}

    own = await counter.post(f"/contacts/{id}/personal", asked)
    colleague = await counter.post(f"/contacts/{id}/personal", asked, nth=2)
    listed = await counter.get("/contacts")

    assert kept.status_code == 200
    read = own.json()
    assert read["fields"]["narrative"] == DRAFT["narrative"]
    assert read["fields"]["reporter.full_name"] == "Wulan Kencana"
    assert read["fields"]["caller.number"] == CALL["caller_number"]
    assert read["codes"]["locus_code"] == "35.73.04.1004"
    assert not HERS.search(str(read["codes"]))
    assert colleague.status_code == 404
    assert not HERS.search(str(listed))
    assert (listed[0]["has_text"], listed[0]["in_danger"]) == (True, False)
    count = "select count(*) from es.events where name = 'PersonalDataAccessed'"
    assert await counter.app.state.store.pool.fetchval(count) == 1


async def test_after_the_handing_over_the_operator_reads_no_more(counter: Counter) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT)
    await counter.post(f"/contacts/{id}/complaint", TOLD)
    await counter.post(f"/complaints/{id}/handover")

    answer = await counter.post(f"/contacts/{id}/personal", {"purpose": "identification"})

    assert answer.status_code == 404


async def test_a_blank_screen_wipes_nothing_and_nobody_writes_over_another(
    counter: Counter,
) -> None:
    id = await counter.opened()
    kept = await counter.keep(id, DRAFT)
    blank = await counter.keep(id, {})
    nulls = await counter.keep(id, dict.fromkeys(DRAFT))
    colleague = await counter.keep(id, {"narrative": "Siapa ini?"}, nth=2)
    late = await counter.keep(id, {"narrative": "Layar lama"}, version=kept.json()["version"])
    seen = (await counter.get(f"/contacts/{id}"))["version"]
    fresh = await counter.keep(id, {"in_danger": True}, version=seen)
    await counter.post(f"/contacts/{id}/drop", {})

    assert (blank.status_code, nulls.status_code, fresh.status_code) == (200, 200, 200)
    assert (seen, fresh.json()["version"]) == (nulls.json()["version"], seen + 1)
    assert (colleague.status_code, colleague.json()["type"]) == (
        409,
        "/problems/contact-of-another",
    )
    assert (late.status_code, late.json()["type"]) == (409, "/problems/stale")
    found = await counter.get(f"/complaints/{id}")
    assert (found["in_danger"], found["locus_code"]) == (True, DRAFT["locus_code"])
    assert (await counter.read(f"/complaints/{id}"))["narrative"] == DRAFT["narrative"]


async def test_who_takes_a_contact_over_goes_on_with_its_notes(counter: Counter) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT)
    deeds = {"complaint": TOLD, "service-complaint": None}
    early = [await counter.post(f"/contacts/{id}/{each}", deeds[each], nth=2) for each in deeds]
    await counter.post(f"/contacts/{id}/resumption", nth=2)
    kept = await counter.keep(id, {"in_danger": True}, nth=2)
    mine = await counter.keep(id, {"narrative": "Layar lama"})

    assert [each.status_code for each in early] == [409, 409]
    assert (kept.status_code, mine.status_code) == (200, 409)
    read = await counter.post(f"/contacts/{id}/personal", {"purpose": "identification"}, nth=2)
    assert read.json()["fields"]["narrative"] == DRAFT["narrative"]


async def test_a_draft_survives_the_end_of_the_process(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> None:
    database = await make_database("intake")
    async with at_the_counter(database, issuer, pepper) as counter:
        id = await counter.opened()
        await counter.keep(id, {"narrative": "pertama"})
        await counter.keep(id, DRAFT)
    async with at_the_counter(database, issuer, pepper) as counter:
        read = await counter.post(f"/contacts/{id}/personal", {"purpose": "identification"})
    assert read.json()["fields"]["narrative"] == DRAFT["narrative"]


async def test_nothing_of_a_contact_lies_anywhere_in_the_clear(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT)
    await counter.post(
        f"/contacts/{id}/emergency", {"services": ["POLICE_110"], "where": "Jalan S. gang 3"}
    )
    await counter.post(f"/contacts/{id}/drop", {})
    await counter.post(f"/contacts/{id}/personal", {"purpose": "Kencana"})

    connection = await asyncpg.connect(counter.database.admin_url)
    tables = await connection.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')"
    )
    stored = ""
    for (name,) in tables:
        rows = await connection.fetch(f"select t::text as row from {name} t")  # noqa: S608
        stored += "".join(row["row"] for row in rows)
    await connection.close()

    assert "DraftKept" in stored
    assert not HERS.search(stored)
    printed = capsys.readouterr()
    assert not HERS.search(printed.out + printed.err)


# Dropped, and back again


async def test_a_dropped_call_with_a_word_in_it_is_received_as_it_is(counter: Counter) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT)

    dropped = await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})

    assert dropped.json()["status"] == "dropped"
    assert (dropped.json()["is_received"], dropped.json()["is_minimal"]) == (True, True)
    found = await counter.get(f"/complaints/{id}")
    assert (found["handed_over"], found["is_minimal"]) == (True, True)
    assert found["locus_code"] == "35.73.04.1004"
    read = await counter.post(
        f"/complaints/{id}/personal", {"purpose": "supervision"}, "supervisor"
    )
    assert read.json()["fields"]["narrative"] == DRAFT["narrative"]
    assert read.json()["fields"]["safe_contact.code_word"] == "kemangi"
    assert read.json()["fields"]["caller.number"] == CALL["caller_number"]


async def test_a_word_that_comes_after_the_line_is_lost_is_received_too(counter: Counter) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    nothing_yet = await counter.get(f"/contacts/{id}")

    late = await counter.keep(id, DRAFT)

    assert nothing_yet["is_received"] is False
    assert late.status_code == 200
    found = await counter.get(f"/complaints/{id}")
    assert (found["is_minimal"], found["handed_over"]) == (True, True)
    assert await counter.happened(id) == [
        *("ComplaintOpened", "ContactOpened", "ClockStarted", "ContactDropped", "ClockStopped"),
        *("DraftKept", "ComplaintReceived", "SafeContactSet"),
    ]
    await tidy(counter.app.state.store, now_utc() + KEPT)
    assert (await counter.read(f"/complaints/{id}"))["narrative"] == DRAFT["narrative"]


async def test_what_was_left_unreceived_once_is_found_and_never_forgotten(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/drop", {})
    store = counter.app.state.store
    contact = await store.load(Contact, Contact.create_id(UUID(id)))
    contact.keep(Notes(narrative=Personal("Tolong")), staff_id("operator"), now_utc())
    cause = Cause(handler="test", message_id="1", actor="test").about(UUID(id))
    await store.save(contact, cause=cause)  # as before a late word was received at once

    early = await outlived(store.pool, now_utc() + KEPT)
    await tidy(store, now_utc() + ABANDONED)

    assert early == []
    assert "ComplaintReceived" in await counter.happened(id)
    assert (await counter.read(f"/complaints/{id}"))["narrative"] == "Tolong"


async def test_a_dropped_caller_without_a_word_stays_on_the_list_until_somebody_goes_on(
    counter: Counter,
) -> None:
    id, other, whole = [await counter.opened() for _ in range(3)]
    for each in (id, other):
        await counter.post(f"/contacts/{each}/drop", {})
    await counter.post(f"/contacts/{whole}/complaint", TOLD)
    await counter.post(f"/complaints/{whole}/handover")
    pool = counter.app.state.store.pool
    await pool.execute("update contacts set opened_at = opened_at - interval '25 hours'")

    found = await counter.get("/contacts?status=dropped")
    await counter.post(f"/contacts/{other}/resumption")
    later = await counter.get("/contacts")

    assert {each["id"] for each in found} == {id, other}
    assert [each["id"] for each in later] == [id]


async def test_a_dropped_call_without_a_word_waits_for_her_to_ring_again(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    stopped = await counter.clock(id)

    (found,) = await counter.get("/contacts?status=dropped", nth=2)
    resumed = await counter.post(f"/contacts/{id}/resumption", nth=2)
    again = await counter.clock(id)
    received = await counter.post(f"/contacts/{id}/complaint", TOLD, nth=2)

    assert (stopped["stopped_at"] is not None, stopped["breached"]) == (True, False)
    assert (found["id"], found["is_received"]) == (id, False)
    assert resumed.json()["operator_id"] == staff_id("operator", 2)
    assert again["stopped_at"] is None
    assert again["staff_id"] == staff_id("operator", 2)
    assert received.status_code == 201


async def test_who_rings_again_completes_what_was_received_in_haste(counter: Counter) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT)
    await counter.post(f"/contacts/{id}/drop", {})
    number = (await counter.get(f"/complaints/{id}"))["registration_no"]

    await counter.post(f"/contacts/{id}/resumption")
    receipt = await counter.post(f"/contacts/{id}/complaint", TOLD)
    found = await counter.get(f"/complaints/{id}")
    read = await counter.post(
        f"/complaints/{id}/personal", {"purpose": "supervision"}, "supervisor"
    )

    assert (receipt.status_code, receipt.json()["registration_no"]) == (201, number)
    assert (found["is_minimal"], found["locus_code"]) == (False, TOLD["locus_code"])
    assert read.json()["fields"]["narrative"] == TOLD["narrative"]
    assert (await counter.clock(id))["stopped_at"] is not None
    assert (await counter.happened(id))[-2:] == ["ComplaintAmended", "ClockStopped"]


async def test_danger_that_is_noted_when_she_rings_again_is_told_at_once(counter: Counter) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT | {"in_danger": False})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    await counter.post(f"/contacts/{id}/resumption")

    await counter.keep(id, {"in_danger": True})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})

    assert (await counter.get(f"/complaints/{id}"))["in_danger"] is True
    assert (await counter.happened(id)).count("ComplaintAmended") == 1


async def in_a_case(counter: Counter, id: str) -> None:
    """Let a case be opened with a complaint, with one victim in its form."""
    case_id, store, about = new_id(), counter.app.state.store, UUID(id)
    await intake.note_progress(
        *(store, a_cause(about), about),
        status=Status.FOLLOWED_UP,
        case_id=case_id,
        is_first=True,
    )
    her = VictimCodes(person_id=person_of(case_id, "victim"), child=False)
    named = CaseFormFilled(occurred_at=now_utc(), case_id=case_id, victims=(her,))
    await hear_form_filled(store, a_cause(about), named)


@pytest.mark.parametrize("is_completed", [False, True], ids=["a draft", "the completion"])
async def test_that_he_reads_her_telephone_and_her_hours_stay_when_she_rings_again_in_a_case(
    counter: Counter, is_completed: bool
) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT | {"safe_contact": {"may_call": True}})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    await in_a_case(counter, id)
    he_reads_it = {"may_text": True, "shared_with_perpetrator": True}
    never = {"hours": [["03:00", "03:00"]]}
    answer = await counter.client.put(
        f"/complaints/{id}/safe-contact",
        json=he_reads_it | never | {"whom": "victim", "n": 0, "basis": "code_word"},
        headers=counter.issuer.headers("operator"),
    )
    await counter.post(f"/contacts/{id}/resumption")
    wish = {"safe_contact": {"may_call": True, "may_text": True}}
    if is_completed:
        said = await counter.post(f"/contacts/{id}/complaint", TOLD | wish)
    else:
        said = await counter.keep(id, wish)

    async def refused(whom: str, medium: str) -> str:
        body = {"whom": whom, "medium": medium, "purpose": "information"}
        answer = await counter.post(f"/complaints/{id}/outgoing-contacts", body, "supervisor")
        return str(answer.json().get("detail"))

    assert (answer.is_success, said.is_success) == (True, True)
    for whom in ("victim", "reporter"):
        why = [await refused(whom, medium) for medium in ("call", "text")]
        assert why == ["outside_hours", "medium"]


@pytest.mark.parametrize(
    "again",
    [{}, {"safe_contact": {"may_call": True}}],
    ids=["a tick", "the screen as it stands"],
)
async def test_a_draft_that_says_nothing_new_of_how_she_may_be_contacted_permits_nothing_anew(
    counter: Counter, again: dict[str, Any]
) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT | {"safe_contact": {"may_call": True}})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    at, call = f"/complaints/{id}/safe-contact", f"/complaints/{id}/outgoing-contacts"
    headers = counter.issuer.headers("operator")
    no_calls = {"may_call": False, "basis": "code_word"}
    answer = await counter.client.put(at, json=no_calls, headers=headers)
    await counter.post(f"/contacts/{id}/resumption")

    async def reached() -> int:
        body = {"whom": "reporter", "medium": "call", "purpose": "information"}
        return (await counter.post(call, body, "supervisor")).status_code

    kept = await counter.keep(id, {"reporter": {"anonymous": True}} | again)
    assert (answer.status_code, kept.status_code, await reached()) == (200, 200, 409)
    await counter.keep(id, {"safe_contact": {"may_call": True, "may_text": True}})
    assert await reached() == 201  # this she says now


async def test_what_only_the_notes_held_is_read_for_good_after_the_completion(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT | {"reporter": {"full_name": "Wulan", "phone": "0812-0000-0155"}})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    await counter.post(f"/contacts/{id}/resumption")
    await counter.keep(id, {"narrative": "Ia pergi.", "occurred_on": "2026-11-20"})
    needed = {"reporter_role": "victim", "narrative": "Ia sudah pergi.", "in_danger": False}
    rest = needed | {"reporter": {"full_name": "Wulan Kencana"}}
    completed = await counter.post(f"/contacts/{id}/complaint", rest)
    await tidy(counter.app.state.store, now_utc() + KEPT)
    read = await counter.read(f"/complaints/{id}")
    putting_right = {"why": "correction", "changes": {"locus_text": None}}
    amended = await counter.post(f"/complaints/{id}/amendments", putting_right)

    assert completed.status_code == 201
    assert read == {
        "narrative": "Ia sudah pergi.",
        "earlier.0.narrative": DRAFT["narrative"],
        "earlier.1.narrative": "Ia pergi.",
        "reporter.full_name": "Wulan Kencana",
        "reporter.phone": "0812-0000-0155",
        "locus_text": DRAFT["locus_text"],
        "safe_contact.code_word": "kemangi",
        "caller.number": CALL["caller_number"],
    }
    assert (await counter.get(f"/complaints/{id}"))["locus_code"] == DRAFT["locus_code"]
    assert amended.status_code == 200
    assert "locus_text" not in await counter.read(f"/complaints/{id}")  # taken away stays so


async def test_a_complaint_that_is_complete_is_handed_over_when_the_line_drops(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/complaint", TOLD)
    await counter.post(f"/contacts/{id}/drop", {})
    assert (await counter.get(f"/complaints/{id}"))["handed_over"] is True
    assert await counter.get("/contacts?status=dropped") == []


async def test_a_contact_that_everybody_left_is_received_as_it_is(counter: Counter) -> None:
    id, empty = await counter.opened(), await counter.opened()
    await counter.keep(id, DRAFT)

    await tidy(counter.app.state.store, now_utc())
    early = await counter.get(f"/contacts/{id}")
    await tidy(counter.app.state.store, now_utc() + ABANDONED)
    late, nothing = await counter.get(f"/contacts/{id}"), await counter.get(f"/contacts/{empty}")

    assert (early["status"], early["is_received"]) == ("open", False)
    assert (late["status"], late["is_received"]) == ("dropped", True)
    assert (nothing["status"], nothing["is_received"]) == ("dropped", False)


# Forgetting


async def test_drafts_die_after_thirty_days_but_not_what_was_received_from_them(
    counter: Counter,
) -> None:
    complete, hasty, empty = [await counter.opened() for _ in range(3)]
    for id in (complete, hasty):
        await counter.keep(id, DRAFT)
    await counter.post(f"/contacts/{complete}/complaint", TOLD)
    await counter.post(f"/complaints/{complete}/handover")
    await counter.post(f"/contacts/{hasty}/drop", {})
    await counter.post(f"/contacts/{empty}/drop", {})

    await tidy(counter.app.state.store, now_utc() + KEPT)

    async def read(path: str) -> dict[str, str]:
        answer = await counter.post(path, {"purpose": "supervision"}, "supervisor")
        fields: dict[str, str] = answer.json()["fields"]
        return fields

    notes = await read(f"/contacts/{complete}/personal")
    assert notes["narrative"] == "[erased]"
    assert (await read(f"/complaints/{complete}/personal"))["narrative"] == TOLD["narrative"]
    assert (await read(f"/complaints/{hasty}/personal"))["narrative"] == DRAFT["narrative"]
    assert (await read(f"/contacts/{empty}/personal"))["caller.number"] == "[erased]"


async def test_of_a_caller_who_wants_to_stay_unknown_not_even_the_number_is_kept(
    counter: Counter,
) -> None:
    id = await counter.opened()
    await counter.keep(id, DRAFT)
    anonymous = TOLD | {"reporter_role": "anonymous"}
    await counter.post(f"/contacts/{id}/complaint", anonymous)

    await tidy(counter.app.state.store, now_utc())
    read = await counter.post(
        f"/complaints/{id}/personal", {"purpose": "supervision"}, "supervisor"
    )
    notes = await counter.post(f"/contacts/{id}/personal", {"purpose": "contact"})

    assert read.json()["fields"] == {
        "narrative": TOLD["narrative"],
        "caller.number": "[erased]",
    }
    assert notes.json()["fields"]["reporter.full_name"] == "[erased]"
    assert (await counter.happened(id))[-1] == "SubjectKeysDestroyed"


async def test_who_sends_no_name_leaves_none(counter: Counter) -> None:
    told = WALK_IN | {"reporter_role": "anonymous"}
    id = (await counter.post("/complaints", told)).json()["complaint_id"]
    read = await counter.post(
        f"/complaints/{id}/personal", {"purpose": "supervision"}, "supervisor"
    )
    assert read.json()["fields"] == {"narrative": WALK_IN["narrative"]}


@pytest.mark.parametrize(
    "notes",
    [{"reporter": {"anonymous": True}}, {"reporter_role": "anonymous"}],
    ids=["without a name", "by role"],
)
async def test_who_stays_unknown_leaves_no_number_in_whatever_way_she_said_so(
    counter: Counter, notes: dict[str, Any]
) -> None:
    told, dropped, late = [await counter.opened() for _ in range(3)]
    for id in (told, dropped, late):
        await counter.keep(id, DRAFT)
    await counter.post(f"/contacts/{told}/complaint", TOLD | notes | {"safe_contact": SAFE})
    await counter.keep(dropped, notes)
    await counter.post(f"/contacts/{dropped}/drop", {})
    await counter.post(f"/contacts/{late}/drop", {})
    await counter.keep(late, notes)

    await tidy(counter.app.state.store, now_utc())

    for id in (told, dropped, late):
        read = await counter.read(f"/complaints/{id}")
        assert read["caller.number"] == "[erased]"
        assert not re.search("Wulan|Kencana|Sumarni|0000-?0101", str(read))
    # A number that she gave to be reached at is no name: it is for us, and stays.
    is_reachable = notes != {"reporter_role": "anonymous"}
    hers = (await counter.read(f"/complaints/{told}")).get("safe_contact.phone")
    assert (hers == SAFE["phone"]) == is_reachable


# The clock goes on while we are away


async def test_what_ran_over_while_the_service_was_away_is_told_with_its_true_time(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> None:
    database = await make_database("intake")
    cause = Cause(handler="POST /contacts", message_id=str(new_id()), actor="staff:x")
    began = now_utc() - timedelta(minutes=25)
    async with at_the_counter(database, issuer, pepper) as counter:
        counter.app.state.work.tasks["clocks"].cancel()
        await commands.open_contact(
            counter.app.state.store,
            cause,
            channel="walk_in",
            sub_channel=None,
            operator_id=staff_id("operator"),
            caller_number=Personal("0812-0000-0155"),
            circumstances=Circumstances(),
            now=began,
        )
    id = str(complaint_id_of(cause))
    async with at_the_counter(database, issuer, pepper) as counter:
        late = await eventually(lambda: counter.clock(id), lambda found: found["breached"])
        own = await counter.get("/clocks?status=unexplained")
        receipt = await counter.post(f"/contacts/{id}/complaint", TOLD)
        why = await counter.post(
            f"/clocks/{late['id']}/explanations", {"explanation": "Ia menangis."}
        )
        fact = await counter.app.state.store.pool.fetchrow(
            "select body -> 'data' ->> 'due_at' as due_at, body -> 'data' ->> 'noticed_at' as at"
            " from es.events where name = 'ClockBreached'"
        )

    assert datetime.fromisoformat(late["due_at"]) == began + timedelta(minutes=10)
    assert datetime.fromisoformat(fact["due_at"]) == began + timedelta(minutes=10)
    assert datetime.fromisoformat(fact["at"]) > began + timedelta(minutes=24)
    assert [each["id"] for each in own] == [late["id"]]
    assert receipt.status_code == 201  # never cut off
    assert why.json()["explained"] is True


async def test_the_views_of_contacts_are_made_anew_from_the_events(counter: Counter) -> None:
    whole, hasty, faceless, office = [await counter.opened() for _ in range(4)]
    for id in (whole, hasty):
        await counter.keep(id, DRAFT)
    await counter.post(f"/contacts/{whole}/complaint", TOLD | {"safe_contact": {}})
    await counter.post(f"/complaints/{whole}/handover")
    await counter.post(f"/complaints/{whole}/withdrawal", {"reason": "other", "basis": "in_person"})
    await counter.post(f"/contacts/{hasty}/emergency", {"services": ["POLICE_110"]})
    await counter.post(f"/contacts/{hasty}/drop", {})
    await counter.post(f"/contacts/{hasty}/resumption", nth=2)
    await counter.post(f"/contacts/{faceless}/complaint", TOLD | {"reporter_role": "anonymous"})
    await counter.post(f"/contacts/{office}/service-complaint")
    connection = await asyncpg.connect(counter.database.admin_url)
    before = await contents(connection)

    schema = {"schema": PARTS.schema, "app_role": "aduan_intake"}
    connect = partial(asyncpg.connect, counter.database.admin_url)
    await rebuild(connect, PARTS.codec, PARTS.project, **schema)

    assert len(before["contacts"]) == 4
    assert len(before["emergencies"]) == len(before["faceless"]) == 1
    assert await contents(connection) == before
    await connection.close()


async def test_a_contact_is_there_for_the_desk_only(counter: Counter) -> None:
    id = await counter.opened()
    await counter.post(f"/contacts/{id}/emergency", {"services": ["POLICE_110"]})
    pool = counter.app.state.store.pool
    for role in ROLES:
        reader = Reader(pool, Subject(staff_id(role), frozenset({role})))
        is_desk = role in ("operator", "identification_officer", "supervisor")
        for table in ("contacts", "emergencies"):
            assert len(await reader.fetch(f"select from {table}")) == is_desk, (role, table)
        assert await reader.fetch("select from faceless") == []
    case_id = new_id()
    cause = Cause(handler="test", message_id="1", actor="test").about(UUID(id))
    store = counter.app.state.store
    await intake.note_progress(store, cause, UUID(id), status=Status.FOLLOWED_UP, case_id=case_id)
    standing = await standing_of(store, case_id)
    standing.declare_conflict(staff_id("operator"), None, now_utc())
    await store.save(standing, cause=Cause(**vars(cause) | {"message_id": "2"}))
    related = Reader(pool, Subject(staff_id("operator"), frozenset({"operator"})))
    for table in ("contacts", "emergencies", "complaints"):
        assert await related.fetch(f"select from {table}") == []


# Whoever asks for her address


@pytest.mark.parametrize("asked", ["?name=Sumarni", "?q=Merjosari", "?phone=0812", ""])
async def test_nobody_at_the_counter_can_look_for_a_person(counter: Counter, asked: str) -> None:
    await counter.post("/complaints", WALK_IN)
    answer = await counter.client.get(
        f"/complaints{asked}", headers=counter.issuer.headers("operator")
    )
    assert answer.status_code == 422
    assert "Sumarni" not in answer.text


async def test_a_complaint_is_found_by_its_number_and_says_nothing_of_her(
    counter: Counter,
) -> None:
    number = (await counter.post("/complaints", WALK_IN)).json()["registration_no"]
    (found,) = await counter.get(f"/complaints?registration_no={number}")
    none = await counter.get("/complaints?registration_no=PPA-2026-999999")
    assert found["registration_no"] == number
    assert not re.search("Sumarni|0812-0000|81200000|memukul", str(found))
    assert none == []


async def test_who_asks_for_what_is_not_theirs_leaves_a_trace_without_her_in_it(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    id = (await counter.post("/complaints", WALK_IN)).json()["complaint_id"]
    for _ in range(2):
        refused = await counter.post(f"/complaints/{id}/personal", {"purpose": "contact"})
        assert refused.status_code == 403
    printed = capsys.readouterr().out
    lines = [line for line in printed.splitlines() if '"refused"' in line]
    assert len(lines) == 2
    assert f"staff:{staff_id('operator')}" in lines[1]
    assert '"nth": 2' in lines[1]
    assert "POST /complaints/{id}/personal" in lines[1]
    assert id not in printed
    traces = await counter.app.state.store.pool.fetch(
        "select body ->> 'actor' as actor, body -> 'data' ->> 'about' as about from es.events"
        " where name = 'PersonalDataRefused'"
    )
    assert 1 <= len(traces) <= 2  # one for each minute, and nobody takes it away
    assert dict(traces[0]) == {"actor": f"staff:{staff_id('operator')}", "about": id}


async def test_a_journey_is_the_complaint_from_its_first_moment(counter: Counter) -> None:
    id = await counter.opened()
    first = await counter.app.state.store.pool.fetchrow(
        "select name, version from es.events where stream_id = $1", UUID(id)
    )
    assert (first["name"], first["version"]) == ("ComplaintOpened", 1)
