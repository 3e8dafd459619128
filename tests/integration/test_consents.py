"""Consent for children: it is noted and missed, and nothing waits for it (SK-03, SK-04)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.counseling import CounselorAssigned
from shared.eventstore import new_id, now_utc
from tests.complaints import FOLLOW_UP, FORM
from tests.conftest import MakeDatabase
from tests.integration.test_decisions import NOWHERE, OFFICER, SUPERVISOR, Desk
from tests.services import in_process
from tests.tokens import Issuer, staff_id

RARA: dict[str, Any] = {"full_name": "Rara", "sex": "P", "age_estimate": 13, "in_city": True}
MOTHER: dict[str, Any] = {"full_name": "Sumarni", "sex": "P", "age_estimate": 34}
SAID_AT = "2026-01-05T09:00:00Z"
WHY = "Ibunya diperiksa tersendiri; ayah tirinya tidak tahu."


def chosen(relation: str, *victims: dict[str, Any]) -> dict[str, Any]:
    perpetrator = {"full_name": "Slamet", "sex": "L", "relation": relation}
    form = FORM | {"victims": victims, "perpetrators": [perpetrator]}
    return {"kind": "new", "filled_by": "officer", "form": form}


@pytest.fixture
async def desk(make_database: MakeDatabase, issuer: Issuer) -> AsyncIterator[Desk]:
    database = (await make_database("triage")).url
    async with in_process("triage", database=database, nats=NOWHERE, issuer=issuer.url) as (
        client,
        app,
    ):
        yield Desk(client, app, issuer)


async def a_case(desk: Desk, relation: str) -> tuple[str, str, str]:
    """A case of a girl and her mother, by its path, and the ids of both."""
    _, answer = await desk.case(FOLLOW_UP, chosen=chosen(relation, RARA, MOTHER))
    at = f"/cases/{answer['case_id']}"
    persons = await desk.seen(SUPERVISOR, f"{at}/persons")
    girl, mother = (each["person_id"] for each in persons if each["role"] == "victim")
    return at, girl, mother


def consent(person_id: str, giver: str, **more: Any) -> dict[str, Any]:
    said = {"person_id": person_id, "giver": giver, "purposes": ["follow_up"], "said_at": SAID_AT}
    return said | more


async def test_consent_of_her_parents_is_noted_and_missed_until_then(desk: Desk) -> None:
    at, girl, mother = await a_case(desk, "NEIGHBOUR")
    before = await desk.seen(SUPERVISOR, at)
    key = {"Idempotency-Key": str(new_id())}
    more = {"giver_name": "Sumarni", "has_document": True}

    heard = await desk.done(OFFICER, f"{at}/consents", consent(girl, "CHILD"))
    only_heard = await desk.seen(SUPERVISOR, at)
    told: list[Any] = [
        await desk.done(OFFICER, f"{at}/consents", consent(girl, "PARENT", **more), key)
        for _ in range(2)
    ]
    after = await desk.seen(SUPERVISOR, at)
    grown = await desk.ask(OFFICER, f"{at}/consents", consent(mother, "PARENT"))

    assert before["status"] == after["status"] == "open"  # it was classified without
    assert before["route"] == after["route"] == ["follow_up"]
    assert before["without_consent"] == only_heard["without_consent"] == [girl]
    assert after["without_consent"] == []
    assert len(heard) == 1
    assert told[0] == told[1] == await desk.seen(SUPERVISOR, f"{at}/consents")
    last = told[0][-1]
    assert (last["giver"], last["has_document"], last["agrees"]) == ("PARENT", True, True)
    assert "Sumarni" not in str(told)
    assert (grown.status_code, grown.json()["type"]) == (409, "/problems/not-a-child")
    read = await desk.done(SUPERVISOR, f"{at}/personal", {"purpose": "supervision"})
    assert read["fields"]["consents.1.giver_name"] == "Sumarni"


async def test_what_was_agreed_to_is_taken_back_by_who_agreed(desk: Desk) -> None:
    at, girl, _ = await a_case(desk, "NEIGHBOUR")
    ids: list[str] = []

    async def say(
        giver: str, *purposes: str, agrees: bool = True, takes_back: str | None = None
    ) -> list[str]:
        what = consent(girl, giver, purposes=purposes, agrees=agrees, takes_back=takes_back)
        ids.append((await said(desk, OFFICER, at, what))[-1]["id"])
        missing: list[str] = (await desk.seen(SUPERVISOR, at))["without_consent"]
        return missing

    assert await say("PARENT", "follow_up", "referral") == []
    yes = ids[0]
    assert await say("RELATIVE", "follow_up", "referral", agrees=False) == []
    assert await say("PARENT", "referral", agrees=False, takes_back=yes) == []
    assert await say("PARENT", "follow_up", agrees=False, takes_back=yes) == [girl]
    no = ids[-1]
    assert await say("PARENT", "follow_up", takes_back=no) == []
    told = await desk.seen(SUPERVISOR, f"{at}/consents")
    assert [each["takes_back"] for each in told] == [None, None, yes, yes, no]


async def test_what_one_parent_refuses_takes_nothing_back_of_what_the_other_agreed_to(
    desk: Desk,
) -> None:
    at, girl, _ = await a_case(desk, "NEIGHBOUR")

    async def say(giver: str, **more: Any) -> tuple[str, tuple[list[str], list[str]]]:
        *_, last = await said(desk, OFFICER, at, consent(girl, giver, **more))
        case = await desk.seen(SUPERVISOR, at)
        return last["id"], (case["without_consent"], case["disputed_consent"])

    await say("CHILD", purposes=["referral"])
    mother, after = await say("PARENT", giver_name="Sumarni")
    assert after == ([], [])
    _, after = await say("PARENT", giver_name="Slamet", agrees=False, purposes=["referral"])
    assert after == ([], [])  # but for herself nobody agreed to that
    father, after = await say("PARENT", giver_name="Slamet", agrees=False)
    assert after == ([], [girl])
    _, after = await say("PARENT", giver_name="Slamet", takes_back=father)
    assert after == ([], [])
    herself, after = await say("CHILD", agrees=False)
    assert after == ([], [girl])
    _, after = await say("CHILD", takes_back=herself)
    assert after == ([], [])
    _, after = await say("PARENT", giver_name="Sumarni", agrees=False, takes_back=mother)
    assert after == ([], [girl])  # now the father agrees, and she does not
    for wrong in (mother, str(new_id())):
        what = consent(girl, "RELATIVE", agrees=False, takes_back=wrong)
        answer = await desk.ask(OFFICER, f"{at}/consents", what)
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/nothing-to-take-back"


async def test_what_he_said_does_not_count_once_he_is_named_as_having_done_it(
    desk: Desk,
) -> None:
    at, girl, mother = await a_case(desk, "NEIGHBOUR")
    await desk.done(OFFICER, f"{at}/consents", consent(girl, "PARENT"))
    await desk.done(OFFICER, f"{at}/consents", consent(girl, "GUARDIAN", agrees=False))

    async def amended(relation: str) -> tuple[list[str], list[str]]:
        form = chosen(relation, RARA | {"person_id": girl}, MOTHER | {"person_id": mother})["form"]
        body = {"form": form, "filled_by": "officer"}
        await desk.done(SUPERVISOR, f"{at}/form", body)
        case = await desk.seen(SUPERVISOR, at)
        return case["without_consent"], case["disputed_consent"]

    before = await desk.seen(SUPERVISOR, at)
    assert (before["without_consent"], before["disputed_consent"]) == ([], [girl])
    assert await amended("TEACHER") == ([], [girl])
    assert await amended("PARENT") == ([girl], [])
    assert await amended("NEIGHBOUR") == ([girl], [])  # nobody becomes her guardian by that
    by_supervisor = await desk.done(
        SUPERVISOR, f"{at}/consents", consent(girl, "PARENT", grounds=WHY)
    )
    after = await desk.seen(SUPERVISOR, at)
    assert (after["without_consent"], after["disputed_consent"]) == ([], [])
    assert len(by_supervisor) == 3


async def test_nor_does_what_he_took_back(desk: Desk) -> None:
    at, girl, mother = await a_case(desk, "NEIGHBOUR")
    (yes,) = await said(desk, SUPERVISOR, at, consent(girl, "PARENT"))
    no = consent(girl, "PARENT", takes_back=yes["id"], agrees=False)
    await said(desk, OFFICER, at, no)
    taken_back = (await desk.seen(SUPERVISOR, at))["without_consent"]
    form = chosen("PARENT", RARA | {"person_id": girl}, MOTHER | {"person_id": mother})["form"]
    await desk.done(SUPERVISOR, f"{at}/form", {"form": form, "filled_by": "officer"})

    case = await desk.seen(SUPERVISOR, at)

    assert taken_back == [girl]
    assert (case["without_consent"], case["disputed_consent"]) == ([], [])


async def said(desk: Desk, role: str, at: str, what: dict[str, Any]) -> Any:
    return await desk.done(role, f"{at}/consents", what)


async def test_of_whoever_may_have_done_it_only_a_supervisor_takes_it(desk: Desk) -> None:
    at, girl, _ = await a_case(desk, "STEP_PARENT")

    async def say(role: str, giver: str, **more: Any) -> tuple[int, str]:
        answer = await desk.ask(role, f"{at}/consents", consent(girl, giver, **more))
        return answer.status_code, "" if answer.is_success else answer.json()["type"]

    suspected, unexplained = (409, "/problems/giver-suspected"), (422, "/problems/grounds-missing")
    assert await say(OFFICER, "STEP_PARENT", grounds=WHY) == suspected
    assert await say(OFFICER, "GUARDIAN", grounds=WHY) == suspected
    assert await say(OFFICER, "PARENT") == unexplained
    assert await say(OFFICER, "UPT_HEAD") == unexplained
    assert await say(SUPERVISOR, "GUARDIAN") == unexplained
    assert (await desk.seen(SUPERVISOR, at))["without_consent"] == [girl]
    assert await say(OFFICER, "PARENT", grounds=WHY) == (201, "")
    assert await say(SUPERVISOR, "GUARDIAN", grounds=WHY) == (201, "")
    both = await desk.seen(SUPERVISOR, f"{at}/consents")
    assert [(each["giver"], each["by_supervisor"]) for each in both] == [
        ("PARENT", False),
        ("GUARDIAN", True),
    ]


async def test_her_counselor_notes_it_and_another_finds_no_case(desk: Desk) -> None:
    at, girl, _ = await a_case(desk, "NEIGHBOUR")
    case_id = at.rpartition("/")[2]
    fact = CounselorAssigned(
        occurred_at=now_utc(),
        case_id=case_id,
        complaint_id=(await desk.seen(SUPERVISOR, at))["complaint_ids"][0],
        counselor_id=staff_id("counselor"),
        reasons=(),
        previous_counselor_id=None,
    )
    await desk.hear(fact)

    hers = await desk.ask("counselor", f"{at}/consents", consent(girl, "PARENT"))
    anothers = await desk.ask("counselor", f"{at}/consents", consent(girl, "PARENT"), nth=2)

    assert (hers.status_code, anothers.status_code) == (201, 404)
