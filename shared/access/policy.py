"""Who may do what: one question, answered from the table. What is not written there is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn, Protocol, TypeVar

from shared.access.identity import PUBLIC, Subject
from shared.access.relations import HOLDS, NOTHING, OPENLY_REFUSED, Resource
from shared.access.rule import ANYBODY
from shared.access.rules import RULES
from shared.problems import Forbidden, Missing, Unknown

__all__ = ["ACTIONS", "ANYBODY", "Reason", "knock", "may", "permitted"]


def knock(subject: Subject, action: str) -> None:
    """Raise Unknown or Forbidden if none of her roles may ever do this, to whatever."""
    roles = ACTIONS.get(action, frozenset())
    if ANYBODY not in roles and roles.isdisjoint(subject.roles):
        _refuse(subject, action)


def may(subject: Subject, action: str, resource: Resource = NOTHING) -> Reason:
    """Return why somebody may do this to that.

    Raises Unknown or Forbidden where her role may never, and Missing where it may but this one is
    not hers: not yours is not there. Whoever is related to a party has no case at all.
    """
    refused: str | None = None
    roles, id = subject.roles, subject.id
    for role, relation, holds in _TABLE.get(action, ()):
        if role in roles or role == ANYBODY:
            if id in resource.conflicted:
                raise Missing(resource.name)
            if holds(subject, resource):
                return Reason(_MINT, (action, role, relation, id, resource.name))
            refused = relation
    if refused is None:
        _refuse(subject, action)
    if refused in OPENLY_REFUSED:
        raise Forbidden(action)
    raise Missing(resource.name)


class Tied(Protocol):
    """A row of a view that says who is tied to it."""

    def resource(self) -> Resource:
        """Return by whom it may be seen."""


T = TypeVar("T", bound=Tied)


def permitted(subject: Subject, action: str, rows: Iterable[T]) -> list[T]:
    """Return those of the rows to which she may do this. Raises as ``knock`` does."""
    knock(subject, action)
    return [row for row in rows if permits(subject, action, row.resource())]


class Reason:
    """Why somebody may do something to one thing. Nobody can make one except ``may``."""

    __slots__ = ("_why",)

    def __init__(self, mint: object, why: tuple[str, str, str, str, str]) -> None:
        if mint is not _MINT:
            raise TypeError("ask shared.access.may")
        self._why = why

    @property
    def action(self) -> str:
        """Return what may be done."""
        return self._why[0]

    @property
    def role(self) -> str:
        """Return the role that allows it."""
        return self._why[1]

    @property
    def relation(self) -> str:
        """Return what ties her to it: ``own_counselor``, ``unit``, ``break_glass`` …"""
        return self._why[2]

    @property
    def subject_id(self) -> str:
        """Return who may."""
        return self._why[3]

    @property
    def about(self) -> str:
        """Return to what, by the name of the resource."""
        return self._why[4]

    def __repr__(self) -> str:
        return f"Reason{self._why}"


def permits(subject: Subject, action: str, resource: Resource = NOTHING) -> bool:
    """Say whether somebody may do something to one thing, where that is no refusal yet."""
    try:
        may(subject, action, resource)
    except (Missing, Forbidden):
        return False
    return True


def _refuse(subject: Subject, action: str) -> NoReturn:
    raise (Unknown if subject == PUBLIC else Forbidden)(action)


_MINT = object()
_TABLE: dict[str, list[tuple[str, str, Callable[[Subject, Resource], bool]]]] = {}
for _rule in RULES:
    _TABLE.setdefault(_rule.action, []).extend(
        (_role, _rule.relation, HOLDS[_rule.relation]) for _role in _rule.roles.split()
    )
ACTIONS: dict[str, frozenset[str]] = {
    action: frozenset(role for role, _, _ in rows) for action, rows in _TABLE.items()
}
