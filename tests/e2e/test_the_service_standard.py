"""The acceptance scenarios of the office (domain research 7), each with every expectation it names.

Left out is what nobody can do yet: assessment, survey and summons, the plan and the services
rendered, mediation, a guardian's recorded consent, an agency's answer and what follows its silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.clients import Clients
from shared.contracts.safe_contact import HERE
from shared.eventstore import now_utc
from tests.e2e.journey import (
    OFFICER,
    OPERATOR,
    SUPERVISOR,
    Journey,
    Json,
    at_the_counter,
    decided_in,
    form_in,
    on_the_website,
    told_in,
)
from tests.services import eventually

REACH = "/complaints/{id}/outgoing-contacts"
CALL_BACK = {"medium": "call", "purpose": "call_back"}


def stopped_within(clock: Json, minutes: int) -> bool:
    """Whether a time limit of so many minutes ended before it was over."""
    start, due = (datetime.fromisoformat(clock[name]) for name in ("started_at", "due_at"))
    assert due - start == timedelta(minutes=minutes)
    return clock["stopped_at"] is not None and not clock["breached"]


def yesterday(hour: int) -> str:
    """A time of yesterday, in Malang."""
    day = now_utc().astimezone(HERE) - timedelta(days=1)
    return day.replace(hour=hour, minute=30).isoformat()


def in_order(events: list[Json], *wanted: str) -> bool:
    """Whether these happened, each for the first time after the one before."""
    types = [each["type"] for each in events]
    places = [types.index(each) for each in wanted]
    return places == sorted(places)


async def test_sk_01_a_woman_beaten_at_home_comes_to_the_counter(clients: Clients) -> None:
    she = await at_the_counter(clients, "walk_in", companion=True)
    await clients.put(OPERATOR, "intake", f"/contacts/{she.id}/draft", {"narrative": "Dipukul."})
    receipt = await she.tells(told_in("SK-01"))
    for paper in ("SKTM", "KK", "KTP"):
        listed = await she.note(paper, status="received", age=34)
    await she.is_handed_over()
    await she.is_taken_up()
    await she.is_of_case(kind="new", filled_by="victim", form=form_in("SK-01"))
    route = await she.is_classified(decided_in("SK-01"))
    counselor = await she.counselor()
    await she.ask(counselor["username"], "counseling", "/casework/{case}/acceptance")

    assert receipt["registration_no"].startswith("PPA-")
    assert route == ["follow_up"]
    case = await she.case()
    assert (case["vawc"], case["tpks"], case["child"]) == (True, False, False)
    assert (case["locus"], case["locus_code"], case["urgency"]) == ("in", "35.73.05.1002", "medium")
    assert case["violence"] == ["PHYSICAL", "PSYCHOLOGICAL"]
    assert {"medical", "legal"} <= set(case["needs"])
    (form,) = await she.events("CaseFormFilled")
    assert form["data"]["form"]["domestic"] is True

    assert listed["complete"] is True
    assert await she.papers() == {
        **dict.fromkeys(("SKTM", "KK", "KTP"), "received"),
        **dict.fromkeys(("AKTA_LAHIR", "KIA"), "not_applicable"),
    }
    assert counselor["sex"] == "P"
    assert "psychological" in counselor["skills"]

    assert stopped_within(await she.clock("intake", "counter"), 10)
    assert stopped_within(await she.clock("triage", "identification"), 30)
    await eventually(
        lambda: she.clock("counseling", "assignment"), lambda found: found["stopped_at"]
    )
    await she.status("counselor_assigned")
    assert in_order(
        await she.events(),
        *("ContactOpened", "ComplaintReceived", "ComplaintHandedOver", "ComplaintTakenUp"),
        *("CaseFormFilled", "CaseClassified", "CounselorAssigned", "AssignmentAccepted"),
    )
    steps = (await she.see(SUPERVISOR, "intake", "/complaints/{id}/procedure"))["steps"]
    done = [each for each in steps if each["happened_at"]]
    assert [each["step"] for each in done] == ["3.1", "3.3", "3.4", "3.5", "3.6"]
    assert all(each["in_order"] for each in done)

    await heard_how_she_may_be_reached(she, counselor)
    evening = {"medium": "call", "at": yesterday(20)}
    helping = "/casework/{case}/first-help"
    await she.refused(counselor["username"], "counseling", helping, evening, "outside_hours")


async def test_sk_02_a_whispering_caller_is_helped_before_any_form(clients: Clients) -> None:
    she = await at_the_counter(clients, "call_center", caller_number="0812-0000-0102")
    called = await she.ask(
        OPERATOR,
        "intake",
        "/contacts/{id}/emergency",
        {"services": ["EMERGENCY_112", "POLICE_110"], "where": "Jalan S. gang 3"},
    )
    at_once = await she.see(OPERATOR, "intake", "/complaints/{id}")
    draft = {"narrative": "Suami saya bawa parang.", "safe_contact": {"may_call": False}}
    await clients.put(OPERATOR, "intake", f"/contacts/{she.id}/draft", draft)
    await she.ask(OPERATOR, "intake", "/contacts/{id}/drop", {"reason": "line_lost"})

    # The case is there with what is known, the counter's time is over, and a supervisor knows.
    assert (at_once["in_danger"], at_once["is_minimal"], at_once["handed_over"]) == (True,) * 3
    assert at_once["registration_no"].startswith("PPA-")
    counter = await she.clock("intake", "counter")
    assert stopped_within(counter, 10)
    assert counter["stopped_at"] == called["activated_at"]
    alerts = await she.see(SUPERVISOR, "intake", "/alerts")
    (alert,) = [each for each in alerts if each["complaint_id"] == she.id]
    assert (alert["services"], alert["seen_at"]) == (["EMERGENCY_112", "POLICE_110"], None)
    for who in (OPERATOR, SUPERVISOR):
        await she.refused(who, "intake", REACH, CALL_BACK, "contact-unsafe")

    # An officer cannot say yet whether we know her; then she can. No form, no paper holds it up.
    waiting = await she.is_taken_up()
    unsure = await she.is_of_case(kind="undetermined")
    form = {
        "victims": [{"sex": "P"}, {"age_estimate": 4}],
        "perpetrators": [{"relation": "SPOUSE"}],
        "violence": ["PSYCHOLOGICAL"],
        "domestic": True,
    }
    chosen = await she.is_of_case(kind="new", form=form)
    route = await she.is_classified(decided_in("SK-02"))
    counselor = await she.counselor()

    assert (waiting["in_danger"], waiting["urgent"], waiting["alarm"]) == (True, True, "emergency")
    assert (unsure["status"], unsure["case_id"]) == ("undetermined", None)
    assert (chosen["status"], chosen["case_kind"]) == ("case_chosen", "new")
    assert route == ["follow_up"]
    case = await she.case()
    assert (case["vawc"], case["child"], case["urgency"]) == (True, True, "high")
    assert (case["locus"], case["locus_code"]) == ("in", "35.73.04.1004")
    assert case["violence"] == ["PSYCHOLOGICAL"]
    (filled,) = await she.events("CaseFormFilled")
    assert len(filled["data"]["form"]["victims"]) == 2
    assert set(await she.papers()) and set((await she.papers()).values()) == {"not_asked"}
    assert "shelter" in counselor["skills"]
    alarms = await she.see(SUPERVISOR, "triage", "/alarms")
    assert she.id in {each["complaint_id"] for each in alarms}
    assignment = await she.clock("counseling", "assignment_high")
    assert (await she.clock("triage", "response_high"))["stopped_at"] is None
    assert assignment["stopped_at"] is None
    assert in_order(
        await she.events(),
        *("EmergencyActivated", "CaseLeftUndetermined", "CaseFormFilled", "CaseClassified"),
    )
    assert (await she.status("counselor_assigned"))["is_minimal"] is True


async def test_sk_03_a_teacher_tells_of_a_bullied_pupil_on_the_website(clients: Clients) -> None:
    afternoon = {"may_text": True, "by_whatsapp": True, "hours": [["14:00", "20:00"]]}
    told = told_in("SK-03", safe_contact=afternoon | {"phone": "0812-0000-0103"})
    she = await on_the_website(clients, told)
    waits = await she.clock("triage", "first_response")
    await she.is_taken_up()
    names = ("Kakak kelas Nimas", "Kakak kelas Ayudia", "Kakak kelas Prameswari")
    older = [{"full_name": name, "is_child": True, "relation": "PARTNER_FRIEND"} for name in names]
    await she.is_of_case(kind="new", form=form_in("SK-03", perpetrators=older))
    route = await she.is_classified(decided_in("SK-03"))
    counselor = await she.counselor()
    await she.status("counselor_assigned")

    assert "112" in she.receipt["auto_reply"]
    assert route == ["follow_up"]
    case = await she.case()
    assert (case["vawc"], case["child"], case["urgency"]) == (True, True, "medium")
    assert (case["locus"], case["locus_code"]) == ("in", "35.73.02.1006")
    assert case["violence"] == ["PHYSICAL", "PSYCHOLOGICAL"]
    incidents = await she.see(OFFICER, "triage", "/cases/{case}/incidents")
    assert [each["place"] for each in incidents] == ["SCHOOL"]
    assert "child_specialist" in counselor["skills"]

    assert waits["stopped_at"] is None
    answered = await she.clock("triage", "first_response")
    assert (answered["id"], answered["breached"]) == (waits["id"], False)
    assert answered["stopped_at"] is not None

    # The alleged perpetrators are children too, and as safe from curious eyes as she is.
    (filled,) = await she.events("CaseFormFilled")
    assert [each["is_child"] for each in filled["data"]["form"]["perpetrators"]] == [True] * 3
    assert "Nimas" not in str(await she.events()) + str(case)
    reading = {"purpose": "accompaniment"}
    await she.refused(OPERATOR, "triage", "/cases/{case}/personal", reading, "", status=403)
    read = await she.ask(counselor["username"], "triage", "/cases/{case}/personal", reading)
    assert set(names) <= set(read["fields"].values())

    # Of a girl of thirteen nobody asks a KTP; a birth certificate or a KIA is enough.
    rara = {"person_id": she.victim(), "age": 13}
    for paper in ("SKTM", "KK", "AKTA_LAHIR"):
        asked = await she.note(paper, status="requested", **rara)
    assert asked["complete"] is False
    assert (await she.papers())["KTP"] == "not_applicable"
    for paper in ("SKTM", "KK", "AKTA_LAHIR"):
        brought = await she.note(paper, status="received", **rara)
    assert brought["complete"] is True
    assert (await she.papers())["KIA"] == "not_asked"

    # By WhatsApp, and not before two in the afternoon.
    await she.refused(SUPERVISOR, "intake", REACH, CALL_BACK, "contact-unsafe")
    await heard_how_she_may_be_reached(she, counselor)
    helping = "/casework/{case}/first-help"
    noon, later = ({"medium": "text", "at": yesterday(hour)} for hour in (13, 14))
    await she.refused(counselor["username"], "counseling", helping, noon, "outside_hours")
    helped = await she.ask(counselor["username"], "counseling", helping, later)
    assert [each["medium"] for each in helped] == ["text"]


async def heard_how_she_may_be_reached(she: Journey, counselor: Json) -> None:
    """Wait until counseling knows it too: what it does not know is not allowed."""

    async def known() -> Any:
        at = "/casework/{case}/safe-contact"
        return await she.see(counselor["username"], "counseling", at)

    await eventually(known, bool)
