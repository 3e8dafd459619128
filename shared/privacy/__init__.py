"""Personal data, protected by its type: it shows nothing unless it is opened on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MASK = "[personal]"
OPEN = {"personal": "open"}  # the serialization context of the event store, and of nothing else
T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A text as it lies in the event store: it opens with its key, and in this place only."""

    token: str
    event_id: UUID
    event_type: str
    path: str
    subject: UUID  # whose it is: a person's, or that of the stream

    def __repr__(self) -> str:
        return MASK


class Personal:
    """A text about a person. Printed, logged or dumped to JSON it reads ``[personal]``.

    Fresh from a request it is a text; from the event store it comes sealed, and stays so: only
    ``shared.access.door`` opens it. A sealed one is equal to itself and to nothing else, not even
    to the same text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Sealed) -> None:
        self._text = text

    @property
    def sealed(self) -> Sealed | None:
        """Return where and how it lies in the event store; None when it was never stored."""
        return self._text if isinstance(self._text, Sealed) else None

    def checked_by(self, rule: Callable[[str], T]) -> T:
        """Return what a rule says of a text that came with this request.

        What a rule returns is shown, so it returns codes. Raises ValueError for what is stored:
        that has one door, and a rule is none.
        """
        if isinstance(self._text, Sealed):
            raise ValueError("a text that is stored already is not checked")
        return rule(self._text)

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(core_schema.str_schema(strict=True))


@dataclass(frozen=True)
class Text:
    """What a personal text may look like: ``Annotated[Personal, Text(80)]``."""

    max_length: int
    pattern: str = r"^[^\x00]*$"  # PostgreSQL cannot keep a NUL
    min_length: int = 1

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(
            core_schema.str_schema(
                strict=True,
                min_length=self.min_length,
                max_length=self.max_length,
                pattern=self.pattern,
            )
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "minLength": self.min_length,
            "maxLength": self.max_length,
            "pattern": self.pattern,
            "x-personal": True,
        }


def _schema(text: CoreSchema) -> CoreSchema:
    return core_schema.no_info_wrap_validator_function(
        _cover,
        text,
        serialization=core_schema.plain_serializer_function_ser_schema(
            _dump, info_arg=True, return_schema=core_schema.str_schema()
        ),
    )


def _cover(text: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Personal:
    return text if isinstance(text, Personal) else Personal(check(text))


def _dump(personal: Personal, info: core_schema.SerializationInfo[Any]) -> str:
    if info.context is not OPEN:
        return MASK
    if isinstance(personal._text, Sealed):
        raise ValueError("a text that is stored already is not stored a second time")
    return personal._text
