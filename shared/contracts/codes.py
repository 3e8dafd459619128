"""The code lists of the service: stable codes with their words, valid from and to.

A request may use only codes that are valid; an event keeps the code it was given, and an old one
still loads. Sources: SIMFONI-PPA's dimensions and UU 12/2022 (TPKS) article 4.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True)
class Code:
    """One entry of a list. ``export`` is the word SIMFONI-PPA uses, where it differs."""

    code: str
    label_id: str
    label_en: str
    export: str
    valid_from: date | None = None
    valid_to: date | None = None


def _load() -> tuple[str, dict[str, dict[str, Code]]]:
    lists: dict[str, Any] = tomllib.loads(Path(__file__).with_name("codes.toml").read_text())
    version = lists.pop("version")
    return version, {
        name: {
            code: Code(
                code,
                entry["id"],
                entry["en"],
                entry.get("export", entry["id"]),
                entry.get("from"),
                entry.get("to"),
            )
            for code, entry in entries.items()
        }
        for name, entries in lists.items()
    }


VERSION, CODES = _load()


@dataclass(frozen=True)
class In:
    """A code of the named list: ``Annotated[str, In("violence")]``. Others are refused."""

    name: str

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        valid = [c.code for c in CODES[self.name].values() if c.valid_to is None]

        def check(code: str) -> str:
            if code not in valid:
                raise PydanticCustomError(
                    "unknown_code", "Not a code of the list {name}", {"name": self.name}
                )
            return code

        return core_schema.no_info_after_validator_function(
            check, core_schema.str_schema(strict=True, max_length=40)
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        codes = [c.code for c in CODES[self.name].values() if c.valid_to is None]
        return {"type": "string", "enum": codes}
