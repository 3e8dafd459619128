"""The Indonesian words for what the domain calls by its codes: labels.toml, read once."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("labels.toml").read_text())


def label(word: StrEnum) -> str:
    """Return what people read for a word of the domain."""
    text: str = _WORDS[type(word).__name__][word.value]
    return text
