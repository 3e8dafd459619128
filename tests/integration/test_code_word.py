"""What was agreed with her: the word that shows who she is, and what nobody spoke of since."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.domain.spoken import MOST_WRONG
from shared.eventstore import new_id, now_utc
from tests.complaints import WALK_IN
from tests.conftest import MakeDatabase
from tests.counter import DRAFT, TOLD, Counter, at_the_counter
from tests.tokens import Issuer, staff_id

HOSPITAL = {
    "channel": "referral_in",
    "reporter_role": "institution",
    "narrative": "Pasien perempuan, takut pulang.",
    "in_danger": False,
    "referred_by": {"institution": "RS"},
}
AGREED = {
    "may_call": True,
    "may_text": True,
    "code_word": "Daun Kemangi",
    "who_may_answer": "Adiknya, Tini",
    "cover_story": "Dari puskesmas",
    "hours": [["09:00", "11:00"]],
    "shared_with_perpetrator": True,
}


@pytest.fixture
async def counter(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Counter]:
    async with at_the_counter(await make_database("intake"), issuer, pepper) as running:
        yield running


async def received(counter: Counter, body: dict[str, Any]) -> str:
    answer = await counter.post("/complaints", body)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["complaint_id"]
    return id


async def say(
    counter: Counter, id: str, word: str, nth: int = 1, key: str | None = None, **whom: Any
) -> httpx.Response:
    body = {"word": word} | whom
    return await counter.post(f"/complaints/{id}/code-word", body, nth=nth, key=key)


async def put_wish(counter: Counter, id: str, **wish: Any) -> None:
    headers = counter.issuer.headers("operator")
    body = {"basis": "in_person"} | wish
    answer = await counter.client.put(f"/complaints/{id}/safe-contact", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_spoken_code_word_is_compared_and_shown_to_nobody(counter: Counter) -> None:
    id = await received(counter, WALK_IN | {"safe_contact": AGREED})
    without = await received(counter, WALK_IN)

    right = await say(counter, id, "  daun   KEMANGI ")
    wrong = await say(counter, id, "daunkemangi")
    nothing = await say(counter, without, "daun kemangi")

    assert (right.status_code, right.json()) == (200, {"is_right": True})
    assert (wrong.json(), nothing.json()) == ({"is_right": False}, {"is_right": False})
    rows = await counter.app.state.store.pool.fetch(
        "select name, body::text as body, body ->> 'actor' as actor from es.events"
        " where body ->> 'correlation' = $1 and name = any($2)",
        *(id, ["PersonalDataAccessed", "CodeWordCompared"]),
    )
    assert "emangi" not in str(rows)
    compared = [row for row in rows if row["name"] == "CodeWordCompared"]
    assert [json.loads(row["body"])["data"]["is_right"] for row in compared] == [True, False]
    (access,) = (row for row in rows if row["name"] == "PersonalDataAccessed")
    assert '"relation":"compared"' in access["body"]
    assert "safe_contact.code_word" in access["body"]
    assert {row["actor"] for row in rows} == {f"staff:{staff_id('operator')}"}


async def test_code_words_cannot_be_guessed(counter: Counter) -> None:
    id = await received(counter, WALK_IN | {"safe_contact": AGREED})
    key = str(new_id())

    again = [await say(counter, id, "satu", key=key) for _ in range(4)]
    at_once = await asyncio.gather(*(say(counter, id, f"kata {n}") for n in range(8)))
    for n in range(4):
        await say(counter, id, f"lagi {n}")
    late = await say(counter, id, "daun kemangi", 2)

    assert [each.json() for each in again] == [{"is_right": False}] * 4
    assert {each.status_code for each in at_once} <= {200, 409}
    wrong = await counter.app.state.store.pool.fetchval(
        "select count(*) from es.events where name = 'CodeWordCompared'"
        " and body ->> 'correlation' = $1",
        id,
    )
    assert wrong == MOST_WRONG
    opened = await counter.app.state.store.pool.fetch(
        "select body ->> 'actor' as actor from es.events where name = 'PersonalDataAccessed'"
    )
    assert {row["actor"] for row in opened} == {f"staff:{staff_id('operator')}"}
    assert sum(each.status_code == 200 for each in at_once) < MOST_WRONG
    assert (late.status_code, late.json()["type"]) == (409, "/problems/too-many-wrong-words")
    until = datetime.fromisoformat(late.json()["detail"].removeprefix("until "))
    assert timedelta(0) < until - now_utc() <= timedelta(hours=1)


async def test_what_was_agreed_stays_until_it_is_ended_expressly(counter: Counter) -> None:
    id = await received(counter, WALK_IN | {"safe_contact": AGREED})
    texts = {name: AGREED[name] for name in ("code_word", "who_may_answer", "cover_story")}

    async def known(prefix: str = "safe_contact.") -> dict[str, str]:
        told = await counter.read(f"/complaints/{id}")
        named = {name.removeprefix(prefix): text for name, text in told.items()}
        return {name: named[name] for name in texts if name in named}

    async def said() -> dict[str, Any]:
        body = await counter.app.state.store.pool.fetchval(
            "select body::text from es.events where name = 'SafeContactSet'"
            " and body ->> 'correlation' = $1 order by version desc limit 1",
            id,
        )
        wish: dict[str, Any] = json.loads(body)["data"]["safe_contact"]
        return {name: wish[name] for name in ("hours", "shared_with_perpetrator")}

    for _ in range(2):  # also what was kept once is kept again
        await put_wish(counter, id, may_call=True)
        assert await known() == texts
        assert await said() == {"hours": AGREED["hours"], "shared_with_perpetrator": True}
    assert (await say(counter, id, "daun kemangi")).json() == {"is_right": True}
    await put_wish(counter, id, code_word="sereh", hours=[], shared_with_perpetrator=False)
    assert await known() == texts | {"code_word": "sereh"}
    assert await said() == {"hours": [], "shared_with_perpetrator": False}
    await put_wish(counter, id, code_word=None, who_may_answer=None)
    assert await known() == {"cover_story": AGREED["cover_story"]}
    assert (await say(counter, id, "sereh")).json() == {"is_right": False}


async def test_what_was_agreed_in_haste_stays_too(counter: Counter) -> None:
    id = await counter.opened()
    safe = {"may_call": True, "code_word": "kemangi", "phone": "0812-0000-0131"}
    await counter.keep(id, DRAFT | {"safe_contact": safe})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})

    async def known() -> set[str]:
        told = await counter.read(f"/complaints/{id}")
        return {name for name in told if name.startswith("safe_contact.")}

    assert await known() == {"safe_contact.code_word", "safe_contact.phone"}
    await put_wish(counter, id, may_text=True)
    assert await known() == {"safe_contact.code_word", "safe_contact.phone"}
    assert (await say(counter, id, "Kemangi")).json() == {"is_right": True}
    await put_wish(counter, id, code_word=None)
    assert await known() == {"safe_contact.phone"}
    await put_wish(counter, id, may_text=True)
    assert await known() == {"safe_contact.phone"}
    await put_wish(counter, id, phone=None)
    assert await known() == set()


async def test_what_the_next_draft_does_not_speak_of_stays_as_it_was_agreed_since(
    counter: Counter,
) -> None:
    id = await counter.opened()
    safe: dict[str, Any] = {"may_call": True, "code_word": "kemangi", "hours": [["01:00", "02:00"]]}
    await counter.keep(id, DRAFT | {"safe_contact": safe | {"shared_with_perpetrator": False}})
    await counter.post(f"/contacts/{id}/drop", {"reason": "line_lost"})
    since = {"hours": [["09:00", "10:00"]], "shared_with_perpetrator": True, "code_word": "sereh"}
    await put_wish(counter, id, **since)
    await counter.post(f"/contacts/{id}/resumption")

    async def said() -> list[Any]:
        body = await counter.app.state.store.pool.fetchval(
            "select body::text from es.events where name = 'SafeContactSet'"
            " and body ->> 'correlation' = $1 order by version desc limit 1",
            id,
        )
        wish: dict[str, Any] = json.loads(body)["data"]["safe_contact"]
        return [wish[name] for name in ("texting", "hours", "shared_with_perpetrator")]

    async def is_right(word: str) -> bool:
        right: bool = (await say(counter, id, word)).json()["is_right"]
        return right

    await counter.keep(id, DRAFT | {"safe_contact": {"may_text": True}})
    assert await said() == [True, since["hours"], True]
    assert [await is_right(word) for word in ("sereh", "kemangi")] == [True, False]
    await put_wish(counter, id, code_word=None)
    await counter.keep(id, DRAFT | {"safe_contact": {"may_text": True, "may_call": True}})
    assert not await is_right("kemangi")  # she ended it: the notes do not bring it back
    told = TOLD | {"safe_contact": {"may_text": True, "code_word": "serai"}}
    await counter.post(f"/contacts/{id}/complaint", told)
    assert await said() == [True, since["hours"], True]
    assert await is_right("serai")


async def test_blanks_are_no_code_word(counter: Counter) -> None:
    id = await received(counter, WALK_IN | {"safe_contact": AGREED | {"code_word": " \t "}})
    told = await counter.read(f"/complaints/{id}")
    assert "safe_contact.code_word" not in told
    assert "safe_contact.cover_story" in told  # and what she told is received all the same

    body = {"basis": "in_person", "code_word": "  "}
    headers = counter.issuer.headers("operator")
    at = f"/complaints/{id}/safe-contact"
    refused = await counter.client.put(at, json=body, headers=headers)
    assert (refused.status_code, (await say(counter, id, " \u3000")).status_code) == (422, 422)
    assert (await counter.happened(id)).count("SafeContactSet") == 1


async def test_what_a_victim_agreed_stays_hers(counter: Counter) -> None:
    id = await received(counter, HOSPITAL)
    hers: dict[str, Any] = {"whom": "victim", "n": 0}
    anothers: dict[str, Any] = {"whom": "victim", "n": 1}
    for whom, word in ((hers, "kemangi"), (anothers, "sereh")):
        await put_wish(counter, id, **whom, code_word=word, basis="known_institution")
    await put_wish(counter, id, **hers, may_call=True, basis="known_institution")

    told = await counter.read(f"/complaints/{id}")
    assert [told[f"victims.{n}.safe_contact.code_word"] for n in (0, 1)] == ["kemangi", "sereh"]
    assert (await say(counter, id, "kemangi", **hers)).json() == {"is_right": True}
    assert (await say(counter, id, "kemangi", **anothers)).json() == {"is_right": False}
    assert (await say(counter, id, "kemangi")).json() == {"is_right": False}  # nor who told us
    own = await received(counter, WALK_IN | {"safe_contact": {"code_word": "kemangi"}})
    await put_wish(counter, own, **hers, may_call=True)  # who told us is the victim
    assert (await say(counter, own, "kemangi", **hers)).json() == {"is_right": True}
