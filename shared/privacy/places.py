"""Where in an event the texts about people stand, and whose they are.

A text belongs to the person in whose block it stands: the nearest object around it that has a
``person_id``. Outside of any such block it belongs to the story itself: to the event's stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeAlias, get_args, get_type_hints
from uuid import UUID

from shared.privacy import Personal

Shape: TypeAlias = "dict[str, Shape] | None"  # None: a personal text, or a list of them
PERSON = "person_id"


@dataclass(frozen=True, slots=True)
class Place:
    """One personal text in the data of an event."""

    box: Any  # the dict or list it stands in
    at: str | int
    path: str
    subject: UUID


def shape_of(kind: Any) -> dict[str, Shape]:
    """Return the fields of an event, or of a part of one, that hold personal texts."""
    if not is_dataclass(kind):
        return {}
    hints = get_type_hints(kind)
    shapes = {field.name: _shape(hints[field.name]) for field in fields(kind)}
    return {name: shape for name, shape in shapes.items() if shape != {}}


def _shape(hint: Any) -> Shape:
    if hint is Personal:
        return None
    found: dict[str, Shape] = shape_of(hint)
    for part in get_args(hint):
        shape = _shape(part)
        if shape is None:
            return None
        found |= shape
    return found


def places(shape: Shape, box: Any, at: str | int, subject: UUID, path: str) -> Iterator[Place]:
    """Yield every personal text in ``box[at]``, which has this shape."""
    value = box[at]
    if isinstance(value, list):
        for n in range(len(value)):
            yield from places(shape, value, n, subject, f"{path}.{n}")
    elif shape is None:
        if value is not None:
            yield Place(box, at, path, subject)
    elif isinstance(value, dict):
        whose = _whose(value, subject)
        for name, inner in shape.items():
            yield from places(inner, value, name, whose, f"{path}.{name}" if path else name)


def follow(data: Any, path: str, stream: UUID) -> Place:
    """Return the place that a path leads to in an event of a stream."""
    *way, last = path.split(".")
    subject = _whose(data, stream)
    for step in way:
        data = data[int(step) if isinstance(data, list) else step]
        subject = _whose(data, subject)
    return Place(data, int(last) if isinstance(data, list) else last, path, subject)


def _whose(box: Any, around: UUID) -> UUID:
    return UUID(box[PERSON]) if isinstance(box, dict) and box.get(PERSON) else around


def texts(thing: Any, path: str = "") -> Iterator[tuple[str, Personal]]:
    """Yield the personal texts in what an aggregate keeps, with where they stand: ``told.nik``."""
    if isinstance(thing, Personal):
        yield path, thing
    elif isinstance(thing, tuple | list):
        for n, each in enumerate(thing):
            yield from texts(each, f"{path}.{n}")
    elif is_dataclass(thing) and not isinstance(thing, type):
        for each in fields(thing):
            yield from texts(getattr(thing, each.name), f"{path}.{each.name}".lstrip("."))
