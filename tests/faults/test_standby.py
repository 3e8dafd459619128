"""Two standbys have whatever anybody has a receipt for; one takes over from a killed primary."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import asyncpg
import pytest

from deploy.local.ledger import Ledger
from deploy.local.ports import HOST
from deploy.local.postgres import Postgres
from deploy.local.servers import Servers
from deploy.provision import provision_postgres
from shared.eventstore import new_id
from shared.eventstore.log import check_order
from shared.eventstore.postgres import connect
from shared.history import records
from shared.history.signer import LogFolder
from shared.web.problems import UNCERTAIN
from tests.conftest import PASSWORD, Database
from tests.faults.conftest import City, complain, complain_until_answered
from tests.faults.crowd import (
    Crowd,
    crowd,
    everything_is_signed,
    figures,
    nothing_is_lost_or_doubled,
)
from tests.faults.disks import plug_pulled
from tests.faults.frozen import family, frozen
from tests.services import PROJECT, eventually, free_port, log_folder
from tests.tokens import Issuer

CONF = PROJECT / "deploy/postgres/replicated.conf"
NAMES = ("standby1", "standby2")
BEFORE, AFTER = 100, 50  # receipts
A_FEW = 4


class One(Postgres):
    """One of three, as `deploy/postgres/replicated.conf` has them; without a source the primary."""

    def __init__(self, data: Path, port: int, source: str = "") -> None:
        (data / "log").mkdir(parents=True)
        super().__init__(data, port, ledger=Ledger(data))
        self._source = source

    def _initdb(self) -> None:
        if not self._source:
            super()._initdb()
            with (self._cluster / "postgresql.conf").open("a") as conf:
                conf.write(CONF.read_text())
            return
        made = self._user.run(
            [
                *(self._bin / "pg_basebackup", "-D", self._cluster, "--write-recovery-conf"),
                *("--checkpoint=fast", "-d", self._source),
            ]
        )
        assert made.returncode == 0, made.stderr

    def is_ready(self) -> bool:
        """A standby that can be asked says so in place of `ready`."""
        file = self._cluster / "postmaster.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        return super().is_ready() or (len(lines) > 7 and lines[7].strip() == "standby")


class Three:
    """A primary and two standbys, of which any may be killed."""

    def __init__(self, at: Path) -> None:
        self.ports = [free_port() for _ in range(3)]
        self.primary = One(at / "primary", self.ports[0])
        self.standbys = list[One]()
        self._at = at

    def start(self) -> None:
        self.primary.start()
        for name, port in zip(NAMES, self.ports[1:], strict=True):
            shutil.copytree(self._at / "primary" / "secrets", self._at / name / "secrets")
            standby = One(self._at / name, port, _follows(self.primary, name))
            self.standbys.append(standby)
            standby.start()

    def stop(self) -> None:
        for each in (*self.standbys, self.primary):
            plug_pulled(each)

    def url(self, service: str) -> str:
        """What a service is told: all of them, and that it wants the one that takes writes."""
        hosts = ",".join(f"{HOST}:{port}" for port in self.ports)
        login = f"aduan_{service}:{PASSWORD}"
        return f"postgresql://{login}@{hosts}/{service}?target_session_attrs=read-write"

    async def promote(self) -> None:
        """Make the standby that has more the primary, and tell the other one whom to follow."""
        lsn = "select pg_last_wal_receive_lsn() - '0/0'::pg_lsn"
        has = {each: await _ask(each, lsn) for each in self.standbys}
        first = max(has, key=lambda each: has[each])
        assert await _ask(first, "select pg_promote()")
        for name, each in zip(NAMES, self.standbys, strict=True):
            if each is not first:
                await _ask(each, f"alter system set primary_conninfo = '{_follows(first, name)}'")
                await _ask(each, "select pg_reload_conf()")


def _follows(primary: Postgres, name: str) -> str:
    at = urlsplit(primary.url)
    login = f"user={at.username} password={at.password}"
    return f"host={at.hostname} port={at.port} {login} application_name={name}"


async def _ask(server: Postgres, question: str) -> int:
    connection = await asyncpg.connect(server.url)
    try:
        answer: int = await connection.fetchval(question)
        return answer
    finally:
        await connection.close()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    three = Three(tmp_path)
    with ExitStack() as stack:
        stack.callback(three.stop)
        three.start()
        yield three


@pytest.fixture
async def city(
    three: Three, servers: Servers, issuer: Issuer, pepper: Path, empty_nats: str
) -> City:
    databases = {}
    for service in ("intake", "triage"):
        await provision_postgres(three.primary.url, service, PASSWORD)
        databases[service] = Database(three.url(service), three.primary.url)
    ours = Servers(three.primary.url, empty_nats, three.primary, servers.nats)
    return City(ours, issuer, pepper, databases)


@contextmanager
def killed(pid: int) -> Iterator[None]:
    for each in list(family(pid)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    yield


async def sizes(folders: Iterable[LogFolder]) -> list[int]:
    """How much of each log is signed."""
    return [last.size if (last := folder.last()) else 0 for folder in folders]


@pytest.mark.parametrize("gone", [killed, frozen])
async def test_the_primary_is_gone_and_a_standby_has_all_that_anybody_has_a_receipt_for(
    gone: Callable[[int], AbstractContextManager[None]], three: Three, city: City, tmp_path: Path
) -> None:
    stack = ExitStack()
    signed = {
        service: LogFolder(log_folder(database.url), f"{service}.aduan/log1")
        for service, database in city.databases.items()
    }
    async with city.started("intake") as intake, city.started("triage"):
        away = stack.enter_context(ExitStack())
        async with crowd(intake.client) as people:
            await people.has(BEFORE)
            await eventually(partial(sizes, signed.values()), all)  # each signs once a second
            away.enter_context(gone(three.primary.process.pid))
            last = {service: folder.last() for service, folder in signed.items()}
            began = monotonic()
            await three.promote()
            await people.has(1)
            took = monotonic() - began
            await people.has(AFTER)
        told = await nothing_is_lost_or_doubled(city, people, intake.client, tmp_path)
    for service, database in city.databases.items():
        connection = await connect(database.url)
        await check_order(connection)
        before = last[service]
        assert before is not None
        assert before.size > 0
        assert await records.over(connection, 0, before.size) == before.root
        await connection.close()
    stack.close()
    figures.warning("primary %s: %s; first receipt after %.1f s", gone.__name__, told, took)


async def test_without_any_standby_nobody_gets_a_receipt_and_others_are_told_nothing(
    three: Three, city: City, tmp_path: Path
) -> None:
    people, (one, other) = Crowd(), three.standbys
    folder = LogFolder(log_folder(city.databases["intake"].url), "intake.aduan/log1")

    async def complains(*keys: str) -> None:
        for key in keys:
            people.receipts[key] = await complain_until_answered(intake.client, key)

    async def is_left_in_the_dark(key: str) -> None:
        answer = await complain(intake.client, key)
        assert (answer.status_code, answer.json()["detail"]) == (503, UNCERTAIN)

    async with city.started("intake") as intake, city.started("triage"):
        await complains(new_id().hex)
        with frozen(one.process.pid):
            await complains(new_id().hex)
            with frozen(other.process.pid):
                await is_left_in_the_dark(first := new_id().hex)
        await complains(first)
        await city.settled()
        await everything_is_signed(city.databases["intake"])
        signed = folder.last()
        with frozen(one.process.pid), frozen(other.process.pid):
            keys = [new_id().hex for _ in range(A_FEW)]
            await asyncio.gather(*map(is_left_in_the_dark, keys))
            assert len(await city.complaints()) == len(people.receipts) + A_FEW  # one disk has them
            assert folder.last() == signed
            plug_pulled(three.primary)
        await three.promote()
        people.unknown.update(keys)  # some may have been on their way to a standby
        await nothing_is_lost_or_doubled(city, people, intake.client, tmp_path)
