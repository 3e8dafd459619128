"""Which version of the standard and of the rules holds at a time. Derived, like all views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from asyncpg import Record

from services.intake.domain import RuleSet, ServiceStandard
from services.intake.rules import given
from shared.access.wall import Source
from shared.eventstore import Event
from shared.eventstore.postgres import Connection

Register: TypeAlias = Literal["standard", "rules"]
State: TypeAlias = Literal["draft", "approved", "in_force", "replaced"]
SHIPPED: dict[str, str] = {"standard": given.STANDARD_VERSION, "rules": given.RULES_VERSION}
DATED = """
    select version, in_force_from, drafted_by, approved_at,
           case when approved_at is not null then lead(in_force_from) over (
               partition by approved_at is null order by in_force_from, approved_at) end as until
    from publications where register = $1"""
NEXT = "select min(in_force_from) from publications where register = $1 and approved_at is not null"


@dataclass(frozen=True)
class Edition:
    """A version, and when it holds. What is shipped has neither a beginning nor an author."""

    version: str
    state: State
    since: datetime | None
    until: datetime | None
    drafted_by: str | None = None


async def project(connection: Connection, event: Event) -> None:
    """Bring the table up to date with one event."""
    match event:
        case ServiceStandard.StandardDrafted() | RuleSet.RuleSetDrafted():
            await connection.execute(
                "insert into publications values ($1, $2, $3, $4)",
                *(_register(event), event.version, event.in_force_from, event.drafted_by),
            )
        case ServiceStandard.StandardApproved() | RuleSet.RuleSetApproved():
            await connection.execute(
                "update publications set in_force_from = $3, approved_at = $4"
                " where register = $1 and version = $2",
                *(_register(event), event.version, event.in_force_from, event.approved_at),
            )


async def edition(
    source: Source, register: Register, version: str, now: datetime
) -> Edition | None:
    """Return one version of a register, or None where there is none of that name."""
    rows = [row for row in await source.fetch(DATED, register) if row["version"] == version]
    if rows:
        (row,) = rows
        return Edition(
            version, _state(row, now), row["in_force_from"], row["until"], row["drafted_by"]
        )
    if version != SHIPPED[register]:
        return None
    (row,) = await source.fetch(NEXT, register)
    is_over = row["min"] is not None and row["min"] <= now
    return Edition(version, "replaced" if is_over else "in_force", None, row["min"])


async def version_at(source: Source, register: Register, at: datetime) -> str:
    """Return the version that held at a time; of two from the same time the later approved one."""
    row = await source.fetchrow(
        "select version from publications"
        " where register = $1 and approved_at is not null and in_force_from <= $2"
        " order by in_force_from desc, approved_at desc limit 1",
        register,
        at,
    )
    return row["version"] if row else SHIPPED[register]


async def versions(source: Source, register: Register, now: datetime) -> list[Edition]:
    """Return every version the office wrote, the latest first."""
    rows = await source.fetch(f"{DATED} order by in_force_from desc, approved_at desc", register)
    return [
        Edition(r["version"], _state(r, now), r["in_force_from"], r["until"], r["drafted_by"])
        for r in rows
    ]


def _state(row: Record, now: datetime) -> State:
    if row["approved_at"] is None:
        return "draft"
    if row["in_force_from"] > now:
        return "approved"
    return "replaced" if row["until"] is not None and row["until"] <= now else "in_force"


def _register(event: Event) -> Register:
    return "standard" if type(event).__qualname__.startswith("ServiceStandard") else "rules"
