"""What a further complaint does to a case that we know, and what is left when it goes again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.triage.published import published
from shared.access.forgetting import until_sequenced
from shared.access.keeping import Scope, subjects_of
from shared.contracts.counseling import FirstHelpRecorded
from shared.contracts.intake import ComplaintWithdrawn
from shared.eventstore import now_utc
from tests.complaints import FOLLOW_UP, FORM, KNOWN, NEW_CASE
from tests.integration.test_decisions import (
    GIRL,
    OFFICER,
    REPORT,
    SEXUAL,
    SUPERVISOR,
    Desk,
    Json,
    at,
    desk,
)
from tests.services import eventually
from tests.tokens import staff_id

__all__ = ["desk"]  # a fixture
HIGH: Json = FOLLOW_UP | {"urgency": "high"}
LOW: Json = FOLLOW_UP | {"urgency": "low"}
ELSEWHERE: Json = FOLLOW_UP | {"locus": "out", "locus_code": "35.07.22.2008"}
ANOTHER = {"reason": "another_person"}


def known_as(case_id: str, subkind: str = "new_incident") -> Json:
    return KNOWN | {"case_id": case_id, "subkind": subkind}


def codes(case: Json) -> tuple[Any, ...]:
    return case["locus"], case["tpks"], case["urgency"], case["route"]


async def told(desk: Desk, stream: UUID | str) -> list[Json]:
    """What others hear of a case, in order: the facts by their names, and what they say."""
    store, found = desk.app.state.store, []
    rows = await store.pool.fetch(
        "select * from es.events where stream_id = $1 order by version", UUID(str(stream))
    )
    for row in rows:
        about = row["stream_id"], row["version"], row["event_id"]
        if fact := published(store.codec.decode(row["name"], row["body"], *about)[0]):
            found.append({"fact": type(fact).__name__} | fact.model_dump(mode="json"))
    return found


async def unsure(desk: Desk, decided: Json = HIGH) -> tuple[str, str]:
    """An emergency of which nobody could say whether we know it: its path, and its case for now."""
    path = f"/identifications/{await desk.complaint()}"
    await desk.done(OFFICER, f"{path}/take")
    await desk.done(OFFICER, f"{path}/case", {"kind": "undetermined"})
    return path, (await desk.done(OFFICER, f"{path}/classification", decided))["case_id"]


async def test_a_further_complaint_turns_no_case_around(desk: Desk) -> None:
    _, first = await desk.case(SEXUAL)
    case = f"/cases/{first['case_id']}"
    before = await desk.seen(SUPERVISOR, case)

    id, further = await desk.case(ELSEWHERE, chosen=known_as(first["case_id"]))

    after = await desk.seen(SUPERVISOR, case)
    assert codes(after) == codes(before) == ("in", True, "medium", ["follow_up"])
    assert after["locus_code"] == before["locus_code"]
    assert further["route"] == ["follow_up"]
    *_, heard = await told(desk, first["case_id"])
    assert (heard["fact"], heard["complaint_id"]) == ("CaseClassified", str(id))
    assert (heard["locus"], heard["route"]) == ("in", ["follow_up"])  # and nothing is referred


async def test_when_it_does_the_others_hear_what_began_and_what_ended(desk: Desk) -> None:
    _, first = await desk.case(ELSEWHERE)
    chosen = known_as(first["case_id"])
    second, _ = await desk.case(SEXUAL | {"urgency": "high"}, chosen=chosen)

    case = await desk.seen(SUPERVISOR, f"/cases/{first['case_id']}")
    *_, classified, anew = await told(desk, first["case_id"])
    assert codes(case) == ("in", True, "high", ["follow_up"])
    assert (classified["fact"], anew["fact"]) == ("CaseClassified", "CaseReclassified")
    assert (anew["before"]["route"], anew["after"]["route"]) == (["refer"], ["follow_up"])
    assert (anew["started"], anew["ended"]) == (["follow_up"], ["refer"])
    assert anew["reason"] == "further_complaint"
    read = await desk.ask(
        SUPERVISOR, f"/cases/{first['case_id']}/personal", {"purpose": "supervision"}
    )
    assert read.json()["fields"]["decision.basis"] == SEXUAL["basis"]

    await desk.done(OFFICER, f"/identifications/{second}/unlinking", ANOTHER)
    *_, back = await told(desk, first["case_id"])
    assert (back["reason"], back["after"]["route"]) == ("unlinked", ["refer"])
    assert (back["after"]["tpks"], back["after"]["urgency"]) == (False, "medium")


async def test_what_asks_for_help_again_is_not_closed_because_the_case_was(desk: Desk) -> None:
    id, first = await desk.case()
    await desk.hear(ComplaintWithdrawn(occurred_at=now_utc(), complaint_id=id, withdrawn_by="she"))
    ended = {"for": "withdrawal", "decision": "inform", "basis": "Ia tidak ingin lagi."}
    await desk.done(SUPERVISOR, f"/cases/{first['case_id']}/decision", ended)

    _, again = await desk.case(chosen=known_as(first["case_id"]))

    assert again["route"] == ["follow_up"]
    assert (await desk.clocks(first["case_id"]))["response_medium"]["stopped_at"] is None


async def test_the_police_clock_of_an_unlinked_complaint_stops(desk: Desk) -> None:
    _, first = await desk.case(HIGH)
    id, _ = await desk.case(SEXUAL, chosen=known_as(first["case_id"]))
    await desk.done(OFFICER, f"/identifications/{id}/unlinking", ANOTHER)

    assert (await desk.clocks(first["case_id"]))["tpks_police_report"]["stopped_at"] is not None
    assert (await desk.seen(SUPERVISOR, f"/cases/{first['case_id']}"))["awaiting"] == []


async def test_a_duty_to_the_police_does_not_go_with_another_complaint(desk: Desk) -> None:
    _, first = await desk.case()
    known = known_as(first["case_id"])
    await desk.case(SEXUAL | {"urgency": "low"}, chosen=known)
    third, _ = await desk.case(SEXUAL | {"urgency": "high"}, chosen=known)

    await desk.done(OFFICER, f"/identifications/{third}/unlinking", ANOTHER)

    case = await desk.seen(SUPERVISOR, f"/cases/{first['case_id']}")
    assert (await desk.clocks(first["case_id"]))["tpks_police_report"]["stopped_at"] is None
    assert (case["tpks"], case["awaiting"]) == (True, ["tpks_police_report"])


async def test_a_calm_word_about_an_old_case_is_no_alarm_of_five_minutes(desk: Desk) -> None:
    id, first = await desk.case(HIGH)
    case = first["case_id"]
    helped: Json = {"case_id": UUID(case), "complaint_id": id}
    await desk.hear(FirstHelpRecorded(occurred_at=now_utc(), **helped))

    _, answer = await desk.case(LOW, chosen=known_as(case, "follow_up"))

    clocks = await desk.clocks(case)
    assert [each["rule"] for each in answer["clocks"]] == ["identification", "response_low"]
    assert clocks["response_high"]["stopped_at"] is not None
    assert clocks["response_low"]["stopped_at"] is None
    await desk.hear(FirstHelpRecorded(occurred_at=now_utc(), **helped))
    assert (await desk.clocks(case))["response_low"]["stopped_at"] is not None


async def test_an_emergency_that_turns_out_to_be_known_leaves_no_case_of_its_own(
    desk: Desk,
) -> None:
    _, known = await desk.case(LOW)
    path, for_now = await unsure(desk, SEXUAL | {"urgency": "high"})
    began = await desk.clocks(for_now)

    await desk.done(OFFICER, f"{path}/case", known_as(known["case_id"]))

    case = await desk.seen(SUPERVISOR, f"/cases/{known['case_id']}")
    gone = await desk.seen(SUPERVISOR, f"/cases/{for_now}")
    assert codes(case) == ("in", True, "high", ["follow_up"])
    assert (gone["status"], gone["route"], gone["awaiting"]) == ("ended", [], [])
    assert [each["fact"] for each in await told(desk, for_now)] == [
        "CaseClassified",
        "ComplaintUnlinked",
    ]
    heard = [each["fact"] for each in await told(desk, known["case_id"])]
    assert heard[-3:] == ["ExistingCaseReported", "CaseClassified", "CaseReclassified"]
    ended, goes_on = await desk.clocks(for_now), await desk.clocks(known["case_id"])
    assert all(each["stopped_at"] for each in ended.values())
    for rule in ("tpks_police_report", "response_high"):
        assert goes_on[rule]["stopped_at"] is None
    assert goes_on["tpks_police_report"]["started_at"] == began["tpks_police_report"]["started_at"]


async def test_an_emergency_that_was_helped_is_not_helped_again_in_the_case_we_know(
    desk: Desk,
) -> None:
    id, known = await desk.case(LOW)
    path, for_now = await unsure(desk)
    about: Json = {"occurred_at": now_utc(), "complaint_id": id}
    for case_id in (known["case_id"], for_now):
        await desk.hear(FirstHelpRecorded(case_id=UUID(case_id), **about))

    await desk.done(OFFICER, f"{path}/case", known_as(known["case_id"]))

    clocks = await desk.clocks(known["case_id"])
    assert [each for each in clocks.values() if each["stopped_at"] is None] == []


@pytest.mark.parametrize("then", ["new", "urgent", "another perpetrator"])
async def test_who_is_known_after_all_and_then_not_is_not_stuck(desk: Desk, then: str) -> None:
    _, known = await desk.case()
    path, for_now = await unsure(desk)
    await desk.done(OFFICER, f"{path}/case", known_as(known["case_id"]))
    await desk.done(OFFICER, f"{path}/unlinking", ANOTHER)

    if then == "new":
        await desk.done(OFFICER, f"{path}/case", NEW_CASE)
    if then == "another perpetrator":
        linked = known_as(known["case_id"], "new_perpetrator")
        await desk.done(OFFICER, f"{path}/case", linked | {"form": FORM})
    decided = await desk.done(OFFICER, f"{path}/classification", HIGH)

    case = await desk.seen(SUPERVISOR, f"/cases/{for_now}")
    back = await desk.seen(SUPERVISOR, f"/cases/{known['case_id']}")
    assert decided["case_id"] == for_now
    assert (case["status"], case["route"]) == ("open", ["follow_up"])
    assert (back["urgency"], len(back["complaint_ids"])) == ("medium", 1)
    assert (await desk.clocks(for_now))["response_high"]["stopped_at"] is None


async def test_who_is_related_to_a_case_for_now_is_so_to_the_one_we_know(desk: Desk) -> None:
    _, known = await desk.case()
    path, for_now = await unsure(desk)
    related = {"staff_id": staff_id(OFFICER, 2), "reason": "Terlapor adiknya."}
    await desk.ask(SUPERVISOR, f"/cases/{for_now}/conflicts", related)

    await desk.done(OFFICER, f"{path}/case", known_as(known["case_id"]))

    headers = desk.issuer.headers(OFFICER, nth=2)
    found = await desk.client.get(f"/cases/{known['case_id']}", headers=headers)
    assert found.status_code == 404


async def test_a_linked_case_needs_its_form_too(desk: Desk) -> None:
    """R-TRI-03."""
    _, first = await desk.case()
    linked = known_as(first["case_id"], "new_perpetrator")
    path = f"/identifications/{await desk.complaint()}"
    await desk.done(OFFICER, f"{path}/take")
    await desk.done(OFFICER, f"{path}/case", linked)

    early = await desk.ask(OFFICER, f"{path}/classification", FOLLOW_UP)
    await desk.done(OFFICER, f"{path}/case", linked | {"form": FORM})
    decided = await desk.done(OFFICER, f"{path}/classification", FOLLOW_UP)

    assert (early.status_code, early.json()["type"]) == (409, "/problems/case-form-missing")
    assert (await desk.seen(SUPERVISOR, f"/cases/{decided['case_id']}"))["violence"] == ["PHYSICAL"]


async def test_an_amended_form_of_grown_men_waits_for_a_supervisor(desk: Desk) -> None:
    _, answer = await desk.case()
    man = {"sex": "L", "age_estimate": 41, "in_city": True}
    path = f"/cases/{answer['case_id']}"

    after = await desk.done(OFFICER, f"{path}/form", {"form": FORM | {"victims": [man]}})
    (waits,) = await desk.seen(SUPERVISOR, "/cases", awaiting="vawc")
    no = FOLLOW_UP | {"vawc": False, "reason": "new_facts"}
    decided = await desk.done(SUPERVISOR, f"{path}/reclassification", no)

    assert after["awaiting"] == waits["awaiting"] == ["vawc"]
    assert "vawc" not in decided["awaiting"]


UNKNOWN_AGE = FORM | {"victims": [{"sex": "P"}]}


@pytest.mark.parametrize(
    ("form", "decided", "waits"),
    [
        (UNKNOWN_AGE, FOLLOW_UP, True),
        (FORM | {"victims": [GIRL]}, FOLLOW_UP, True),
        (FORM, HIGH, True),
        (FORM, FOLLOW_UP, False),
    ],
    ids=["nobody knows how old", "a child", "urgent", "a grown-up"],
)
async def test_a_withdrawn_case_is_neither_calmed_nor_closed_before_a_supervisor_decides(
    desk: Desk, form: Json, decided: Json, waits: bool
) -> None:
    id, answer = await desk.case(decided, chosen=NEW_CASE | {"form": form})
    await desk.hear(ComplaintWithdrawn(occurred_at=now_utc(), complaint_id=id, withdrawn_by="she"))
    case = f"/cases/{answer['case_id']}"
    lower, closing = LOW | {"reason": "new_facts"}, LOW | {"vawc": False, "reason": "new_facts"}

    listed = await desk.seen(SUPERVISOR, "/cases", awaiting="withdrawal")
    answers = [
        await desk.ask(OFFICER, f"{case}/reclassification", body) for body in (lower, closing)
    ]

    assert [each["id"] for each in listed] == ([answer["case_id"]] if waits else [])
    assert [each.status_code for each in answers] == ([409, 409] if waits else [201, 201])
    if waits:
        assert answers[0].json()["type"] == "/problems/supervisor-must-decide"


async def test_what_was_once_urgent_is_not_closed_as_calm(desk: Desk) -> None:
    """Lowered by an officer before it was withdrawn: it is still for a supervisor to close."""
    id, answer = await desk.case(HIGH)
    case = f"/cases/{answer['case_id']}"
    await desk.done(OFFICER, f"{case}/reclassification", LOW | {"reason": "new_facts"})
    await desk.hear(ComplaintWithdrawn(occurred_at=now_utc(), complaint_id=id, withdrawn_by="she"))

    closing = LOW | {"vawc": False, "reason": "new_facts"}
    refused = await desk.ask(OFFICER, f"{case}/reclassification", closing)

    assert refused.status_code == 409
    assert (await desk.seen(SUPERVISOR, case))["awaiting"] == ["withdrawal"]


@pytest.mark.parametrize("man", [True, False])
async def test_a_no_that_a_supervisor_does_not_uphold_was_a_yes(desk: Desk, man: bool) -> None:
    """Unless there are grown men alone: then she follows it up as what it is."""
    victim = {"sex": "L", "age_estimate": 41} if man else {"sex": "P", "age_estimate": 41}
    no = FOLLOW_UP | {"vawc": False}
    _, answer = await desk.case(no, chosen=NEW_CASE | {"form": FORM | {"victims": [victim]}})
    decision = {"for": "not_vawc", "decision": "follow_up", "basis": "Ini kekerasan."}

    after = await desk.done(SUPERVISOR, f"/cases/{answer['case_id']}/decision", decision)

    assert (after["vawc"], after["route"], after["awaiting"]) == (not man, ["follow_up"], [])


async def test_a_report_to_the_police_that_was_in_time_is_so_when_it_is_told_late(
    desk: Desk,
) -> None:
    received = now_utc() - timedelta(hours=73)
    _, answer = await desk.case(SEXUAL, received_at=received)
    in_time = (received + timedelta(hours=71)).isoformat()
    await eventually(
        lambda: desk.clocks(answer["case_id"]),
        lambda found: found["tpks_police_report"]["breached"],
    )

    await desk.done(
        SUPERVISOR,
        f"/cases/{answer['case_id']}/police-report",
        REPORT | {"reported_at": in_time},
    )

    clock = (await desk.clocks(answer["case_id"]))["tpks_police_report"]
    assert at(clock["stopped_at"]) == at(in_time)
    stopped = await desk.app.state.store.pool.fetchrow(
        "select body::jsonb -> 'data' ->> 'in_time' as in_time, body::jsonb ->> 'at' as told_at"
        " from es.events where name = 'ClockStopped' and stream_id = $1",
        UUID(clock["id"]),
    )
    assert stopped["in_time"] == "true"
    assert at(stopped["told_at"]) > at(clock["due_at"])


async def test_who_was_linked_by_mistake_takes_nothing_of_the_other_case_with_her(
    desk: Desk,
) -> None:
    hers, answer = await desk.case()
    other = answer["case_id"]
    mistaken, _ = await desk.case(chosen=known_as(other))
    at_it = f"/identifications/{mistaken}"
    await desk.done(OFFICER, f"{at_it}/unlinking", ANOTHER)
    await desk.done(OFFICER, f"{at_it}/case", NEW_CASE)
    own = (await desk.done(OFFICER, f"{at_it}/classification", FOLLOW_UP))["case_id"]
    store = desk.app.state.store

    await until_sequenced(store.pool)
    story = await subjects_of(store.pool, Scope((UUID(own), mistaken)))
    its = await subjects_of(store.pool, Scope((UUID(other), hers)))

    assert UUID(own) in story
    assert UUID(other) not in story
    assert UUID(other) in its
    assert UUID(own) not in its


async def test_what_was_let_go_of_and_then_unlinked_waits_for_an_officer(desk: Desk) -> None:
    _, answer = await desk.case()
    id = await desk.complaint()
    path = f"/identifications/{id}"
    await desk.done(OFFICER, f"{path}/take")
    await desk.done(OFFICER, f"{path}/case", known_as(answer["case_id"]))
    assert (await desk.ask(OFFICER, f"{path}/release", {"reason": "shift_end"})).is_success

    await desk.done(SUPERVISOR, f"{path}/unlinking", ANOTHER)

    waiting = await desk.seen(OFFICER, "/identifications", status="waiting")
    assert str(id) in [each["complaint_id"] for each in waiting]


HERS, HIS = "Ia dipukul suaminya.", "Adiknya dipukul pamannya."
CHOICE: Json = {"basis": "Ia menyebut nama kakaknya."}


async def test_what_was_written_for_another_person_is_no_basis_of_the_case(desk: Desk) -> None:
    """Neither of what led, nor of what is now replaced; and nothing of when it happened to her."""
    _, first = await desk.case(ELSEWHERE | {"basis": HERS})
    case = f"/cases/{first['case_id']}"
    chosen = known_as(first["case_id"]) | CHOICE
    mistaken, _ = await desk.case(HIGH | {"basis": HIS}, chosen=chosen)
    told = {"occurred_on": "2026-01-02", "time_text": "malam", "locus_code": "35.73.05.1004"}
    await desk.done(OFFICER, f"{case}/incidents", told | {"complaint_id": str(mistaken)})

    async def read(**more: Any) -> set[str]:
        asked = {"purpose": "supervision"} | more
        answer = await desk.ask(SUPERVISOR, f"{case}/personal", asked)
        return set(answer.json()["fields"].values())

    async def happened(**asked: str) -> list[Any]:
        found = await desk.seen(SUPERVISOR, f"{case}/incidents", **asked)
        return [each["occurred_on"] for each in found]

    before = await read(), await read(earlier=True), await happened()
    await until_sequenced(desk.app.state.store.pool)
    then = now_utc().isoformat()
    await desk.done(OFFICER, f"/identifications/{mistaken}/unlinking", ANOTHER)
    now, earlier = await read(), await read(earlier=True)

    assert {HIS, CHOICE["basis"], "malam"} <= before[0]
    assert {HERS, HIS} <= before[1]
    assert before[2] == ["2026-01-02"]
    assert HERS in now
    assert HERS in earlier
    assert {HIS, CHOICE["basis"], "malam"}.isdisjoint(now | earlier)
    assert await happened() == []
    assert await happened(as_of=then) == []  # whether it is hers to see is asked of now
    assert (await desk.seen(SUPERVISOR, case))["awaiting"] == []  # nothing happened in the city


async def test_what_is_decided_of_her_anew_is_read_where_she_belongs(desk: Desk) -> None:
    _, first = await desk.case(FOLLOW_UP | {"basis": HERS})
    mistaken, _ = await desk.case(HIGH | {"basis": HIS}, chosen=known_as(first["case_id"]))
    path = f"/identifications/{mistaken}"
    await desk.done(OFFICER, f"{path}/unlinking", ANOTHER)
    await desk.done(OFFICER, f"{path}/case", NEW_CASE)
    own = await desk.done(OFFICER, f"{path}/classification", HIGH | {"basis": HIS})

    read = [
        (await desk.ask(OFFICER, f"/cases/{id}/personal", {"purpose": "identification"})).json()
        for id in (own["case_id"], first["case_id"])
    ]

    assert [each["fields"]["decision.basis"] for each in read] == [HIS, HERS]


async def test_what_a_complaint_told_that_has_left_is_not_known_of_then_either(desk: Desk) -> None:
    """Whatever it rested on: also the form, of which no code says which complaint it is about."""
    hers, first = await desk.case(chosen=NEW_CASE | {"form": FORM | {"violence": ["PHYSICAL"]}})
    case = f"/cases/{first['case_id']}"
    alone = await desk.seen(SUPERVISOR, case)
    await until_sequenced(desk.app.state.store.pool)
    before = now_utc().isoformat()
    more = {"needs": [*FOLLOW_UP["needs"], "sign_language"]}
    mistaken, _ = await desk.case(HIGH | SEXUAL | more, chosen=known_as(first["case_id"]))
    both = {"violence": ["PHYSICAL", "SEXUAL"], "victims": [*FORM["victims"], GIRL]}
    form = {"form": FORM | both, "filled_by": "officer"}
    await desk.done(SUPERVISOR, f"{case}/form", form)
    together = await desk.seen(SUPERVISOR, case)
    await until_sequenced(desk.app.state.store.pool)
    then = now_utc().isoformat()
    while_it_was_there = await desk.seen(SUPERVISOR, case, as_of=then)

    await desk.done(OFFICER, f"/identifications/{mistaken}/unlinking", ANOTHER)
    form["form"] = FORM | {"violence": ["PHYSICAL"]}
    await desk.done(SUPERVISOR, f"{case}/form", form)
    today = await desk.seen(SUPERVISOR, case)
    known = await desk.seen(SUPERVISOR, case, as_of=then)

    assert while_it_was_there == together
    assert (together["tpks"], together["child"]) == (True, True)
    assert {str(hers), str(mistaken)} == set(together["complaint_ids"])
    assert known["complaint_ids"] == [str(hers)]
    assert (known["violence"], known["needs"]) == (["PHYSICAL"], FOLLOW_UP["needs"])
    nothing = ("tpks", "child", "reclassified_at")
    assert [known[name] for name in nothing] == [None] * len(nothing)
    told_then = {name for name, value in known.items() if value not in (None, [], today[name])}
    assert told_then <= {"version"}
    assert await desk.seen(SUPERVISOR, case, as_of=before) == alone
