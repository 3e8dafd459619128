"""The words we answer people and institutions with, from labels.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from services.intake.domain import Letter

LETTERS: Mapping[str, str] = tomllib.loads(
    Path(__file__).with_name("labels.toml").read_text(encoding="utf-8")
)["Letter"]


def auto_reply(channel: str) -> str | None:
    """Return what somebody reads who wrote and cannot hear us: whom to call, nothing of a case."""
    return LETTERS[Letter.AUTO_REPLY] if channel == "online" else None


def is_lapor(source_system: str | None) -> bool:
    """Say whether it came from the national channel, which shows our answer to everybody."""
    return source_system == "SP4N_LAPOR"


def acknowledgement(source_system: str | None, reference: str | None) -> str:
    """Return what the sender of a complaint is told: that we have it, under their own number."""
    letter = Letter.ACKNOWLEDGEMENT_LAPOR if is_lapor(source_system) else Letter.ACKNOWLEDGEMENT
    number = LETTERS[Letter.NUMBER].format(reference=reference) if reference else ""
    return LETTERS[letter].format(number=number)
