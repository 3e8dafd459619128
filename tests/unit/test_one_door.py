"""There is one door to plaintext, and nobody passes it unnoticed."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.domain import Aggregate, event
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.matching.reading import FIELDS
from shared.access import Reason, Resource, Subject, may
from shared.access import door as the_door
from shared.access.door import (
    ERASED,
    RESTRICTED,
    Likeness,
    PersonalDataAccess,
    likenesses,
    open_personal,
)
from shared.eventstore import Cause, new_id
from shared.eventstore.memory import MemoryEventStore
from shared.privacy import Personal
from shared.privacy.places import texts
from shared.privacy.sealing import key_id_of
from tests.services import PROJECT

DOOR = "shared/access/door.py"
SEALING = "shared/privacy/sealing.py"
SECOND_READER = "services/triage/matching/reading.py"  # ADR 20: into memory, and nowhere else
ITS_READERS = {
    "services/triage/matching/memory.py": {"AT_ONCE", "Form", "read", "still_open"},
    "services/triage/matching/indexing.py": {"Form", "read"},
}
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HER_OFFICER = Subject("officer", frozenset({"identification_officer"}))


class Story(Aggregate):
    """Something somebody told."""

    @dataclass(frozen=True)
    class StoryTold(Aggregate.Created):
        """Somebody told it."""

        first: Personal
        second: Personal

    @event(StoryTold)
    def __init__(self, id: UUID, first: Personal, second: Personal) -> None:
        self.told = (first, second)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("services", "shared", "deploy"):
        for path in (PROJECT / folder).rglob("*.py"):
            yield str(path.relative_to(PROJECT)), ast.parse(path.read_text())


def unseals(tree: ast.Module) -> bool:
    """Say whether a module can get at plaintext: by name, or by reaching into a Personal."""
    for node in ast.walk(tree):
        named = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        imported = (
            {alias.name for alias in node.names}
            if isinstance(node, ast.Import | ast.ImportFrom)
            else set()
        )
        if named in ("unseal", "decrypt") or "unseal" in imported:
            return True
    return False


def test_nothing_but_the_door_unseals() -> None:
    found = {name for name, tree in sources() if unseals(tree)}
    keys = "shared/privacy/kek.py"  # unwraps keys, not texts
    files = "shared/privacy/files.py"  # opens a file with its key, which is a text of an event
    escrow = "deploy/escrow.py"  # opens copies of the key of keys
    assert found == {DOOR, SEALING, SECOND_READER, keys, files, escrow}


def test_the_second_reader_reads_for_the_memory_and_the_index_of_numbers_alone() -> None:
    found = {name: names for name, tree in sources() if (names := from_the_second_reader(tree))}
    assert found == ITS_READERS


def test_the_second_reader_opens_who_people_are_and_nothing_of_the_story() -> None:
    assert set(FIELDS) == {
        *("full_name", "nickname", "name_as_on_document"),
        *("born_on", "nik", "phone"),
    }
    (tree,) = (tree for name, tree in sources() if name == SECOND_READER)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    logged = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
    ]
    assert logged == ["log.error('a case cannot be matched', case=str(forms[0].case_id))"]
    assert called.isdisjoint({"open", "print", "repr", "store.save", "pool.execute"})
    imported = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not any(
        each.startswith(("shared.web", "shared.messaging", "asyncpg", "fastapi"))
        for each in imported
    )


def test_a_fresh_text_is_opened_by_the_store_and_for_the_search_alone() -> None:
    found = {name for name, tree in sources() if "OPEN" in imported_from(tree, "shared.privacy")}
    assert found == {"shared/eventstore/codec.py", "services/triage/matching/forms.py"}


def from_the_second_reader(tree: ast.Module) -> set[str]:
    """What a module takes from it, however it is imported."""
    module = SECOND_READER.removesuffix(".py").replace("/", ".")
    package, _, name = module.rpartition(".")
    whole = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.startswith(package)
    }
    return imported_from(tree, module) | (imported_from(tree, package) & {name}) | whole


def imported_from(tree: ast.Module, module: str) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def test_another_door_would_be_noticed() -> None:
    assert unseals(ast.parse("from shared.privacy.sealing import unseal"))
    assert unseals(ast.parse("import shared.privacy.sealing as s\ns.unseal(key)"))
    assert unseals(ast.parse("key.cipher.decrypt(nonce, text, bound)"))


def asks_what_came(tree: ast.Module) -> bool:
    return any(getattr(node, "attr", "") == "checked_by" for node in ast.walk(tree))


def test_a_text_that_came_with_a_request_is_checked_in_three_places_only() -> None:
    found = {name for name, tree in sources() if asks_what_came(tree)}
    assert found == {"shared/web/odd.py", "shared/web/regions.py", DOOR}


async def test_a_text_that_is_stored_is_not_checked() -> None:
    _, story = await a_story()
    with pytest.raises(ValueError, match="stored already"):
        story.told[0].checked_by(len)
    assert Personal("satu").checked_by(len) == 4


def a_reason(about: UUID) -> Reason:
    own = Resource(name=f"Complaint {about}", officer_ids=frozenset({HER_OFFICER.id}))
    return may(HER_OFFICER, "complaint.open_personal", own)


def a_cause(actor: str = "staff:officer") -> Cause:
    return Cause(handler="test", message_id=str(new_id()), actor=actor).about(new_id())


async def a_story() -> tuple[MemoryEventStore, Story]:
    store = MemoryEventStore(Story, PersonalDataAccess)
    story = Story(new_id(), Personal("satu"), Personal("dua"))
    await store.save(story, cause=a_cause())
    return store, await store.load(Story, story.id)


async def open_it(store: Any, story: Story, names: set[str], **more: Any) -> dict[str, str]:
    asked: dict[str, Any] = {"purpose": "identification", "now": MONDAY} | more
    chosen = {name: text for name, text in texts(story.told, "told") if name in names}
    cause = asked.pop("cause", a_cause())
    return await open_personal(
        store, cause, a_reason(story.id), about=story.id, texts=chosen, **asked
    )


BOTH = {"told.0", "told.1"}


async def test_what_is_opened_is_written_down_first() -> None:
    store, story = await a_story()

    assert await open_it(store, story, BOTH) == {"told.0": "satu", "told.1": "dua"}

    assert store.names[-1] == "PersonalDataAccessed"
    noted = store.data[-1]
    assert (noted["fields"], noted["purpose"]) == (["told.0", "told.1"], "identification")
    assert (noted["role"], noted["relation"]) == ("identification_officer", "own_officer")
    assert "satu" not in str(store.rows)


async def test_if_it_cannot_be_written_down_the_door_stays_shut() -> None:
    store, story = await a_story()
    opened: list[object] = []

    async def fail(*_: object, **__: object) -> None:
        raise ConnectionError

    store.save = fail  # type: ignore[method-assign, assignment]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(the_door, "unseal", lambda *_, **__: opened.append(1))
        with pytest.raises(ConnectionError):
            await open_it(store, story, BOTH)
    assert opened == []


async def test_what_is_destroyed_reads_as_erased_and_is_no_access() -> None:
    store, story = await a_story()
    await store.keys.destroy([key_of(story)], new_id(), MONDAY)

    assert await open_it(store, story, BOTH) == {"told.0": ERASED, "told.1": ERASED}
    assert store.names == ["StoryTold"]


async def test_what_is_restricted_is_not_opened() -> None:
    store, story = await a_story()
    await store.keys.restrict([key_of(story)])

    assert await open_it(store, story, BOTH) == {"told.0": RESTRICTED, "told.1": RESTRICTED}
    assert store.names == ["StoryTold"]


async def likenesses_of(
    store: MemoryEventStore, story: Story, **fresh: str
) -> dict[str, Likeness | None]:
    chosen = dict(texts(story.told, "told")) | {n: Personal(text) for n, text in fresh.items()}
    return await likenesses(
        store, a_cause(), about=story.id, texts=chosen, purpose="recognition", now=MONDAY
    )


async def test_comparing_shows_nobody_a_text_and_is_written_down() -> None:
    store, story = await a_story()

    found = await likenesses_of(store, story, same="satu", spelled=" SATU", other="tiga")

    told, same, spelled, other = (found[n] for n in ("told.0", "same", "spelled", "other"))
    assert told
    assert same
    assert spelled
    assert other
    assert told == same
    assert told.loose == spelled.loose
    assert told.exact != spelled.exact
    assert told.loose != other.loose
    assert told.spoken == spelled.spoken
    assert told.spoken != other.spoken
    assert found != await likenesses_of(store, story, same="satu", spelled=" SATU", other="tiga")
    noted = store.data[-1]
    assert noted["fields"] == ["told.0", "told.1"]
    assert (noted["role"], noted["relation"]) == ("", "compared")


async def test_words_that_are_spoken_differ_by_more_than_letter_case_and_spaces() -> None:
    store = MemoryEventStore(Story, PersonalDataAccess)

    found = await likenesses(
        store,
        a_cause(),
        about=new_id(),
        texts={
            each: Personal(each)
            for each in ("Daun Kemangi", " daun   kemangi ", "daunkemangi", "?", "!")
        },
        purpose="recognition",
        now=MONDAY,
    )

    marks = {text: each.spoken for text, each in found.items() if each}
    assert marks["Daun Kemangi"] == marks[" daun   kemangi "]
    assert marks["Daun Kemangi"] != marks["daunkemangi"]
    assert marks["?"] != marks["!"]  # of which nothing is left when signs do not count


async def test_what_is_closed_is_compared_and_what_is_destroyed_is_not() -> None:
    store, story = await a_story()
    await store.keys.restrict([key_of(story)])
    found = await likenesses_of(store, story, same="satu")
    assert found["told.0"] == found["same"]

    await store.keys.unrestrict([key_of(story)])
    await store.keys.destroy([key_of(story)], new_id(), MONDAY)
    assert (await likenesses_of(store, story, same="satu"))["told.0"] is None


async def test_a_reason_for_one_complaint_does_not_open_another() -> None:
    store, story = await a_story()
    chosen = dict(texts(story.told, "told"))
    with pytest.raises(TypeError, match="something else"):
        await open_personal(
            store,
            a_cause(),
            a_reason(new_id()),
            about=story.id,
            texts=chosen,
            purpose="contact",
            now=MONDAY,
        )


def key_of(story: Story) -> UUID:
    sealed = story.told[0].sealed
    assert sealed is not None
    return key_id_of(sealed.token)


LOOKS = st.lists(
    st.tuples(
        st.sampled_from(["staff:a", "staff:b"]),
        st.sampled_from([frozenset({"told.0"}), frozenset({"told.1"}), frozenset(BOTH)]),
        st.sampled_from(["identification", "contact"]),
        st.integers(min_value=0, max_value=180),  # seconds
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(LOOKS)
def test_there_are_as_many_accesses_as_openings_in_different_minutes(
    looks: list[tuple[str, frozenset[str], str, int]],
) -> None:
    async def look() -> None:
        store, story = await a_story()
        for actor, names, purpose, second in looks:
            now = MONDAY + timedelta(seconds=second)
            told = await open_it(
                store, story, set(names), cause=a_cause(actor), purpose=purpose, now=now
            )
            assert set(told) == names
        distinct = {(a, n, p, s // 60) for a, n, p, s in looks}
        assert store.names.count("PersonalDataAccessed") == len(distinct)

    asyncio.run(look())
