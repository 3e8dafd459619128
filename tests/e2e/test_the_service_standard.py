"""The acceptance scenarios of the office (domain research 7), each with every expectation it names.

Left out is what nobody can do yet: assessment, survey and summons, the plan and the services
rendered, mediation, a guardian's recorded consent, an agency's answer and what follows its silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

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
CALL_BACK = {"whom": "reporter", "medium": "call", "purpose": "call_back"}


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

    # An officer cannot say yet whether we know her, and needs neither form nor paper to decide.
    waiting = await she.is_taken_up()
    unsure = await she.is_of_case(kind="undetermined")
    route = await she.is_classified(decided_in("SK-02"))
    counselor = await she.counselor()
    await she.status("counselor_assigned")

    assert (waiting["in_danger"], waiting["urgent"], waiting["alarm"]) == (True, True, "emergency")
    assert (unsure["status"], unsure["case_id"]) == ("undetermined", None)
    assert route == ["follow_up"]
    assert await she.events("CaseFormFilled") == []
    assert set((await she.papers()).values()) == {"not_asked"}
    case = await she.case()
    assert (case["vawc"], case["urgency"]) == (True, "high")
    assert (case["locus"], case["locus_code"]) == ("in", "35.73.04.1004")
    assert "shelter" in counselor["skills"]
    alarms = await she.see(SUPERVISOR, "triage", "/alarms")
    assert she.id in {each["complaint_id"] for each in alarms}
    for service, rule in (("counseling", "assignment_high"), ("triage", "response_high")):
        assert (await she.clock(service, rule))["stopped_at"] is None

    # Afterwards she is new to us, and there is a child.
    form = {
        "victims": [{"sex": "P"}, {"sex": "L", "age_estimate": 4}],
        "perpetrators": [{"relation": "SPOUSE"}],
        "violence": ["PSYCHOLOGICAL"],
        "domestic": True,
    }
    chosen = await she.is_of_case(kind="new", form=form)
    case = await she.case()

    assert (chosen["case_kind"], chosen["case_id"]) == ("new", case["id"])
    assert (case["child"], case["violence"]) == (True, ["PSYCHOLOGICAL"])
    (filled,) = await she.events("CaseFormFilled")
    assert len(filled["data"]["form"]["victims"]) == 2
    assert in_order(
        await she.events(),
        *("EmergencyActivated", "CaseLeftUndetermined", "CaseClassified", "CaseFormFilled"),
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
    rara: dict[str, Any] = {"person_id": she.victim(), "age": 13}
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
    teacher = {"whom": "reporter", "medium": "text"}
    noon, later = (teacher | {"at": yesterday(hour)} for hour in (13, 14))
    await she.refused(counselor["username"], "counseling", helping, noon, "outside_hours")
    helped = await she.ask(counselor["username"], "counseling", helping, later)
    assert [each["medium"] for each in helped] == ["text"]


async def test_sk_04_a_hospital_sends_a_girl_abused_by_her_stepfather(clients: Clients) -> None:
    she = await at_the_counter(clients, "referral_in")
    packet = told_in("SK-04")["referred_by"] | {
        "chronology": "Datang diantar tantenya.",
        "condition": "Stabil, takut pulang.",
        "enclosures": ["Ringkasan pemeriksaan"],
    }
    hospital = {"may_call": True, "phone": "0812-0000-0104"}
    await she.tells(told_in("SK-04", referred_by=packet, safe_contact=hospital))
    await she.is_handed_over()
    answer = {"medium": "letter"}
    told = await she.ask(OPERATOR, "intake", "/complaints/{id}/acknowledgement", answer)
    await she.is_taken_up()
    await she.is_of_case(kind="new", form=form_in("SK-04"))
    route = await she.is_classified(decided_in("SK-04"))
    counselor = await she.counselor()
    await she.status("counselor_assigned")

    assert route == ["follow_up"]
    case = await she.case()
    assert (case["vawc"], case["tpks"], case["child"], case["urgency"]) == (
        True,
        True,
        True,
        "high",
    )
    assert (case["locus"], case["locus_code"]) == ("in", "35.73.03.1005")
    assert case["violence"] == ["SEXUAL"]
    assert {"shelter", "legal"} <= set(case["needs"])
    assert counselor["sex"] == "P"
    assert {"child_specialist", "shelter", "legal", "female_counselor"} <= set(counselor["skills"])
    assert set((await she.papers()).values()) == {"not_asked"}

    # The hospital hears that its letter is here, and nothing else.
    assert "445/01" in told["text"]
    assert "Melati" not in told["text"]
    assert len(await she.events("SenderAcknowledged")) == 1

    # He lives there: neither by call nor by visit nor by letter.
    helping = "/casework/{case}/first-help"
    for medium in ("call", "text", "message", "visit", "letter"):
        way = {"whom": "victim", "medium": medium, "purpose": "appointment"}
        await she.refused(SUPERVISOR, "intake", REACH, way, "contact-unsafe")
        to_her = {"medium": medium, "at": yesterday(10)}
        await she.refused(counselor["username"], "counseling", helping, to_her, "no_contact")
    # That the hospital may be called is not that she may.
    await she.ask(SUPERVISOR, "intake", REACH, CALL_BACK)

    # The police hear of it within three days of the letter, and nobody may decide otherwise.
    received = await she.see(OPERATOR, "intake", "/complaints/{id}")
    police = await she.clock("triage", "tpks_police_report")
    start, due = (datetime.fromisoformat(police[name]) for name in ("started_at", "due_at"))
    assert start == datetime.fromisoformat(received["received_at"])
    assert (due - start, police["stopped_at"]) == (timedelta(hours=72), None)
    assert "tpks_police_report" in case["awaiting"]
    silence = {
        "for": "tpks_police_report",
        "outcome": "not_reported",
        "ground": "victims_wish",
        "basis": "Keluarga tidak menghendaki.",
    }
    await she.refused(SUPERVISOR, "triage", "/cases/{case}/decision", silence, "police-report-due")
    report = {"reported_at": now_utc().isoformat(), "unit": "POLRESTA_PPA", "report_no": "LP/B/4"}
    at = "/cases/{case}/police-report"
    reported = await she.ask(counselor["username"], "triage", at, report)
    assert reported["police"] == "reported"
    assert (await she.clock("triage", "tpks_police_report"))["stopped_at"] is not None


async def a_case_of(clients: Clients, name: str, **victim: Any) -> Journey:
    """A case of last year, as SK-06-lalu tells it, of a victim of this name."""
    told = told_in("SK-06-lalu") | {"reporter": {"full_name": name}}
    she = await at_the_counter(clients, "walk_in")
    await she.tells(told)
    await she.is_handed_over()
    await she.is_taken_up()
    hers = {"full_name": name, "sex": "P", "in_city": True} | victim
    await she.is_of_case(kind="new", form=form_in("SK-06-lalu", victims=[hers]))
    await she.is_classified(decided_in("SK-06-lalu"))
    await she.counselor()
    await she.status("counselor_assigned")
    return she


async def test_sk_06_a_woman_whom_we_know_calls_about_something_new(clients: Clients) -> None:
    yuli = {"born_on": "1988-07-14", "phone": "0812-0000-0166"}
    old = await a_case_of(clients, "Yuli Astutik", **yuli)
    other = await a_case_of(clients, "Yuliana", born_on="1991-02-03")
    (mega,) = [each.sub for each in clients.running.logins if each.username == "mega"]
    (laras,) = [each.sub for each in clients.running.logins if each.username == "laras"]
    given = {"counselor_id": mega, "basis": "Sudah mengenal Bu Yuli."}
    await old.ask(SUPERVISOR, "counseling", "/casework/{case}/assignment", given)
    await old.ask("mega", "counseling", "/casework/{case}/acceptance")

    she = await at_the_counter(clients, "call_center", caller_number="0812-0000-0166")
    await she.tells(told_in("SK-06"))
    await she.is_handed_over()
    await she.is_taken_up()

    # Whoever we know is proposed, masked; whose name is alike is not, and her case stays closed.
    search = {"full_name": "Bu Yuli"} | yuli
    found = await eventually(  # what is filed is known to the matcher a moment later
        lambda: she.ask(OFFICER, "triage", "/identifications/{id}/candidates", search),
        lambda found: old.case_id in [each["case_id"] for each in found["candidates"]],
    )
    proposed = {each["case_id"]: each for each in found["candidates"] if each["proposed"]}
    assert old.case_id in proposed  # others may be called Yuli too: other tests use this office
    assert {"same_phone", "born_same"} <= set(proposed[old.case_id]["reasons"])
    assert other.case_id not in proposed
    assert "Yuli" not in str(found)
    reading = {"purpose": "identification"}
    at = f"/casework/{other.case_id}/record-retrievals"
    fetch = {"complaint_id": she.id, "purpose": "identification", "hours": 2}
    await she.refused(OFFICER, "counseling", at, fetch, "", status=404)
    at = f"/cases/{other.case_id}/personal"
    await she.refused(OFFICER, "triage", at, reading, "", status=404)
    assert await other.events("PersonalDataAccessed") == []

    # A person says that it is she; her counselor is not there, so the coordinator is asked.
    chosen = await she.is_of_case(kind="existing", case_id=old.case_id, subkind="new_incident")
    assert (chosen["case_kind"], chosen["case_id"]) == ("existing", old.case_id)
    (work,) = await eventually(she.casework, lambda work: she.id in work[0]["linked"])
    called = {"complaint_id": she.id, "medium": "phone", "answered": False}
    in_vain = await she.ask(OFFICER, "counseling", "/casework/{case}/contacts", called)
    reached = await she.ask(
        OFFICER, "counseling", "/casework/{case}/contacts", called | {"answered": True}
    )
    assert (work["counselor_id"], in_vain["counselor_id"]) == (mega, mega)
    assert in_vain["fallback_id"] == reached["counselor_id"] == laras
    assert (reached["is_coordinator"], reached["answered"]) == (True, True)
    assert len(await she.events("CounselorContacted")) == 2

    # The record is fetched, and it is written down who did and what for.
    await she.ask(OFFICER, "counseling", "/casework/{case}/record-retrievals", fetch)
    (retrieved,) = await she.events("CaseRecordRetrieved")
    assert retrieved["data"]["purpose"] == "identification"
    assert clients.name_of(retrieved["actor"]).startswith("bayu ")

    # No second case form; the incident is one more of the old case, and the complaint is written.
    incident = {"complaint_id": she.id, "locus_code": "35.73.05.1004", "place": "WORKPLACE"}
    await she.ask(OFFICER, "triage", "/cases/{case}/incidents", incident)
    route = await she.is_classified(decided_in("SK-06"))
    await she.status("counselor_assigned")
    assert (route, she.case_id) == (["follow_up"], old.case_id)
    assert await she.events("CaseFormFilled") == []
    assert len(await old.events("CaseFormFilled")) == 1
    incidents = await she.see(OFFICER, "triage", "/cases/{case}/incidents")
    assert [each["place"] for each in incidents if each["complaint_id"] == she.id] == ["WORKPLACE"]
    (classified,) = await she.events("CaseClassified")
    assert (classified["data"]["case_kind"], classified["data"]["subkind"]) == (
        "existing",
        "new_incident",
    )
    case = await she.case()
    assert sorted(case["complaint_ids"]) == sorted([old.id, she.id])
    assert (case["vawc"], case["urgency"], case["locus"]) == (True, "medium", "in")
    assert "legal" in case["needs"]
    counselor = await she.counselor()
    assert (counselor["id"], counselor["reasons"]) == (mega, ["handled_before"])
    at = "/complaints/{id}/personal"
    read = await she.ask(SUPERVISOR, "intake", at, {"purpose": "supervision"})
    assert read["fields"]["narrative"] == told_in("SK-06")["narrative"]


SPKT: Json = {
    "topics": ["not_vawc_explained", "recommendation"],
    "medium": "in_person",
    "services": ["LAW_ENFORCEMENT", "LEGAL_AID", "HEALTH"],
    "agencies": ["POLICE_GENERAL", "LEGAL_AID", "PUSKESMAS"],
}


async def a_man_comes(clients: Clients, narrative: str) -> Journey:
    he = await at_the_counter(clients, "walk_in")
    await he.tells(told_in("SK-07", narrative=narrative))
    await he.is_handed_over()
    await he.is_taken_up()
    return he


async def test_sk_07_a_man_beaten_over_a_debt_is_told_where_to_turn(clients: Clients) -> None:
    he = await a_man_comes(clients, told_in("SK-07")["narrative"])
    decision = decided_in("SK-07", explained=["WHY_NOT_VAWC", "HOW_TO_REPORT"])
    route = await he.is_classified(decision | {"directed_to": SPKT["agencies"]})
    rights = await he.ask(OPERATOR, "intake", "/complaints/{id}/information", SPKT)
    closed = await he.status("informed")

    assert route == ["inform"]
    assert he.receipt["registration_no"] == closed["registration_no"]
    assert (closed["is_minimal"], closed["handed_over"]) == (False, True)
    case = await he.case()
    assert (case["vawc"], case["tpks"], case["urgency"]) == (False, False, "low")
    assert (case["locus"], case["locus_code"], case["status"]) == (
        "in",
        "35.73.04.1002",
        "informed",
    )
    assert [each["agencies"] for each in rights["information"]] == [SPKT["agencies"]]
    types = [each["type"] for each in await he.events()]
    assert "InformationGiven" in types
    assert not {"CaseFormFilled", "CaseworkOpened", "CounselorAssigned"} & set(types)
    assert await he.casework() == []
    asked = {name: he.receipt[name] for name in ("public_code", "pin")}
    assert (await he.ask("public", "intake", "/status", asked))["status"] == "informed"


async def test_sk_07b_a_man_coerced_by_his_superior_is_for_a_supervisor(clients: Clients) -> None:
    he = await a_man_comes(clients, "Atasan saya memaksa saya melayaninya.")
    route = await he.is_classified(decided_in("SK-07", tpks=True))
    await he.ask(OPERATOR, "intake", "/complaints/{id}/information", SPKT)
    case = await he.case()
    standing = await he.see(OPERATOR, "intake", "/complaints/{id}")
    decision = {"for": "route", "decision": "follow_up", "basis": "Korban TPKS; kami dampingi."}
    await he.refused(OFFICER, "triage", "/cases/{case}/decision", decision, "", status=403)
    decided = await he.ask(SUPERVISOR, "triage", "/cases/{case}/decision", decision)
    counselor = await he.counselor()

    assert route == ["supervisor"]
    assert (case["tpks"], case["status"]) == (True, "with_supervisor")
    assert "route" in case["awaiting"]
    assert standing["status"] != "informed"
    assert (await he.clock("triage", "tpks_police_report"))["stopped_at"] is None
    assert (decided["route"], decided["status"]) == (["follow_up"], "open")
    assert "route" not in decided["awaiting"]
    assert counselor["available"] is True


async def test_sk_07c_a_man_beaten_by_his_wife_is_told_where_to_turn(clients: Clients) -> None:
    he = await a_man_comes(clients, "Saya dipukul istri saya di rumah.")
    form = {
        "victims": [{"full_name": "Darto", "sex": "L", "age_estimate": 41, "in_city": True}],
        "perpetrators": [{"sex": "P", "relation": "SPOUSE"}],
        "violence": ["PHYSICAL"],
        "domestic": True,
    }
    await he.is_of_case(kind="new", form=form)
    at = "/identifications/{id}/classification"
    yes, no = decided_in("SK-07", vawc=True), decided_in("SK-07")
    await he.refused(OFFICER, "triage", at, yes, "victim-not-eligible", status=422)
    route = await he.is_classified(no)
    await he.ask(OPERATOR, "intake", "/complaints/{id}/information", SPKT)

    assert route == ["inform"]
    assert (await he.case())["vawc"] is False
    assert (await he.status("informed"))["registration_no"].startswith("PPA-")
    assert await he.casework() == []


async def test_sk_08_a_student_in_the_city_is_beaten_outside_it(clients: Clients) -> None:
    since = (now_utc() - timedelta(minutes=1)).isoformat()
    how = {"sub_channel": "social_media", "message_received_at": since}
    she = await at_the_counter(clients, "online", **how)
    await she.tells(told_in("SK-08"))
    await she.refused(OPERATOR, "intake", REACH, CALL_BACK, "contact-unsafe")
    safer = {"may_call": True, "phone": "0812-0000-0108", "basis": "same_contact"}
    at = f"/complaints/{she.id}/safe-contact"
    await clients.put(OPERATOR, "intake", at, safer)
    await she.ask(OPERATOR, "intake", REACH, CALL_BACK)
    told = {"topics": ["referral_explained", "hotlines"], "medium": "phone"}
    await she.ask(OPERATOR, "intake", "/complaints/{id}/information", told)
    await she.is_handed_over()
    await she.is_taken_up()
    await she.is_of_case(kind="new", form=form_in("SK-08"))
    at = "/identifications/{id}/classification"
    ours = decided_in("SK-08", locus="in", locus_code="35.73.05.1003")
    await she.refused(OFFICER, "triage", at, ours, "no-incident-in-the-city", status=422)
    route = await she.is_classified(decided_in("SK-08"))

    async def referrals() -> list[Json]:
        asked = {"case_id": she.case_id}
        found: list[Json] = await clients.get("referral_officer", "referral", "/referrals", **asked)
        return found

    (referral,) = await eventually(referrals, bool)
    assert "112" in she.receipt["auto_reply"]
    assert (await she.clock("intake", "first_response"))["stopped_at"] is not None
    assert route == ["refer"]
    case = await she.case()
    assert (case["vawc"], case["locus"], case["locus_code"]) == (True, "out", "35.07.22.2008")
    assert (case["urgency"], case["violence"]) == ("medium", ["PHYSICAL", "PSYCHOLOGICAL"])
    assert (referral["agency_kind"], referral["region_code"]) == ("UPTD_PPA", "35.07")
    assert referral["respond_by"] > referral["referred_at"]

    # The agency gets the least that it needs, and it stays ours until they answer.
    disclosed = await clients.get("kepanjen", "referral", "/agency/referrals")
    (hers,) = [each for each in disclosed if each["referred_at"] == referral["referred_at"]]
    assert set(hers) == {
        *("ref", "region_code", "urgency", "purpose", "violence", "age_band"),
        *("referred_at", "respond_by"),
    }
    assert hers["age_band"] == "18-24"
    assert not {she.id, she.case_id, referral["id"]} & set(map(str, hers.values()))
    elsewhere = await clients.get("batu", "referral", "/agency/referrals")
    assert hers["ref"] not in {each["ref"] for each in elsewhere}
    await she.status("referred")
    assert (await she.case())["status"] == "open"
    assert (await she.clock("triage", "response_medium"))["stopped_at"] is None
    assert in_order(await she.events(), "InformationGiven", "CaseClassified", "CaseReferred")


async def test_sk_10_a_woman_who_fled_without_papers_is_served(clients: Clients) -> None:
    she = await at_the_counter(clients, "walk_in")
    await she.tells(told_in("SK-10"))
    held = {"status": "requested", "reason": "held_by_perpetrator"}
    for paper in ("KK", "KTP", "AKTA_LAHIR"):
        asked = await she.note(paper, **held)
    safety = {"status": "waived", "reason": "safety"}
    await she.is_handed_over()
    await she.is_taken_up()
    await she.is_of_case(kind="new", filled_by="victim", form=form_in("SK-10"))
    route = await she.is_classified(decided_in("SK-10"))
    counselor = await she.counselor()
    await she.status("counselor_assigned")
    listed = await she.note("SKTM", SUPERVISOR, **safety)

    assert route == ["follow_up"]
    case = await she.case()
    assert (case["vawc"], case["child"], case["urgency"]) == (True, True, "medium")
    assert (case["locus"], case["locus_code"]) == ("in", "35.73.03.1001")
    assert case["violence"] == ["NEGLECT", "PSYCHOLOGICAL"]
    assert "shelter" in counselor["skills"]
    assert asked["complete"] is listed["complete"] is False
    papers = {each["type"]: each for each in listed["checklists"][0]["papers"]}
    assert (papers["SKTM"]["status"], papers["SKTM"]["reason"]) == ("waived", "safety")
    (kartika,) = [each.sub for each in clients.running.logins if each.username == "kartika"]
    assert papers["SKTM"]["noted_by"] == kartika
    for paper in ("KK", "KTP", "AKTA_LAHIR"):
        assert papers[paper]["status"] == "requested"
        assert datetime.fromisoformat(papers[paper]["due_at"]) > now_utc()
    at = f"/complaints/{she.id}/documents/SKTM"
    for who in (OPERATOR, OFFICER):
        await refused_put(clients, who, at, safety)

    # No letter reminds her, where his family would open it.
    letter = {"whom": "victim", "medium": "letter", "purpose": "clarification"}
    await she.refused(SUPERVISOR, "intake", REACH, letter, "contact-unsafe")


async def refused_put(clients: Clients, who: str, at: str, body: Json) -> None:
    with pytest.raises(RuntimeError, match=": 403 "):
        await clients.put(who, "intake", at, body)


async def heard_how_she_may_be_reached(she: Journey, counselor: Json) -> None:
    """Wait until counseling knows it too: what it does not know is not allowed."""

    async def known() -> bool:
        at = "/casework/{case}/safe-contact"
        found = await she.see(counselor["username"], "counseling", at)
        return any(each["is_known"] for each in found)

    await eventually(known, bool)
