"""What must hold after whatever went wrong, asked of the databases and of what auditors get.

The names I1 … I11 are those of the design (security research 8.4):

I1   every complaint that was acknowledged is in intake's log, once for its Idempotency-Key
I2   each is identified once; and whatever was told was heard once by everybody who listens
I3   nothing was done because of something that nobody told
I4   the log has no gap, streams count on, and every bundle is right, alone and with the others
I5   a request without an answer is stored once or not at all; "not stored" means not at all
I6   the views are what the events give when they are read again from the first
I11  whatever waited is done, no alarm is left, and nothing was set aside
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from deploy.bundle import bundle
from deploy.provision import SERVICES, parts_of
from shared.eventstore import now_utc
from shared.eventstore.log import RECORDED, recorded
from shared.eventstore.postgres import prepare_connection
from shared.history import records
from shared.history.across import across
from shared.history.bundle import Reading
from shared.history.checking import Checked, verify
from shared.history.notes import policy_of
from shared.history.signer import LogFolder
from tests.faults.load import COMPLAIN, OK, UNKNOWN, Sent
from tests.faults.office import Office
from tests.services import eventually, log_folder

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
AT_MOST = 20  # things that are wrong and are told
JOURNEY = "body ->> 'correlation'"  # the complaint that an event belongs to
ENDS = {  # where each step of a route must end, once: there, or with a person who decides
    "follow_up": ("counseling", ("CounselorAssigned", "AssignmentNeeded")),
    "refer": ("referral", ("CaseReferred", "ReferralNeeded")),
}
CAUSES = "select name, body -> 'cause' ->> 'message' as message from es.events"
CONTINUOUS = """
    select count(*) from (
        select stream_id from es.events group by stream_id having count(*) <> max(version)
    ) torn"""
IN_ORDER = """
    select (select count(*) from es.events) as events, (select count(*) from es.log) as indexed,
           (select coalesce(max(index) + 1, 0) from es.log) as next"""


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, and how that shows."""

    invariant: str
    what: str
    rule: int = 0  # of those that an auditor checks, if it is one of them

    def __str__(self) -> str:
        return f"{self.invariant} is broken: {self.what}"


async def hold(office: Office, folder: Path, *, within: float, but: tuple[int, ...] = ()) -> None:
    """Wait until the office has come to rest, and insist that every invariant holds.

    ``but`` names rules of auditors that must be broken now, and nothing else may be.
    """
    found = [each async for each in broken(office, folder, within=within)]
    wrong = [each for each in found if each.rule not in but]
    assert not wrong, "\n".join(map(str, wrong[:AT_MOST]))
    assert {each.rule for each in found} == {*but}, "an auditor would not have noticed"


async def broken(office: Office, folder: Path, *, within: float) -> AsyncIterator[Broken]:
    """Yield everything that does not hold once the office has come to rest within so long."""
    try:
        await office.drained(within)
    except AssertionError as waiting:
        yield Broken("I11", f"it does not come to rest: {waiting}")
    async for each in _answers(office, office.sent):
        yield each
    async for each in _journeys(office):
        yield each
    async for each in _hearing(office):
        yield each
    async for each in _bundles(office, folder):
        yield each
    async for each in _views(office):
        yield each
    if parked := await office.parked():
        yield Broken("I11", f"{parked} messages were set aside")
    try:
        await eventually(office.alarms, lambda alarms: not alarms, within)
    except AssertionError as alarms:
        yield Broken("I11", f"alarms are left: {alarms}")


async def _answers(office: Office, sent: Iterable[Sent]) -> AsyncIterator[Broken]:
    """I1 and I5: what was answered is what is stored."""
    stored = dict[str, Counter[tuple[str, str]]]()
    for service in SERVICES:
        async with office.admin(service) as database:
            rows = await database.fetch(CAUSES)
        stored[service] = Counter((row["name"], row["message"]) for row in rows)
    asked = {each.message_id for each in sent if each.step is COMPLAIN}
    for each in sent:
        count = stored[each.step.service][each.step.event, each.message_id]
        if OK in each.ends:
            right, invariant = count == 1, "I1"
        elif UNKNOWN in each.ends:
            right, invariant = count <= 1, "I5"
        else:
            right, invariant = count == 0, "I5"
        if not right:
            told = ", ".join(each.ends)
            yield Broken(invariant, f"{each.step.event} is there {count} times; answers: {told}")
    for (name, message), count in stored["intake"].items():
        if name == COMPLAIN.event and message not in asked:
            yield Broken("I1", f"{count} complaints that nobody sent")


async def _journeys(office: Office) -> AsyncIterator[Broken]:
    """I2: every complaint is identified once, and every decision is carried out once."""
    received = await _ids(office, "intake", JOURNEY, "ComplaintReceived")
    queued = await _ids(office, "triage", JOURNEY, "ComplaintQueued")
    if received != queued:
        yield Broken("I2", f"{received - queued} not queued, {queued - received} out of nowhere")
    for step, (service, names) in ENDS.items():
        decided = await _ids(
            *(office, "triage", JOURNEY, "CaseClassified"),
            but=f"not (body -> 'data' -> 'route')::jsonb ? '{step}'",
        )
        ended = await _ids(office, service, JOURNEY, *names)
        if decided != ended:
            lost, extra = decided - ended, ended - decided
            yield Broken("I2", f"{step}: {lost} came to nothing, {extra} to too much")


async def _ids(
    office: Office, service: str, expression: str, *names: str, but: str = "false"
) -> Counter[str]:
    async with office.admin(service) as database:
        rows = await database.fetch(
            f"select ({expression})::text as id from es.events"  # noqa: S608 ours
            f" where name = any($1) and not ({but})",
            list(names),
        )
    return Counter(row["id"] for row in rows)


async def _hearing(office: Office) -> AsyncIterator[Broken]:
    """I2 and I3: whoever listens to a fact has heard each of them, and nothing else."""
    told = {
        service: await _pairs(office, service, "select name, event_id::text from es.events")
        for service in SERVICES
    }
    for service in SERVICES:
        heard = await _pairs(office, service, "select handler, message_id from es.handled")
        for policy in parts_of(service).policies:
            there = told[policy.fact.stream()].get(policy.fact.__name__, set())
            done = heard.get(policy.name, set())
            if lost := there - done:
                yield Broken("I2", f"{policy.name} has not heard {len(lost)} of {len(there)}")
            if extra := done - there:
                yield Broken("I3", f"{policy.name} heard {len(extra)} that nobody told")


async def _pairs(office: Office, service: str, question: str) -> dict[str, set[str]]:
    found = dict[str, set[str]]()
    async with office.admin(service) as database:
        for name, id in await database.fetch(question):
            found.setdefault(name, set()).add(id)
    return found


async def _bundles(office: Office, folder: Path) -> AsyncIterator[Broken]:
    """I4, and I3 once more as an auditor sees it."""
    checked = list[Checked]()
    for service in SERVICES:
        async with office.admin(service) as database:
            order = await database.fetchrow(IN_ORDER)
            assert order is not None
            if len(set(order.values())) != 1:
                yield Broken("I4", f"{service}: {dict(order)}")
            if torn := await database.fetchval(CONTINUOUS):
                yield Broken("I4", f"{service}: {torn} streams with a gap")
            checked.append(await _checked(database, service, office, folder, order["indexed"]))
    for finding in [*(each for one in checked for each in one.findings), *across(checked)]:
        invariant = "I3" if finding.rule == 8 else "I4"
        what = f"rule {finding.rule}, {finding.service}: {finding.what}"
        yield Broken(invariant, what, finding.rule)


async def _checked(
    database: Connection, service: str, office: Office, folder: Path, size: int
) -> Checked:
    """Wait until all of a log is signed, and check it as an auditor does."""

    async def signed() -> int:
        newest = await records.tip(database)
        return newest.size if newest else 0

    await eventually(signed, lambda count: count >= size)
    out = folder / f"{service}.tar"
    log = LogFolder(log_folder(office.databases[service]), f"{service}.aduan/log1")
    await bundle(database, service, log.policy(), out, now_utc())
    with Reading(out) as read:
        return verify(read, policy_of(read.policy()))


async def _views(office: Office) -> AsyncIterator[Broken]:
    """I6: read the events into views of our own, from where we stopped last time, and compare."""
    for service in SERVICES:
        async with office.admin(service) as database, database.transaction():
            await database.execute("lock table es.events in share row exclusive mode")
            await _read_on(database, service)
            live, ours = await _contents(database, "views"), await _contents(database, "ours")
        for table in live.keys() | ours.keys():
            if live.get(table) != ours.get(table):
                one, other = Counter(live.get(table, ())), Counter(ours.get(table, ()))
                differ = f"{(one - other).total()} and {(other - one).total()}"
                yield Broken("I6", f"{service}.{table}: {differ} rows are only here, only there")


async def _read_on(database: Any, service: str) -> None:
    parts = parts_of(service)
    await prepare_connection(database)
    if not await database.fetchval("select to_regnamespace('ours') is not null"):
        await database.execute("create schema ours; set local search_path = ours")
        await database.execute(parts.schema)
        await database.execute("create table public.read_so_far (index bigint)")
        await database.execute("insert into public.read_so_far values (0)")
    await database.execute("set local search_path = ours")
    so_far = await database.fetchval("select index from public.read_so_far")
    rows = await database.fetch(f"{RECORDED} where l.index >= $1 order by l.index", so_far)
    for row in rows:
        await parts.project(database, recorded(parts.codec, row).event)
    await database.execute("update public.read_so_far set index = index + $1", len(rows))


async def _contents(database: Connection, schema: str) -> dict[str, list[str]]:
    tables = await database.fetch(
        "select table_name from information_schema.tables"
        " where table_schema = $1 and table_type = 'BASE TABLE'",
        schema,
    )
    return {
        table: [
            row[0]
            for row in await database.fetch(f"select t::text from {schema}.{table} t order by 1")  # noqa: S608
        ]
        for (table,) in tables
    }
