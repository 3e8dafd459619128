"""Whatever comes in from the public: nobody is turned away, and nobody else is held up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.lanes import AT_ONCE, SLOWLY, Lanes
from services.intake.repeats import MINUTES
from shared import web
from shared.eventstore import now_utc
from shared.web import problems
from shared.web.limits import COMPLAINTS, Limits
from shared.web.problems import NOT_STORED, UNCERTAIN
from tests.complaints import WALK_IN, WEBSITE
from tests.conftest import MakeDatabase
from tests.counter import Counter, at_the_counter
from tests.services import PLAIN, eventually
from tests.tokens import Issuer

MANY = int(COMPLAINTS.burst)


@pytest.fixture
async def counter(
    make_database: MakeDatabase, issuer: Issuer, pepper: Path
) -> AsyncIterator[Counter]:
    async with at_the_counter(await make_database("intake"), issuer, pepper) as running:
        yield running


def from_network(counter: Counter, n: int) -> httpx.AsyncClient:
    """Somebody's browser, in a network of their own."""
    transport = httpx.ASGITransport(counter.app, client=(f"198.51.{n}.7", 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://test", verify=PLAIN)


def lanes_of(counter: Counter) -> Lanes:
    lanes: Lanes = counter.app.state.lanes
    return lanes


async def waiting(counter: Counter) -> int:
    """How many stand in the line."""
    await asyncio.sleep(0)
    return len(lanes_of(counter).public._waiters or ())


async def stored(counter: Counter) -> int:
    count: int = await counter.app.state.store.pool.fetchval("select count(*) from complaints")
    return count


def told(n: int) -> dict[str, Any]:
    """What one of many tells; the same words twice would be the same complaint."""
    return WEBSITE | {"narrative": f"Tetangga saya di rumah nomor {n} dipukul suaminya."}


async def test_a_form_that_is_sent_again_without_a_key_is_one_complaint(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with from_network(counter, 1) as village, from_network(counter, 2) as other:
        both = await asyncio.gather(*(village.post("/complaints", json=told(2)) for _ in range(2)))
        later = now_utc() + timedelta(minutes=MINUTES)
        monkeypatch.setattr(web, "now_utc", lambda: later)
        again = await village.post("/complaints", json=told(2))
        elsewhere = await other.post("/complaints", json=told(2))
        different = await village.post("/complaints", json=told(1))
        monkeypatch.setattr(web, "now_utc", lambda: later + timedelta(minutes=2 * MINUTES))
        much_later = await village.post("/complaints", json=told(2))

    first, second = [each.json() for each in both]
    assert first == second == again.json()
    others = [first, elsewhere.json(), different.json(), much_later.json()]
    assert len({each["complaint_id"] for each in others}) == 4
    assert await stored(counter) == 4


async def test_few_words_that_two_people_may_write_are_two_complaints(counter: Counter) -> None:
    cry = WEBSITE | {"narrative": "Tolong saya."}
    async with from_network(counter, 1) as village:
        hers, another = [await village.post("/complaints", json=cry) for _ in range(2)]
    assert hers.json()["public_code"] != another.json()["public_code"]
    assert await stored(counter) == 2


async def test_nothing_that_is_stored_tells_from_where_a_form_was_sent(counter: Counter) -> None:
    async with from_network(counter, 1) as village:
        await village.post("/complaints", json=told(1))
        counter.app.state.limits = Limits()  # the key of the day is gone with the process
        await village.post("/complaints", json=told(1))
    rows = await counter.app.state.store.pool.fetch(
        "select distinct body -> 'cause' ->> 'message' as id, body::text from es.events"
    )
    assert len({row["id"] for row in rows}) == 2
    assert "198.51" not in str(rows)


async def test_ten_times_as_many_as_usual_are_all_stored(counter: Counter) -> None:
    async with from_network(counter, 1) as flood, from_network(counter, 2) as other:
        answers = await asyncio.gather(
            *(flood.post("/complaints", json=told(n)) for n in range(5 * MANY)),
            *(other.post("/complaints", json=told(n)) for n in range(10)),
            *(counter.post("/complaints", WALK_IN) for _ in range(10)),
        )

    assert [each.status_code for each in answers] == [201] * (5 * MANY + 20)
    assert len({each.json()["complaint_id"] for each in answers}) == 5 * MANY + 20
    assert await stored(counter) == 5 * MANY + 20


async def test_staff_do_not_stand_in_the_line_of_the_public(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "DEADLINE", 1.5)
    public = lanes_of(counter).public
    for _ in range(AT_ONCE):
        await public.acquire()
    async with from_network(counter, 1) as citizen:
        posting = asyncio.create_task(citizen.post("/complaints", json=WEBSITE))
        await eventually(lambda: waiting(counter), bool)
        staff = await counter.post("/complaints", WALK_IN)
        await asyncio.sleep(2)  # longer than a request may take
        assert not posting.done()
        for _ in range(AT_ONCE):
            public.release()
        citizens = await posting

    assert (staff.status_code, citizens.status_code) == (201, 201)
    assert await stored(counter) == 2


async def test_who_sends_very_many_waits_behind_the_others(counter: Counter) -> None:
    slow = lanes_of(counter).slow
    async with from_network(counter, 1) as flood, from_network(counter, 2) as other:
        for n in range(MANY):
            assert (await flood.post("/complaints", json=told(n))).status_code == 201
        for _ in range(SLOWLY):
            await slow.acquire()
        held = asyncio.create_task(flood.post("/complaints", json=WEBSITE))
        genuine = await other.post("/complaints", json=WEBSITE)
        assert genuine.status_code == 201
        with pytest.raises(TimeoutError):  # without the lane it would be through by now
            await asyncio.wait_for(asyncio.shield(held), 2)
        for _ in range(SLOWLY):
            slow.release()
        assert (await held).status_code == 201


async def test_a_database_that_is_slow_to_begin_gets_a_second_chance(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, tried = counter.app.state.store.save, 0

    async def slow_once(*aggregates: Any, cause: Any) -> Any:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise TimeoutError
        return await really(*aggregates, cause=cause)

    monkeypatch.setattr(counter.app.state.store, "save", slow_once)
    async with from_network(counter, 1) as citizen:
        answer = await citizen.post("/complaints", json=WEBSITE)
    assert (answer.status_code, tried, await stored(counter)) == (201, 2, 1)


async def test_what_cannot_be_stored_is_said_not_to_be(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(counter.app.state.store, "save", away)
    async with from_network(counter, 1) as citizen:
        answer = await citizen.post("/complaints", json=WEBSITE)
    assert (answer.status_code, answer.json()["detail"]) == (503, NOT_STORED)


async def test_a_flood_of_complaints_uses_up_no_other_right_of_its_network(
    counter: Counter,
) -> None:
    async with from_network(counter, 1) as village:
        receipt = await village.post("/complaints", json=WEBSITE)
        for n in range(MANY + 5):
            await village.post("/complaints", json=told(n))
        asked = {name: receipt.json()[name] for name in ("public_code", "pin")}
        answer = await village.post("/status", json=asked)
    assert answer.status_code == 200


async def test_a_story_that_is_too_long_is_told_so_and_holds_no_place(counter: Counter) -> None:
    async with from_network(counter, 1) as citizen:
        for _ in range(AT_ONCE + 1):
            answer = await citizen.post("/complaints", json=WEBSITE | {"narrative": "x" * 20_001})
            assert answer.status_code == 422
        assert (await citizen.post("/complaints", json=WEBSITE)).status_code == 201


@pytest.mark.parametrize("words", [NOT_STORED, UNCERTAIN])
def test_who_could_not_be_stored_is_told_so_and_whom_to_call(words: str) -> None:
    assert "stored" in words
    for number in ("112", "110", "129"):
        assert number in words
