"""The catalogue of events: what can happen, what is kept of it, and who else hears."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable

from deploy.provision import SERVICES, SOURCES, parts_of
from docs.services import aggregates, facts_told, first_line, personal_in, row, table
from shared.contracts import Fact
from shared.eventstore import Event
from shared.eventstore.codec import ENVELOPE, events_of

HEAD = """# Events

Made from the domain, from `published.py` and from the policies of each service.
Every event also has its stream, version, time, cause and actor. *Personal* fields are covered
wherever they are shown, and never leave their service.
"""


def document(services: Iterable[str]) -> str:
    """Return the catalogue of all events and of all facts."""
    lines = [HEAD]
    for service in services:
        lines += [f"## {service.title()}", "", *_events(service), "", *_facts(service), ""]
    return "\n".join(lines)


def _events(service: str) -> list[str]:
    told = told_as(service)
    lines = table("Event", "Says", "Carries", "Personal", "Told to others as")
    for kind in aggregates(service):
        for name, event in events_of(kind):
            full = f"{kind.__name__}.{name}"
            carried = ", ".join(carries(event))
            personal = ", ".join(personal_in(event))
            lines.append(row(full, first_line(event), carried, personal, told.get(full, "")))
    return lines


def _facts(service: str) -> list[str]:
    lines = table("Fact", "Says", "Carries", "Heard by")
    for fact in facts_told(service):
        listeners = ", ".join(heard_by(fact)) or "nobody yet"
        lines.append(row(fact.__name__, first_line(fact), ", ".join(fact.model_fields), listeners))
    return lines


def carries(event: type[Event]) -> list[str]:
    """Return the fields that are the event's own."""
    fields = dataclasses.fields(event)  # type: ignore[arg-type] # every event is a dataclass
    return [field.name for field in fields if field.name not in ENVELOPE]


def heard_by(fact: type[Fact]) -> list[str]:
    """Return the services that listen to a fact."""
    return [s for s in SERVICES if any(policy.fact is fact for policy in parts_of(s).policies)]


def told_as(service: str) -> dict[str, str]:
    """Return the fact that each event is told as, read from the cases of ``published``.

    Read and not asked: to ask, one would have to make an event of each kind.
    """
    tree = ast.parse((SOURCES / service / "published.py").read_text())
    return {
        ast.unparse(case.pattern.cls): ast.unparse(answer.value.func)
        for case in ast.walk(tree)
        if isinstance(case, ast.match_case) and isinstance(case.pattern, ast.MatchClass)
        for answer in case.body
        if isinstance(answer, ast.Return) and isinstance(answer.value, ast.Call)
    }
