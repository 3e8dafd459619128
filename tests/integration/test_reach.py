"""How far forgetting somebody reaches: never to another victim, and never past a legal hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.triage import commands as triage
from services.triage.domain import (
    Case,
    CaseForm,
    Identification,
    Perpetrator,
    Person,
    PrivacyRequest,
    UnderLegalHold,
    Victim,
)
from services.triage.persons import commands
from shared.contracts import person_of
from shared.eventstore import Cause, new_id
from shared.eventstore.memory import MemoryEventStore
from shared.privacy import Personal

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_cause() -> Cause:
    return Cause(handler="test", message_id=str(new_id()), actor="test").about(new_id())


def a_form(*names: str) -> CaseForm:
    victims = tuple(Victim(sex="P", age_band="25-44", full_name=Personal(n)) for n in names)
    return CaseForm(victims, (Perpetrator(full_name=Personal("Slamet")),), ("PHYSICAL",))


async def a_store() -> tuple[MemoryEventStore, Case]:
    """A case of Ani, who told of it herself; her sister did so later, in a linked complaint."""
    store = MemoryEventStore(Identification, Case, Person, PrivacyRequest)
    complaints = [new_id(), new_id()]
    for id in complaints:
        await triage.queue_complaint(
            store,
            a_cause(),
            complaint_id=id,
            registration_no="PPA-2026-000001",
            channel="walk_in",
            reporter_role="victim",
            in_danger=False,
            locus_code=None,
            received_at=MONDAY,
        )
    case = Case(complaint_id=complaints[0], registration_no="1", opened_at=MONDAY)
    case.fill_form(a_form("Ani"), "officer", MONDAY)
    case.link(complaints[1], "new_incident", MONDAY)
    await store.save(case, cause=a_cause())
    return store, case


async def ask(store: MemoryEventStore, case: Case, role: str = "victim", n: int = 0) -> Person:
    id = (
        person_of(case.id, role, n)
        if role != "reporter"
        else person_of(case.complaint_ids[n], role)
    )
    await commands.request_erasure(
        store, a_cause(), case_id=case.id, person_id=id, ground="UNLAWFUL", by="x", now=MONDAY
    )
    return await store.load(Person, id)


async def test_a_sister_who_told_as_a_victim_is_another_victim() -> None:
    store, case = await a_store()
    ani = await ask(store, case)
    assert ani.reach is not None
    assert not ani.reach.story
    assert ani.reach.persons == (ani.id,)


async def test_what_is_held_of_anybody_in_the_case_holds_the_story() -> None:
    _, case = await a_store()
    one = Case(complaint_id=case.complaint_ids[0], registration_no="2", opened_at=MONDAY)
    one.fill_form(a_form("Ani"), "officer", MONDAY)
    alone = MemoryEventStore(Identification, Case, Person, PrivacyRequest)
    await triage.queue_complaint(
        alone,
        a_cause(),
        complaint_id=one.complaint_ids[0],
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )
    await alone.save(one, cause=a_cause())
    await commands.place_hold(
        alone,
        a_cause(),
        case_id=one.id,
        person_id=person_of(one.id, "perpetrator"),
        ground="COURT_CASE",
        by="prita",
        now=MONDAY,
    )
    with pytest.raises(UnderLegalHold):
        await ask(alone, one)


async def test_the_last_victim_takes_the_story_and_who_told_it_as_one() -> None:
    store, case = await a_store()
    only = Case(complaint_id=case.complaint_ids[0], registration_no="2", opened_at=MONDAY)
    only.fill_form(a_form("Ani"), "officer", MONDAY)
    other = MemoryEventStore(Identification, Case, Person, PrivacyRequest)
    other.rows = [row for row in store.rows if row.name == "ComplaintQueued"]
    await other.save(only, cause=a_cause())
    ani = await ask(other, only)
    assert ani.reach is not None
    assert ani.reach.story
    assert person_of(only.complaint_ids[0], "reporter") in ani.reach.persons


async def test_where_nobody_wrote_a_form_she_who_told_it_takes_the_story() -> None:
    store, case = await a_store()
    only = Case(complaint_id=case.complaint_ids[0], registration_no="2", opened_at=MONDAY)
    other = MemoryEventStore(Identification, Case, Person, PrivacyRequest)
    other.rows = [row for row in store.rows if row.name == "ComplaintQueued"]
    await other.save(only, cause=a_cause())
    reporter = person_of(only.complaint_ids[0], "reporter")
    await commands.request_erasure(
        other, a_cause(), case_id=only.id, person_id=reporter, ground="UNLAWFUL", by="x", now=MONDAY
    )
    told = (await other.load(Person, reporter)).reach
    assert told is not None
    assert told.story


async def test_another_form_gives_nobody_the_id_of_another_and_hides_nobody() -> None:
    store, case = await a_store()
    case = await store.load(Case, case.id)
    case.fill_form(a_form("Budi"), "officer", MONDAY)
    await store.save(case, cause=a_cause())
    case = await store.load(Case, case.id)
    victims = [id for id, each in commands.persons_of(case).items() if each.role == "victim"]
    assert victims == [person_of(case.id, "victim", 0), person_of(case.id, "victim", 1)]
