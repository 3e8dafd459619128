"""The table that a run prints: what, ours, other, ratio, goal, and whether the goal is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.measure import Pair

HEAD = ("what", "ours", "other", "ratio", "goal", "")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    other: str = ""
    ratio: str = ""
    goal: str = ""
    is_met: bool | None = None  # None: nothing was demanded, or it was not measured

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        verdict = {True: "ok", False: "MISSED", None: ""}[self.is_met]
        return self.what, self.ours, self.other, self.ratio, self.goal, verdict


def at_least(what: str, pair: Pair, other: str, goal: float | None) -> Row:
    """Return the line of a rate that must reach a part of another's."""
    return Row(
        what,
        f"{pair.ours:,.0f}/s",
        f"{pair.theirs:,.0f}/s {other}",
        f"{pair.ratio:.2f}",
        "" if goal is None else f">= {goal:g}",
        None if goal is None else pair.ratio >= goal,
    )


def enough(what: str, pair: Pair, other: str, goal: float) -> Row:
    """Return the line of a rate that must reach a number; the other's is there to compare."""
    row = at_least(what, pair, other, None)
    return replace(row, goal=f">= {goal:,.0f}/s", is_met=pair.ours >= goal)


def at_most(
    what: str, value: float, unit: str, limit: float | None, *, other: float | None = None
) -> Row:
    """Return the line of a time or size that must not exceed a limit."""
    return Row(
        what,
        f"{value:.1f} {unit}",
        "" if other is None else f"{other:.1f} {unit} bare parts",
        "" if other is None else f"{value / other:.2f}",
        "" if limit is None else f"<= {limit:g} {unit}",
        None if limit is None else value <= limit,
    )


def not_measured(what: str, why: str) -> Row:
    """Return the line of what could not be measured here."""
    return Row(what, f"not measured: {why}")


def render(rows: Sequence[Row]) -> str:
    """Return the table, aligned."""
    return aligned([HEAD, *(row.cells for row in rows)])


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells, the first of them the head, as a table."""
    full = [cells for cells in lines if any(cells[2:])]  # a remark may be as long as it likes
    columns = range(len(lines[0]))
    widths = [max(len(cells[n]) for cells in (full if n else lines)) for n in columns]
    rule = "-+-".join("-" * width for width in widths)
    printed = [
        " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip(
            " |"
        )
        for cells in lines
    ]
    return "\n".join([printed[0], rule, *printed[1:]])
