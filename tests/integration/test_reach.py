"""How far forgetting somebody reaches: never to another victim, and never past a legal hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.triage import commands as triage
from services.triage.domain import (
    Case,
    CaseForm,
    HasForm,
    Identification,
    Perpetrator,
    Person,
    PrivacyRequest,
    UnderLegalHold,
    Victim,
)
from services.triage.persons import commands
from services.triage.persons.reach import persons_of
from shared.access.door import PersonalDataAccess
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
    store = MemoryEventStore(Identification, Case, Person, PrivacyRequest, PersonalDataAccess)
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
    alone = MemoryEventStore(Identification, Case, Person, PrivacyRequest, PersonalDataAccess)
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
    other = MemoryEventStore(Identification, Case, Person, PrivacyRequest, PersonalDataAccess)
    other.rows = [row for row in store.rows if row.name == "ComplaintQueued"]
    await other.save(only, cause=a_cause())
    ani = await ask(other, only)
    assert ani.reach is not None
    assert ani.reach.story
    assert person_of(only.complaint_ids[0], "reporter") in ani.reach.persons


async def test_where_nobody_wrote_a_form_she_who_told_it_takes_the_story() -> None:
    store, case = await a_store()
    only = Case(complaint_id=case.complaint_ids[0], registration_no="2", opened_at=MONDAY)
    other = MemoryEventStore(Identification, Case, Person, PrivacyRequest, PersonalDataAccess)
    other.rows = [row for row in store.rows if row.name == "ComplaintQueued"]
    await other.save(only, cause=a_cause())
    reporter = person_of(only.complaint_ids[0], "reporter")
    await commands.request_erasure(
        other, a_cause(), case_id=only.id, person_id=reporter, ground="UNLAWFUL", by="x", now=MONDAY
    )
    told = (await other.load(Person, reporter)).reach
    assert told is not None
    assert told.story


async def ask_by_complaint(store: MemoryEventStore, complaint_id: UUID, role: str) -> Person:
    id = person_of(complaint_id, role)
    await commands.request_erasure(
        store,
        a_cause(),
        complaint_id=complaint_id,
        person_id=id,
        ground="UNLAWFUL",
        by="x",
        now=MONDAY,
    )
    return await store.load(Person, id)


async def a_complaint(reporter_role: str = "victim") -> tuple[MemoryEventStore, UUID]:
    """A complaint that nobody has taken up."""
    store, id = (
        MemoryEventStore(Identification, Case, Person, PrivacyRequest, PersonalDataAccess),
        new_id(),
    )
    await queued(store, id, reporter_role)
    return store, id


async def queued(store: MemoryEventStore, id: UUID, reporter_role: str) -> None:
    await triage.queue_complaint(
        store,
        a_cause(),
        complaint_id=id,
        registration_no="PPA-2026-000001",
        channel="walk_in",
        reporter_role=reporter_role,
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )


async def without_a_form() -> tuple[MemoryEventStore, Case]:
    """A case of two complaints of which nobody wrote a form."""
    store, first = await a_complaint()
    second = new_id()
    await queued(store, second, "neighbour")
    case = Case(complaint_id=first, registration_no="1", opened_at=MONDAY)
    for id in (first, second):
        found = await store.load(Identification, Identification.create_id(id))
        found.take("x", MONDAY, MONDAY)
        found.choose("x", case.id, "new", None, MONDAY)
        case.link(id, "new_incident", MONDAY)
        await store.save(found, cause=a_cause())
    await store.save(case, cause=a_cause())
    return store, await store.load(Case, case.id)


async def test_who_told_as_a_victim_takes_a_complaint_that_never_got_a_case() -> None:
    store, id = await a_complaint()
    reach = (await ask_by_complaint(store, id, "reporter")).reach
    assert reach is not None
    assert (reach.case_id, reach.complaint_ids, reach.story) == (None, (id,), True)


async def test_a_neighbour_takes_only_her_own_name_and_the_victim_the_story() -> None:
    store, id = await a_complaint("neighbour")
    hers = (await ask_by_complaint(store, id, "reporter")).reach
    assert hers is not None
    assert not hers.story
    victims = (await ask_by_complaint(store, id, "victim")).reach
    assert victims is not None
    assert victims.story
    assert victims.persons == (person_of(id, "victim"),)


async def test_of_a_case_without_a_form_each_complaint_goes_alone_and_the_last_takes_all() -> None:
    store, case = await without_a_form()
    first, second = case.complaint_ids
    she = await ask_by_complaint(store, second, "victim")
    assert she.reach is not None
    assert she.reach.case_id is None
    assert she.reach.complaint_ids == (second,)
    she.approve_erasure("y", MONDAY)
    she.erase(she.reach, MONDAY + timedelta(days=2))
    await store.save(she, cause=a_cause())
    last = (await ask_by_complaint(store, first, "reporter")).reach
    assert last is not None
    assert (last.case_id, last.complaint_ids) == (case.id, case.complaint_ids)


async def test_once_there_is_a_form_its_persons_are_forgotten_and_not_the_complaint() -> None:
    store, case = await without_a_form()
    case.fill_form(a_form("Ani"), "officer", MONDAY)
    await store.save(case, cause=a_cause())
    with pytest.raises(HasForm):
        await ask_by_complaint(store, case.complaint_ids[0], "victim")


async def test_what_is_held_of_a_complaint_holds_its_case_and_the_other_way_round() -> None:
    store, case = await without_a_form()
    first, second = case.complaint_ids
    await commands.place_hold(
        store,
        a_cause(),
        complaint_id=second,
        person_id=person_of(second, "victim"),
        ground="COURT_CASE",
        by="prita",
        now=MONDAY,
    )
    with pytest.raises(UnderLegalHold):
        await ask_by_complaint(store, first, "victim")
    case.fill_form(a_form("Ani"), "officer", MONDAY)
    await store.save(case, cause=a_cause())
    with pytest.raises(UnderLegalHold):
        await ask(store, case)


async def test_another_form_gives_nobody_the_id_of_another_and_hides_nobody() -> None:
    store, case = await a_store()
    case = await store.load(Case, case.id)
    case.fill_form(a_form("Budi"), "officer", MONDAY)
    await store.save(case, cause=a_cause())
    case = await store.load(Case, case.id)
    victims = [id for id, each in persons_of(case).items() if each.role == "victim"]
    assert victims == [person_of(case.id, "victim", 0), person_of(case.id, "victim", 1)]
