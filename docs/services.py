"""What the documents are made from: the parts of each service, taken as they run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, get_args, get_type_hints

from eventsourcing.domain import Aggregate
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from deploy.provision import parts_of
from shared.access import ACTIONS
from shared.contracts import Fact
from shared.privacy import Personal
from shared.web import allowed
from shared.web.service import IN_EVERY_SERVICE, describe

CHECK = f"{allowed.__qualname__}.<locals>.check"  # the dependency that ``allowed`` makes


@dataclass(frozen=True)
class Endpoint:
    """One call of a service, and what the caller must be allowed to do."""

    method: str
    path: str
    guards: tuple[str, ...]  # checked before the request is looked at
    inside: tuple[str, ...]  # decided by the route itself, from what is asked

    @property
    def actions(self) -> tuple[str, ...]:
        """Return every action that the call may need."""
        return self.guards + self.inside


def app_of(service: str) -> FastAPI:
    """Return the routes of a service with nothing behind them."""
    return describe(parts_of(service))


def endpoints(service: str) -> Iterator[Endpoint]:
    """Yield every call of a service."""
    for route in iter_route_contexts(app_of(service).routes):
        if route.path and route.endpoint:
            dependant: Dependant | None = getattr(route, "dependant", None)
            constants = route.endpoint.__code__.co_consts
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield Endpoint(
                    method,
                    route.path.replace(":path}", "}"),
                    tuple(_guards(dependant)) if dependant else (),
                    tuple(each for each in constants if each in ACTIONS),
                )


def _guards(dependant: Dependant) -> Iterator[str]:
    for each in dependant.dependencies:
        if each.call is not None and getattr(each.call, "__qualname__", "") == CHECK:
            yield inspect.getclosurevars(each.call).nonlocals["action"]
        yield from _guards(each)


def facts_told(service: str) -> list[type[Fact]]:
    """Return what a service tells the others."""
    return list(_made_in(import_module(f"shared.contracts.{service}"), Fact))


def aggregates(service: str) -> list[type[Aggregate]]:
    """Return the aggregates of a service."""
    domain = import_module(f"services.{service}.domain")
    return [*_made_in(domain, Aggregate), *IN_EVERY_SERVICE]


def views(service: str) -> list[type[BaseModel]]:
    """Return what a service keeps ready to be asked: the rows of its views."""
    return list(_made_in(import_module(f"services.{service}.views"), BaseModel))


def _made_in(module: ModuleType, kind: type[Any]) -> Iterator[type[Any]]:
    """Yield the classes of a kind that were written in a module or package."""
    for thing in vars(module).values():
        if isinstance(thing, type) and issubclass(thing, kind):
            inside = f"{thing.__module__}.".startswith(f"{module.__name__}.")
            if inside and thing is not kind:
                yield thing


def personal_in(kind: Any, prefix: str = "") -> Iterator[str]:
    """Yield the names of the fields of a type, however deep, that hold personal data."""
    for name, hint in _fields_of(kind):
        yield from _personal(hint, f"{prefix}{name}")


def _fields_of(kind: Any) -> Iterator[tuple[str, Any]]:
    if is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        hints = get_type_hints(kind, include_extras=True)
        named = [f.name for f in fields(kind)] if is_dataclass(kind) else kind.model_fields
        yield from ((name, hints[name]) for name in named)


def _personal(hint: Any, name: str) -> Iterator[str]:
    if hint is Personal:
        yield name
    for part in get_args(hint):
        yield from _personal(part, name)
    yield from personal_in(hint, f"{name}.")


def first_line(thing: object) -> str:
    """Return what we wrote about a class, and not what eventsourcing wrote over it."""
    kinds = thing.__mro__ if isinstance(thing, type) else (thing,)
    written = ((kind.__doc__ or "").strip().split("\n")[0] for kind in kinds)
    return next(line for line in written if line and "(" not in line.split(" ")[0])


def table(*heads: str) -> list[str]:
    """Return the head of a Markdown table."""
    return [row(*heads), "|" + "---|" * len(heads)]


def row(*cells: str) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
