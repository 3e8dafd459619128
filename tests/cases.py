"""Cases for tests of access: in each service one that is yours, one that is not, and spare ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import FastAPI

from services.counseling import following
from services.counseling.oldcases import commands as oldcases
from services.intake import commands as intake
from services.intake.domain import Level, Status
from services.intake.reprimands import commands as reprimands
from services.intake.rights import commands as rights
from services.intake.rules import commands as rules
from services.intake.rules import given
from services.referral import commands as referral
from services.referral.domain import Agency, CaseCard
from services.triage import commands as triage
from services.triage import news
from shared.access.standing import standing_of
from shared.eventstore import Cause, EventStore, new_id, now_utc
from shared.privacy import Personal
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN
from tests.tokens import Issuer, staff_id

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AGENCIES = (UUID(int=0xA1), UUID(int=0xA2))
REGIONS = ("35.07", "35.79")
YOURS, FOREIGN = 1, 2  # the first of a role handles yours, the second the other


@dataclass(frozen=True)
class Told:
    """A complaint and its case, as one service knows them."""

    complaint_id: UUID
    case_id: UUID
    receipt: dict[str, Any]


def a_cause(about: UUID) -> Cause:
    return Cause(handler="test", message_id=str(new_id()), actor="test").about(about)


def counselor_id(nth: int) -> UUID:
    return UUID(staff_id("counselor", nth))


async def counsel(store: EventStore, case_id: UUID, nth: int) -> None:
    """Let a service hear who answers for a case."""
    standing = await standing_of(store, case_id)
    standing.hear_counselor(counselor_id(nth))
    await store.save(standing, cause=a_cause(case_id))


async def complaint(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, nth: int) -> Told:
    """A complaint that the nth officer takes up, about a case that the nth counselor has."""
    store, case_id = app.state.store, new_id()
    answer = await client.post("/complaints", json=WALK_IN, headers=issuer.headers("operator"))
    id = UUID(answer.json()["complaint_id"])
    officer = staff_id("identification_officer", nth)
    await intake.note_taken_up(store, a_cause(id), id, officer_id=officer, taken_at=now_utc())
    await intake.note_progress(store, a_cause(id), id, status=Status.FOLLOWED_UP, case_id=case_id)
    await counsel(store, case_id, nth)
    return Told(id, case_id, answer.json())


async def promised(store: EventStore, complaint_id: UUID) -> UUID:
    """Something that was promised to a complainant."""
    cause = a_cause(complaint_id)
    await rights.promise(
        *(store, cause, complaint_id),
        what="next_contact",
        due_at=now_utc() + timedelta(days=200),
        words=None,
        by="somebody-else",
        now=now_utc(),
    )
    return rights.promise_id_of(cause)


async def drafted(store: EventStore, version: str, author: str) -> None:
    """A version of the rules and one of the standard that wait for somebody's approval."""
    what: dict[str, Any] = {"in_force_from": now_utc(), "by": author, "now": now_utc()}
    await rules.draft_rules(
        *(store, a_cause(new_id()), version),
        rules=given.RULES,
        limits=(),
        instead_of=given.RULES_VERSION,
        **what,
    )
    await rules.draft_standard(
        *(store, a_cause(new_id()), version),
        title="Standar",
        issuer="Dinas",
        sections=given.SECTIONS,
        pledge=None,
        **what,
    )


async def reprimanded(store: EventStore, complaint_id: UUID, author: str) -> tuple[UUID, UUID]:
    """A reprimand that somebody gave, and a threat against her."""
    given_for, threatened = a_cause(complaint_id), a_cause(complaint_id)
    await reprimands.reprimand(
        *(store, given_for, complaint_id),
        level=Level.ORAL,
        rule=given.CONDUCT,
        rule_version=given.RULES_VERSION,
        in_force=given.RULES_VERSION,
        facts=Personal("Memaki petugas."),
        by=author,
        now=now_utc(),
    )
    await reprimands.record_threat(
        *(store, threatened, complaint_id),
        kind="verbal",
        facts=Personal("Mengancam petugas."),
        threatened_id=author,
        by=author,
        now=now_utc(),
    )
    return reprimands.id_of(given_for), reprimands.id_of(threatened)


async def case(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, nth: int) -> Told:
    """A case that the nth officer identified and the nth counselor answers for."""
    store, id = app.state.store, new_id()
    await queued(app, id)
    officer = issuer.headers("identification_officer", nth=nth)
    at = f"/identifications/{id}"
    for path, body in (("take", None), ("case", NEW_CASE), ("classification", FOLLOW_UP)):
        answer = await client.post(f"{at}/{path}", json=body, headers=officer)
        assert answer.is_success, answer.text
    case_id = UUID(answer.json()["case_id"])
    await news.note_counselor(store, a_cause(id), case_id=case_id, counselor_id=counselor_id(nth))
    return Told(id, case_id, {})


async def queued(app: FastAPI, complaint_id: UUID) -> None:
    """A complaint that waits for an officer."""
    await triage.queue_complaint(
        app.state.store,
        a_cause(complaint_id),
        complaint_id=complaint_id,
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )


async def casework(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, nth: int) -> Told:
    """Casework that a supervisor gave to the nth counselor."""
    store, told = app.state.store, Told(new_id(), new_id(), {})
    supervisor = issuer.headers("supervisor", nth=3)
    roster = {"counselor_id": staff_id("counselor", nth), "skills": [], "sex": "P", "capacity": 9}
    await client.put("/counselors", json=roster, headers=supervisor)
    await following.assign_by_rule(
        store,
        a_cause(told.complaint_id),
        case_id=told.case_id,
        complaint_id=told.complaint_id,
        needs=(),
        urgency="low",
        child=None,
        linked=(),
        counselors=(),
        classified_at=MONDAY,
        now=MONDAY,
    )
    body = {"counselor_id": staff_id("counselor", nth), "basis": "Ia yang paling dekat."}
    answer = await client.post(
        f"/casework/{told.case_id}/assignment", json=body, headers=supervisor
    )
    assert answer.is_success, answer.text
    await looked_into(store, told, nth)
    return told


async def looked_into(store: EventStore, told: Told, nth: int) -> None:
    """Let a further complaint be about it, and let its nth officer have fetched the record."""
    officer, linked, at = staff_id("identification_officer", nth), linked_to(told), MONDAY
    await following.note_officer(
        store, a_cause(linked), complaint_id=linked, officer_id=officer, taken_at=at
    )
    await following.report_complaint(
        store,
        a_cause(linked),
        case_id=told.case_id,
        complaint_id=linked,
        subkind="follow_up",
        at=at,
    )
    await oldcases.retrieve_record(
        store,
        a_cause(linked),
        told.case_id,
        complaint_id=linked,
        purpose="identification",
        hours=1,
        folder=Personal("Lemari 3"),
        staff_id=officer,
        now=now_utc() - timedelta(days=2),  # it is over
    )


def linked_to(told: Told) -> UUID:
    """The further complaint about a casework."""
    return uuid5(told.case_id, "linked")


async def referred(app: FastAPI, nth: int, *, consent: bool = True) -> Told:
    """A case of the nth counselor, referred to the nth agency; without consent it waits."""
    store, told = app.state.store, Told(new_id(), new_id(), {})
    card = CaseCard(
        case_id=told.case_id,
        complaint_id=told.complaint_id,
        region_code=REGIONS[nth - 1],
        urgency="low",
        violence=("PHYSICAL",),
        age_band="25-44",
        needs=(),
        consent=consent,
    )
    agencies = [(await store.load(Agency, id)).card for id in AGENCIES]
    await referral.refer_or_ask(
        store, a_cause(told.complaint_id), card, agencies=agencies, now=MONDAY
    )
    await counsel(store, told.case_id, nth)
    return told


async def agencies(app: FastAPI) -> None:
    """Register the two agencies."""
    for id, region in zip(AGENCIES, REGIONS, strict=True):
        await referral.register_agency(
            app.state.store,
            a_cause(id),
            agency_id=id,
            name=f"UPTD PPA {region}",
            kind="UPTD_PPA",
            region_code=region,
            serves=(),
            answer_within_hours=24,
        )
