"""The keyring: a key for every person, made in advance, opened on demand, destroyed for ever.

It lies in a database of its own, each key wrapped by the Kek. What another process restricts or
destroys counts in this one as soon as its cached copy is forgotten: told to by ``forget``, or by
itself after ``TTL`` seconds. What the log says is destroyed is destroyed: see ``reconcile``.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import structlog
from uuid_utils.compat import uuid7

from shared.privacy import statements as sql
from shared.privacy.kek import CannotUnwrap, Kek
from shared.privacy.numbers import Kind, index_keys, tag
from shared.privacy.sealing import KEY_SIZE, CannotOpen, Key, Restricted, commit, make_key
from shared.problems import Missing, Refused

MIGRATIONS = Path(__file__).with_name("migrations")
INDEX_KEY = UUID("00000000-0000-7000-8000-000000000001")  # also in the migration
TTL = 300.0  # seconds for which a key is used without asking the database again
CACHED = 5_000
BATCH = 500
PATIENCE = 2.0  # seconds for a connection
PAUSE = 1.0  # seconds between two attempts to fill the stock

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
log = structlog.get_logger()


class NoKeys(OSError):
    """No key is left that was made in advance. An outage: it ends when the stock is filled."""


class Held(Refused):
    """These are needed in a legal case and cannot be destroyed."""


class Keyring:
    """Every key of one service. ``clock`` tells seconds that only rise."""

    def __init__(
        self, pool: Pool, kek: Kek, clock: Callable[[], float] = time.monotonic, *, size: int = 500
    ) -> None:
        self._pool, self._kek, self._clock, self._size = pool, kek, clock, size
        self._stock: deque[Key] = deque()
        self._filling = asyncio.Lock()
        self._low = asyncio.Event()
        self._cache: OrderedDict[UUID, tuple[Key | None, float]] = OrderedDict()
        self._forgotten = 0  # how often: what was read before is not to be cached after
        self._index: Mapping[Kind, bytes] = {}

    async def start(self) -> None:
        """Prove that this Kek fits this database, and fill the stock.

        Raises CannotOpen when it does not fit: the key of the keys is lost, or it is another's.
        """
        await self._index_key("nik")
        await self.fill()

    @property
    def stock(self) -> int:
        """How many persons can still be given a key while the database or the Kek is away."""
        return len(self._stock)

    def take(self) -> Key:
        """Return a key that nobody has, at once; it is stored already. Raises NoKeys."""
        if len(self._stock) <= self._size // 2:  # with this one less than half is left
            self._low.set()
        if not self._stock:
            raise NoKeys("no key is left in stock")
        key = self._stock.popleft()
        self._remember({key.id: key}, self._clock())
        return key

    async def fill(self) -> None:
        """Make, wrap and store as many keys as the stock lacks."""
        async with self._filling:
            lacking = self._size - len(self._stock)
            if lacking > 0:
                self._stock.extend(await self._make([uuid7() for _ in range(lacking)], sql.INSERT))

    async def keep_filled(self) -> None:
        """Fill the stock whenever half of it is gone, for ever, whatever outage there is."""
        failed = ""
        while True:
            self._low.clear()
            try:
                await self.fill()
                failed = ""
                await self._low.wait()
            except Exception as error:
                kind = type(error).__name__
                if kind != failed:  # once, not every second
                    log.warning("cannot make keys", error=kind, stock=self.stock)
                failed = kind
                await asyncio.sleep(PAUSE)

    async def keys(self, ids: Iterable[UUID]) -> dict[UUID, Key | None]:
        """Return each key, None if it was destroyed.

        Raises Restricted, naming those that must not be opened, and CannotOpen if one was lost,
        damaged or exchanged.
        """
        now, found, cold = self._clock(), dict[UUID, Key | None](), list[UUID]()
        for id in set(ids):
            key, until = self._cache.get(id, (None, now))
            if until > now:
                self._cache.move_to_end(id)
                found[id] = key
            else:
                cold.append(id)
        if cold:
            forgotten = self._forgotten
            fetched = await self._fetch(cold)
            if forgotten == self._forgotten:
                self._remember(fetched, now)
            found |= fetched
        return found

    async def to_seal(self, ids: Iterable[UUID]) -> dict[UUID, Key | None]:
        """Return each key, None if it was destroyed, also those that must not be opened for now.

        What is told of a person while her data are restricted is sealed with her key like the rest.
        That another process destroys one just now is noticed when the event is appended.
        """
        wanted = set(ids)
        try:
            return await self.keys(wanted)
        except Restricted as restricted:
            rows = await self._pool.fetch(sql.READ, list(restricted.ids))
            closed = {
                id: make_key(id, dek)
                for id, dek in (await self._unwrap([r for r in rows if r["wrapped"]])).items()
            }
            return await self.keys(wanted - restricted.ids) | dict.fromkeys(restricted.ids) | closed

    def forget(self, ids: Iterable[UUID]) -> None:
        """Ask the database before these are used again."""
        self._forgotten += 1
        for id in ids:
            self._cache.pop(id, None)

    async def restrict(self, ids: Sequence[UUID]) -> None:
        """Let nobody open these for now. Raises Missing. Of no effect on what is destroyed."""
        await self._set(sql.RESTRICT, ids, True)

    async def unrestrict(self, ids: Sequence[UUID]) -> None:
        """Let them be opened again. Raises Missing."""
        await self._set(sql.RESTRICT, ids, False)

    async def hold(self, ids: Sequence[UUID]) -> None:
        """Put these under legal hold. Raises Missing, and Refused when one is destroyed already."""
        await self._set(sql.HOLD, ids, True)

    async def unhold(self, ids: Sequence[UUID]) -> None:
        """Let them be destroyed again. Raises Missing."""
        await self._set(sql.HOLD, ids, False)

    async def destroy(self, ids: Sequence[UUID], event_id: UUID, at: datetime) -> None:
        """Destroy these and what is found by them, all or none; raises Held under legal hold.

        Twice is as once. An id that is not here is remembered as destroyed.
        """
        try:
            async with self._pool.acquire(timeout=PATIENCE) as connection, connection.transaction():
                rows = await connection.fetch(sql.LOCK, ids)
                if held := [row["id"] for row in rows if row["held"]]:
                    raise Held(f"under legal hold: {_list(held)}")
                await connection.execute(sql.DESTROY, ids, at, event_id)
        finally:
            self.forget(ids)

    async def reconcile(self, destroyed: Iterable[UUID], at: datetime) -> list[UUID]:
        """Destroy again what the log says is destroyed, held or not; return what had come back.

        To be called before a service opens anything: the keyring may be a restored backup.
        """
        ids, back = list(destroyed), list[UUID]()
        for some in (ids[start : start + BATCH] for start in range(0, len(ids), BATCH)):
            async with self._pool.acquire(timeout=PATIENCE) as connection, connection.transaction():
                rows = await connection.fetch(sql.LOCK, some)
                back += [row["id"] for row in rows if not row["destroyed"]]
                await connection.execute(sql.DESTROY, some, at, None)
        self.forget(ids)
        return back

    async def align(self, restricted: Collection[UUID], held: Collection[UUID]) -> list[UUID]:
        """Restrict and hold these and no others, as the log says; return those that were not so."""
        async with self._pool.acquire(timeout=PATIENCE) as connection:
            rows = await connection.fetch(sql.ALIGN, list(restricted), list(held))
        changed = [row["id"] for row in rows]
        self.forget(changed)
        return changed

    async def rewrap_all(self) -> int:
        """Begin a new epoch, wrap every live key in it, return it. After a crash: just again."""
        epoch = await self._kek.rotate()
        while rows := await self._pool.fetch(sql.OLDER, epoch, BATCH):
            for old, group in _by_epoch(rows).items():
                blobs = [row["wrapped"] for row in group]
                try:
                    newest, again = await self._kek.rewrap(old, blobs)
                except CannotUnwrap as error:
                    raise CannotOpen(f"key {group[error.position]['id']}") from None
                # Only what is still as it was read: a key destroyed meanwhile must not come back.
                await self._pool.execute(
                    sql.REWRAP, [row["id"] for row in group], blobs, again, newest
                )
        return epoch

    async def destroy_epochs_before(self, epoch: int) -> None:
        """Destroy all earlier epochs, and so every copy of the keyring that was made in them.

        Raises Refused while a live key is wrapped in one. No key can be stored in one after.
        """
        try:
            await self._pool.execute("select keys.retire($1)", epoch)
        except asyncpg.PostgresError as error:
            if error.sqlstate != "KY003":
                raise
            raise Refused(f"epochs before {epoch}: {error}") from None
        await self._kek.destroy(epoch - 1)

    async def index(self, kind: Kind, text: str, key_id: UUID) -> None:
        """Let this key be found by a number. Raises Malformed, and Refused if it is destroyed."""
        if not await self._pool.fetchval(sql.INDEX, kind, await self._tag(kind, text), key_id):
            raise Refused(f"key {key_id} is destroyed, or there is none")

    async def find(self, kind: Kind, text: str) -> list[UUID]:
        """Return the keys with this number, but for restricted ones. Raises Malformed."""
        return [
            row["id"] for row in await self._pool.fetch(sql.FIND, kind, await self._tag(kind, text))
        ]

    async def _make(self, ids: Sequence[UUID], statement: str) -> list[Key]:
        deks = [os.urandom(KEY_SIZE) for _ in ids]
        epoch, blobs = await self._kek.wrap(deks)
        made = [make_key(id, dek) for id, dek in zip(ids, deks, strict=True)]
        await self._pool.execute(statement, ids, [key.commitment for key in made], blobs, epoch)
        return made

    async def _fetch(self, ids: Sequence[UUID]) -> dict[UUID, Key | None]:
        rows = await self._pool.fetch(sql.READ, ids)
        if lost := set(ids) - {row["id"] for row in rows}:
            raise CannotOpen(f"not in the keyring: {_list(lost)}")
        live = [row for row in rows if row["wrapped"] is not None]
        if restricted := [row["id"] for row in live if row["restricted"]]:
            raise Restricted(restricted)
        deks = await self._unwrap(live)
        return dict.fromkeys(ids) | {id: make_key(id, dek) for id, dek in deks.items()}

    async def _unwrap(self, rows: Sequence[asyncpg.Record]) -> dict[UUID, bytes]:
        unwrapped: dict[UUID, bytes] = {}
        for epoch, group in _by_epoch(rows).items():
            try:
                deks = await self._kek.unwrap(epoch, [row["wrapped"] for row in group])
            except CannotUnwrap as error:
                raise CannotOpen(f"key {group[error.position]['id']}") from None
            for row, dek in zip(group, deks, strict=True):
                if not hmac.compare_digest(commit(row["id"], dek), row["commitment"]):
                    raise CannotOpen(f"key {row['id']} is another's")
                unwrapped[row["id"]] = dek
        return unwrapped

    def _remember(self, keys: Mapping[UUID, Key | None], now: float) -> None:
        for id, key in keys.items():
            self._cache[id] = key, now + TTL
            self._cache.move_to_end(id)
        while len(self._cache) > CACHED:
            self._cache.popitem(last=False)

    async def _set(self, statement: str, ids: Sequence[UUID], on: bool) -> None:
        try:
            async with self._pool.acquire(timeout=PATIENCE) as connection, connection.transaction():
                rows = await connection.fetch(sql.LOCK, ids)
                if unknown := set(ids) - {row["id"] for row in rows}:
                    raise Missing(f"key {_list(unknown)}")
                destroyed = [row["id"] for row in rows if row["destroyed"]]
                if destroyed and on and statement is sql.HOLD:
                    raise Refused(f"destroyed already: {_list(destroyed)}")
                await connection.execute(statement, ids, on)
        finally:
            self.forget(ids)

    async def _tag(self, kind: Kind, text: str) -> bytes:
        return tag(await self._index_key(kind), kind, text)

    async def _index_key(self, kind: Kind) -> bytes:
        if not self._index:
            rows = await self._pool.fetch(sql.READ, [INDEX_KEY])
            if not rows:
                await self._make([INDEX_KEY], sql.INSERT_ONCE)
                rows = await self._pool.fetch(sql.READ, [INDEX_KEY])  # or another process was first
            dek = (await self._unwrap(rows))[INDEX_KEY]
            self._index = index_keys(dek)
        return self._index[kind]


def _by_epoch(rows: Sequence[asyncpg.Record]) -> dict[int, list[asyncpg.Record]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row["epoch"]].append(row)
    return groups


def _list(ids: Iterable[UUID]) -> str:
    return ", ".join(sorted(str(id) for id in ids))
