"""What is closed and what is held, in each service by its own log: by whose it is, not by key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from deploy.keys import keys_beside
from services.counseling import following as counseling
from shared.access import hearing
from shared.contracts import person_of
from shared.contracts.triage import (
    ErasureRequested,
    ErasureWithdrawn,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from shared.eventstore import new_id
from shared.eventstore.postgres import PostgresEventStore
from tests.cases import a_cause, queued
from tests.complaints import FOLLOW_UP, KNOWN, WALK_IN
from tests.conftest import Database, MakeDatabase
from tests.services import in_process
from tests.tokens import Issuer, staff_id

NOWHERE = "nats://127.0.0.1:1"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READING = {"purpose": "supervision"}
CLOSED, ERASED, NAME = "[restricted]", "[erased]", "Sumarni"
STORY = str(WALK_IN["narrative"])


@dataclass
class Intake:
    """Intake, and one complaint in it, of a case with a victim and her alleged perpetrator."""

    client: httpx.AsyncClient
    app: FastAPI
    issuer: Issuer
    complaint_id: UUID
    case_id: UUID
    minute: int = 0

    @property
    def store(self) -> PostgresEventStore:
        store: PostgresEventStore = self.app.state.store
        return store

    @property
    def reporter(self) -> UUID:
        return person_of(self.complaint_id, "reporter")

    @property
    def victim(self) -> UUID:
        return person_of(self.case_id, "victim")

    def told(self, who: UUID, *, story: bool, **more: Any) -> dict[str, Any]:
        """What a fact about somebody says; each comes a minute after the last."""
        self.minute += 1
        return {
            "occurred_at": MONDAY + timedelta(minutes=self.minute),
            "person_id": who,
            "case_id": self.case_id,
            "complaint_ids": (self.complaint_id,),
            "persons": (who, self.reporter) if story else (who,),
            "role": "victim",
            "story": story,
        } | more

    def hold(self, who: UUID) -> LegalHoldPlaced:
        return LegalHoldPlaced(**self.told(who, story=True, persons=(who,)))

    async def hear(self, fact: Any) -> None:
        react: Any = {
            ErasureRequested: hearing.hear_erasure_requested,
            ErasureWithdrawn: hearing.hear_erasure_withdrawn,
            PersonErased: hearing.hear_person_erased,
            LegalHoldPlaced: hearing.hear_legal_hold_placed,
            LegalHoldLifted: hearing.hear_legal_hold_lifted,
        }[type(fact)]
        await react(self.store, a_cause(self.complaint_id), fact)

    async def read(self) -> tuple[str, str]:
        """Her name and her story, as whoever may read them reads them."""
        answer = await self.client.post(
            f"/complaints/{self.complaint_id}/personal",
            json=READING,
            headers=self.issuer.headers("supervisor"),
        )
        fields = answer.json()["fields"]
        return fields["reporter.full_name"], fields["narrative"]

    async def names(self, name: str) -> int:
        count: int = await self.store.pool.fetchval(
            "select count(*) from es.events where name = $1", name
        )
        return count


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("intake")


@pytest.fixture
async def intake(database: Database, issuer: Issuer, pepper: Path) -> AsyncIterator[Intake]:
    async with in_process(
        "intake", database=database.url, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ) as (client, app):
        answer = await client.post("/complaints", json=WALK_IN, headers=issuer.headers("operator"))
        yield Intake(client, app, issuer, UUID(answer.json()["complaint_id"]), new_id())


async def test_what_two_wishes_close_opens_when_both_are_taken_back(intake: Intake) -> None:
    await intake.hear(ErasureRequested(**intake.told(intake.reporter, story=False)))
    assert await intake.read() == (CLOSED, STORY)
    await intake.hear(ErasureRequested(**intake.told(intake.victim, story=True)))
    assert await intake.read() == (CLOSED, CLOSED)
    await intake.hear(ErasureWithdrawn(**intake.told(intake.victim, story=True)))
    assert await intake.read() == (CLOSED, STORY), "the reporter still wishes it"
    await intake.hear(ErasureWithdrawn(**intake.told(intake.reporter, story=False)))
    assert await intake.read() == (NAME, STORY)


async def test_what_was_closed_and_is_not_erased_opens_again(intake: Intake) -> None:
    """Another victim came to the case in the meantime: the story stays."""
    await intake.hear(ErasureRequested(**intake.told(intake.victim, story=True)))
    assert await intake.read() == (CLOSED, CLOSED)
    await intake.hear(PersonErased(**intake.told(intake.victim, story=False)))
    assert await intake.read() == (NAME, STORY)


async def test_what_comes_late_closes_nothing(intake: Intake) -> None:
    late = ErasureRequested(**intake.told(intake.victim, story=True))
    await intake.hear(ErasureWithdrawn(**intake.told(intake.victim, story=True)))
    await intake.hear(late)
    assert await intake.read() == (NAME, STORY)


async def test_what_is_told_later_with_another_key_is_closed_too(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    database, case_id, complaint_id = await make_database("counseling"), new_id(), new_id()
    async with in_process("counseling", database=database.url, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        store = app.state.store
        await counseling.assign_by_rule(
            store,
            a_cause(complaint_id),
            case_id=case_id,
            complaint_id=complaint_id,
            needs=(),
            urgency="low",
            child=None,
            linked=(),
            counselors=(),
            classified_at=MONDAY,
            now=MONDAY,
        )
        wish = ErasureRequested(
            occurred_at=MONDAY,
            person_id=person_of(case_id, "victim"),
            case_id=case_id,
            complaint_ids=(complaint_id,),
            persons=(person_of(case_id, "victim"),),
            role="victim",
            story=True,
        )
        await hearing.hear_erasure_requested(store, a_cause(complaint_id), wish)
        supervisor, her = issuer.headers("supervisor"), staff_id("counselor")
        roster = {"counselor_id": her, "skills": [], "sex": "P", "capacity": 9}
        await client.put("/counselors", json=roster, headers=supervisor)
        body = {"counselor_id": her, "basis": "Ia yang paling dekat."}
        at = f"/casework/{case_id}"
        await client.post(f"{at}/assignment", json=body, headers=supervisor)

        hers = issuer.headers("counselor")
        told = await client.post(f"{at}/personal", json=READING, headers=hers)

    assert told.json()["fields"] == {"basis": CLOSED}


async def test_a_restored_keyring_is_closed_and_held_as_the_log_says(
    intake: Intake, database: Database, issuer: Issuer, pepper: Path
) -> None:
    await intake.hear(ErasureRequested(**intake.told(intake.reporter, story=False)))
    await intake.hear(intake.hold(intake.victim))
    admin = await asyncpg.connect(as_admin(database))
    flags = "select restricted, held from keys.keys where restricted or held order by 1"
    assert [tuple(row) for row in await admin.fetch(flags)] == [(False, True), (True, False)]
    await admin.execute(  # yesterday nothing was held, and something else was closed
        "update keys.keys set held = false, restricted = not restricted where restricted or held"
    )

    async with in_process(
        "intake", database=database.url, nats=NOWHERE, issuer=issuer.url, pepper=pepper
    ):
        assert [tuple(row) for row in await admin.fetch(flags)] == [(False, True), (True, False)]
    await admin.close()


async def test_a_service_refuses_by_itself_to_destroy_what_is_held(intake: Intake) -> None:
    await intake.hear(intake.hold(person_of(intake.case_id, "x")))
    await intake.hear(ErasureRequested(**intake.told(intake.victim, story=True)))
    await intake.hear(PersonErased(**intake.told(intake.victim, story=True)))
    assert await intake.names("ErasureRefused") == 1
    assert await intake.names("SubjectKeysDestroyed") == 0
    assert await intake.read() == (CLOSED, CLOSED), "she still wishes to be forgotten"
    await intake.hear(ErasureWithdrawn(**intake.told(intake.victim, story=True)))
    assert await intake.read() == (NAME, STORY)


async def test_a_forged_message_that_leaves_the_case_out_destroys_nothing_held(
    intake: Intake,
) -> None:
    await intake.hear(intake.hold(intake.victim))
    await intake.app.state.keyring._pool.execute("update keys.keys set held = false")
    forged = intake.told(new_id(), story=True, case_id=new_id())
    await intake.hear(PersonErased(**forged))
    assert await intake.names("SubjectKeysDestroyed") == 0
    assert await intake.read() == (NAME, STORY)


async def test_lifting_one_hold_lets_go_of_nothing_that_another_keeps(intake: Intake) -> None:
    for who in (intake.victim, intake.reporter):
        await intake.hear(intake.hold(who))
    await intake.hear(LegalHoldLifted(**intake.told(intake.victim, story=True)))
    await intake.hear(PersonErased(**intake.told(intake.victim, story=True)))
    assert await intake.names("ErasureRefused") == 1
    assert await held(intake) == 2  # the reporter's own, and the story's
    await intake.hear(LegalHoldLifted(**intake.told(intake.reporter, story=True)))
    assert await held(intake) == 0
    await intake.hear(PersonErased(**intake.told(intake.victim, story=True)))
    assert await intake.read() == (ERASED, ERASED)


async def test_a_hold_that_comes_while_it_is_being_erased_wins(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, erase = (
        intake.hold(intake.reporter),
        PersonErased(**intake.told(intake.victim, story=True)),
    )
    destroy = intake.store.keys.destroy

    async def hold_and_destroy(*arguments: Any) -> None:
        await intake.hear(hold)
        await destroy(*arguments)

    monkeypatch.setattr(intake.store.keys, "destroy", hold_and_destroy)
    await intake.hear(erase)
    assert await intake.names("ErasureRefused") == 1
    assert await intake.read() == (NAME, STORY)


async def test_nothing_is_sealed_any_more_with_what_is_being_destroyed(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy, doomed = intake.store.keys.destroy, []

    async def look_and_destroy(ids: list[UUID], *more: Any) -> None:
        rows = await intake.store.pool.fetch("select key_id from es.doomed")
        doomed.append({row["key_id"] for row in rows} >= set(ids))
        await destroy(ids, *more)

    monkeypatch.setattr(intake.store.keys, "destroy", look_and_destroy)
    await intake.hear(PersonErased(**intake.told(intake.victim, story=True)))
    assert doomed == [True]


async def test_one_complaint_alone_takes_nothing_that_belongs_to_another(
    make_database: MakeDatabase, issuer: Issuer
) -> None:
    """Two complaints are one case, and nobody wrote a form: its decisions are of both."""
    database, first, second = await make_database("triage"), new_id(), new_id()
    async with in_process("triage", database=database.url, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        officer, store = issuer.headers("identification_officer"), app.state.store
        urgent = FOLLOW_UP | {"urgency": "high"}
        for id in (first, second):
            await queued(app, id)
            await client.post(f"/identifications/{id}/take", headers=officer)
        at = f"/identifications/{first}/classification"
        case_id = UUID((await client.post(at, json=urgent, headers=officer)).json()["case_id"])
        existing = KNOWN | {"case_id": str(case_id), "subkind": "follow_up"}
        for path, body in (("case", existing), ("classification", urgent)):
            at = f"/identifications/{second}/{path}"
            assert (await client.post(at, json=body, headers=officer)).is_success

        async def basis() -> str:
            told = await client.post(
                f"/cases/{case_id}/personal", json=READING, headers=issuer.headers("supervisor")
            )
            text: str = told.json()["fields"]["decision.basis"]
            return text

        alone: dict[str, Any] = {
            "occurred_at": MONDAY,
            "person_id": person_of(second, "victim"),
            "complaint_ids": (second,),
            "persons": (person_of(second, "victim"),),
            "role": "victim",
            "story": True,
        }
        await hearing.hear_erasure_requested(store, a_cause(second), ErasureRequested(**alone))
        assert await basis() == FOLLOW_UP["basis"]
        later = alone | {"occurred_at": MONDAY + timedelta(days=2)}
        await hearing.hear_person_erased(store, a_cause(second), PersonErased(**later))
        assert await basis() == FOLLOW_UP["basis"]

        whole = later | {"case_id": case_id, "complaint_ids": (first, second)}
        whole |= {"occurred_at": MONDAY + timedelta(days=3)}
        await hearing.hear_erasure_requested(store, a_cause(first), ErasureRequested(**whole))
        assert await basis() == CLOSED
        whole |= {"occurred_at": MONDAY + timedelta(days=4)}
        await hearing.hear_person_erased(store, a_cause(first), PersonErased(**whole))
        assert await basis() == ERASED


async def held(intake: Intake) -> int:
    """How many keys the keyring holds."""
    count: int = await intake.app.state.keyring._pool.fetchval(
        "select count(*) from keys.keys where held"
    )
    return count


def as_admin(database: Database) -> str:
    name = keys_beside(database.url).rpartition("/")[2]
    return f"{database.admin_url.rpartition('/')[0]}/{name}"
