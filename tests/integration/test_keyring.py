"""Promises of the keyring: what is needed opens, and what was destroyed never does again."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog

from deploy.local.servers import Servers
from shared.eventstore import new_id
from shared.eventstore.migrate import migrate
from shared.eventstore.postgres import OUTAGES, open_pool
from shared.privacy import keyring as module
from shared.privacy import statements
from shared.privacy.kek import FileKek, NoKek
from shared.privacy.keyring import INDEX_KEY, MIGRATIONS, Keyring, NoKeys
from shared.privacy.sealing import CannotOpen, Key, Restricted, seal, unseal
from shared.problems import Forbidden, Malformed, Missing, Refused
from tests.conftest import PASSWORD, Database
from tests.services import eventually

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLACE: dict[str, Any] = {"event_id": new_id(), "event_type": "CaseFormFiled", "path": "name"}
NIK, PHONE = "3573994404920001", "0812-0000-0101"


class WatchedKek(FileKek):
    """Counts what it is asked, and can be away."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: Counter[str] = Counter()
        self.seen: list[bytes] = []
        self.away = False
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def _note(self, what: str) -> None:
        if self.away:
            raise ConnectionError("away")
        self.asked[what] += 1
        if (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            await meanwhile()

    async def wrap(self, deks: Sequence[bytes]) -> tuple[int, list[bytes]]:
        self.seen += deks
        wrapped = await super().wrap(deks)
        await self._note("wrap")
        return wrapped

    async def unwrap(self, epoch: int, blobs: Sequence[bytes]) -> list[bytes]:
        await self._note("unwrap")
        return await super().unwrap(epoch, blobs)

    async def rewrap(self, epoch: int, blobs: Sequence[bytes]) -> tuple[int, list[bytes]]:
        again = await super().wrap(await super().unwrap(epoch, blobs))
        await self._note("rewrap")
        return again


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Database]:
    """A keyring's database, made the way deploy makes one."""
    name = f"test_{new_id().hex}"
    at = urlsplit(servers.postgres_admin_url)
    admin = await asyncpg.connect(servers.postgres_admin_url)
    await admin.execute(f"create database {name} owner aduan_intake_owner")
    try:
        here = Database(
            urlunsplit(
                at._replace(netloc=f"aduan_intake:{PASSWORD}@{at.hostname}:{at.port}", path=name)
            ),
            urlunsplit(at._replace(path=name)),
        )
        owner = await asyncpg.connect(here.admin_url)
        await owner.execute("set role aduan_intake_owner")
        assert await migrate(owner, "aduan_intake", MIGRATIONS) == ["0001_keys.sql"]
        await owner.close()
        yield here
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database.admin_url)
    yield connection
    await connection.close()


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[module.Pool]:
    async with open_pool(database.url, size=4) as pool:
        yield pool


@pytest.fixture
def kek(tmp_path: Path) -> WatchedKek:
    return WatchedKek.create(tmp_path / "kek")  # type: ignore[return-value]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keyring(pool: module.Pool, kek: WatchedKek, clock: Clock) -> Keyring:
    keyring = Keyring(pool, kek, clock, size=10)
    await keyring.start()
    return keyring


@pytest.fixture
def other(pool: module.Pool, kek: WatchedKek, clock: Clock) -> Keyring:
    """The same keyring in another process."""
    return Keyring(pool, kek, clock, size=10)


class Backup:
    """A copy of both tables, and how to put it in the place of what is there."""

    def __init__(self, admin: asyncpg.Connection[asyncpg.Record]) -> None:
        self._admin = admin

    async def make(self) -> None:
        await self._admin.execute(
            "create table public.keys as table keys.keys;"
            "create table public.blind_index as table keys.blind_index"
        )

    async def restore(self) -> None:
        await self._admin.execute(
            "alter table keys.keys disable trigger user;"
            "delete from keys.blind_index; delete from keys.keys;"
            "insert into keys.keys table public.keys;"
            "insert into keys.blind_index table public.blind_index;"
            "alter table keys.keys enable always trigger guard"
        )


@pytest.fixture
def backup(admin: asyncpg.Connection[asyncpg.Record]) -> Backup:
    return Backup(admin)


async def opens(keyring: Keyring, key: Key) -> bool:
    """Say whether what was sealed with this key can be read; False says that it was destroyed."""
    token = seal(key, "Sumarni", **PLACE)
    again = (await keyring.keys([key.id]))[key.id]
    return again is not None and unseal(again, token, **PLACE) == "Sumarni"


async def epochs(admin: asyncpg.Connection[asyncpg.Record]) -> list[int]:
    rows = await admin.fetch("select distinct epoch from keys.keys order by epoch")
    return [row["epoch"] for row in rows]


# Keys are made in advance


async def test_a_key_that_was_taken_is_stored_already(keyring: Keyring, other: Keyring) -> None:
    assert await opens(other, keyring.take())


async def test_no_key_is_given_to_two_persons(keyring: Keyring, other: Keyring) -> None:
    await other.fill()
    taken = [each.take() for each in (keyring, other) for _ in range(10)]
    assert len({key.id for key in taken}) == len({key.commitment for key in taken}) == 20


async def test_taking_needs_neither_database_nor_kek_until_the_stock_is_empty(
    keyring: Keyring, kek: WatchedKek, pool: module.Pool
) -> None:
    kek.away = True
    await pool.close()
    assert keyring.stock == 10
    taken = [keyring.take() for _ in range(10)]
    assert all([await opens(keyring, key) for key in taken])
    with pytest.raises(NoKeys) as refused:
        keyring.take()
    assert isinstance(refused.value, OUTAGES)


async def test_the_stock_is_made_with_one_wrap(keyring: Keyring, kek: WatchedKek) -> None:
    keyring.take()
    kek.asked.clear()
    await asyncio.gather(keyring.fill(), keyring.fill())
    assert keyring.stock == 10
    assert kek.asked == {"wrap": 1}


async def test_a_key_that_could_not_be_stored_is_not_given_out(
    pool: module.Pool, kek: WatchedKek, clock: Clock
) -> None:
    keyring = Keyring(pool, kek, clock)
    kek.meanwhile = pool.close
    with pytest.raises(OUTAGES):
        await keyring.fill()
    with pytest.raises(NoKeys):
        keyring.take()


async def test_the_stock_is_filled_again_when_half_is_gone(
    keyring: Keyring, kek: WatchedKek
) -> None:
    filling = asyncio.create_task(keyring.keep_filled())
    await asyncio.sleep(0)  # it finds the stock full
    kek.asked.clear()
    for _ in range(5):
        keyring.take()
    await asyncio.sleep(0)
    assert keyring.stock == 5
    assert not kek.asked
    keyring.take()
    await eventually(_now(lambda: keyring.stock), lambda stock: stock == 10)
    await _cancel(filling)
    assert kek.asked == {"wrap": 1}


async def test_filling_survives_any_outage_and_says_so_once(
    keyring: Keyring, kek: WatchedKek, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.001)
    for _ in range(10):
        keyring.take()
    kek.away, tried = True, len(kek.seen)
    with structlog.testing.capture_logs() as logs:
        filling = asyncio.create_task(keyring.keep_filled())
        await eventually(_now(lambda: len(kek.seen)), lambda seen: seen >= tried + 30)
        kek.away = False
        await eventually(_now(lambda: keyring.stock), lambda stock: stock == 10)
        await _cancel(filling)
    assert [(each["error"], each["stock"]) for each in logs] == [("ConnectionError", 0)]


async def test_no_key_lies_in_the_database_unwrapped(
    keyring: Keyring, kek: WatchedKek, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await keyring.index("nik", NIK, keyring.take().id)
    await keyring.rewrap_all()
    rows = await admin.fetch(
        "select k::text from keys.keys k union all select b::text from keys.blind_index b"
    )
    assert len(rows) == len(kek.seen) + 1 == 12
    stored = " ".join(row[0] for row in rows)
    for dek in kek.seen:
        assert dek.hex() not in stored
    assert NIK not in stored
    assert NIK.encode().hex() not in stored


# Keys are opened


async def test_all_cold_keys_are_opened_with_one_call(
    keyring: Keyring, other: Keyring, kek: WatchedKek
) -> None:
    ids = [keyring.take().id for _ in range(5)]
    kek.asked.clear()
    assert set(await other.keys([*ids, ids[0]])) == set(ids)
    assert kek.asked == {"unwrap": 1}
    await other.keys(ids)
    await keyring.keys(ids)  # it made them
    assert kek.asked == {"unwrap": 1}


async def test_what_is_cached_opens_while_database_and_kek_are_away(
    keyring: Keyring, other: Keyring, kek: WatchedKek, pool: module.Pool
) -> None:
    warm, cold = keyring.take(), keyring.take()
    await other.keys([warm.id])
    kek.away = True
    with pytest.raises(OUTAGES):
        await other.keys([cold.id])
    await pool.close()
    with pytest.raises(OUTAGES):
        await other.keys([cold.id])
    assert await opens(other, warm)


async def test_the_cache_forgets_what_was_used_longest_ago(
    keyring: Keyring, other: Keyring, kek: WatchedKek, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED", 2)
    first, second, third = (keyring.take().id for _ in range(3))
    for id in (first, second, first, third):
        await other.keys([id])
    kek.asked.clear()
    await other.keys([first, third])
    assert not kek.asked
    await other.keys([second])
    assert kek.asked == {"unwrap": 1}


async def test_more_keys_than_the_cache_holds_are_opened_together(
    keyring: Keyring, other: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED", 2)
    ids = {keyring.take().id for _ in range(5)}
    assert {id for id, key in (await other.keys(ids)).items() if key} == ids


async def test_a_key_that_was_lost_is_not_taken_for_destroyed(keyring: Keyring) -> None:
    lost = new_id()
    with pytest.raises(CannotOpen, match=str(lost)):
        await keyring.keys([lost])


async def test_exchanged_rows_are_noticed(
    keyring: Keyring, other: Keyring, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """With both, an insider would show an auditor one person's words as another's."""
    one, two = keyring.take().id, keyring.take().id
    await admin.execute(
        "update keys.keys k set wrapped = o.wrapped, commitment = o.commitment"
        " from keys.keys o where k.id = any($1) and o.id = any($1) and k.id <> o.id",
        [one, two],
    )
    with pytest.raises(CannotOpen, match="another's"):
        await other.keys([one])


async def test_a_damaged_row_is_named(
    keyring: Keyring, other: Keyring, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    ids = [keyring.take().id for _ in range(3)]
    await admin.execute(
        "update keys.keys set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
        " where id = $1",
        ids[1],
    )
    with pytest.raises(CannotOpen, match=str(ids[1])):
        await other.keys(ids)
    with pytest.raises(CannotOpen, match=str(ids[1])):
        await other.rewrap_all()


async def test_a_service_does_not_start_with_another_kek(
    keyring: Keyring, pool: module.Pool, tmp_path: Path
) -> None:
    """A provisioner that found no key made a new one: nothing stored opens with it."""
    with pytest.raises(CannotOpen):
        await Keyring(pool, FileKek.create(tmp_path / "new")).start()


# Keys are restricted, held, destroyed


async def test_a_restricted_key_is_not_opened(keyring: Keyring) -> None:
    key, another = keyring.take(), keyring.take()
    await keyring.restrict([key.id])
    with pytest.raises(Restricted, match=str(key.id)) as refused:
        await keyring.keys([key.id, another.id])
    assert isinstance(refused.value, Forbidden)
    assert refused.value.ids == {key.id}
    await keyring.unrestrict([key.id])
    assert await opens(keyring, key)


async def test_a_key_under_legal_hold_is_opened_and_not_destroyed(keyring: Keyring) -> None:
    held, free = keyring.take(), keyring.take()
    await keyring.hold([held.id])
    with pytest.raises(Refused, match=str(held.id)):
        await keyring.destroy([free.id, held.id], new_id(), MONDAY)
    assert await opens(keyring, held)
    assert await opens(keyring, free), "all or none"
    await keyring.unhold([held.id])
    await keyring.destroy([free.id, held.id], new_id(), MONDAY)
    assert not await opens(keyring, held)


async def test_a_key_can_be_restricted_and_held(keyring: Keyring) -> None:
    key = keyring.take()
    await keyring.hold([key.id])
    await keyring.restrict([key.id])
    with pytest.raises(Restricted):
        await keyring.keys([key.id])
    with pytest.raises(Refused):
        await keyring.destroy([key.id], new_id(), MONDAY)
    await keyring.unhold([key.id])
    with pytest.raises(Restricted):
        await keyring.keys([key.id])


async def test_nobody_believes_in_a_hold_that_is_none(keyring: Keyring) -> None:
    key = keyring.take()
    await keyring.destroy([key.id], new_id(), MONDAY)
    with pytest.raises(Refused, match=str(key.id)):
        await keyring.hold([key.id])
    await keyring.restrict([key.id])  # it is as restricted as can be
    for change in (keyring.hold, keyring.unhold, keyring.restrict, keyring.unrestrict):
        with pytest.raises(Missing):
            await change([new_id()])


async def test_a_destroyed_key_is_gone_and_leaves_when_and_why(
    keyring: Keyring, other: Keyring, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    key, why = keyring.take(), new_id()
    await keyring.restrict([key.id])
    await keyring.destroy([key.id], why, MONDAY)
    assert await keyring.keys([key.id]) == await other.keys([key.id]) == {key.id: None}
    await keyring.destroy([key.id], new_id(), datetime(2027, 1, 1, tzinfo=UTC))
    row = await admin.fetchrow("select * from keys.keys where id = $1", key.id)
    assert row is not None
    assert (row["wrapped"], row["destroyed_at"], row["destroyed_by"]) == (None, MONDAY, why)


async def test_what_another_process_destroyed_opens_here_for_at_most_five_minutes(
    keyring: Keyring, other: Keyring, clock: Clock
) -> None:
    destroyed, restricted = keyring.take(), keyring.take()
    clock.now += 10
    await other.destroy([destroyed.id], new_id(), MONDAY)
    await other.restrict([restricted.id])
    clock.now += 289
    assert await opens(keyring, destroyed)
    assert await opens(keyring, restricted)
    clock.now += 1
    assert not await opens(keyring, destroyed)
    with pytest.raises(Restricted):
        await keyring.keys([restricted.id])


async def test_what_another_process_destroyed_does_not_open_once_we_are_told(
    keyring: Keyring, other: Keyring
) -> None:
    key = keyring.take()
    await other.destroy([key.id], new_id(), MONDAY)
    keyring.forget([key.id])
    assert not await opens(keyring, key)


async def test_a_key_destroyed_while_it_is_being_opened_is_not_cached(
    keyring: Keyring, other: Keyring, kek: WatchedKek
) -> None:
    key = keyring.take()
    kek.meanwhile = lambda: other.destroy([key.id], new_id(), MONDAY)
    await other.keys([key.id])
    assert not await opens(other, key)


@pytest.mark.parametrize(
    "change",
    [
        "delete from keys.keys",
        "truncate keys.keys cascade",
        "update keys.keys set commitment = commitment",
        "update keys.keys set id = id",
        "delete from keys.blind_index",
        "update keys.epochs set oldest = 0",
    ],
)
async def test_a_service_may_do_no_more_than_it_must(
    keyring: Keyring, pool: module.Pool, change: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "update keys.keys set wrapped = '\\x00', destroyed_at = null where id = $1",
        "update keys.keys set destroyed_at = now() where id = $1",
        "update keys.keys set held = true where id = $1",
        "delete from keys.keys where id = $1",
    ],
)
async def test_destroyed_stays_destroyed_for_everybody(
    keyring: Keyring, admin: asyncpg.Connection[asyncpg.Record], change: str
) -> None:
    key = keyring.take()
    await keyring.destroy([key.id], new_id(), MONDAY)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await admin.execute(change, key.id)
    assert refused.value.sqlstate == "KY001"


async def test_the_index_key_is_never_destroyed(keyring: Keyring) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await keyring.destroy([INDEX_KEY], new_id(), MONDAY)


# Epochs and backups


async def test_after_a_rotation_everything_opens_and_nothing_is_in_the_old_epoch(
    keyring: Keyring,
    other: Keyring,
    kek: WatchedKek,
    admin: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    keys = [keyring.take() for _ in range(4)]
    await keyring.index("nik", NIK, keys[0].id)
    await keyring.restrict([keys[1].id])
    await keyring.hold([keys[2].id])
    assert await keyring.rewrap_all() == 2
    assert await epochs(admin) == [2]
    await keyring.destroy_epochs_before(2)
    await other.unrestrict([keys[1].id])
    assert all([await opens(other, key) for key in keys])
    assert await other.find("nik", NIK) == [keys[0].id]
    assert await opens(other, keyring.take()), "also what was in stock"


async def test_a_rotation_that_crashed_is_done_again(
    keyring: Keyring,
    other: Keyring,
    kek: WatchedKek,
    admin: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)

    async def crash() -> None:
        kek.away = True

    kek.meanwhile = crash
    with pytest.raises(ConnectionError):
        await keyring.rewrap_all()
    kek.away = False
    assert await epochs(admin) == [1, 2]
    assert await opens(other, keyring.take())
    with pytest.raises(Refused):
        await keyring.destroy_epochs_before(2)
    assert await keyring.rewrap_all() == 3
    await keyring.destroy_epochs_before(3)
    assert await opens(other, keyring.take())


async def test_a_key_destroyed_during_a_rotation_does_not_come_back(
    keyring: Keyring, other: Keyring, kek: WatchedKek
) -> None:
    key = keyring.take()
    kek.meanwhile = lambda: other.destroy([key.id], new_id(), MONDAY)
    await keyring.rewrap_all()
    assert not await opens(other, key)


async def test_no_epoch_is_destroyed_that_a_live_key_needs(
    keyring: Keyring, other: Keyring, kek: WatchedKek
) -> None:
    key = keyring.take()
    await kek.rotate()
    with pytest.raises(Refused, match="earlier epoch"):
        await keyring.destroy_epochs_before(2)
    await keyring.rewrap_all()
    with pytest.raises(Refused, match="earlier epoch"):
        await keyring.destroy_epochs_before(4)
    assert await opens(other, key)
    await keyring.fill()


async def test_no_epoch_is_retired_before_it_began(other: Keyring) -> None:
    with pytest.raises(Refused, match="not begun"):
        await other.destroy_epochs_before(2)
    await other.start()


async def test_no_key_is_stored_that_was_wrapped_in_an_epoch_destroyed_meanwhile(
    keyring: Keyring, other: Keyring, kek: WatchedKek
) -> None:
    """It would be given to a person and be unreadable from then on."""

    async def rotate() -> None:
        await keyring.rewrap_all()
        await keyring.destroy_epochs_before(2)

    kek.meanwhile = rotate
    with pytest.raises(asyncpg.PostgresError) as refused:
        await other.fill()
    assert refused.value.sqlstate == "KY002"
    assert other.stock == 0
    await other.fill()
    assert await opens(keyring, other.take())


async def test_a_copy_made_in_a_destroyed_epoch_is_dead(
    keyring: Keyring, other: Keyring, backup: Backup
) -> None:
    erased, live = keyring.take(), keyring.take()
    await backup.make()
    await keyring.destroy([erased.id], new_id(), MONDAY)
    await keyring.rewrap_all()
    await keyring.destroy_epochs_before(2)
    await backup.restore()
    for key in (erased, live):
        with pytest.raises(NoKek):
            await other.keys([key.id])


async def test_a_restored_backup_brings_nobody_back(
    keyring: Keyring, other: Keyring, backup: Backup
) -> None:
    gone, held, later, kept = (keyring.take() for _ in range(4))
    await keyring.destroy([gone.id], new_id(), MONDAY)
    await keyring.hold([held.id])
    await keyring.index("nik", NIK, later.id)
    await backup.make()
    await keyring.unhold([held.id])
    await keyring.destroy([held.id, later.id], new_id(), MONDAY)
    await backup.restore()
    assert await opens(other, later), "so this is what has to be prevented"
    destroyed = [gone.id, held.id, later.id]
    assert set(await other.reconcile(destroyed, MONDAY)) == {held.id, later.id}
    assert await other.keys(destroyed) == dict.fromkeys(destroyed)
    assert await opens(other, kept)
    assert await other.find("nik", NIK) == []
    assert await other.reconcile(destroyed, MONDAY) == []


async def test_a_destroyed_key_that_a_backup_never_had_reads_as_destroyed(
    keyring: Keyring, kek: WatchedKek, pool: module.Pool
) -> None:
    """Views of an erased person must not fail; the loss of a live key must not pass for that."""
    ids = [new_id() for _ in range(3)]
    assert await keyring.reconcile(ids[:2], MONDAY) == []
    await keyring.destroy(ids[2:], new_id(), MONDAY)
    assert await keyring.keys(ids) == dict.fromkeys(ids)


# Who has this number?


async def test_a_person_is_found_by_a_number_however_it_is_written(
    keyring: Keyring, other: Keyring
) -> None:
    one, two, three = (keyring.take().id for _ in range(3))
    await keyring.index("phone", PHONE, one)
    await keyring.index("phone", PHONE, one)
    await keyring.index("phone", PHONE.replace("-", " "), two)
    await keyring.index("nik", NIK, three)
    assert await other.find("phone", "+62" + PHONE[1:]) == [one, two]
    assert await other.find("nik", f" {NIK} ") == [three]
    assert await other.find("phone", PHONE[:-1] + "2") == []
    with pytest.raises(Malformed):
        await other.find("nik", PHONE)


async def test_whoever_is_restricted_or_destroyed_is_not_found(
    keyring: Keyring, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    key = keyring.take().id
    await keyring.index("nik", NIK, key)
    await keyring.restrict([key])
    assert await keyring.find("nik", NIK) == []
    await keyring.unrestrict([key])
    assert await keyring.find("nik", NIK) == [key]
    await keyring.destroy([key], new_id(), MONDAY)
    assert await keyring.find("nik", NIK) == []
    assert await admin.fetchval("select count(*) from keys.blind_index") == 0


async def test_whoever_is_destroyed_is_not_indexed_again(
    keyring: Keyring, pool: module.Pool, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    key = keyring.take().id
    async with pool.acquire() as connection:
        destroying = connection.transaction()
        await destroying.start()
        await connection.fetch(statements.LOCK, [key])
        await connection.execute(statements.DESTROY, [key], MONDAY, new_id())
        indexing = asyncio.create_task(keyring.index("nik", NIK, key))
        await eventually(
            lambda: admin.fetchval("select count(*) from pg_locks where not granted"), bool
        )
        await destroying.commit()
    with pytest.raises(Refused, match=str(key)):
        await indexing
    assert await admin.fetchval("select count(*) from keys.blind_index") == 0


async def test_two_that_start_together_agree_on_the_index_key(
    pool: module.Pool, kek: WatchedKek, clock: Clock
) -> None:
    one, two = (Keyring(pool, kek, clock, size=2) for _ in range(2))
    kek.meanwhile = two.start
    await one.start()
    key = one.take().id
    await one.index("nik", NIK, key)
    assert await two.find("nik", NIK) == [key]


def _now(ask: Callable[[], int]) -> Callable[[], Any]:
    async def answer() -> int:
        return ask()

    return answer


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
