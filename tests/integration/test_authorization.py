"""Every call of every service, by every role, on a case of one's own and on a foreign one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from deploy.provision import SERVICES
from docs.services import endpoints
from services.referral.domain import Referral
from services.triage import news
from services.triage.links.commands import link_cases
from services.triage.persons.commands import file_request, request_erasure, request_id_of
from shared.access.relations import (
    ANOTHER,
    INVOLVED,
    LINKED_OFFICER,
    OPENLY_REFUSED,
    OWN_AGENCY,
    OWN_CLOCK,
    OWN_CONTACT,
    OWN_COUNSELOR,
    OWN_OFFICER,
    SELF,
    UNIT,
)
from shared.access.rule import ANYBODY, ROLES
from shared.access.rules import RULES
from shared.clocks.clock import Clock
from shared.clocks.limits import GIVEN
from shared.contracts import person_of
from shared.eventstore import new_id, now_utc
from tests import cases
from tests.cases import AGENCIES, FOREIGN, YOURS, Told
from tests.complaints import FOLLOW_UP, FORM, NEW_CASE, WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.files import a_picture
from tests.services import eventually, in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
BY_ROLE = {
    "identification_officer": OWN_OFFICER,
    "counselor": OWN_COUNSELOR,
    "agency": OWN_AGENCY,
}
REFUSED = {401, 403, 404}
BY_HER, BY_ANOTHER = "2027-by-her", "2027-by-another"  # versions, by who wrote them
Ties = Callable[[str, bool], set[str]]


def ordinary(role: str, yours: bool) -> set[str]:
    """How the first of a role is tied to a case: by handling it, or not at all."""
    return {UNIT, BY_ROLE[role]} if yours and role in BY_ROLE else {UNIT}


def nobodys(_: str, __: bool) -> set[str]:
    """No officer has taken it up."""
    return {UNIT}


def handed_on(role: str, yours: bool) -> set[str]:
    """The officer's work on the case is done: another answers for it now."""
    return {UNIT} if role == "identification_officer" else ordinary(role, yours)


def about_oneself(_: str, yours: bool) -> set[str]:
    return {UNIT, SELF} if yours else {UNIT}


def asked_by_another(_: str, yours: bool) -> set[str]:
    return {UNIT} if yours else {UNIT, ANOTHER}


def looking_into(role: str, yours: bool) -> set[str]:
    """The officer of a further complaint; she identifies nothing in the casework itself."""
    return (
        {UNIT, LINKED_OFFICER}
        if yours and role == "identification_officer"
        else ordinary(role, yours)
    )


def its_clock(_: str, yours: bool) -> set[str]:
    return {UNIT, OWN_CLOCK} if yours else {UNIT}


def of_oneself(_: str, __: bool) -> set[str]:
    return {UNIT, SELF}


def written_by_her(role: str, yours: bool) -> set[str]:
    return ordinary(role, yours) | ({INVOLVED} if yours else {ANOTHER})


def done_to_her(role: str, yours: bool) -> set[str]:
    return {UNIT, INVOLVED} if yours else {UNIT}


def its_contact(role: str, yours: bool) -> set[str]:
    return ordinary(role, yours) | ({OWN_CONTACT} if yours else set())


@dataclass(frozen=True)
class Call:
    """One request of the matrix; ``{…}`` in path and body are filled in from the case."""

    action: str | None  # None: needs nothing
    body: Any = None
    query: str = ""
    ties: Ties = ordinary
    headers: dict[str, str] = field(default_factory=dict)
    lists: str | None = None  # the field of its rows that tells whose a row is


LATE = {"explanation": "Korban perlu ditenangkan dahulu."}
OPENING = {"purpose": "supervision"}

YEAR = "?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z"
EXTRACT = {
    "staff_id": "somebody-else",
    "reason": "supervision",
    "since": "2026-01-01T00:00:00Z",
    "until": "2027-01-01T00:00:00Z",
}

# What each call needs. A route that is not here fails the test.
NOTHING = Call(None)
PUBLIC = Call("log.read")
WHERE: dict[tuple[str, str], list[Call]] = {
    ("POST", "/regions/search"): [Call("region.find", {"text": "Merjosari"})],
    ("GET", "/regions"): [Call("region.find")],
    ("GET", "/regions/{code}"): [Call("region.find")],
}
EVERYWHERE: dict[tuple[str, str], list[Call]] = {
    ("GET", "/openapi.json"): [NOTHING],
    ("GET", "/healthz"): [NOTHING],
    ("GET", "/readyz"): [NOTHING],
    ("GET", "/metrics"): [NOTHING],
    ("GET", "/history/events"): [Call("history.events")],
    ("GET", "/history/streams/{id}"): [Call("history.stream")],
    ("GET", "/privacy/accesses"): [Call("privacy.breach.report")],
    ("GET", "/facts"): [Call("facts.read", query="?partition=0")],
    ("GET", "/facts/latest"): [Call("facts.read")],
    ("GET", "/log/checkpoint"): [PUBLIC],
    ("GET", "/log/policy"): [PUBLIC],
    ("GET", "/log/quorum"): [PUBLIC],
    ("GET", "/log/tile/{level}/{path}"): [PUBLIC],
    ("GET", "/log/proof/{event_id}"): [PUBLIC],
    ("GET", "/log/entries/{path}"): [Call("log.entries")],
    ("POST", "/log/cosignatures"): [Call("log.cosign", "", headers={"Content-Type": "text/plain"})],
    ("GET", "/clocks"): [Call("clock.list", query="?status=breached", ties=its_clock, lists="id")],
    ("POST", "/clocks/{id}/explanations"): [Call("clock.explain", LATE, ties=its_clock)],
    ("POST", "/clocks/{id}/personal"): [Call("clock.open_personal", OPENING)],
    ("GET", "/extract"): [Call("extract.own", query=YEAR, ties=of_oneself)],
    ("POST", "/extract"): [Call("extract.other", EXTRACT)],
    ("GET", "/reports/times"): [Call("report.times", query="?from=2026-01-01&to=2027-01-01")],
}
STATUS = {"public_code": "{public_code}", "pin": "{pin}"}
COUNSELOR = {"counselor_id": "{new}", "skills": [], "sex": "P", "capacity": 1}
ASSIGNMENT = {"counselor_id": "{counselor}", "basis": "Ia yang paling dekat."}
AGENCY = {"agency_id": "{new}", "name": "UPTD", "kind": "UPTD_PPA", "region_code": "35.15"}
REFERRAL = {"need_id": "{need}", "agency_id": str(AGENCIES[0]), "basis": "Korban setuju."}
ANSWER = {"answer": "accepted", "medium": "phone", "answered_at": "{now}"}
CONFLICT = {"staff_id": "{staff}", "reason": "Pelaku adalah sepupunya."}
EMERGENCY = {"reason": "Korban menelepon, konselornya tidak dapat dihubungi."}
REVIEW = {"was_justified": True, "remarks": "Memang darurat."}
DOCUMENTS = "/complaints/{id}/documents"
PERSON = "/cases/{case_id}/persons/{person_id}"
TELLER = "/complaints/{complaint_id}/persons/{person_id}"
GROUND = {"ground": "SUBJECT_REQUEST"}
HELD = {"ground": "COURT_CASE"}
ASKED = {
    "kind": "ACCESS",
    "case_id": "{case_id}",
    "person_id": "{person_id}",
}
LOOKUP = "/casework/{case_id}"
HELPED = {"medium": "in_person", "at": "2026-11-23T09:00:00Z"}
COUNSELOR_CONTACT = {"complaint_id": "{linked}", "medium": "phone", "answered": True}
FETCH = {"complaint_id": "{linked}", "purpose": "identification", "hours": 2}
SOON = "2027-01-01T00:00:00Z"
STANDARD = {
    "version": "{version}",
    "in_force_from": SOON,
    "title": "Standar",
    "issuer": "Dinas",
    "sections": [{"number": "1", "title": "Syarat", "items": [{"number": "1.1", "text": "Ada"}]}],
}
RULES_BODY = {
    "version": "{version}",
    "in_force_from": SOON,
    "rules": [{"number": "7.2", "text": "Menghormati petugas.", "is_conduct": True}],
}
INFORMATION = {"topics": ["procedure"], "medium": "in_person"}
STATEMENT = {"kind": "truthfulness", "accepted": True}
PROMISE = {"what": "next_contact", "due_at": "2027-06-01T00:00:00Z"}
RENEWAL = {"due_at": "2027-07-01T00:00:00Z", "informed": True, "medium": "in_person"}
REPRIMAND = {"level": "oral", "rule": "7.2", "rule_version": "2026-11-24", "facts": "Memaki."}
THREAT = {"kind": "verbal", "facts": "Mengancam petugas."}
AT_PROMISE = "/complaints/{id}/promises/{promise_id}"
AT_REPRIMAND = "/complaints/{id}/reprimands/{reprimand_id}"
CONTACT = {"channel": "call_center"}
TELLING = {name: value for name, value in WALK_IN.items() if name != "channel"}
AMENDMENT = {"why": "correction", "changes": {"in_danger": True}}
SAFELY = {"may_call": True, "basis": "in_person"}
WITHDRAWAL = {"reason": "other", "basis": "in_person"}
SPOKEN = {"word": "kemangi"}
OUTGOING = {"whom": "reporter", "medium": "call", "purpose": "information"}
HELP = {"services": ["EMERGENCY_112"]}
ANEW = FOLLOW_UP | {"reason": "new_facts"}
ASKING = {"reason": "new_facts", "grounds": "Korban baru bercerita."}
DECIDED = {"for": "not_vawc", "decision": "inform", "basis": "Memang bukan."}
TOLD_POLICE = {"reported_at": "2026-11-23T09:00:00Z", "unit": "POLRESTA_PPA", "report_no": "LP/1"}
CONSENT = {
    "person_id": "{person_id}",  # of age: refused, but only to who may
    "giver": "PARENT",
    "purposes": ["follow_up"],
    "said_at": "2026-01-05T09:00:00Z",
}
MATRIX: dict[str, dict[tuple[str, str], list[Call]]] = {
    "intake": {
        ("POST", "/complaints"): [
            Call("complaint.receive", WALK_IN),
            Call("complaint.submit", WEBSITE),
        ],
        ("GET", "/complaints/{id}"): [Call("complaint.read")],
        ("POST", "/status"): [Call("status.ask", STATUS)],
        ("POST", "/complaints/{id}/personal"): [Call("complaint.open_personal", OPENING)],
        **WHERE,
        ("GET", DOCUMENTS): [Call("document.read")],
        ("PUT", f"{DOCUMENTS}/{{type}}"): [
            Call("document.note", {"status": "received"}),
            Call("document.waive", {"status": "waived", "reason": "safety"}),
        ],
        ("POST", f"{DOCUMENTS}/personal"): [Call("document.open_personal", OPENING)],
        ("POST", f"{DOCUMENTS}/{{type}}/scans"): [Call("scan.store")],  # no body: 415 after may
        ("POST", f"{DOCUMENTS}/{{type}}/scans/{{scan_id}}/opening"): [
            Call("document.open_personal", OPENING),
            Call("evidence.open_original", OPENING | {"what": "original"}),
        ],
        ("GET", "/complaints/{id}/enquiries"): [Call("complaint.read")],
        ("POST", "/complaints/{id}/status-unlock"): [Call("status.unlock", {"basis": "code_word"})],
        ("GET", "/standard"): [Call("standard.read")],
        ("GET", "/standard/versions"): [Call("standard.draft")],
        ("POST", "/standard"): [Call("standard.draft", STANDARD)],
        ("POST", "/standard/{version}/approval"): [Call("standard.approve", ties=asked_by_another)],
        ("GET", "/rules"): [Call("rules.read")],
        ("GET", "/rules/versions"): [Call("rules.draft")],
        ("POST", "/rules"): [Call("rules.draft", RULES_BODY)],
        ("POST", "/rules/{version}/approval"): [Call("rules.approve", ties=asked_by_another)],
        ("GET", "/complaints/{id}/rights"): [Call("complaint.read")],
        ("POST", "/complaints/{id}/rights/personal"): [Call("complaint.open_personal", OPENING)],
        ("POST", "/complaints/{id}/information"): [Call("information.give", INFORMATION)],
        ("POST", "/complaints/{id}/statements"): [Call("statement.take", STATEMENT)],
        ("POST", "/complaints/{id}/promises"): [Call("promise.make", PROMISE)],
        ("POST", f"{AT_PROMISE}/renewal"): [Call("promise.make", RENEWAL)],
        ("POST", f"{AT_PROMISE}/kept"): [Call("promise.make")],
        ("GET", "/promises"): [
            Call("promise.list", query="?status=all&limit=500", lists="complaint_id")
        ],
        ("GET", "/complaints/{id}/procedure"): [Call("procedure.read")],
        ("GET", "/complaints/{id}/reprimands"): [
            Call("reprimand.list", ties=written_by_her, lists="given_by")
        ],
        ("POST", "/complaints/{id}/reprimands"): [Call("reprimand.give", REPRIMAND)],
        ("POST", f"{AT_REPRIMAND}/approval"): [Call("reprimand.approve", ties=written_by_her)],
        ("POST", f"{AT_REPRIMAND}/reply"): [Call("reprimand.reply", {"words": "Maaf."})],
        ("POST", f"{AT_REPRIMAND}/personal"): [Call("reprimand.open_personal", OPENING)],
        ("POST", f"{AT_REPRIMAND}/withdrawal"): [
            Call("reprimand.withdraw", {"reason": "Keliru."}, ties=written_by_her)
        ],
        ("POST", "/complaints/{id}/threats"): [Call("threat.record", THREAT)],
        ("GET", "/threats"): [
            Call("threat.list", query="?limit=500", ties=done_to_her, lists="threatened_id")
        ],
        ("POST", "/threats/{threat_id}/personal"): [Call("threat.open_personal", OPENING)],
        ("GET", "/complaints"): [
            Call("complaint.read", query="?registration_no={registration_no}", lists="id")
        ],
        ("POST", "/contacts"): [Call("contact.open", CONTACT)],
        ("GET", "/contacts"): [Call("contact.list", lists="id")],
        ("GET", "/contacts/{id}"): [Call("contact.list")],
        ("PUT", "/contacts/{id}/draft"): [Call("contact.continue", {"in_danger": True})],
        ("POST", "/contacts/{id}/personal"): [
            Call("contact.open_personal", OPENING, ties=its_contact)
        ],
        ("POST", "/contacts/{id}/emergency"): [Call("emergency.activate", HELP)],
        ("POST", "/contacts/{id}/drop"): [Call("contact.continue", {})],
        ("POST", "/contacts/{id}/resumption"): [Call("contact.continue")],
        ("POST", "/contacts/{id}/complaint"): [Call("contact.continue", TELLING)],
        ("POST", "/contacts/{id}/service-complaint"): [Call("contact.continue")],
        ("POST", "/complaints/{id}/handover"): [Call("contact.continue")],
        ("POST", "/complaints/{id}/amendments"): [Call("complaint.amend", AMENDMENT)],
        ("PUT", "/complaints/{id}/safe-contact"): [Call("complaint.amend", SAFELY)],
        ("POST", "/complaints/{id}/code-word"): [Call("complaint.compare_code_word", SPOKEN)],
        ("POST", "/complaints/{id}/withdrawal"): [Call("complaint.withdraw", WITHDRAWAL)],
        ("POST", "/complaints/{id}/outgoing-contacts"): [Call("complaint.reach", OUTGOING)],
        ("POST", "/complaints/{id}/acknowledgement"): [
            Call("complaint.acknowledge", {"medium": "letter"})
        ],
        ("GET", "/alerts"): [Call("alert.list", query="?seen=false", lists="id")],
        ("POST", "/alerts/{id}/seen"): [Call("alert.see")],
    },
    "triage": {
        ("GET", "/identifications"): [
            Call("identification.list", query="?status=classified", lists="case_id")
        ],
        ("GET", "/identifications/{complaint_id}"): [Call("identification.list")],
        ("POST", "/identifications/{complaint_id}/take"): [Call("identification.take")],
        ("POST", "/identifications/{complaint_id}/candidates"): [
            Call("candidate.search", {"full_name": "Sumarni"})
        ],
        ("GET", "/identifications/{complaint_id}/candidates"): [Call("candidate.search")],
        ("GET", "/search-alarms"): [Call("search.alarm.list")],
        ("POST", "/identifications/{complaint_id}/case"): [Call("case.choose", NEW_CASE)],
        ("POST", "/identifications/{complaint_id}/classification"): [
            Call("case.classify", FOLLOW_UP)
        ],
        ("GET", "/cases/{case_id}"): [Call("case.read")],
        ("GET", "/cases"): [Call("case.list", lists="id")],
        ("POST", "/cases/{case_id}/reclassification"): [
            Call("case.reclassify", ANEW, ties=handed_on)
        ],
        ("POST", "/cases/{case_id}/reclassification-request"): [
            Call("case.ask_reclassification", ASKING)
        ],
        ("POST", "/cases/{case_id}/decision"): [Call("case.decide", DECIDED)],
        ("GET", "/cases/{case_id}/consents"): [Call("case.read")],
        ("POST", "/cases/{case_id}/consents"): [
            Call("case.record_consent", CONSENT, ties=handed_on)
        ],
        ("POST", "/cases/{case_id}/police-report"): [
            Call("case.record_police_report", TOLD_POLICE, ties=handed_on)
        ],
        ("POST", "/cases/{case_id}/form"): [
            Call("case.amend_form", {"form": FORM}, ties=handed_on)
        ],
        ("GET", "/cases/{case_id}/incidents"): [Call("case.read")],
        ("POST", "/cases/{case_id}/incidents"): [
            Call("case.add_incident", {"complaint_id": "{complaint_id}"}, ties=handed_on)
        ],
        ("POST", "/cases/{case_id}/linking"): [
            Call("case.link", {"case_id": "{other_id}", "kind": "same_event"}, ties=handed_on)
        ],
        ("POST", "/cases/{case_id}/linking/{other_id}/separation"): [
            Call("case.link", ties=handed_on)
        ],
        ("POST", "/identifications/{complaint_id}/unlinking"): [
            Call("identification.unlink", {"reason": "mistake"})
        ],
        ("POST", "/identifications/{complaint_id}/release"): [
            Call("identification.release", {"reason": "shift_end"})
        ],
        ("POST", "/identifications/{complaint_id}/reassignment"): [
            Call("identification.reassign", {"reason": "absent"})
        ],
        ("POST", "/identifications/{complaint_id}/conflicts"): [
            Call("conflict.declare", CONFLICT, ties=about_oneself)
        ],
        ("GET", "/alarms"): [Call("alarm.list", lists="case_id")],
        ("POST", "/alarms/{complaint_id}/acknowledgement"): [Call("alarm.acknowledge")],
        ("POST", "/cases/{case_id}/conflicts"): [
            Call("conflict.declare", CONFLICT, ties=about_oneself)
        ],
        ("POST", "/cases/{case_id}/personal"): [
            Call("case.open_personal", OPENING, ties=handed_on),
            Call("case.history.open_personal", OPENING | {"earlier": True}),
        ],
        ("POST", "/cases/{case_id}/break-glass"): [Call("glass.break", EMERGENCY)],
        ("GET", "/break-glass"): [Call("glass.list", lists="case_id")],
        ("GET", "/cases/{case_id}/persons"): [Call("person.list", ties=handed_on)],
        ("POST", f"{PERSON}/erasure"): [Call("person.erase.request", GROUND)],
        ("GET", f"{PERSON}/erasure"): [Call("person.erasure.read")],
        ("POST", f"{PERSON}/erasure/approval"): [
            Call("person.erase.approve", ties=asked_by_another)
        ],
        ("POST", f"{PERSON}/erasure/withdrawal"): [Call("person.erase.request")],
        ("POST", f"{PERSON}/hold"): [Call("person.hold", HELD)],
        ("POST", f"{PERSON}/hold/lifting"): [Call("person.hold")],
        ("GET", "/complaints/{complaint_id}/persons"): [Call("person.list", ties=nobodys)],
        ("POST", f"{TELLER}/erasure"): [Call("person.erase.request", GROUND)],
        ("GET", f"{TELLER}/erasure"): [Call("person.erasure.read")],
        ("POST", f"{TELLER}/erasure/approval"): [
            Call("person.erase.approve", ties=asked_by_another)
        ],
        ("POST", f"{TELLER}/erasure/withdrawal"): [Call("person.erase.request")],
        ("POST", f"{TELLER}/hold"): [Call("person.hold", HELD)],
        ("POST", f"{TELLER}/hold/lifting"): [Call("person.hold")],
        ("GET", "/privacy/erasures"): [Call("person.erasure.read")],
        ("GET", "/privacy/requests"): [Call("privacy.request.list")],
        ("POST", "/privacy/requests"): [Call("privacy.request.record", ASKED)],
        ("POST", "/privacy/requests/{id}/answer"): [
            Call("privacy.request.answer", {"outcome": "DONE"})
        ],
        ("POST", "/break-glass/{id}/personal"): [
            Call("glass.open_personal", OPENING, ties=asked_by_another)
        ],
        ("POST", "/break-glass/{id}/review"): [Call("glass.review", REVIEW, ties=asked_by_another)],
        **WHERE,
    },
    "referral": {
        ("GET", "/agencies"): [Call("agency.list")],
        ("POST", "/agencies"): [Call("agency.register", AGENCY)],
        ("GET", "/referrals"): [Call("referral.list", lists="case_id")],
        ("GET", "/referrals/needed"): [Call("need.list", lists="case_id")],
        ("POST", "/referrals"): [Call("referral.make", REFERRAL)],
        ("POST", "/referrals/{id}/keeping"): [
            Call("referral.keep", {"grounds": "Korban ingin tetap didampingi di sana."})
        ],
        ("POST", "/referrals/{id}/answer"): [Call("referral.answer", ANSWER)],
        ("POST", "/referrals/{id}/personal"): [Call("referral.open_personal", OPENING)],
        ("GET", "/agency/referrals"): [Call("agency.referral.list", lists="region_code")],
    },
    "counseling": {
        ("GET", "/counselors"): [Call("counselor.list")],
        ("PUT", "/counselors"): [Call("counselor.register", COUNSELOR)],
        ("GET", "/casework"): [Call("casework.list", lists="case_id")],
        ("POST", "/casework/{case_id}/personal"): [Call("casework.open_personal", OPENING)],
        ("POST", "/casework/{case_id}/assignment"): [Call("casework.assign", ASSIGNMENT)],
        ("POST", "/casework/{case_id}/first-help"): [Call("casework.help", HELPED)],
        ("GET", "/casework/{case_id}/safe-contact"): [Call("casework.list")],
        ("GET", f"{LOOKUP}/clocks"): [Call("casework.list")],
        ("GET", f"{LOOKUP}/contacts"): [Call("lookup.list", ties=looking_into)],
        ("POST", f"{LOOKUP}/contacts"): [
            Call("counselor.contact", COUNSELOR_CONTACT, ties=looking_into)
        ],
        ("GET", f"{LOOKUP}/record-retrievals"): [Call("lookup.list", ties=looking_into)],
        ("POST", f"{LOOKUP}/record-retrievals/{{retrieval_id}}/return"): [Call("record.return")],
        ("POST", f"{LOOKUP}/record-retrievals"): [
            Call("record.retrieve", FETCH, ties=looking_into)
        ],
        ("POST", "/casework/{case_id}/acceptance"): [Call("casework.accept")],
        ("POST", "/casework/{case_id}/ending"): [
            Call("casework.end", {"reason": "not_followed_up"})
        ],
        ("POST", "/casework/{case_id}/decline"): [
            Call("casework.decline", {"reason": "no_capacity"})
        ],
    },
}


def expected(call: Call, role: str, *, yours: bool) -> int | None:
    """What the table answers: 401, 403, 404, or None for whoever may."""
    if call.action is None:
        return None
    rules = [rule for rule in RULES if rule.action == call.action]
    relations = {r.relation for r in rules if {role, ANYBODY} & set(r.roles.split())}
    if not relations:
        return 401 if role == ANYBODY else 403
    if relations & call.ties(role, yours):
        return None
    return 403 if relations & OPENLY_REFUSED else 404


Filled = dict[str, str]
Fill = Callable[[str, bool], Filled]
Prepare = Callable[[httpx.AsyncClient, FastAPI, Issuer], Awaitable[Fill]]


async def prepare_intake(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    told = await both(lambda nth: cases.complaint(client, app, issuer, nth))
    scans = {
        yours: (
            await client.post(
                f"/complaints/{its.complaint_id}/documents/KK/scans",
                content=a_picture(),
                headers=issuer.headers("operator") | {"Content-Type": "image/jpeg"},
            )
        ).json()["id"]
        for yours, its in told.items()
    }
    store = app.state.store
    promised, written = {}, {}
    for yours, author in ((True, staff_id("supervisor")), (False, "somebody-else")):
        promised[yours] = await cases.promised(store, told[yours].complaint_id)
        await cases.drafted(store, BY_HER if yours else BY_ANOTHER, author)
    for role, yours in product((*ROLES, ANYBODY), (True, False)):
        author = staff_id(role) if yours else "somebody-else"
        written[role, yours] = await cases.reprimanded(store, told[yours].complaint_id, author)

    contacts, alerts = {}, {}
    for yours, nth in ((True, YOURS), (False, FOREIGN)):
        operator = issuer.headers("operator", nth=nth)
        answer = await client.post("/contacts", json=CONTACT, headers=operator)
        contacts[yours] = answer.json()["id"]
        at = f"/contacts/{told[yours].complaint_id}/emergency"
        alerts[yours] = (await client.post(at, json=HELP, headers=operator)).json()["id"]

    def fill(role: str, yours: bool) -> Filled:
        its = told[yours]
        receipt = {name: its.receipt[name] for name in ("public_code", "pin", "registration_no")}
        about = {"type": "KK", "scan_id": scans[yours]}
        reprimand_id, threat_id = written[role, yours]
        return {
            "id": str(its.complaint_id),
            "complaint_id": str(its.complaint_id),
            "promise_id": str(promised[yours]),
            "reprimand_id": str(reprimand_id),
            "threat_id": str(threat_id),
            "given_by": staff_id(role) if yours else "somebody-else",
            "threatened_id": staff_id(role) if yours else "somebody-else",
            "version": BY_HER if yours else BY_ANOTHER,
            **about,
            **receipt,
            "contact": contacts[yours],
            "alert": alerts[yours],
        }

    return fill


async def prepare_triage(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    told = await both(lambda nth: cases.case(client, app, issuer, nth))
    spare = await both(lambda _: cases.case(client, app, issuer, FOREIGN))
    grants = {}
    for yours, who in ((True, "supervisor"), (False, "identification_officer")):
        at = f"/cases/{told[yours].case_id}/break-glass"
        headers = issuer.headers(who, nth=YOURS if yours else 9)
        grants[yours] = (await client.post(at, json=EMERGENCY, headers=headers)).json()["id"]

    store = app.state.store
    persons, requests, bare = {}, {}, {}
    for yours, asker in ((True, staff_id("supervisor")), (False, "somebody-else")):
        id = told[yours].case_id
        persons[yours] = person_of(id, "victim")
        whose: dict[str, Any] = {
            "case_id": id,
            "person_id": persons[yours],
            "by": asker,
            "now": now_utc(),
        }
        await request_erasure(store, cases.a_cause(id), ground="SUBJECT_REQUEST", **whose)
        bare[yours] = new_id()  # a complaint that nobody has taken up
        await cases.queued(app, bare[yours])
        await request_erasure(
            store,
            cases.a_cause(bare[yours]),
            complaint_id=bare[yours],
            person_id=person_of(bare[yours], "reporter"),
            ground="SUBJECT_REQUEST",
            by=asker,
            now=now_utc(),
        )
        asked = cases.a_cause(id)
        requests[yours] = request_id_of(asked)
        await file_request(store, asked, kind="ACCESS", **whose)

    for each in told.values():
        about = cases.a_cause(each.complaint_id)
        alarm: dict[str, Any] = {"services": ("POLICE_110",), "at": now_utc()}
        await news.note_emergency(store, about, complaint_id=each.complaint_id, **alarm)
    other_id = spare[False].case_id
    fresh = {True: new_id(), False: new_id()}
    for id in fresh.values():
        await cases.queued(app, id)
    for each in told.values():
        whom: dict[str, Any] = {"other_id": other_id, "kind": "same_victim", "by": "somebody-else"}
        await link_cases(store, cases.a_cause(each.case_id), each.case_id, now=now_utc(), **whom)

    def fill(role: str, yours: bool) -> Filled:
        its = told[yours]
        return {
            "other_id": str(other_id),
            "complaint_id": str(its.complaint_id),
            "case_id": str(its.case_id),
            "person_id": str(persons[yours]),
            "request": str(requests[yours]),
            "bare": str(bare[yours]),
            "teller": str(person_of(bare[yours], "reporter")),
            "id": grants[yours],
            "stream": str(its.case_id),
            "conflict_case": str(spare[yours].case_id),
            "conflict_complaint": str(fresh[yours]),
            "staff": staff_id(role) if yours else "somebody-else",
        }

    return fill


async def prepare_referral(_: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    await cases.agencies(app)
    told = await both(lambda nth: cases.referred(app, nth))
    waits = await both(lambda nth: cases.referred(app, nth, consent=False))
    rows = await app.state.store.pool.fetch("select id, case_id from needs")
    needs = {row["case_id"]: str(row["id"]) for row in rows}

    def fill(_: str, yours: bool) -> Filled:
        return {
            "case_id": str(told[yours].case_id),
            "region_code": cases.REGIONS[0 if yours else 1],
            "need": needs[waits[yours].case_id],
            "waiting_case": str(waits[yours].case_id),
            "id": str(AGENCIES[0]),
            "request": str(Referral.create_id(told[yours].case_id, AGENCIES[0 if yours else 1])),
        }

    return fill


async def prepare_counseling(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> Fill:
    told = await both(lambda nth: cases.casework(client, app, issuer, nth))
    rows = await app.state.store.pool.fetch("select id, case_id from retrievals")
    retrievals = {row["case_id"]: str(row["id"]) for row in rows}

    def fill(_: str, yours: bool) -> Filled:
        nth = YOURS if yours else FOREIGN
        return {
            "case_id": str(told[yours].case_id),
            "id": staff_id("counselor"),
            "counselor": staff_id("counselor", nth),
            "linked": str(cases.linked_to(told[yours])),
            "retrieval_id": retrievals[told[yours].case_id],
        }

    return fill


async def a_signed_event(app: FastAPI) -> str:
    """Wait until the log has signed something, and return an event that it proves."""

    async def ask() -> UUID | None:
        found: UUID | None = await app.state.store.pool.fetchval(
            "select event_id from es.log where index < (select max(size) from es.checkpoints)"
        )
        return found

    return str(await eventually(ask, bool))


async def clocks(app: FastAPI) -> dict[tuple[str, bool], UUID]:
    """Let a time limit of each role be over, and one of somebody else."""
    found = {}
    for role, yours in product((*ROLES, ANYBODY), (True, False)):
        clock = Clock.start(
            GIVEN["counter"],
            new_id(),
            now_utc() - timedelta(hours=1),
            staff_id=staff_id(role) if yours else "somebody-else",
        )
        clock.stop(now_utc())
        await app.state.store.save(clock, cause=cases.a_cause(clock.id))
        found[role, yours] = clock.id
    return found


def with_clocks(fill: Fill, clocks: dict[tuple[str, bool], UUID], event_id: str) -> Fill:
    def filled(role: str, yours: bool) -> Filled:
        more = {"clock": str(clocks[role, yours]), "event_id": event_id}
        return fill(role, yours) | more

    return filled


async def both(make: Callable[[int], Awaitable[Told]]) -> dict[bool, Told]:
    return {True: await make(YOURS), False: await make(FOREIGN)}


PREPARE: dict[str, Prepare] = {
    "intake": prepare_intake,
    "triage": prepare_triage,
    "referral": prepare_referral,
    "counseling": prepare_counseling,
}


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_of_a_service_is_in_the_matrix(service: str) -> None:
    calls = {(each.method, each.path) for each in endpoints(service)}
    assert calls == EVERYWHERE.keys() | MATRIX[service].keys()


@pytest.mark.parametrize("service", SERVICES)
async def test_each_role_gets_exactly_the_answer_of_the_table(
    service: str, make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> None:
    told: dict[str, Any] = {"pepper": pepper} if service == "intake" else {}
    database = (await make_database(service)).url
    async with in_process(service, database=database, nats=NOWHERE, issuer=issuer.url, **told) as (
        client,
        app,
    ):
        own = await PREPARE[service](client, app, issuer)
        fill = with_clocks(own, await clocks(app), await a_signed_event(app))
        wrong = [
            f"{role} {'own' if yours else 'foreign'} {method} {path} {call.action}: {answer}"
            for (method, path), calls in (EVERYWHERE | MATRIX[service]).items()
            for call in calls
            for role in (*ROLES, ANYBODY)
            for yours in (False, True)
            if (answer := await ask(client, issuer, fill, (method, path), call, role, yours=yours))
        ]
    assert wrong == []


async def ask(
    client: httpx.AsyncClient,
    issuer: Issuer,
    fill: Fill,
    route: tuple[str, str],
    call: Call,
    role: str,
    *,
    yours: bool,
) -> str | None:
    """Return what is wrong with the answer, if anything is."""
    method, path = route
    filled = fill(role, yours) | {
        "new": str(new_id()),
        "code": "35.73",
        "now": now_utc().isoformat(),
    }
    filled |= {"level": "0", "path": "000.p/1"}
    if path.startswith("/complaints/{complaint_id}"):
        filled |= {"complaint_id": filled["bare"], "person_id": filled["teller"]}
    if call.action == "conflict.declare":
        filled["case_id"] = filled["conflict_case"]
        filled["complaint_id"] = filled["conflict_complaint"]
    if call.action == "case.list":
        filled["id"] = filled["case_id"]
    if call.action in (
        "privacy.request.answer",
        "referral.open_personal",
        "referral.keep",
        "referral.answer",
    ):
        filled["id"] = filled["request"]
    if call.action is not None and call.action.startswith("clock."):
        filled["id"] = filled["clock"]
    if call.action is not None and call.action.partition(".")[0] in ("contact", "alert"):
        filled["id"] = filled[call.action.partition(".")[0]]
    if call.action == "history.stream":
        filled["id"] = filled.get("stream", filled["id"])
    claims: dict[str, Any] = {"agency": str(AGENCIES[0])} if role == "agency" else {}
    token = issuer.token(role, **claims)
    answer = await client.request(
        method,
        (path + call.query).format_map(filled),
        json=filled_in(call.body, filled),
        headers=call.headers | ({} if role == ANYBODY else {"Authorization": f"Bearer {token}"}),
    )
    wanted = expected(call, role, yours=yours)
    status = answer.status_code
    if call.lists and wanted in (None, HTTPStatus.NOT_FOUND) and status == HTTPStatus.OK:
        field = call.lists
        whose = filled["waiting_case"] if call.action == "need.list" else filled[field]
        is_listed = any(row[field] == whose for row in answer.json())
        return None if is_listed == (wanted is None) else f"listed: {is_listed}"
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return f"the request itself is wrong: {answer.text}"
    right = (status not in REFUSED and status < 500) or path == "/readyz"
    return None if (right if wanted is None else status == wanted) else f"{status} not {wanted}"


def filled_in(body: Any, filled: Filled) -> Any:
    """Return the body with what is in braces filled in."""
    if isinstance(body, dict):
        return {name: filled_in(value, filled) for name, value in body.items()}
    is_blank = isinstance(body, str) and body[:1] == "{" and body[1:-1] in filled
    return filled[body[1:-1]] if is_blank else body
